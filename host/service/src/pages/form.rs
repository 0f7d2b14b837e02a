//! What a form sends, with errors as [`Problem`]s.

use crate::problem::Problem;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

/// The fields of a form.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = axum::extract::Form::<T>::from_request(request, state).await;
        let axum::extract::Form(fields) = form.map_err(|rejection| unreadable(&rejection))?;
        Ok(Self(fields))
    }
}

fn unreadable(rejection: &FormRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The form is too large",
            "what a form sends has at most 2 MiB",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-form",
            "That was no form",
            "send what a form sends: application/x-www-form-urlencoded",
        ),
        // Its words may hold what was typed, a password for one.
        _ => Problem::invalid("a field of the form is missing, or cannot be read"),
    }
}
