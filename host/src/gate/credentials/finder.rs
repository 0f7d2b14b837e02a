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

use super::escape::{Escape, STARTERS, Unit, may_escape, readings};
use super::spelling::{Letter, Needle};
use std::ops::Range;
use zeroize::Zeroize;

struct Pattern {
    letters: Vec<Letter>,
    any_case: bool,
    wrapped: bool,
}

/// A search for a set of texts, each of two characters or more.
pub(super) struct Finder {
    patterns: Vec<Pattern>,
    /// By the unescaped byte at which a text may begin: the patterns.
    by_byte: Vec<Vec<u16>>,
    /// The bytes at which a text may begin, in any spelling.
    firsts: Firsts,
    /// The bytes with which a text may begin that are written as an escape.
    escaped: Firsts,
    /// The two bytes at which a text may begin: nearly all of an answer is passed over by them.
    openings: Pairs,
}

impl Finder {
    pub(super) fn new(needles: &[Needle]) -> Self {
        let mut finder = Self {
            patterns: Vec::new(),
            by_byte: vec![Vec::new(); 256],
            firsts: Firsts([false; 256]),
            escaped: Firsts([false; 256]),
            openings: Pairs::new(),
        };
        for needle in needles {
            let pattern = Pattern {
                letters: needle.text.chars().map(Letter::new).collect(),
                any_case: needle.any_case,
                wrapped: needle.wrapped,
            };
            finder.add(pattern);
        }
        finder
    }

    fn add(&mut self, pattern: Pattern) {
        let [first, second, ..] = pattern.letters.as_slice() else {
            return;
        };
        let Ok(number) = u16::try_from(self.patterns.len()) else {
            return;
        };
        for byte in beginnings(first, pattern.any_case) {
            self.firsts.insert(byte);
            if let Some(patterns) = self.by_byte.get_mut(usize::from(byte))
                && !patterns.contains(&number)
            {
                patterns.push(number);
            }
            let line_breaks: &[u8] = if pattern.wrapped { b"\r\n" } else { b"" };
            beginnings(second, pattern.any_case)
                .chain(first.raw().get(1).copied())
                .chain(STARTERS)
                .chain(line_breaks.iter().copied())
                .for_each(|next| self.openings.insert(byte, next));
        }
        for next in u8::MIN..=u8::MAX {
            if pattern.may_begin(Unit::Byte(next)) {
                self.escaped.insert(next);
            }
            for starter in STARTERS {
                let likely = match may_escape(starter, next) {
                    Escape::Of(meaning) => pattern.may_begin(Unit::Char(meaning)),
                    Escape::OfAny => true,
                    Escape::None => false,
                };
                if likely {
                    self.firsts.insert(starter);
                    self.openings.insert(starter, next);
                }
            }
        }
        self.patterns.push(pattern);
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
        let firsts = &self.finder.firsts;
        let mut at = from;
        loop {
            at += text.get(at..)?.iter().position(|byte| firsts.has(*byte))?;
            let opening = text.get(at..at + 2)?;
            let Some(end) = self.matches_at(at, opening) else {
                at += 1;
                continue;
            };
            let mut reached = end;
            for (offset, opening) in text.get(at..)?.windows(2).enumerate().skip(1) {
                if at + offset >= reached {
                    break;
                }
                if let Some(end) = self.matches_at(at + offset, opening) {
                    reached = reached.max(end);
                }
            }
            return Some(at..reached);
        }
    }

    /// Where the longest text that begins at `at` ends.
    #[inline]
    fn matches_at(&mut self, at: usize, opening: &[u8]) -> Option<usize> {
        match opening {
            [byte, next] if self.finder.openings.contains(*byte, *next) => {
                self.opened_at(at, *byte)
            }
            _ => None,
        }
    }

    fn opened_at(&mut self, at: usize, byte: u8) -> Option<usize> {
        let mut longest = None;
        for number in self.finder.by_byte.get(usize::from(byte))? {
            if let Some(pattern) = self.finder.patterns.get(usize::from(*number)) {
                longest = longest.max(self.follow(pattern, at));
            }
        }
        if STARTERS.contains(&byte) && !self.is_another_byte(at) {
            longest = longest.max(self.escaped_at(at));
        }
        longest
    }

    /// Whether a percent escape stands here that can be read as one byte only, with which no text
    /// begins. Addresses are full of them, and each address is searched.
    fn is_another_byte(&self, at: usize) -> bool {
        let Some([b'%', high, low]) = self.text.get(at..at + 3) else {
            return false;
        };
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            return false;
        };
        // An escaped starter begins an escape of its own.
        u8::try_from(high << 4 | low)
            .is_ok_and(|byte| !STARTERS.contains(&byte) && !self.finder.escaped.has(byte))
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
        self.firsts.0.zeroize();
        self.escaped.0.zeroize();
        self.openings.0.as_flattened_mut().zeroize();
    }
}

impl Pattern {
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
        &[
            b"\r\n",
            b"\\r\\n",
            b"%0D%0A",
            b"&#13;&#10;",
            b"&#xD;&#xA;",
            b"&#13;\n",
            b"&#xD;\n",
        ],
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

/// A set of bytes.
struct Firsts([bool; 256]);

impl Firsts {
    fn insert(&mut self, byte: u8) {
        if let Some(first) = self.0.get_mut(usize::from(byte)) {
            *first = true;
        }
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// A set of two bytes each.
struct Pairs(Box<[[u64; 4]; 256]>);

impl Pairs {
    fn new() -> Self {
        Self(Box::new([[0; 4]; 256]))
    }

    fn insert(&mut self, one: u8, other: u8) {
        let row = self.0.get_mut(usize::from(one));
        if let Some(word) = row.and_then(|row| row.get_mut(usize::from(other >> 6))) {
            *word |= 1 << (other & 63);
        }
    }

    #[inline]
    fn contains(&self, one: u8, other: u8) -> bool {
        let row = self.0.get(usize::from(one));
        let word = row.and_then(|row| row.get(usize::from(other >> 6)));
        word.is_some_and(|word| word >> (other & 63) & 1 == 1)
    }
}

#[cfg(test)]
mod tests;
