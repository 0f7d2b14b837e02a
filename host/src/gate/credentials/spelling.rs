//! What to look for, so as to find one secret: the texts that it may be encoded as.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

/// One character of what is searched for.
pub(super) struct Letter {
    character: char,
    raw: Vec<u8>,
}

impl Letter {
    pub(super) fn new(character: char) -> Self {
        let mut buffer = [0; 4];
        let raw = character.encode_utf8(&mut buffer).as_bytes().to_vec();
        buffer.zeroize();
        Self { character, raw }
    }

    pub(super) fn character(&self) -> char {
        self.character
    }

    /// As UTF-8.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The only byte, for ASCII.
    pub(super) fn ascii(&self) -> Option<u8> {
        match self.raw.as_slice() {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    /// The byte that means the character in Latin-1, where UTF-8 has another.
    pub(super) fn latin1(&self) -> Option<u8> {
        u8::try_from(self.character)
            .ok()
            .filter(|byte| !byte.is_ascii())
    }

    /// The other byte that means the character without an escape: Latin-1, a blank in a form.
    pub(super) fn other_raw(&self) -> Option<u8> {
        match self.character {
            ' ' => Some(b'+'),
            _ => self.latin1(),
        }
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.character.zeroize();
        self.raw.zeroize();
    }
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
}
