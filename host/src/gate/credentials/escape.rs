//! Reads escaped characters in the formats that desks speak, in one layer or in two.

/// The bytes with which an escaped character begins.
pub(super) const STARTERS: [u8; 3] = [b'%', b'\\', b'&'];

/// What an escape means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// One byte of some encoding of a character.
    Byte(u8),
    /// A character.
    Char(char),
}

/// HTML's names for U+00A0 to U+00FF: PHP's `htmlentities` writes them.
const LATIN_NAMES: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// All readings of the escape at `at`, each with the position after it; the escape's own characters
/// may be escaped once more (`%2526`, `\u0026amp;`, `\\\"`). At most a handful.
pub(super) fn readings(text: &[u8], at: usize, readings: &mut Vec<(Unit, usize)>) {
    readings.clear();
    read_escapes(&Twice(text), at, &mut |unit, end| {
        readings.push((unit, end))
    });
}

/// What an escape may mean, by its first two bytes.
pub(super) enum Escape {
    /// There is none that begins so.
    None,
    /// This character.
    Of(char),
    /// That depends on what follows.
    OfAny,
}

/// What an escape may mean that begins with these two bytes.
pub(super) fn may_escape(starter: u8, next: u8) -> Escape {
    if STARTERS.contains(&next) {
        return Escape::OfAny;
    }
    match starter {
        b'%' if next.is_ascii_hexdigit() => Escape::OfAny,
        b'&' if next == b'#' || next.is_ascii_alphanumeric() => Escape::OfAny,
        b'\\' if next == b'u' || next == b'x' => Escape::OfAny,
        b'\\' => short_escape(next).map_or(Escape::None, Escape::Of),
        _ => Escape::None,
    }
}

/// What a backslash and one character mean.
fn short_escape(kind: u8) -> Option<char> {
    match kind {
        b'b' => Some('\u{8}'),
        b't' => Some('\t'),
        b'n' => Some('\n'),
        b'f' => Some('\u{c}'),
        b'r' => Some('\r'),
        _ if kind.is_ascii_punctuation() => Some(kind.into()),
        _ => None,
    }
}

/// The characters that an escape is written in.
trait Source {
    /// The readings of the character at `at`, as ASCII, each with the position after it.
    fn read(&self, at: usize) -> [Option<(u8, usize)>; 2];

    /// The reading that fits.
    fn one(&self, at: usize, fits: impl Fn(u8) -> bool) -> Option<(u8, usize)> {
        let mut readings = self.read(at).into_iter().flatten();
        readings.find(|(byte, _)| fits(*byte))
    }
}

/// An escape as it stands.
struct Once<'a>(&'a [u8]);

/// An escape whose characters may be escaped.
struct Twice<'a>(&'a [u8]);

impl Source for Once<'_> {
    fn read(&self, at: usize) -> [Option<(u8, usize)>; 2] {
        [self.0.get(at).map(|byte| (*byte, at + 1)), None]
    }
}

impl Source for Twice<'_> {
    fn read(&self, at: usize) -> [Option<(u8, usize)>; 2] {
        let Some(byte) = self.0.get(at).copied() else {
            return [None, None];
        };
        let mut inner = None;
        if STARTERS.contains(&byte) {
            read_escapes(&Once(self.0), at, &mut |unit, end| {
                inner = match unit {
                    Unit::Byte(byte) => Some(byte),
                    Unit::Char(character) => u8::try_from(character).ok(),
                }
                .filter(u8::is_ascii)
                .map(|byte| (byte, end));
            });
        }
        [Some((byte, at + 1)), inner]
    }
}

fn read_escapes(source: &impl Source, at: usize, found: &mut impl FnMut(Unit, usize)) {
    for (starter, after) in source.read(at).into_iter().flatten() {
        match starter {
            b'%' => {
                if let Some((value, end)) = hex(source, after, 2)
                    && let Ok(byte) = u8::try_from(value)
                {
                    found(Unit::Byte(byte), end);
                }
            }
            b'\\' => {
                for (kind, after) in source.read(after).into_iter().flatten() {
                    let meaning = match kind {
                        b'u' => utf16(source, after),
                        b'x' => hex(source, after, 2).and_then(character),
                        _ => short_escape(kind).map(|meaning| (meaning, after)),
                    };
                    if let Some((meaning, end)) = meaning {
                        found(Unit::Char(meaning), end);
                    }
                }
            }
            b'&' => {
                if let Some((meaning, end)) = entity(source, after) {
                    found(Unit::Char(meaning), end);
                }
            }
            _ => {}
        }
    }
}

fn character((code, end): (u32, usize)) -> Option<(char, usize)> {
    Some((char::from_u32(code)?, end))
}

fn hex(source: &impl Source, mut at: usize, digits: usize) -> Option<(u32, usize)> {
    let mut value = 0;
    for _ in 0..digits {
        let (digit, after) = source.one(at, |byte| byte.is_ascii_hexdigit())?;
        value = value << 4 | char::from(digit).to_digit(16)?;
        at = after;
    }
    Some((value, at))
}

