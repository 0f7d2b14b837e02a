//! Finds texts whose characters may each be escaped, in one or two layers.
//!
//! Instead of decoding a body (in which order? how often?) the search walks from each possible
//! beginning through the characters it looks for, and takes each in any spelling: as it is,
//! percent-encoded, escaped as in JSON, as an entity, or with that escape itself escaped once more
//! (`\u0026amp;`, `%2526`). A text that mixes spellings is found as well. Where a spelling can be
//! read in two ways all readings are followed, so time is bounded by the product of both lengths.
//! Nothing is allocated as long as no beginning goes beyond its first character.

use super::spelling::{Letter, Needle, STARTERS, ascii_escapes};
use std::ops::Range;
use zeroize::Zeroize;

struct Pattern {
    letters: Vec<Letter>,
    any_case: bool,
    wrapped: bool,
    /// The bytes that may follow the first letter, when that is one unescaped byte.
    second: [bool; 256],
}

/// A search for a set of texts.
pub(super) struct Finder {
    patterns: Vec<Pattern>,
    /// By the byte at which a text may begin: the patterns.
    by_byte: Vec<Vec<u16>>,
    /// By starter and the byte after it: whether the escape may be the first letter of any pattern.
    after_starter: [[bool; 256]; STARTERS.len()],
}

impl Finder {
    pub(super) fn new(needles: &[Needle]) -> Self {
        let mut finder = Self {
            patterns: Vec::new(),
            by_byte: vec![Vec::new(); 256],
            after_starter: [[false; 256]; STARTERS.len()],
        };
        for needle in needles {
            let letters: Vec<Letter> = needle.text.chars().map(Letter::new).collect();
            let (Some(first), Ok(number)) =
                (letters.first(), u16::try_from(finder.patterns.len()))
            else {
                continue;
            };
            for byte in beginnings(first, needle.any_case) {
                if let Some(patterns) = finder.by_byte.get_mut(usize::from(byte))
                    && !patterns.contains(&number)
                {
                    patterns.push(number);
                }
            }
            for escape in first.escapes() {
                finder.admit_escape(escape);
            }
            let mut second = [letters.len() == 1; 256];
            if let Some(letter) = letters.get(1) {
                beginnings(letter, needle.any_case).for_each(|byte| mark(&mut second, byte));
            }
            if needle.wrapped {
                b"\r\n".iter().for_each(|byte| mark(&mut second, *byte));
            }
            finder.patterns.push(Pattern {
                letters,
                any_case: needle.any_case,
                wrapped: needle.wrapped,
                second,
            });
        }
        finder
    }

    /// Notes what may follow the starter of this escape, in one layer or in two.
    fn admit_escape(&mut self, escape: &[u8]) {
        let [starter, next, ..] = escape else {
            return;
        };
        let mut admit = |starter: u8, next: u8| {
            let position = STARTERS.iter().position(|known| *known == starter);
            if let Some(table) = position.and_then(|at| self.after_starter.get_mut(at)) {
                mark(table, next.to_ascii_lowercase());
                mark(table, next.to_ascii_uppercase());
            }
        };
        admit(*starter, *next);
        STARTERS.iter().for_each(|byte| admit(*starter, *byte));
        for outer in ascii_escapes(*starter) {
            if let [starter, next, ..] = outer.as_slice() {
                admit(*starter, *next);
            }
        }
    }

    /// Whether any of the texts occurs.
    pub(super) fn occurs_in(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }

    /// The first occurrence that begins at `from` or later, with all that overlaps it.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let mut scratch = Scratch::default();
        for (offset, byte) in text.get(from..)?.iter().enumerate() {
            let at = from + offset;
            let Some(end) = self.matches_at(text, at, *byte, &mut scratch) else {
                continue;
            };
            let (mut reached, mut inner) = (end, at + 1);
            while inner < reached {
                if let Some(byte) = text.get(inner)
                    && let Some(end) = self.matches_at(text, inner, *byte, &mut scratch)
                {
                    reached = reached.max(end);
                }
                inner += 1;
            }
            return Some(at..reached);
        }
        None
    }

    /// Where the longest text that begins at `at` ends.
    #[inline]
    fn matches_at(
        &self,
        text: &[u8],
        at: usize,
        byte: u8,
        scratch: &mut Scratch,
    ) -> Option<usize> {
        let candidates = self.by_byte.get(usize::from(byte))?;
        if candidates.is_empty() {
            return None;
        }
        let next = text.get(at + 1).copied();
        let escaped = STARTERS
            .iter()
            .position(|starter| *starter == byte)
            .and_then(|position| self.after_starter.get(position))
            .is_some_and(|table| next.is_some_and(|next| is_marked(table, next)));
        candidates
            .iter()
            .filter_map(|number| self.patterns.get(usize::from(*number)))
            .filter(|pattern| escaped || pattern.may_begin_raw(byte, next))
            .filter_map(|pattern| pattern.follow(text, at, scratch))
            .max()
    }
}

