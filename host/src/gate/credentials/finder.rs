//! Finds texts whose characters may each be escaped, in one or two layers.
//!
//! Instead of decoding a body (in which order? how often?) the search walks from each possible
//! beginning through the characters it looks for, and takes each in any spelling: as it is,
//! percent-encoded, escaped as in JSON, as an entity, or with that escape itself escaped once more
//! (`\u0026amp;`, `%2526`). A text that mixes spellings is found as well. Where a spelling can be
//! read in two ways all readings are followed, as a set of positions.
//!
//! A text that does not resemble a secret takes one pass. Whoever knows what is searched for (a
//! connector may have a text of its own sealed) can write one that takes far more; so there is a bound
//! on the work, in proportion to the text, and where it is reached the rest of the text counts as
//! found.

use super::escape::{STARTERS, Unit, readings};
use super::spelling::{Letter, Needle};
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
    /// By the unescaped byte at which a text may begin: the patterns.
    by_byte: Vec<Vec<u16>>,
}

impl Finder {
    pub(super) fn new(needles: &[Needle]) -> Self {
        let mut finder = Self {
            patterns: Vec::new(),
            by_byte: vec![Vec::new(); 256],
        };
        for needle in needles {
            let letters: Vec<Letter> = needle.text.chars().map(Letter::new).collect();
            let (Some(first), Ok(number)) = (letters.first(), u16::try_from(finder.patterns.len()))
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
            let mut second = [letters.len() == 1; 256];
            if let Some(letter) = letters.get(1) {
                let line_breaks: &[u8] = if needle.wrapped { b"\r\n" } else { b"" };
                beginnings(letter, needle.any_case)
                    .chain(STARTERS)
                    .chain(line_breaks.iter().copied())
                    .for_each(|byte| mark(&mut second, byte));
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

    /// Whether any of the texts occurs.
    pub(super) fn occurs_in(&self, text: &[u8]) -> bool {
        self.search(text).next_from(0).is_some()
    }

    /// A search through one text.
    pub(super) fn search<'a>(&'a self, text: &'a [u8]) -> Search<'a> {
        Search {
            finder: self,
            text,
            fuel: text.len().saturating_mul(FUEL_PER_BYTE) + LEAST_FUEL,
            scratch: Scratch::default(),
        }
    }
}

/// Steps that a search may take for each byte of its text. Ordinary text takes less than one.
const FUEL_PER_BYTE: usize = 24;
/// Steps that it may take in any case.
const LEAST_FUEL: usize = 1 << 20;
/// As how many steps the reading of an escape counts.
const FUEL_PER_ESCAPE: usize = 16;

/// A search through one text.
pub(super) struct Search<'a> {
    finder: &'a Finder,
    text: &'a [u8],
    fuel: usize,
    scratch: Scratch,
}

/// Kept between beginnings, so that a search allocates a few times at most.
#[derive(Default)]
struct Scratch {
    /// The positions reached so far.
    now: Vec<usize>,
    /// Those after the next letter.
    next: Vec<usize>,
    /// The readings of an escape, for its beginning, for a letter and for a letter's further bytes.
    readings: [Vec<(Unit, usize)>; 3],
}

impl Search<'_> {
    /// The first occurrence that begins at `from` or later, with all that overlaps it.
    pub(super) fn next_from(&mut self, from: usize) -> Option<Range<usize>> {
        let text = self.text;
        for (offset, byte) in text.get(from..)?.iter().enumerate() {
            let at = from + offset;
            let Some(end) = self.matches_at(at, *byte) else {
                continue;
            };
            let (mut reached, mut inner) = (end, at + 1);
            while inner < reached {
                if let Some(byte) = text.get(inner)
                    && let Some(end) = self.matches_at(inner, *byte)
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
    fn matches_at(&mut self, at: usize, byte: u8) -> Option<usize> {
        let plain = self.finder.by_byte.get(usize::from(byte))?;
        let starter = STARTERS.contains(&byte);
        if plain.is_empty() && !starter {
            return None;
        }
        let next = self.text.get(at + 1).copied();
        let mut longest = None;
        for number in plain {
            if let Some(pattern) = self.finder.patterns.get(usize::from(*number))
                && pattern.may_go_on(next)
            {
                longest = longest.max(self.follow(pattern, at));
            }
        }
        if starter {
            longest = longest.max(self.escaped_at(at));
        }
        longest
    }

    /// Where the longest text whose first letter is escaped ends.
    fn escaped_at(&mut self, at: usize) -> Option<usize> {
        let [first, ..] = &mut self.scratch.readings;
        let mut first = std::mem::take(first);
        readings(self.text, at, &mut first);
        if !self.burn(FUEL_PER_ESCAPE) {
            return Some(self.text.len());
        }
        let mut longest = None;
        if !first.is_empty() {
            for pattern in &self.finder.patterns {
                if first.iter().any(|(unit, _)| pattern.may_begin(*unit)) {
                    longest = longest.max(self.follow(pattern, at));
                }
            }
        }
        let [kept, ..] = &mut self.scratch.readings;
        *kept = first;
        longest
    }

    fn burn(&mut self, steps: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(steps);
        self.fuel > 0
    }

    /// Where the longest spelling of the pattern that begins at `at` ends.
    fn follow(&mut self, pattern: &Pattern, at: usize) -> Option<usize> {
        let mut now = std::mem::take(&mut self.scratch.now);
        let mut next = std::mem::take(&mut self.scratch.next);
        now.clear();
        now.push(at);
        for (position, letter) in pattern.letters.iter().enumerate() {
            next.clear();
            for at in now.iter().copied() {
                self.step(pattern, at, letter, &mut next);
                if pattern.wrapped && position > 0 {
                    for at in after_line_break(self.text, at).into_iter().flatten() {
                        self.step(pattern, at, letter, &mut next);
                    }
                }
            }
            if next.len() > 1 {
                next.sort_unstable();
                next.dedup();
            }
            std::mem::swap(&mut now, &mut next);
            if now.is_empty() {
                break;
            }
            if !self.burn(now.len()) {
                now.push(self.text.len());
                break;
            }
        }
        let end = now.last().copied();
        self.scratch.now = now;
        self.scratch.next = next;
        end
    }

    /// All positions after one letter at `at`, in any spelling.
    fn step(&mut self, pattern: &Pattern, at: usize, letter: &Letter, ends: &mut Vec<usize>) {
        let Some((byte, rest)) = self.text.get(at..).and_then(<[u8]>::split_first) else {
            return;
        };
        if let Some(expected) = letter.ascii() {
            if *byte == expected || (pattern.any_case && byte.eq_ignore_ascii_case(&expected)) {
                ends.push(at + 1);
            }
        } else if letter.raw().first() == Some(byte)
            && rest.starts_with(letter.raw().get(1..).unwrap_or_default())
        {
            ends.push(at + letter.raw().len());
        }
        if letter.other_raw() == Some(*byte) {
            ends.push(at + 1);
        }
        if !STARTERS.contains(byte) {
            return;
        }
        self.burn(FUEL_PER_ESCAPE);
        let [_, found, further] = &mut self.scratch.readings;
        readings(self.text, at, found);
        for (unit, end) in found.iter().copied() {
            match unit {
                Unit::Char(character) if pattern.same(letter, character) => ends.push(end),
                Unit::Byte(byte) => {
                    if letter.latin1() == Some(byte)
                        || (byte.is_ascii() && pattern.same(letter, byte.into()))
                    {
                        ends.push(end);
                    }
                    ends.extend(after_bytes(self.text, byte, end, letter, further));
                }
                Unit::Char(_) => {}
            }
        }
    }
}

/// The position after a letter of several bytes, each escaped, of which the first ends at `at`.
fn after_bytes(
    text: &[u8],
    byte: u8,
    mut at: usize,
    letter: &Letter,
    scratch: &mut Vec<(Unit, usize)>,
) -> Option<usize> {
    let (first, rest) = letter.raw().split_first()?;
    if *first != byte || rest.is_empty() {
        return None;
    }
    for expected in rest {
        readings(text, at, scratch);
        let mut found = scratch.iter();
        (_, at) = *found.find(|(unit, _)| *unit == Unit::Byte(*expected))?;
    }
    Some(at)
}

impl Drop for Finder {
    fn drop(&mut self) {
        self.by_byte.zeroize();
        for pattern in &mut self.patterns {
            pattern.second.zeroize();
        }
    }
}

impl Pattern {
    /// Whether the byte after a first letter that has one byte may belong to the second.
    #[inline]
    fn may_go_on(&self, next: Option<u8>) -> bool {
        match next {
            Some(next) => {
                is_marked(&self.second, next)
                    || self
                        .letters
                        .first()
                        .is_some_and(|first| first.ascii().is_none())
            }
            None => self.letters.len() == 1,
        }
    }

    fn may_begin(&self, unit: Unit) -> bool {
        self.letters.first().is_some_and(|first| match unit {
            Unit::Char(character) => self.same(first, character),
            Unit::Byte(byte) => beginnings(first, self.any_case).any(|known| known == byte),
        })
    }

    fn same(&self, letter: &Letter, character: char) -> bool {
        let expected = letter.character();
        expected == character || (self.any_case && expected.eq_ignore_ascii_case(&character))
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

/// The unescaped bytes with which a letter may begin.
fn beginnings(letter: &Letter, any_case: bool) -> impl Iterator<Item = u8> {
    let raw = letter.raw().first().copied();
    let folded = raw
        .filter(|byte| any_case && byte.is_ascii_alphabetic())
        .map(|byte| byte ^ 0x20);
    raw.into_iter().chain(folded).chain(letter.other_raw())
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
        let range = finder.search(text.as_bytes()).next_from(0)?;
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
    fn a_text_made_to_keep_the_search_busy_counts_as_found() {
        for (secret, text) in [
            (format!("{}x", "\\".repeat(64)), "\\".repeat(100_000)),
            (format!("{}x", "a".repeat(8000)), "a".repeat(1_000_000)),
            ("a".repeat(8000), "a".repeat(1_000_000)),
        ] {
            let began = std::time::Instant::now();
            let range = Finder::new(&needles(&secret, false))
                .search(text.as_bytes())
                .next_from(0);
            assert_eq!(range.unwrap().end, text.len());
            assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
        }
        let text = "\\%&".repeat(100_000);
        assert_eq!(found("correct horse", &text), None);
    }
}
