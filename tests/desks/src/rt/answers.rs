//! The frames of RT's answers.

use serde_json::{Value, json};

use super::json::{Shuffle, pretty};
use crate::http::Response;

/// An error: on one line, and with another spelling of the media type than the other answers.
pub(super) fn error(status: u16, message: &str) -> Response {
    let body = json!({ "message": message }).to_string();
    Response::new(status, body).header("Content-Type", "application/json; charset=utf-8")
}

/// An answer with a document.
pub(super) fn document(value: &Value, shuffle: &mut Shuffle) -> Response {
    Response::new(200, pretty(value, shuffle))
        .header("Content-Type", "application/json; charset=\"utf-8\"")
}

/// What RT does here this desk does not: said aloud, so that no test believes in it.
pub(super) fn not_modelled(what: &str) -> Response {
    error(501, &format!("The test desk does not model {what}."))
}
