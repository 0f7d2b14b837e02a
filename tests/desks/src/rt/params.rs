//! Parameters of a URL or a form: decoding them, and RT's way to write them back.

use std::fmt::Write as _;

use crate::http::Request;

/// Names and values in their order, decoded.
pub(super) type Params = Vec<(String, String)>;

/// The parameters of the URL.
pub(super) fn of_url(request: &Request) -> Params {
    parse(request.query())
}

/// The parameters of the URL, then those of a form in the body. A body that is no form has none.
pub(super) fn of_request(request: &Request) -> Params {
    let mut params = of_url(request);
    if request.is_form() {
        params.extend(parse(&String::from_utf8_lossy(&request.body)));
    }
    params
}

/// A semicolon separates as an ampersand does.
fn parse(text: &str) -> Params {
    form_urlencoded::parse(text.replace(';', "&").as_bytes())
        .into_owned()
        .collect()
}

/// The value of a parameter; the last one when there are several.
pub(super) fn last<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params
        .iter()
        .rev()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.as_str())
}

/// All values of a parameter.
pub(super) fn all<'a>(params: &'a Params, name: &'a str) -> impl Iterator<Item = &'a str> {
    params
        .iter()
        .filter(move |(n, _)| n == name)
        .map(|(_, value)| value.as_str())
}

/// The query for another page. The first `page` that was there leaves an empty `=` in its place,
/// unless it was the last parameter; a second one stays.
pub(super) fn for_page(params: &Params, page: u64) -> String {
    let mut out = String::new();
    let first = params.iter().position(|(name, _)| name == "page");
    for (index, (name, value)) in params.iter().enumerate() {
        if Some(index) != first {
            let _ = write!(out, "{}={}&", encode(name), encode(value));
        } else if index + 1 < params.len() {
            out.push_str("=&");
        }
    }
    let _ = write!(out, "page={page}");
    out
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'!' | b'*' | b'\'' | b'(' | b')' => {
                out.push(char::from(byte))
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
