//! HTTP to the connector's desk.
//!
//! The host lets requests through to the desk's own address only, follows no redirect, keeps no
//! cookie, unpacks gzip, and bounds time and size. A request that failed on the way says only that
//! it did: the host knows the reason and puts it into the error that people see.

use crate::types::{Error, Instant};
use crate::{Settings, fail, text, time};
use base64::Engine as _;
use serde::Deserialize;
pub use waki::Method;
use waki::header::{DATE, HeaderMap, RETRY_AFTER};
use waki::{ErrorCode, RequestBuilder};

/// The desk, ready for requests.
pub struct Desk {
    base: String,
    user_agent: &'static str,
    authorization: Option<String>,
}

impl Desk {
    /// The desk that the settings name. `user_agent` is the connector's own name and version: some
    /// desks send what looks like a browser to a login page.
    pub fn new(settings: &Settings, user_agent: &'static str) -> Self {
        Self {
            base: settings.url().to_owned(),
            user_agent,
            authorization: None,
        }
    }

    /// Sends Basic credentials with every request (slot `basic`).
    #[must_use]
    pub fn with_basic(mut self, settings: &Settings) -> Self {
        let pair = format!("{}:{}", settings.username(), settings.password());
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        self.authorization = Some(format!("Basic {encoded}"));
        self
    }

    /// Sends `Authorization: SCHEME secret` with every request (slot `header("authorization")`).
    #[must_use]
    pub fn with_authorization(mut self, scheme: &str, secret: &str) -> Self {
        self.authorization = Some(format!("{scheme} {secret}"));
        self
    }

    /// A `GET` of a path below the desk's address, with parameters, sent.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Answer, Error> {
        Ok(self.request(Method::Get, path, parameters).send()?)
    }

    /// A `POST` to a path below the desk's address, with parameters in the address.
    pub fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Request {
        self.request(Method::Post, path, parameters)
    }

    /// A request to a path below the desk's address, with parameters in the address.
    pub fn request(&self, method: Method, path: &str, parameters: &[(&str, &str)]) -> Request {
        let address = text::address(&self.base, path, parameters);
        let mut request = Request {
            what: format!("{} {path}", name(&method)),
            builder: RequestBuilder::new(method, &address),
            accept: "application/json",
        }
        .header("User-Agent", self.user_agent);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        request
    }
}

/// A request that is being made.
#[must_use = "it is not sent yet"]
pub struct Request {
    what: String,
    builder: RequestBuilder,
    accept: &'static str,
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// What the desk shall answer, instead of JSON.
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// A body of this type.
    pub fn body(self, media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let Self {
            what,
            builder,
            accept,
        } = self.header("Content-Type", media_type);
        Self {
            what,
            builder: builder.body(body),
            accept,
        }
    }

    /// A body in JSON.
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// A form as the body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let form = text::address("", "", fields);
        let form = form.strip_prefix('?').unwrap_or_default();
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Sends it.
    pub fn send(self) -> Result<Answer, NotAnswered> {
        let request = self.builder.header("Accept", self.accept);
        let what = self.what;
        let interrupted = |error: anyhow::Error| match error.downcast_ref() {
            Some(ErrorCode::ConfigurationError) => NotAnswered::SecretGone { what: what.clone() },
            Some(ErrorCode::ConnectionTerminated) => NotAnswered::Closed { what: what.clone() },
            _ => NotAnswered::Interrupted { what: what.clone() },
        };
        let response = request.send().map_err(interrupted)?;
        let status = response.status_code();
        let headers = response.headers().clone();
        let body = whole_body(&response).map_err(interrupted)?;
        Ok(Answer {
            what,
            status,
            headers,
            body,
        })
    }
}

/// Why a request has no answer. As an [`Error`] it is one that time may mend; the host knows the
/// reason and tells it.
#[derive(Debug)]
pub enum NotAnswered {
    /// It held the placeholder of a captured secret that was forgotten or renewed in the meantime, and
    /// was not sent: ask [`secrets::captured`](crate::secrets::captured) again.
    SecretGone {
        /// The request: `POST /login`.
        what: String,
    },
    /// The desk took it and closed the connection before an answer began. Whether the desk has acted on
    /// it is unknown; some desks say in this way that they do not have what was asked for.
    Closed {
        /// The request: `POST /login`.
        what: String,
    },
    /// It did not get through, or its answer did not, for any other reason. Whether the desk has acted on
    /// it is unknown.
    Interrupted {
        /// The request: `POST /login`.
        what: String,
    },
}

