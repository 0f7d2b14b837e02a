//! Where in a request or an answer a secret stands.

use super::body::Format;
use super::json::Pointer;
use super::slot::InvalidSlot;
use http::HeaderName;
use std::fmt;

/// The longest name of a field, a pointer or an element.
const LONGEST: usize = 128;

/// Headers that steer the connection or the reading of a message, that the desk's address or a proxy
/// owns, or whose value is more than one secret. None of them can be a slot or a capture.
const FORBIDDEN: [&str; 34] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "cookie2",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "location",
    "origin",
    "range",
    "referer",
    "set-cookie",
    "set-cookie2",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-original-url",
    "x-rewrite-url",
];

/// A place that holds one secret, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// `Authorization: Basic`, the password of it.
    Basic,
    /// The header of this name; in a request the secret may stand after a scheme and one blank.
    Header(HeaderName),
    /// A field of a form-encoded body.
    FormField(String),
    /// A string in a JSON body.
    JsonPointer(Pointer),
    /// The text of the only XML element with this local name.
    XmlElement(String),
    /// A parameter of the query: for a session, where a desk takes it nowhere else.
    Query(String),
}

impl Place {
    /// A header, by the name that a manifest gives.
    pub(crate) fn header(name: &str) -> Result<Self, InvalidSlot> {
        let parsed = (name.len() <= LONGEST)
            .then(|| HeaderName::from_bytes(name.as_bytes()).ok())
            .flatten()
            .ok_or_else(|| InvalidSlot::new(format!("{:?} is no header's name", clip(name))))?;
        let text = parsed.as_str();
        let prefixed = ["proxy-", "sec-", "x-forwarded-", "access-control-"];
        if FORBIDDEN.contains(&text) || prefixed.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(InvalidSlot::new(format!(
                "the header {text} cannot hold a secret and nothing else"
            )));
        }
        Ok(Self::Header(parsed))
    }

    /// A field of a form, by its decoded name.
    pub(crate) fn form_field(name: &str) -> Result<Self, InvalidSlot> {
        check_name("form field", name)?;
        Ok(Self::FormField(name.to_owned()))
    }

    /// A string in JSON, by RFC 6901 pointer.
    pub(crate) fn json_pointer(pointer: &str) -> Result<Self, InvalidSlot> {
        check_name("JSON pointer", pointer)?;
        Pointer::new(pointer).map(Self::JsonPointer)
    }

    /// An element of XML, by its local name.
    pub(crate) fn xml_element(name: &str) -> Result<Self, InvalidSlot> {
        check_name("XML element", name)?;
        let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let goes_on = |byte: u8| begins(byte) || byte.is_ascii_digit() || b"-.".contains(&byte);
        if !name.bytes().next().is_some_and(begins) || !name.bytes().all(goes_on) {
            return Err(InvalidSlot::new(format!(
                "{name:?} is no local name of an XML element"
            )));
        }
        Ok(Self::XmlElement(name.to_owned()))
    }

    /// A parameter of the query, by its decoded name.
    pub(crate) fn query_parameter(name: &str) -> Result<Self, InvalidSlot> {
        check_name("query parameter", name)?;
        Ok(Self::Query(name.to_owned()))
    }

    /// How a body must be written to have this place; none for a header and the query.
    pub(super) fn format(&self) -> Option<Format> {
        match self {
            Self::Basic | Self::Header(_) | Self::Query(_) => None,
            Self::FormField(_) => Some(Format::Form),
            Self::JsonPointer(_) => Some(Format::Json),
            Self::XmlElement(_) => Some(Format::Xml),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic => f.write_str("HTTP Basic credentials"),
            Self::Header(name) => write!(f, "the header {name}"),
            Self::FormField(name) => write!(f, "the form field {name}"),
            Self::JsonPointer(pointer) => write!(f, "the JSON value {pointer}"),
            Self::XmlElement(name) => write!(f, "the XML element {name}"),
            Self::Query(name) => write!(
                f,
                "the query parameter {name} (the logs of the desk's web server will hold it)"
            ),
        }
    }
}

/// Names are shown to people and compared byte for byte: printable ASCII without blanks.
fn check_name(what: &str, name: &str) -> Result<(), InvalidSlot> {
    let why = if name.is_empty() {
        "is empty"
    } else if name.len() > LONGEST {
        "is too long"
    } else if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        "holds something else than printable ASCII"
    } else {
        return Ok(());
    };
    Err(InvalidSlot::new(format!(
        "the {what} {:?} {why}",
        clip(name)
    )))
}

pub(super) fn clip(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_steer_the_message_hold_no_secret() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "Connection",
            "Cookie",
            "Set-Cookie",
            "Proxy-Authorization",
            "X-Forwarded-For",
            "",
            "a b",
            "a:b",
            "a\r\nb",
        ] {
            assert!(Place::header(name).is_err(), "{name}");
        }
        for name in ["Authorization", "X-Auth-Token", "Session-Token"] {
            assert!(Place::header(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_are_printable_and_bounded() {
        assert!(Place::form_field("auth_pwd").is_ok());
        assert!(Place::json_pointer("/Password").is_ok());
        assert!(Place::xml_element("Password").is_ok());
        for wrong in ["", "a b", "a\u{1b}[2J", "\u{202e}abc", &"a".repeat(129)] {
            assert!(Place::form_field(wrong).is_err(), "{wrong}");
            assert!(Place::json_pointer(&format!("/{wrong}")).is_err() || wrong.is_empty());
            assert!(Place::xml_element(wrong).is_err(), "{wrong}");
        }
        for wrong in ["soap:Password", "1a", "a<b", "a>b", "-a"] {
            assert!(Place::xml_element(wrong).is_err(), "{wrong}");
        }
    }
}
