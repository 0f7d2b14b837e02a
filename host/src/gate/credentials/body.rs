//! Bodies: which format, and where in it a place is.

use super::place::Place;
use super::{form, json, xml};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use secrecy::SecretString;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Form,
    Json,
    Xml,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a form",
            Self::Json => "JSON",
            Self::Xml => "XML",
        })
    }
}

/// A place found in a body.
pub(super) struct Spot {
    /// Between the quotes or the tags.
    pub(super) range: Range<usize>,
    /// What stands there, unescaped.
    pub(super) text: SecretString,
}

/// Why a message cannot be read in one way only, as the end of a sentence about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unclear {
    #[error("is not well-formed JSON in UTF-8")]
    NotJson,
    #[error("is not well-formed XML in UTF-8 without a document type")]
    NotXml,
    #[error("holds characters that a form-encoded body escapes")]
    NotForm,
    #[error("holds the place twice")]
    Twice,
    #[error("holds something else than plain text at the place")]
    NotText,
    #[error("has no Content-Type, or more than one")]
    NoContentType,
    #[error("has a Content-Type that does not name the format of the place")]
    OtherContentType,
    #[error("is declared to be in another encoding than UTF-8")]
    OtherCharset,
    #[error("is compressed")]
    Compressed,
}

/// The format that a request says its body has. UTF-8, not compressed.
pub(super) fn declared_format(headers: &HeaderMap) -> Result<Format, Unclear> {
    let identity = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(identity) {
        return Err(Unclear::Compressed);
    }
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Unclear::NoContentType);
    };
    let value = value.to_str().map_err(|_| Unclear::OtherContentType)?;
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        let utf8 = ["utf-8", "utf8", "us-ascii"].contains(&value.as_str());
        if name.trim().eq_ignore_ascii_case("charset") && !utf8 {
            return Err(Unclear::OtherCharset);
        }
    }
    let (kind, subtype) = essence.split_once('/').ok_or(Unclear::OtherContentType)?;
    let is_token = |text: &str| {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(token)
    };
    if !is_token(kind) || !is_token(subtype) {
        return Err(Unclear::OtherContentType);
    }
    let structured = kind == "application";
    match (kind, subtype) {
        ("application", "x-www-form-urlencoded") => Ok(Format::Form),
        ("application", "json") => Ok(Format::Json),
        ("application" | "text", "xml") => Ok(Format::Xml),
        (_, subtype) if structured && subtype.ends_with("+json") => Ok(Format::Json),
        (_, subtype) if structured && subtype.ends_with("+xml") => Ok(Format::Xml),
        _ => Err(Unclear::OtherContentType),
    }
}

/// The body as text, where it can only be read in one way. For requests.
pub(super) fn text_of_request(format: Format, body: &[u8]) -> Result<&str, Unclear> {
    let text = text(format, body)?;
    match format {
        Format::Form => form::check(text)?,
        Format::Json => {}
        Format::Xml => xml::check_request(text)?,
    }
    Ok(text)
}

/// The body as text.
pub(super) fn text(format: Format, body: &[u8]) -> Result<&str, Unclear> {
    std::str::from_utf8(body).map_err(|_| match format {
        Format::Form => Unclear::NotForm,
        Format::Json => Unclear::NotJson,
        Format::Xml => Unclear::NotXml,
    })
}

/// The only spot of a place in a body; none when it is absent, empty or null.
pub(super) fn locate(place: &Place, text: &str) -> Result<Option<Spot>, Unclear> {
    match place {
        Place::Basic | Place::Header(_) | Place::Query(_) => Ok(None),
        Place::FormField(name) => form::locate(text, name),
        Place::JsonPointer(pointer) => json::locate(text, pointer),
        Place::XmlElement(name) => xml::locate(text, name),
    }
}

/// A secret as it is written in the format; an error says why it cannot be.
pub(super) fn escape(format: Format, secret: &str) -> Result<Zeroizing<String>, &'static str> {
    match format {
        Format::Form => Ok(form::escape(secret)),
        Format::Json => json::escape(secret),
        Format::Xml => xml::escape(secret),
    }
}