/// After `\u`: four digits, and for what two surrogates express, another such escape.
fn utf16(source: &impl Source, at: usize) -> Option<(char, usize)> {
    let (high, end) = hex(source, at, 4)?;
    if !(0xd800..0xdc00).contains(&high) {
        return character((high, end));
    }
    let seconds = source.read(end).into_iter().flatten();
    seconds
        .filter(|(byte, _)| *byte == b'\\')
        .find_map(|(_, at)| {
            let (_, at) = source.one(at, |byte| byte == b'u')?;
            let (low, end) = hex(source, at, 4)?;
            let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
            let decoded = char::decode_utf16(units).next()?.ok()?;
            Some((decoded, end))
        })
}

/// After `&`: a number, padded or not, or a name; and a semicolon.
fn entity(source: &impl Source, at: usize) -> Option<(char, usize)> {
    let Some((_, at)) = source.one(at, |byte| byte == b'#') else {
        return named_entity(source, at);
    };
    let (radix, mut at) = match source.one(at, |byte| byte.eq_ignore_ascii_case(&b'x')) {
        Some((_, after)) => (16, after),
        None => (10, at),
    };
    let mut code = 0_u32;
    for _ in 0..12 {
        let (byte, after) = source.one(at, |byte| byte == b';' || byte.is_ascii_hexdigit())?;
        if byte == b';' {
            return character((code, after));
        }
        let digit = char::from(byte).to_digit(radix)?;
        code = code.checked_mul(radix)?.checked_add(digit)?;
        at = after;
    }
    None
}

fn named_entity(source: &impl Source, mut at: usize) -> Option<(char, usize)> {
    let mut name = [0_u8; 8];
    for length in 0..=name.len() {
        let (byte, after) = source.one(at, |byte| byte == b';' || byte.is_ascii_alphanumeric())?;
        if byte == b';' {
            return Some((entity_named(name.get(..length)?)?, after));
        }
        *name.get_mut(length)? = byte;
        at = after;
    }
    None
}

fn entity_named(name: &[u8]) -> Option<char> {
    match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        b"euro" => Some('€'),
        _ => {
            let position = LATIN_NAMES
                .iter()
                .position(|known| known.as_bytes() == name)?;
            char::from_u32(0xa0 + u32::try_from(position).ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Unit, usize)> {
        let mut found = Vec::new();
        readings(text.as_bytes(), 0, &mut found);
        found
    }

    #[test]
    fn an_escape_is_read_whole() {
        for (escape, character) in [
            ("\\u00e4", 'ä'),
            ("\\u00E4", 'ä'),
            ("\\xe4", 'ä'),
            ("\\ud83d\\ude00", '😀'),
            ("\\n", '\n'),
            ("\\/", '/'),
            ("\\'", '\''),
            ("&amp;", '&'),
            ("&auml;", 'ä'),
            ("&Auml;", 'Ä'),
            ("&nbsp;", '\u{a0}'),
            ("&yuml;", 'ÿ'),
            ("&times;", '×'),
            ("&euro;", '€'),
            ("&#039;", '\''),
            ("&#x0000E4;", 'ä'),
            ("&#128512;", '😀'),
        ] {
            assert_eq!(read(escape), [(Unit::Char(character), escape.len())]);
            let in_text = format!("{escape};more");
            assert_eq!(read(&in_text), [(Unit::Char(character), escape.len())]);
        }
        assert_eq!(read("%C3"), [(Unit::Byte(0xc3), 3)]);
    }

    #[test]
    fn an_escape_in_an_escape_is_read_through() {
        for (escape, character) in [
            ("\\u0026amp;", '&'),
            ("&amp;amp;", '&'),
            ("&amp;#x26;", '&'),
            ("%26lt%3B", '<'),
            ("\\\\u00e4", 'ä'),
            ("\\\\ud83d\\\\ude00", '😀'),
            ("\\&quot;", '"'),
            ("\\u005cu00e4", 'ä'),
        ] {
            let expected = (Unit::Char(character), escape.len());
            assert!(read(escape).contains(&expected), "{escape}");
        }
        assert!(read("%2526").contains(&(Unit::Byte(b'&'), 5)));
        assert!(read("%25%32%36").contains(&(Unit::Byte(b'&'), 9)));
    }

    #[test]
    fn what_is_no_escape_has_no_reading() {
        for other in [
            "",
            "a",
            "%",
            "%4",
            "%zz",
            "\\",
            "\\u12",
            "\\ud83d",
            "\\q",
            "&",
            "& ",
            "&;",
            "&amp",
            "&#;x",
            "&#xg;",
            "&#99999999;",
            "&bogusname;",
            "&bogus;",
        ] {
            let real = read(other)
                .into_iter()
                .filter(|reading| *reading != (Unit::Char('\0'), 3));
            assert_eq!(real.count(), 0, "{other}");
        }
    }
}