impl From<NotAnswered> for Error {
    fn from(failure: NotAnswered) -> Self {
        let message = match failure {
            NotAnswered::Closed { what } => format!(
                "the desk closed the connection without an answer to {what}: it crashed, was restarted, \
                 or is not set up; its own log says why"
            ),
            NotAnswered::SecretGone { what } | NotAnswered::Interrupted { what } => {
                format!("the request {what} did not get through to the desk")
            }
        };
        fail::unavailable(message, None)
    }
}

/// A complete answer of the desk.
pub struct Answer {
    what: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Which request it answers, for messages: `GET /REST/2.0/rt`.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Seconds that the desk asks to wait.
    pub fn retry_after(&self) -> Option<u32> {
        delay(self.header(RETRY_AFTER.as_str())?, || {
            self.header(DATE.as_str())
                .and_then(time::http_date)
                .unwrap_or_else(time::now)
        })
    }

    /// The body, as it came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, for keeps.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The body as JSON. The error names the request and where the answer is wrong, not what it
    /// says.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        json(&self.body, &self.what)
    }

    /// The answer, if its status is 2xx; else the error that the status means by HTTP alone. For a desk
    /// whose API keeps to what HTTP says; look at [`Answer::status`] first where a path may be missing for
    /// a reason of its own.
    pub fn success(self) -> Result<Self, Error> {
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let what = &self.what;
        Err(match self.status {
            200..=299 => return Ok(self),
            300..=399 => fail::invalid_setting(
                "url",
                format!("the desk redirects {what}: set the address where its API answers itself"),
            ),
            401 => fail::bad_credentials(format!(
                "the desk does not accept user name and password ({what})"
            )),
            403 => fail::forbidden(format!(
                "the account may not do this in the desk (HTTP 403 to {what})"
            )),
            404 => fail::not_found(format!("the desk has no such thing (HTTP 404 to {what})")),
            status => fail::protocol(format!("the desk answered {what} with HTTP {status}")),
        })
    }

    /// The error that a status means by HTTP alone, for those that every desk uses alike; none when
    /// the status says nothing by itself.
    pub fn failure(&self) -> Option<Error> {
        let what = &self.what;
        Some(match self.status {
            429 => fail::rate_limited(
                format!("the desk asks for fewer requests (HTTP 429 to {what})"),
                self.retry_after(),
            ),
            500..=599 => fail::unavailable(
                format!(
                    "the desk failed or is in maintenance (HTTP {} to {what}); its own log says why",
                    self.status
                ),
                self.retry_after(),
            ),
            _ => return None,
        })
    }
}

fn name(method: &Method) -> &str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    }
}

/// The host hands over whole bodies: most often one chunk is all, and is not copied again.
fn whole_body(response: &waki::Response) -> anyhow::Result<Vec<u8>> {
    const CHUNK: u64 = 64 << 20;
    let Some(mut body) = response.chunk(CHUNK)? else {
        return Ok(Vec::new());
    };
    while let Some(chunk) = response.chunk(CHUNK)? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A body as JSON, for an answer to `what`.
pub fn json<'a, T: Deserialize<'a>>(body: &'a [u8], what: &str) -> Result<T, Error> {
    // Looking at all of it once is cheaper than at each of its texts.
    let body = std::str::from_utf8(body).map_err(|_| {
        fail::protocol(format!(
            "the desk answered {what} with text that is not UTF-8"
        ))
    })?;
    serde_json::from_str(body).map_err(|error| {
        let wrong = match error.classify() {
            serde_json::error::Category::Eof => "JSON that ends too early",
            serde_json::error::Category::Data => "JSON of another form than expected",
            _ => "something that is not JSON",
        };
        fail::protocol(format!(
            "the desk answered {what} with {wrong} (line {}, column {})",
            error.line(),
            error.column()
        ))
    })
}

/// The seconds of a `Retry-After`. A date in it is by the desk's clock, and so must be `now`.
fn delay(retry_after: &str, now: impl FnOnce() -> Instant) -> Option<u32> {
    let retry_after = retry_after.trim();
    if let Ok(seconds) = retry_after.parse() {
        return Some(seconds);
    }
    let left = time::http_date(retry_after)?.saturating_sub(now());
    u32::try_from(left.max(0) / 1000).ok()
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn a_desk_says_when_to_come_back_in_seconds_or_by_its_clock() {
        let now = || 1_000;
        assert_eq!(delay(" 120 ", now), Some(120));
        assert_eq!(delay("Thu, 01 Jan 1970 00:01:01 GMT", now), Some(60));
        assert_eq!(delay("Thu, 01 Jan 1970 00:00:00 GMT", now), Some(0));
        assert_eq!(delay("-1", now), None);
        assert_eq!(delay("soon", now), None);
    }
}
