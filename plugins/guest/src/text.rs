//! Text for people and for addresses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes a value for a path segment or a query.
pub fn encode(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// Builds an address: `base`, then `path` as it is, then the encoded parameters.
pub fn address(base: &str, path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = format!("{base}{path}");
    for (position, (name, value)) in parameters.iter().enumerate() {
        address.push(if position == 0 { '?' } else { '&' });
        address.extend(utf8_percent_encode(name, RESERVED));
        address.push('=');
        address.extend(utf8_percent_encode(value, RESERVED));
    }
    address
}

/// The beginning of a foreign text for use inside a sentence: one line, at most 80 characters, no
/// control characters.
pub fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for (count, c) in text.chars().enumerate() {
        if count == 80 {
            out.push('…');
            break;
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_encoded_down_to_the_unreserved_characters() {
        assert_eq!(
            address(
                "https://rt/x",
                "/a.html",
                &[("Queue", "HR & Co"), ("ü", "1\n2")]
            ),
            "https://rt/x/a.html?Queue=HR%20%26%20Co&%C3%BC=1%0A2"
        );
    }

    #[test]
    fn a_quote_is_one_short_line() {
        let quoted = quote(&format!("a\nb\u{1b}[31m{}", "x".repeat(200)));
        assert!(quoted.starts_with("\"a b [31m"));
        assert_eq!(quoted.chars().count(), 83);
    }
}
