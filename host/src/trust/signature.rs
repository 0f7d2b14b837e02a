//! The signature beside a component: `FILE.wasm.minisig`.

use super::key::{TrustedKey, number};
use crate::files;
use crate::text::one_line;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{Error, Signature};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Two lines of base64 and two comments.
pub(super) const MAX_SIGNATURE: u64 = 8 << 10;

/// What stands beside a component.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// By a key that is trusted, of this name.
    By(String),
    /// Not so, and why: what follows "it".
    Not(String),
}

pub(super) fn file(component: &Path) -> PathBuf {
    let mut name = OsString::from(component);
    name.push(".minisig");
    PathBuf::from(name)
}

/// Whether one of the keys has signed these bytes, by what stands beside their file.
pub(super) fn look(component: &Path, wasm: &[u8], keys: &[TrustedKey]) -> Signed {
    let file = file(component);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = one_line(&name, 100);
    let text = match files::read(&file, MAX_SIGNATURE) {
        Ok((text, _)) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Signed::Not(format!("has no signature beside it ({name})"));
        }
        Err(error) => {
            return Signed::Not(format!(
                "has a signature that cannot be read: {name}: {error}"
            ));
        }
    };
    match std::str::from_utf8(&text) {
        Ok(text) => verify(text, wasm, keys).unwrap_or_else(|why| Signed::Not(why.to_owned())),
        Err(_) => Signed::Not(DAMAGED.to_owned()),
    }
}

/// Whether a text is a signature that may be of these bytes. One with a key that is not trusted may be.
pub(super) fn fits(text: &str, wasm: &[u8], keys: &[TrustedKey]) -> Result<(), String> {
    let number = signing_key(text).ok_or(DAMAGED)?;
    match verify(text, wasm, keys)? {
        // It is of a key that is known.
        Signed::Not(why) if keys.iter().any(|key| key.is_called(&number)) => Err(why),
        _ => Ok(()),
    }
}

const DAMAGED: &str = "has a damaged signature: minisign would not read it either";

fn verify(text: &str, wasm: &[u8], keys: &[TrustedKey]) -> Result<Signed, &'static str> {
    let signature = Signature::decode(text).map_err(|_| DAMAGED)?;
    for key in keys {
        // What stands in the comments decides nothing.
        match key.key.verify(wasm, &signature, false) {
            Ok(()) => return Ok(Signed::By(key.name().to_owned())),
            // Two keys may have one number, by intent too.
            Err(Error::UnexpectedKeyId | Error::InvalidSignature) => {}
            Err(Error::UnexpectedAlgorithm) => {
                return Err(
                    "has a signature in minisign's old form, without a hash: sign it again with `minisign -SH`",
                );
            }
            Err(_) => return Err(DAMAGED),
        }
    }
    let number = signing_key(text).ok_or(DAMAGED)?;
    Ok(Signed::Not(
        match keys.iter().any(|key| key.is_called(&number)) {
            true => format!(
                "has a signature that does not fit it: the component or the signature was changed, or it is \
             another file's (key {number})"
            ),
            false => format!("is signed with a key that is not trusted ({number})"),
        },
    ))
}

/// The number of the key that a signature says it is of.
fn signing_key(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text.lines().nth(1)?).ok()?;
    bytes.get(2..10).map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by minisign itself, of the word "test".
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==
";
    const OLD: &str = "untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
";

    fn keys() -> Vec<TrustedKey> {
        vec![TrustedKey::parse(KEY).unwrap().named("somebody")]
    }

    #[test]
    fn what_minisign_signed_is_signed() {
        let by = Ok(Signed::By("somebody".to_owned()));
        assert_eq!(verify(SIGNATURE, b"test", &keys()), by);
        assert_eq!(
            verify(&SIGNATURE.replace('\n', "\r\n"), b"test", &keys()),
            by
        );
    }

    #[test]
    fn what_is_changed_in_any_character_is_not() {
        let lines: Vec<&str> = SIGNATURE.lines().collect();
        for (number, line) in lines.iter().enumerate().skip(1) {
            for at in 0..line.len() {
                let mut changed: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
                let other = if line[at..].starts_with('A') {
                    "B"
                } else {
                    "A"
                };
                changed[number].replace_range(at..=at, other);
                let verdict = verify(&changed.join("\n"), b"test", &keys());
                assert!(!matches!(verdict, Ok(Signed::By(_))), "{number}:{at}");
            }
        }
        for cut in 0..SIGNATURE.len() - 3 {
            let verdict = verify(&SIGNATURE[..cut], b"test", &keys());
            assert!(!matches!(verdict, Ok(Signed::By(_))), "{cut}");
        }
    }

    #[test]
    fn why_it_is_not_is_told() {
        let told = |text: &str, wasm: &[u8], keys: &[TrustedKey]| match verify(text, wasm, keys) {
            Ok(Signed::Not(why)) => why,
            Err(why) => why.to_owned(),
            Ok(Signed::By(name)) => panic!("signed by {name}"),
        };
        assert!(told(SIGNATURE, b"tesT", &keys()).contains("does not fit it"));
        assert!(told(SIGNATURE, b"test", &[]).contains("not trusted (E7620F1842B4E81F)"));
        assert!(told(OLD, b"test", &keys()).contains("minisign -SH"));
        assert!(told("", b"test", &keys()).contains("damaged"));
    }
}
