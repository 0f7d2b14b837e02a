//! Requests as they were read, and answers before they are written.

use std::borrow::Cow;

/// A request, read to the end of its body.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method as sent, e.g. `GET`.
    pub method: String,
    /// The request target as sent: path and query, undecoded.
    pub target: String,
    /// The headers as sent, in their order.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there was no `Content-Length`.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The path of the target, undecoded, without the query and without a fragment.
    pub fn path(&self) -> &str {
        let end = self.target.find(['?', '#']).unwrap_or(self.target.len());
        &self.target[..end]
    }

    /// The query of the target, undecoded, without the `?`; empty when there is none.
    pub fn query(&self) -> &str {
        let target = self.target.split('#').next().unwrap_or_default();
        target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether the body is a form (`application/x-www-form-urlencoded`).
    pub fn is_form(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default();
        media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }
}

/// How the body of an answer is framed.
#[derive(Debug, Clone)]
pub enum Body {
    /// With a `Content-Length`.
    Sized(Vec<u8>),
    /// As one chunk, with `Transfer-Encoding: chunked`.
    Chunked(Vec<u8>),
    /// Neither body nor length, as `304` answers are.
    None,
    /// No answer at all: the connection closes without a byte, as when a CGI program dies.
    Silence,
}

impl Body {
    /// The bytes of the body.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Body::Sized(bytes) | Body::Chunked(bytes) => bytes,
            Body::None | Body::Silence => &[],
        }
    }
}

/// An answer: what the desk wants to say, before the server and the faults send it.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, without those that frame the message.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// An answer with this status and body, without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Response {
            status,
            headers: Vec::new(),
            body: Body::Sized(body.into()),
        }
    }

    /// No answer at all.
    pub fn silence() -> Self {
        Response {
            status: 0,
            headers: Vec::new(),
            body: Body::Silence,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a header, in place of one that is already there.
    pub fn set_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
    }

    /// Sends the body as a chunk instead of with a length.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.body = Body::Chunked(self.body.bytes().to_vec());
        self
    }

    /// Sends neither a body nor a length.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.body = Body::None;
        self
    }
}

/// The reason phrase of a status code.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}