impl Drop for Finder {
    fn drop(&mut self) {
        self.by_byte.zeroize();
        self.after_starter.zeroize();
        for pattern in &mut self.patterns {
            pattern.second.zeroize();
        }
    }
}

/// The positions reached so far, and those after the next letter.
#[derive(Default)]
struct Scratch {
    now: Vec<usize>,
    next: Vec<usize>,
}

impl Pattern {
    #[inline]
    fn may_begin_raw(&self, byte: u8, next: Option<u8>) -> bool {
        let Some(first) = self.letters.first() else {
            return false;
        };
        match (first.ascii(), next) {
            (Some(ascii), _) if STARTERS.contains(&byte) && ascii != byte => false,
            (Some(_), Some(next)) => is_marked(&self.second, next),
            (Some(_), None) => self.letters.len() == 1,
            (None, _) => true,
        }
    }

    fn follow(&self, text: &[u8], at: usize, scratch: &mut Scratch) -> Option<usize> {
        let Scratch { now, next } = scratch;
        now.clear();
        now.push(at);
        for (position, letter) in self.letters.iter().enumerate() {
            next.clear();
            for at in now.iter().copied() {
                step(text, at, letter, self.any_case, next);
                if self.wrapped && position > 0 {
                    for at in after_line_break(text, at).into_iter().flatten() {
                        step(text, at, letter, self.any_case, next);
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            std::mem::swap(now, next);
        }
        now.iter().copied().max()
    }
}

/// All positions after one letter at `at`, in any spelling.
fn step(text: &[u8], at: usize, letter: &Letter, any_case: bool, ends: &mut Vec<usize>) {
    let Some(rest) = text.get(at..) else {
        return;
    };
    let Some(byte) = rest.first() else {
        return;
    };
    let raw = letter.raw();
    let same = match rest.get(..raw.len()) {
        Some(there) if any_case => there.eq_ignore_ascii_case(raw),
        Some(there) => there == raw,
        None => false,
    };
    if same {
        push(ends, at + raw.len());
    }
    if letter.other_raw() == Some(*byte) {
        push(ends, at + 1);
    }
    if STARTERS.contains(byte) {
        for escape in letter.escapes() {
            spelled(text, at, escape, ends);
        }
    }
}

/// All positions after an escape at `at`, whose own characters may be escaped once more.
fn spelled(text: &[u8], at: usize, escape: &[u8], ends: &mut Vec<usize>) {
    let Some((expected, left)) = escape.split_first() else {
        push(ends, at);
        return;
    };
    let Some((byte, rest)) = text.get(at..).and_then(<[u8]>::split_first) else {
        return;
    };
    if byte.eq_ignore_ascii_case(expected) {
        spelled(text, at + 1, left, ends);
    }
    if STARTERS.contains(byte) {
        for outer in ascii_escapes(*expected) {
            let inner = outer.get(1..).unwrap_or_default();
            if outer.first() == Some(byte)
                && rest
                    .get(..inner.len())
                    .is_some_and(|there| there.eq_ignore_ascii_case(inner))
            {
                spelled(text, at + outer.len(), left, ends);
            }
        }
    }
}

/// Where the text goes on when lines are wrapped at `at`.
fn after_line_break(text: &[u8], at: usize) -> [Option<usize>; 2] {
    let mut found = [None, None];
    let Some(rest) = text.get(at..) else {
        return found;
    };
    let breaks: [&[&[u8]]; 2] = [
        &[b"\r\n", b"\\r\\n", b"%0D%0A", b"&#13;&#10;", b"&#xD;&#xA;", b"&#13;\n", b"&#xD;\n"],
        &[b"\n", b"\\n", b"%0A", b"&#10;", b"&#xA;"],
    ];
    for (slot, spellings) in found.iter_mut().zip(breaks) {
        *slot = spellings
            .iter()
            .find(|spelling| {
                rest.get(..spelling.len())
                    .is_some_and(|there| there.eq_ignore_ascii_case(spelling))
            })
            .map(|spelling| at + spelling.len());
    }
    found
}

fn push(ends: &mut Vec<usize>, end: usize) {
    if !ends.contains(&end) {
        ends.push(end);
    }
}

/// The bytes with which a letter may begin.
fn beginnings(letter: &Letter, any_case: bool) -> impl Iterator<Item = u8> {
    let raw = letter.raw().first().copied();
    let folded = raw
        .filter(|_| any_case)
        .map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
    raw.into_iter()
        .chain(folded.into_iter().flatten())
        .chain(letter.other_raw())
        .chain(STARTERS)
}

fn mark(table: &mut [bool; 256], byte: u8) {
    if let Some(entry) = table.get_mut(usize::from(byte)) {
        *entry = true;
    }
}

fn is_marked(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::super::spelling::needles;
    use super::*;

    fn found(secret: &str, text: &str) -> Option<String> {
        let finder = Finder::new(&needles(secret, false));
        let range = finder.find(text.as_bytes(), 0)?;
        Some(text[range].to_owned())
    }

    #[test]
    fn a_text_is_found_in_each_spelling_and_nothing_more_is() {
        for (secret, spelled) in [
            ("pa ss&wörd", "pa ss&wörd"),
            ("pa ss&wörd", "pa+ss%26w%C3%B6rd"),
            ("pa ss&wörd", "pa%20ss%26w%c3%b6rd"),
            ("pa ss&wörd", "pa%20ss%26w%F6rd"),
            ("pa ss&wörd", "pa ss\\u0026w\\u00F6rd"),
            ("pa ss&wörd", "pa ss&amp;w&ouml;rd"),
            ("pa ss&wörd", "pa ss&#38;w&#xF6;rd"),
            ("pa ss&wörd", "%70%61%20%73%73%26%77%C3%B6%72%64"),
            ("it's/\"mine\"", "it&#039;s/&quot;mine&quot;"),
            ("it's/\"mine\"", "it's\\/\\\"mine\\\""),
            ("it's/\"mine\"", "it\\'s/\\\"mine\\\""),
            ("a\\b\\\\cde", "a\\b\\\\cde"),
            ("a\\b\\\\cde", "a\\\\b\\\\\\\\cde"),
            ("line\nbreak", "line\\nbreak"),
            ("smile😀smile", "smile\\ud83d\\uDE00smile"),
            ("smile😀smile", "smile&#128512;smile"),
            ("smile😀smile", "smile%F0%9F%98%80smile"),
        ] {
            let text = format!("before {spelled} after");
            assert_eq!(found(secret, &text).as_deref(), Some(spelled), "{secret}");
        }
    }

    #[test]
    fn two_layers_of_escapes_are_seen_through() {
        for (secret, spelled) in [
            ("fish&chips", "fish\\u0026amp;chips"),
            ("fish&chips", "fish&amp;amp;chips"),
            ("fish&chips", "fish%2526chips"),
            ("fish&chips", "fish%26amp%3Bchips"),
            ("fish\"chips", "fish\\\\\\\"chips"),
            ("fish\"chips", "fish\\&quot;chips"),
            ("fish\"chips", "fish\\u005c\\u0022chips"),
            ("äfischchips", "\\u0026auml;fischchips"),
            ("äfischchips", "&amp;auml;fischchips"),
            ("äfischchips", "%26auml%3bfischchips"),
        ] {
            let text = format!("before {spelled} after");
            assert_eq!(found(secret, &text).as_deref(), Some(spelled), "{secret}");
        }
    }

    #[test]
    fn what_differs_is_not_found() {
        for other in [
            "", "Secret-word", "secret_word", "secret-wor", "ecret-word", "secret%2word",
            "secret-\\u0077\\u006frD", "c2Vjc",
        ] {
            assert_eq!(found("secret-word", other), None, "{other}");
        }
    }

    #[test]
    fn overlapping_texts_are_one_occurrence() {
        assert_eq!(
            found("abababab", "xababababababx").as_deref(),
            Some("abababababab")
        );
    }

    #[test]
    fn wrapped_base64_is_found() {
        use base64::Engine;
        let secret = "a long secret that takes more than a line";
        let mut encoded = base64::engine::general_purpose::STANDARD.encode(secret);
        let whole = encoded.clone();
        for breaks in ["\r\n", "\n", "\\n", "\\r\\n"] {
            encoded.clone_from(&whole);
            encoded.insert_str(30, breaks);
            assert!(found(secret, &encoded).is_some(), "{breaks:?}");
        }
    }

    #[test]
    fn many_readings_take_no_time_to_speak_of() {
        let secret = format!("{}x", "\\".repeat(64));
        let text = "\\".repeat(20_000);
        let began = std::time::Instant::now();
        assert_eq!(found(&secret, &text), None);
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
