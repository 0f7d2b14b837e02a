//! What requests hold, with errors as [`Problem`]s.

use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{StatusCode, Uri, header};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// What the body of a request may take to come.
const BODY: Duration = Duration::from_secs(30);

/// The part of the address after `?`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::try_from_uri(&parts.uri)
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// Of an address.
    pub(crate) fn try_from_uri(uri: &Uri) -> Result<Self, Problem> {
        let query = axum_extra::extract::Query::<T>::try_from_uri(uri);
        let axum_extra::extract::Query(query) = query.map_err(|error| unreadable(&error))?;
        Ok(Self(query))
    }
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    Problem::invalid(format!("the parameters after \"?\": {}", cause(error)))
}

/// Parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state);
        let axum::extract::Path(path) = path.await.map_err(|error: PathRejection| {
            Problem::invalid(format!("the path: {}", cause(&error)))
        })?;
        Ok(Self(path))
    }
}

/// The body, JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is(&request, &["application/json"]) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "The body is not JSON",
                "send the body as JSON, with Content-Type: application/json",
            ));
        }
        let bytes = body(request, state, "2 MiB", BODY).await?;
        // Its own words name line, column and field, and hold no value that is a secret: a password is any
        // text.
        serde_json::from_slice::<Strict<T>>(&bytes)
            .map(|Strict(value)| Self(value))
            .map_err(|error| Problem::invalid(format!("the body: {error}")))
    }
}

/// Whether the body is said to be of one of these types.
pub(crate) fn is(request: &Request, types: &[&str]) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE);
    let given = given
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    types.iter().any(|known| given.eq_ignore_ascii_case(known))
}

/// All of a body: as much as its address takes, and not for ever.
pub(crate) async fn body<S: Send + Sync>(
    request: Request,
    state: &S,
    limit: &str,
    time: Duration,
) -> Result<Bytes, Problem> {
    let read = tokio::time::timeout(time, Bytes::from_request(request, state)).await;
    let Ok(read) = read else {
        return Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "The body took too long",
            format!("the body did not come within {} s", time.as_secs()),
        ));
    };
    read.map_err(|error: BytesRejection| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            format!("the body of this request has at most {limit}"),
        ),
        _ => Problem::invalid("the body could not be read to its end"),
    })
}

/// What is written as an object and not as a list: serde takes both for a struct.
#[derive(Debug)]
pub(crate) struct Strict<T>(pub(crate) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = serde_json::Map::deserialize(deserializer)?;
        let value = T::deserialize(serde_json::Value::Object(object));
        value.map(Self).map_err(D::Error::custom)
    }
}

/// What may be left out, and counts where it is empty.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A number that may be left out, and is a number where it is not.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits => Ok(Some(number)),
        _ => Err(D::Error::custom(format!("{text:?} is not a whole number"))),
    }
}

/// The last of the causes: the others say only that something could not be read.
fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
