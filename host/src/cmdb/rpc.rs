//! JSON-RPC: calls out, answers back, and what became of a request that was not answered.

use super::answer::{Answer, RpcError, answers};
use crate::error::Error;
use crate::gate::{Origin, Scrubber, Wire};
use crate::settings::CmdbSettings;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sgi_logbook::delivery::Trouble;
use std::sync::Arc;
use std::time::Duration;

/// One call.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) params: Value,
}

/// Why there are no answers.
#[derive(Debug)]
pub(super) enum CallError {
    /// i-doit has done none of it.
    NotTaken {
        trouble: Trouble,
        /// It was too much at once.
        too_much: bool,
    },
    /// i-doit may have done all, some or none of it.
    Unknown {
        trouble: Trouble,
        /// It may have been too much at once.
        too_much: bool,
    },
}

impl CallError {
    pub(super) fn too_much(&self) -> bool {
        let (Self::NotTaken { too_much, .. } | Self::Unknown { too_much, .. }) = self;
        *too_much
    }

    /// Of a request that writes nothing.
    pub(super) fn trouble(self) -> Trouble {
        let (Self::NotTaken { trouble, .. } | Self::Unknown { trouble, .. }) = self;
        trouble
    }
}

impl From<RpcError> for CallError {
    fn from(error: RpcError) -> Self {
        let trouble = Trouble::new(error.to_string());
        let too_much = false;
        match error.of_the_set_up() {
            true => Self::NotTaken { trouble, too_much },
            false => Self::Unknown { trouble, too_much },
        }
    }
}

/// Speaks to one i-doit.
pub(super) struct Rpc {
    wire: Wire,
    /// Without a trailing slash.
    home: String,
    address: String,
    authority: String,
    key: SecretString,
    language: Option<String>,
    headers: HeaderMap,
    scrubber: Scrubber,
}

