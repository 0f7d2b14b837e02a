//! How one character, and one secret, may be spelled in the formats that desks speak.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::sync::LazyLock;
use zeroize::{Zeroize, Zeroizing};

/// The bytes with which an escaped character begins.
pub(super) const STARTERS: [u8; 3] = [b'%', b'\\', b'&'];

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

static ASCII: LazyLock<Vec<Vec<Vec<u8>>>> =
    LazyLock::new(|| (0..0x80).map(|byte: u8| escapes(byte.into())).collect());

/// The escaped spellings of an ASCII character. Hexadecimal digits and names are to be compared
/// without regard to case.
pub(super) fn ascii_escapes(byte: u8) -> &'static [Vec<u8>] {
    ASCII
        .get(usize::from(byte))
        .map_or(&[], |spellings| spellings.as_slice())
}

/// One character of what is searched for.
pub(super) struct Letter {
    raw: Vec<u8>,
    /// Empty for ASCII, which has a table of its own.
    escapes: Vec<Vec<u8>>,
}

impl Letter {
    pub(super) fn new(character: char) -> Self {
        let mut buffer = [0; 4];
        let raw = character.encode_utf8(&mut buffer).as_bytes().to_vec();
        buffer.zeroize();
        Self {
            raw,
            escapes: match character {
                '\0'..='\x7f' => Vec::new(),
                _ => escapes(character),
            },
        }
    }

    /// The only byte, for ASCII.
    pub(super) fn ascii(&self) -> Option<u8> {
        match self.raw.as_slice() {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    /// As UTF-8.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Other bytes that mean the character without an escape: a blank in a form, Latin-1.
    pub(super) fn other_raw(&self) -> Option<u8> {
        match self.raw.as_slice() {
            b" " => Some(b'+'),
            [lead @ (0xc2 | 0xc3), low] => Some((lead & 0b11) << 6 | (low & 0x3f)),
            _ => None,
        }
    }

    /// With an escape.
    pub(super) fn escapes(&self) -> &[Vec<u8>] {
        match self.ascii() {
            Some(byte) => ascii_escapes(byte),
            None => &self.escapes,
        }
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.raw.zeroize();
        self.escapes.zeroize();
    }
}

/// All spellings of a character that begin with `%`, `\` or `&`.
fn escapes(character: char) -> Vec<Vec<u8>> {
    let mut spellings = Vec::new();
    let code = u32::from(character);
    let mut buffer = [0; 4];
    let utf8 = character.encode_utf8(&mut buffer);
    spellings.push(utf8.bytes().map(|byte| format!("%{byte:02X}")).collect());
    if (0x80..0x100).contains(&code) {
        spellings.push(format!("%{code:02X}"));
    }

    let mut units = [0; 2];
    let utf16 = character.encode_utf16(&mut units);
    spellings.push(utf16.iter().map(|unit| format!("\\u{unit:04x}")).collect());
    if code < 0x100 {
        spellings.push(format!("\\x{code:02x}"));
    }
    match character {
        '\u{8}' => spellings.push("\\b".to_owned()),
        '\t' => spellings.push("\\t".to_owned()),
        '\n' => spellings.push("\\n".to_owned()),
        '\u{c}' => spellings.push("\\f".to_owned()),
        '\r' => spellings.push("\\r".to_owned()),
        _ if character.is_ascii_punctuation() => spellings.push(format!("\\{character}")),
        _ => {}
    }

    for width in 1..=7 {
        spellings.push(format!("&#{code:0width$};"));
        spellings.push(format!("&#x{code:0width$x};"));
    }
    let name = match character {
        '&' => Some("amp"),
        '<' => Some("lt"),
        '>' => Some("gt"),
        '"' => Some("quot"),
        '\'' => Some("apos"),
        '€' => Some("euro"),
        _ => code
            .checked_sub(0xa0)
            .and_then(|offset| usize::try_from(offset).ok())
            .and_then(|offset| LATIN_NAMES.get(offset).copied()),
    };
    spellings.extend(name.map(|name| format!("&{name};")));
    buffer.zeroize();
    units.zeroize();

    let mut spellings: Vec<Vec<u8>> = spellings.into_iter().map(String::into_bytes).collect();
    spellings.sort();
    spellings.dedup();
    spellings
}

/// A text to search for, with any of its characters escaped.
pub(super) struct Needle {
    pub(super) text: Zeroizing<String>,
    /// Whether letters match without regard to case.
    pub(super) any_case: bool,
    /// Whether line breaks may stand in it, as in long base64.
    pub(super) wrapped: bool,
}

/// A secret as it is, in hexadecimal, and in base64 wherever it may stand in what was encoded.
pub(super) fn needles(secret: &str, any_case: bool) -> Vec<Needle> {
    let hex: String = secret
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    let mut needles = vec![
        Needle {
            text: Zeroizing::new(secret.to_owned()),
            any_case,
            wrapped: false,
        },
        Needle {
            text: Zeroizing::new(hex),
            any_case: true,
            wrapped: true,
        },
    ];
    for before in 0..3 {
        needles.extend(base64_needles(before, secret));
    }
    needles
}

/// What base64 makes of `user:secret`, where that is all that was encoded.
pub(super) fn basic_needles(username: &str, secret: &str) -> Vec<Needle> {
    let pair = Zeroizing::new(format!("{username}:{secret}"));
    both_alphabets(Zeroizing::new(STANDARD_NO_PAD.encode(pair.as_bytes())))
}

/// The digits of base64 that depend on the secret alone, when `before` bytes of a group of three
/// precede it.
fn base64_needles(before: usize, secret: &str) -> Vec<Needle> {
    let mut bytes = Zeroizing::new(vec![0; before]);
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes));
    let whole = bytes.len() * 8 / 6;
    let shared = (before * 8).div_ceil(6);
    match encoded.get(shared..whole) {
        Some(own) => both_alphabets(Zeroizing::new(own.to_owned())),
        None => Vec::new(),
    }
}

