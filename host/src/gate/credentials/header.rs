//! Header values that hold a secret.

use super::placeholder;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// User name and placeholder of `Basic` credentials, where the password is exactly one. The user name
/// ends at the first colon, unless it is the configured one, in which there may be some.
pub(super) fn read_basic(value: &HeaderValue, configured: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (username, password) = pair
        .strip_prefix(configured)
        .and_then(|rest| Some((configured, rest.strip_prefix(':')?)))
        .or_else(|| pair.split_once(':'))?;
    let placeholder = placeholder::exactly(password.as_bytes())?;
    Some((username.to_owned(), placeholder.to_owned()))
}

/// `Basic` credentials.
pub(super) fn write_basic(username: &str, secret: &str) -> Result<HeaderValue, &'static str> {
    let pair = Zeroizing::new(format!("{username}:{secret}"));
    let mut value = Zeroizing::new("Basic ".to_owned());
    BASE64.encode_string(pair.as_bytes(), &mut value);
    finish(value.as_bytes())
}

/// The scheme with its blank, if there is one, and the placeholder after it.
pub(super) fn read_plain(value: &HeaderValue) -> Option<(&str, &str)> {
    let text = value.to_str().ok()?;
    if let Some(placeholder) = placeholder::exactly(text.as_bytes()) {
        return Some(("", placeholder));
    }
    let (scheme, rest) = text.split_once(' ')?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let placeholder = placeholder::exactly(rest.as_bytes())?;
    let sound = !scheme.is_empty()
        && scheme.bytes().all(token)
        && !placeholder::leaves_traces_in(scheme.as_bytes());
    let lead = text.get(..=scheme.len())?;
    sound.then_some((lead, placeholder))
}

/// A secret after what [`read_plain`] found before it.
pub(super) fn write_plain(lead: &str, secret: &str) -> Result<HeaderValue, &'static str> {
    let visible = secret.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !visible || secret.trim_matches(' ').len() != secret.len() {
        return Err(
            "holds a character that a header cannot carry: only visible ASCII, and no blank at \
             either end",
        );
    }
    let value = Zeroizing::new(format!("{lead}{secret}"));
    finish(value.as_bytes())
}

fn finish(value: &[u8]) -> Result<HeaderValue, &'static str> {
    let owned = Bytes::from_owner(Zeroizing::new(value.to_vec()));
    let mut value = HeaderValue::from_maybe_shared(owned)
        .map_err(|_| "holds a character that a header cannot carry")?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn basic_credentials_hold_one_placeholder_as_their_password() {
        let placeholder = placeholder::fresh().unwrap();
        let encoded = BASE64.encode(format!("root:{placeholder}"));
        for text in [
            format!("Basic {encoded}"),
            format!("bAsIc {}", encoded.trim_end_matches('=')),
        ] {
            assert_eq!(
                read_basic(&value(&text), "root"),
                Some(("root".to_owned(), placeholder.clone()))
            );
        }
        for pair in [
            format!("root:{placeholder} "),
            format!("root:x{placeholder}"),
            format!("root:a:{placeholder}"),
            placeholder.clone(),
            format!("{placeholder}:x"),
        ] {
            let text = format!("Basic {}", BASE64.encode(&pair));
            assert_eq!(read_basic(&value(&text), "root"), None, "{pair}");
        }
        for text in [
            format!("Basic  {encoded}"),
            format!("Basic {encoded} "),
            format!("Basic {encoded},"),
            format!("Bearer {encoded}"),
            encoded,
        ] {
            assert_eq!(read_basic(&value(&text), "root"), None, "{text}");
        }
    }

    #[test]
    fn a_header_holds_one_placeholder_after_at_most_one_scheme() {
        let placeholder = placeholder::fresh().unwrap();
        let token = value(&format!("token {placeholder}"));
        assert_eq!(read_plain(&token), Some(("token ", placeholder.as_str())));
        let alone = value(&placeholder);
        assert_eq!(read_plain(&alone), Some(("", placeholder.as_str())));
        for text in [
            format!("token  {placeholder}"),
            format!("token\t{placeholder}"),
            format!("a token {placeholder}"),
            format!("token={placeholder}"),
            format!("a,b {placeholder}"),
            format!("{placeholder} {placeholder}"),
            format!("{placeholder} x"),
            format!(" {placeholder}"),
            format!("{placeholder}x"),
        ] {
            assert_eq!(read_plain(&value(&text)), None, "{text}");
        }
    }

    #[test]
    fn what_a_header_cannot_carry_is_not_written() {
        for secret in ["a\r\nb", "a\nb", "a\0b", "a\tb", "ä", " a", "a ", "\u{7f}"] {
            assert!(write_plain("", secret).is_err(), "{secret:?}");
        }
        let written = write_plain("token ", "a b").unwrap();
        assert_eq!(written, "token a b");
        assert!(written.is_sensitive());
        assert!(!format!("{written:?}").contains("a b"));
    }
}