impl Rpc {
    /// The error names the setting and what is wrong with it.
    pub(super) fn new(settings: &CmdbSettings) -> Result<Self, (String, String)> {
        let origin = Origin::of_cmdb(&settings.url).map_err(|why| ("url".to_owned(), why))?;
        let origin = Arc::new(origin);
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json.clone());
        headers.insert(header::ACCEPT, json);
        // A kept connection may be closed by i-doit just when a request is on its way, and the outcome
        // of that is not known: a new one costs less.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let mut secrets = vec![settings.key.clone()];
        if let Some((username, password)) = &settings.user {
            let mut credential = |name: &'static str, key: &str, text: &str| {
                let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
                    (
                        key.to_owned(),
                        "holds a character that cannot be sent".to_owned(),
                    )
                })?;
                value.set_sensitive(true);
                headers.insert(HeaderName::from_static(name), value);
                Ok::<(), (String, String)>(())
            };
            credential("x-rpc-auth-username", "username", username)?;
            credential("x-rpc-auth-password", "password", password.expose_secret())?;
            secrets.push(password.clone());
        }
        let username = settings.user.as_ref().map_or("", |(name, _)| name);
        Ok(Self {
            wire: Wire::new(&origin, &settings.network)?,
            home: origin.address().to_owned(),
            address: format!("{}/src/jsonrpc.php", origin.address()),
            authority: origin.authority().to_owned(),
            key: settings.key.clone(),
            language: settings.language.clone(),
            headers,
            scrubber: Scrubber::new(username, secrets),
        })
    }

    /// The page of an object, for people.
    pub(super) fn page(&self, object: u64) -> String {
        format!("{}/?objID={object}", self.home)
    }

    /// Makes the calls in one request; an answer for each, in their order.
    pub(super) async fn call(&self, calls: &[Call]) -> Result<Vec<Answer>, CallError> {
        let mut request = Request::new(Bytes::from(self.body(calls)));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.address.parse().map_err(|_| CallError::NotTaken {
            trouble: Trouble::new("the address of i-doit cannot be asked (setting \"url\")"),
            too_much: false,
        })?;
        *request.headers_mut() = self.headers.clone();
        let answer = match self.wire.exchange(request).await {
            Ok(answer) => answer,
            Err(trouble) => {
                let error = self.wire.explain(&trouble);
                let after = match &error {
                    Error::Unavailable { retry_after, .. } => *retry_after,
                    _ => None,
                };
                let reason = self.scrubber.text(&error.to_string()).into_owned();
                let (told, too_much) = (Trouble { reason, after }, false);
                return Err(match trouble.was_sent() {
                    true => CallError::Unknown {
                        trouble: told,
                        too_much,
                    },
                    false => CallError::NotTaken {
                        trouble: told,
                        too_much,
                    },
                });
            }
        };
        if answer.status() != StatusCode::OK {
            return Err(self.status(&answer));
        }
        let body = serde_json::from_slice(answer.body()).map_err(|_| CallError::Unknown {
            trouble: Trouble::new(format!(
                "{} answered something else than JSON: is it i-doit's address (setting \"url\"), is a \
                 login page before it, or does PHP print warnings (display_errors)?",
                self.authority
            )),
            too_much: false,
        })?;
        Ok(answers(body, calls.len(), &self.scrubber)?)
    }

    fn body(&self, calls: &[Call]) -> Vec<u8> {
        let mut all: Vec<Value> = (1..)
            .zip(calls)
            .map(|(id, call): (u64, &Call)| {
                let mut params = call.params.clone();
                if let Some(params) = params.as_object_mut() {
                    params.insert("apikey".to_owned(), self.key.expose_secret().into());
                    if let Some(language) = &self.language {
                        params.insert("language".to_owned(), language.as_str().into());
                    }
                }
                json!({
                    "version": "2.0",
                    "jsonrpc": "2.0",
                    "method": call.method,
                    "params": params,
                    "id": id,
                })
            })
            .collect();
        let body = match (all.pop(), all.is_empty()) {
            (Some(one), true) => one,
            (last, _) => {
                all.extend(last);
                Value::Array(all)
            }
        };
        body.to_string().into_bytes()
    }

    /// What another status than 200 means.
    fn status(&self, answer: &Response<Bytes>) -> CallError {
        let status = answer.status();
        let code = status.as_u16();
        let at = &self.authority;
        let reason = match code {
            300..=399 => format!(
                "{at} redirects elsewhere (HTTP {code}): write the address that it leads to as \"url\""
            ),
            401 | 403 => format!(
                "{at} does not let us in (HTTP {code}): the web server wants a login of its own, or \
                 forbids src/jsonrpc.php"
            ),
            404 => format!(
                "{at} has no src/jsonrpc.php below \"url\" (HTTP 404): check the path, and whether the \
                 API add-on is installed"
            ),
            413 => format!("{at} does not take a request of this size (HTTP 413)"),
            429 => format!("{at} asks for fewer requests (HTTP 429)"),
            500 => format!(
                "{at} failed (HTTP 500): PHP's error log says why; a batch may be too large for its \
                 memory (setting \"batch\")"
            ),
            _ => format!("{at} answered HTTP {code}: its log may say why"),
        };
        let trouble = Trouble {
            reason,
            after: retry_after(answer.headers()),
        };
        // The web server says these before PHP begins; 408 and all from 500 on may come later.
        let before = matches!(code, 300..=499) && code != 408;
        match before {
            true => CallError::NotTaken {
                trouble,
                too_much: code == 413,
            },
            false => CallError::Unknown {
                trouble,
                too_much: code == 500,
            },
        }
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(date.duration_since(jiff::Timestamp::now())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_for_later_is_read_as_seconds_or_as_a_date() {
        let wish = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers)
        };
        assert_eq!(wish("120"), Some(Duration::from_secs(120)));
        assert_eq!(wish("soon"), None);
        assert_eq!(wish("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        let later = wish("Fri, 31 Dec 2100 23:59:59 GMT").unwrap();
        assert!(later > Duration::from_secs(1_000_000));
    }
}
