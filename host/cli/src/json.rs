//! Documents for programs.

use crate::clean;
use crate::failure::Failure;
use serde::Serialize;

/// One document, in lines, with an end of line.
pub(crate) fn document(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| unwritable(&error))?;
    Ok(clean::json(&text) + "\n")
}

/// One object on a line, without its end.
pub(crate) fn compact(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| unwritable(&error))?;
    Ok(clean::json(&text))
}

/// One object on a line.
pub(crate) fn line(value: &serde_json::Value) -> String {
    clean::json(&value.to_string()) + "\n"
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::internal("the result cannot be written as JSON", error)
}
