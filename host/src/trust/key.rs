//! The keys whose signatures count, as minisign writes them.

use crate::error::Problem;
use crate::text::one_line;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::PublicKey;

/// The longest name of a key.
const MAX_NAME: usize = 80;

/// A public key of minisign's whose signatures let components in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    text: String,
    name: String,
    pub(super) key: PublicKey,
}

impl TrustedKey {
    /// Reads a key: `RW…` alone, or the file that minisign writes (`minisign.pub`). It is called by its
    /// number, as minisign shows it, until [`TrustedKey::named`].
    ///
    /// # Errors
    /// The text is no such key, in words.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || {
            Problem::new(
                "this is no public key of minisign's: expected 56 characters that begin with RW, or the \
                 file minisign.pub with them",
            )
        };
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(wrong());
        };
        let bytes = STANDARD.decode(line).map_err(|_| wrong())?;
        let text = STANDARD.encode(&bytes);
        let (true, Some(number)) = (bytes.starts_with(b"Ed"), bytes.get(2..10)) else {
            return Err(wrong());
        };
        let name = self::number(number);
        let key = PublicKey::from_base64(&text).map_err(|_| wrong())?;
        Ok(Self { text, name, key })
    }

    /// Gives it a name: "signed by NAME".
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let name = one_line(name.trim(), MAX_NAME);
        if !name.is_empty() {
            self.name = name;
        }
        self
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `RW…`
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a person means it by that: its text, its name or its number.
    pub(super) fn is_called(&self, what: &str) -> bool {
        let bytes = STANDARD.decode(&self.text).unwrap_or_default();
        let number = bytes.get(2..10).map(number);
        self.text == what || self.name == what || number.is_some_and(|number| number == what)
    }
}

/// A key's number as minisign shows it: 16 digits.
pub(super) fn number(bytes: &[u8]) -> String {
    bytes
        .iter()
        .rev()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of libsodium's releases.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn a_key_is_read_alone_or_from_its_file() {
        let key = TrustedKey::parse(KEY).unwrap();
        assert_eq!(
            (key.text(), key.name()),
            (KEY, "E7620F1842B4E81F"),
            "as minisign shows it"
        );
        let file = format!("untrusted comment: minisign public key E7620F1842B4E81F\r\n{KEY}\r\n");
        assert_eq!(TrustedKey::parse(&file).unwrap(), key);
        let named = key.named(" libsodium\u{1b} ");
        assert_eq!(named.name(), "libsodium ");
        for called in [KEY, "libsodium ", "E7620F1842B4E81F"] {
            assert!(named.is_called(called), "{called}");
        }
        assert!(!named.is_called("libsodium's"));
    }

    #[test]
    fn what_is_no_key_is_told() {
        let signature = "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=";
        for wrong in [
            "",
            "RW",
            &KEY[1..],
            &KEY.replace("RW", "RX"),
            &format!("{KEY}\n{KEY}"),
            signature,
            "minisign.pub",
        ] {
            let problem = TrustedKey::parse(wrong).unwrap_err();
            assert!(problem.message.contains("begin with RW"), "{wrong}");
        }
    }
}