fn both_alphabets(standard: Zeroizing<String>) -> Vec<Needle> {
    let needle = |text| Needle {
        text,
        any_case: false,
        wrapped: true,
    };
    let url_safe = Zeroizing::new(standard.replace('+', "-").replace('/', "_"));
    if url_safe == standard {
        vec![needle(standard)]
    } else {
        vec![needle(standard), needle(url_safe)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(needles: Vec<Needle>) -> Vec<String> {
        needles
            .iter()
            .map(|needle| needle.text.to_string())
            .collect()
    }

    #[test]
    fn base64_is_found_wherever_the_secret_stands_in_it() {
        let secret = "correct horse";
        for before in 0..7 {
            let encoded = STANDARD_NO_PAD.encode(format!("{}{secret}yz", "x".repeat(before)));
            let needles = texts(base64_needles(before % 3, secret));
            assert!(encoded.contains(&needles[0]), "{before}");
        }
    }

    #[test]
    fn an_umlaut_is_spelled_in_many_ways() {
        let letter = Letter::new('ä');
        let spelled: Vec<&str> = letter
            .escapes()
            .iter()
            .map(|s| std::str::from_utf8(s).unwrap())
            .collect();
        for expected in ["%C3%A4", "%E4", "\\u00e4", "&#228;", "&#xe4;", "&auml;"] {
            assert!(spelled.contains(&expected), "{expected} in {spelled:?}");
        }
        assert_eq!(letter.other_raw(), Some(0xe4));
        assert_eq!(Letter::new('¡').other_raw(), Some(0xa1));
    }

    #[test]
    fn every_escape_begins_with_a_starter() {
        for byte in 0..0x80 {
            for spelling in ascii_escapes(byte) {
                assert!(STARTERS.contains(&spelling[0]));
            }
        }
    }
}
