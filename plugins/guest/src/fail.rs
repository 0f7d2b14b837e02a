//! Errors by what the host can do about them. Each takes one English sentence: what happened, where,
//! what to do. Never put a secret or a page of the desk into one.

use crate::types::{Delay, Error, Problem, SettingProblem};

/// A sentence without further detail.
pub fn problem(message: impl Into<String>) -> Problem {
    Problem {
        message: message.into(),
        detail: None,
    }
}

/// The desk does not accept the credentials.
pub fn bad_credentials(message: impl Into<String>) -> Error {
    Error::BadCredentials(problem(message))
}

/// The account may not do this.
pub fn forbidden(message: impl Into<String>) -> Error {
    Error::Forbidden(problem(message))
}

/// There is no such ticket.
pub fn not_found(message: impl Into<String>) -> Error {
    Error::NotFound(problem(message))
}

/// The setting `key` is wrong.
pub fn invalid_setting(key: &str, message: impl Into<String>) -> Error {
    Error::InvalidSetting(SettingProblem {
        key: key.to_owned(),
        problem: problem(message),
    })
}

/// What the caller passed cannot be used.
pub fn invalid_input(message: impl Into<String>) -> Error {
    Error::InvalidInput(problem(message))
}

/// The desk wants fewer requests; `retry_after` in seconds.
pub fn rate_limited(message: impl Into<String>, retry_after: Option<u32>) -> Error {
    Error::RateLimited(Delay {
        problem: problem(message),
        retry_after,
    })
}

/// The desk is out of reach or overloaded; `retry_after` in seconds.
pub fn unavailable(message: impl Into<String>, retry_after: Option<u32>) -> Error {
    Error::Unavailable(Delay {
        problem: problem(message),
        retry_after,
    })
}

/// The desk broke its own protocol.
pub fn protocol(message: impl Into<String>) -> Error {
    Error::Protocol(problem(message))
}

/// What `check` learned is missing or outdated: the host checks once and calls again.
pub fn stale_knowledge(message: impl Into<String>) -> Error {
    Error::StaleKnowledge(problem(message))
}

/// The desk cannot be searched for an object: the host calls again with the tickets that it knows.
pub fn needs_index(message: impl Into<String>) -> Error {
    Error::NeedsIndex(problem(message))
}

/// This desk cannot do that.
pub fn unsupported(message: impl Into<String>) -> Error {
    Error::Unsupported(problem(message))
}
