//! What the guest holds in place of a secret.

use super::finder::Finder;
use super::spelling::needles;
use std::fmt::Write;
use std::sync::LazyLock;

/// With which every placeholder begins.
const PREFIX: &str = "sgi-secret-";
/// Random bytes in a placeholder.
const RANDOM: usize = 16;

/// The beginning of a placeholder in any usual spelling, case ignored.
static TRACES: LazyLock<Finder> = LazyLock::new(|| Finder::new(&needles(PREFIX, true)));

/// The operating system gave no random numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random numbers: {0}")]
pub(crate) struct NoRandomness(String);

/// A new placeholder: unreserved characters, which no encoding changes.
pub(super) fn fresh() -> Result<String, NoRandomness> {
    let mut random = [0_u8; RANDOM];
    getrandom::fill(&mut random).map_err(|error| NoRandomness(error.to_string()))?;
    let mut placeholder = PREFIX.to_owned();
    for byte in random {
        write!(placeholder, "{byte:02x}").map_err(|error| NoRandomness(error.to_string()))?;
    }
    Ok(placeholder)
}

/// The text as a placeholder, where it is exactly one; of this desk or not.
pub(super) fn exactly(text: &[u8]) -> Option<&str> {
    let random = text.strip_prefix(PREFIX.as_bytes())?;
    let lower_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if random.len() == 2 * RANDOM && random.iter().all(lower_hex) {
        std::str::from_utf8(text).ok()
    } else {
        None
    }
}

/// Whether the bytes hold anything that begins as a placeholder does: whole, torn, escaped, in
/// hexadecimal or base64. The beginning alone is enough.
pub(super) fn leaves_traces_in(bytes: &[u8]) -> bool {
    TRACES.occurs_in(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;

    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (fresh().unwrap(), fresh().unwrap());
        assert_ne!(one, other);
        assert_eq!(exactly(one.as_bytes()), Some(one.as_str()));
    }

    #[test]
    fn only_a_whole_one_is_one() {
        let one = fresh().unwrap();
        for other in [
            one[..one.len() - 1].to_owned(),
            format!("{one}0"),
            format!(" {one}"),
            one.to_uppercase(),
            one.replace("secret", "sacred"),
            String::new(),
        ] {
            assert_eq!(exactly(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn its_beginning_is_recognised_in_disguise() {
        let one = fresh().unwrap();
        let base64 = |before: &str| {
            base64::engine::general_purpose::STANDARD.encode(format!("{before}{one}"))
        };
        let hex: String = one.bytes().map(|byte| format!("{byte:02X}")).collect();
        let percent: String = one.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let json: String = one.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        for disguise in [
            one.to_uppercase(),
            format!("x{}", &one[..20]),
            base64(""),
            base64("root:"),
            base64("r:"),
            base64("ro:"),
            hex,
            percent.replace('%', "%25"),
            percent,
            json,
            one.replace('-', "%2D"),
            one.replace('-', "&#45;"),
            one.replace('-', "\\u002d"),
        ] {
            assert!(leaves_traces_in(disguise.as_bytes()), "{disguise}");
        }
        assert!(!leaves_traces_in(b"a secret; sgi secret, sgi-Secre"));
    }
}
