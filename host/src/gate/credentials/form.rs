//! Form-encoded bodies (`application/x-www-form-urlencoded`).

use super::body::{Spot, Unclear};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Whether the text has only what a form encoder leaves as it is. What JSON, XML and YAML cannot do
/// without (quotes, angle brackets, braces, blanks, lines) is not among it: a desk that ignores the
/// content type cannot read such a form as one of them.
pub(super) fn check(text: &str) -> Result<(), Unclear> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~*!'()+$,/:;@?&=[]".contains(&byte);
        let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        let escaped = byte == b'%' && digit() && digit();
        if !plain && !escaped {
            return Err(Unclear::NotForm);
        }
    }
    Ok(())
}

/// The value of the only field of this name, however the name is encoded.
pub(super) fn locate(text: &str, name: &str) -> Result<Option<Spot>, Unclear> {
    let mut found = None;
    let mut start = 0;
    for field in text.split('&') {
        let (key, value) = field.split_once('=').unwrap_or((field, ""));
        let end = start + field.len();
        if decode(key) == name {
            let spot = Spot {
                range: end - value.len()..end,
                text: decode(value).into_owned().into(),
            };
            if found.replace(spot).is_some() {
                return Err(Unclear::Twice);
            }
        }
        start = end + 1;
    }
    Ok(found.filter(|spot| !spot.range.is_empty()))
}

/// The secret as a value.
pub(super) fn escape(secret: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(3 * secret.len()));
    escaped.extend(form_urlencoded::byte_serialize(secret.as_bytes()));
    escaped
}

/// One half of a field: it holds no `&`, and an `=` in it stays.
fn decode(half: &str) -> Cow<'_, str> {
    let mut bytes = Vec::with_capacity(half.len());
    let mut rest = half.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let mut ahead = rest.clone();
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        rest = ahead;
                        u8::try_from(high << 4 | low).unwrap_or(byte)
                    }
                    _ => byte,
                }
            }
            _ => byte,
        });
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Option<&str>, Unclear> {
        let spot = locate(text, "auth_pwd")?;
        Ok(spot.map(|spot| &text[spot.range]))
    }

    #[test]
    fn a_field_is_found_by_its_decoded_name() {
        assert_eq!(value("auth_user=root&auth_pwd=x&a=b"), Ok(Some("x")));
        assert_eq!(value("auth%5fpw%64=x"), Ok(Some("x")));
        assert_eq!(value("auth_pwd=x=y"), Ok(Some("x=y")));
        for none in ["", "auth_pwd", "auth_pwd=", "auth+pwd=x", "a=auth_pwd=x"] {
            assert_eq!(value(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn a_field_that_comes_twice_is_unclear() {
        assert_eq!(value("auth_pwd=x&auth_pwd=y"), Err(Unclear::Twice));
        assert_eq!(value("auth_pwd=x&auth%5Fpwd="), Err(Unclear::Twice));
    }

    #[test]
    fn a_form_is_nothing_else_at_the_same_time() {
        assert!(check("a=b+c&d%20e=%C3%A4&f[]=g(h)").is_ok());
        for other in [
            "{\"a\":\"&auth_pwd=x&b=\"}",
            "<a>&auth_pwd=x&</a>",
            "a=b c",
            "a=b\n",
            "a=%zz",
            "a=%2",
            "a=ä",
            "a=\\",
        ] {
            assert_eq!(check(other), Err(Unclear::NotForm), "{other}");
        }
    }
}