/// One text with some of its ranges replaced.
pub(super) struct Edits {
    edits: Vec<(Range<usize>, Zeroizing<String>)>,
}

impl Edits {
    /// None when two of them overlap: they are about the same place.
    pub(super) fn new(mut edits: Vec<(Range<usize>, Zeroizing<String>)>) -> Option<Self> {
        edits.sort_by_key(|(range, _)| range.start);
        let apart = edits
            .iter()
            .zip(edits.iter().skip(1))
            .all(|((one, _), (next, _))| one.end <= next.start);
        apart.then_some(Self { edits })
    }

    /// Whether nothing is to be changed.
    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// What stays, in pieces.
    pub(super) fn kept<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let starts = std::iter::once(0).chain(self.edits.iter().map(|(range, _)| range.end));
        let ends = self.edits.iter().map(|(range, _)| range.start);
        starts
            .zip(ends.chain(std::iter::once(text.len())))
            .map(|(start, end)| text.get(start..end).unwrap_or_default())
    }

    /// The new text.
    pub(super) fn apply(&self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        let added: usize = self.edits.iter().map(|(_, new)| new.len()).sum();
        let mut result = Zeroizing::new(Vec::with_capacity(text.len() + added));
        let mut replaced = self.edits.iter().map(|(_, new)| new.as_bytes());
        for kept in self.kept(text) {
            result.extend_from_slice(kept);
            result.extend_from_slice(replaced.next().unwrap_or_default());
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn format(content_type: &'static str) -> Result<Format, Unclear> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        declared_format(&headers)
    }

    #[test]
    fn the_content_type_says_which_format_it_is() {
        assert_eq!(
            format("application/x-www-form-urlencoded"),
            Ok(Format::Form)
        );
        assert_eq!(
            format("Application/JSON; charset=\"UTF-8\""),
            Ok(Format::Json)
        );
        assert_eq!(format("application/hal+json"), Ok(Format::Json));
        assert_eq!(format("text/xml;charset=utf-8"), Ok(Format::Xml));
        assert_eq!(
            format("application/soap+xml; action=\"urn:Login\""),
            Ok(Format::Xml)
        );
    }

    #[test]
    fn a_content_type_that_a_desk_might_read_otherwise_is_none() {
        for other in [
            "",
            "json",
            "text/plain",
            "text/json+xml",
            "application/json, text/plain",
            "application/json text/plain",
            "multipart/form-data; boundary=x",
            "x/x+json",
        ] {
            assert_eq!(format(other), Err(Unclear::OtherContentType), "{other}");
        }
        for other in [
            "application/json; charset=utf-16",
            "text/xml; charset=iso-8859-1",
            "text/xml; charset=utf-8; CharSet = utf-7",
            "text/xml; charset",
        ] {
            assert_eq!(format(other), Err(Unclear::OtherCharset), "{other}");
        }
        assert_eq!(
            declared_format(&HeaderMap::new()),
            Err(Unclear::NoContentType)
        );
        let mut headers = HeaderMap::new();
        headers.append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(declared_format(&headers), Err(Unclear::NoContentType));
    }

    #[test]
    fn a_compressed_request_is_not_looked_into() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(declared_format(&headers), Err(Unclear::Compressed));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        assert_eq!(declared_format(&headers), Ok(Format::Json));
    }

    #[test]
    fn edits_change_their_ranges_alone() {
        let new = |text: &str| Zeroizing::new(text.to_owned());
        let edits = Edits::new(vec![(6..7, new("long")), (1..3, new(""))]).unwrap();
        assert_eq!(edits.apply(b"0123456789").as_slice(), b"0345long789");
        let kept: Vec<&[u8]> = edits.kept(b"0123456789").collect();
        assert_eq!(kept, [&b"0"[..], b"345", b"789"]);
        assert!(Edits::new(vec![(1..3, new("")), (2..4, new(""))]).is_none());
    }
}
