//! Why something did not work, typed by what can be done about it.
//!
//! Every message is written for the person who must act: what happened, where, what to do. None
//! holds a secret or a page of the desk.

use std::fmt;
use std::time::Duration;

/// What happened, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// One sentence for people.
    pub message: String,
    /// More of it, for a log.
    pub detail: Option<String>,
}

impl Problem {
    /// A problem without further detail.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: None,
        }
    }

    /// Adds what belongs in a log only.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a desk could not be opened, or a call to it failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The desk is configured as inactive: nothing is asked.
    #[error("the desk is inactive (active = false): nothing is asked")]
    Inactive,
    /// No connector of that type is installed.
    #[error(
        "there is no connector of type {wanted:?}; installed: {}{}",
        known.join(", "),
        unusable.iter().map(|why| format!("; {why}")).collect::<String>()
    )]
    UnknownType {
        /// What the settings name.
        wanted: String,
        /// What there is, each once.
        known: Vec<String>,
        /// Of a connector whose file is named like what is wanted: why it cannot be used.
        unusable: Vec<String>,
    },
    /// The desk does not accept user name and password.
    #[error("{0}")]
    BadCredentials(Problem),
    /// The account may not do this.
    #[error("{0}")]
    Forbidden(Problem),
    /// There is no such ticket, or the account may not know of it.
    #[error("{0}")]
    NotFound(Problem),
    /// A setting of the desk is wrong.
    #[error("setting {key:?}: {problem}")]
    InvalidSetting {
        /// `url`, `username`, `password` or an option's key.
        key: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// What the caller passed cannot be used; nothing was sent.
    #[error("{0}")]
    InvalidInput(Problem),
    /// The desk asks for fewer requests.
    #[error("{problem}")]
    RateLimited {
        /// What happened.
        problem: Problem,
        /// When to try again.
        retry_after: Option<Duration>,
    },
    /// The desk is out of reach, overloaded or in maintenance.
    #[error("{problem}")]
    Unavailable {
        /// What happened.
        problem: Problem,
        /// When to try again.
        retry_after: Option<Duration>,
    },
    /// The desk answered what its protocol does not allow.
    #[error("{0}")]
    Protocol(Problem),
    /// The desk, or the connector, cannot do that.
    #[error("{0}")]
    Unsupported(Problem),
    /// The desk cannot be searched for an object, and the logbook, whose tickets take the search's place, does
    /// not know enough.
    #[error("{0}")]
    NeedsIndex(Problem),
    /// Whether the desk created a ticket could not be found out. Look for it, or create it again with
    /// the same marker.
    #[error("{problem}")]
    Undecided {
        /// What happened.
        problem: Problem,
        /// The draft's marker, which the ticket carries if it was created.
        marker: String,
    },
    /// The component does not fit the contract or asks for what it may not have.
    #[error("{0}")]
    NotAdmitted(Problem),
    /// The connector tried what it may not do, and was stopped at the gate.
    #[error("{0}")]
    Refused(Problem),
    /// The connector itself failed: it trapped, overran a limit, or broke the contract.
    #[error("{0}")]
    Connector(Problem),
    /// The host itself failed.
    #[error("{0}")]
    Host(Problem),
}

/// A word for each kind of [`Error`], stable: for programs, exit codes and metrics.
impl Error {
    /// `bad-credentials`, `unavailable` …
    pub fn code(&self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::UnknownType { .. } => "unknown-type",
            Self::BadCredentials(_) => "bad-credentials",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not-found",
            Self::InvalidSetting { .. } => "invalid-setting",
            Self::InvalidInput(_) => "invalid-input",
            Self::RateLimited { .. } => "rate-limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Protocol(_) => "protocol",
            Self::Unsupported(_) => "unsupported",
            Self::NeedsIndex(_) => "needs-index",
            Self::Undecided { .. } => "undecided",
            Self::NotAdmitted(_) => "not-admitted",
            Self::Refused(_) => "refused",
            Self::Connector(_) => "connector",
            Self::Host(_) => "host",
        }
    }

    /// What belongs in a log beside the message.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Inactive | Self::UnknownType { .. } => None,
            Self::BadCredentials(p)
            | Self::Forbidden(p)
            | Self::NotFound(p)
            | Self::InvalidInput(p)
            | Self::Protocol(p)
            | Self::Unsupported(p)
            | Self::NeedsIndex(p)
            | Self::NotAdmitted(p)
            | Self::Refused(p)
            | Self::Connector(p)
            | Self::Host(p)
            | Self::InvalidSetting { problem: p, .. }
            | Self::RateLimited { problem: p, .. }
            | Self::Unavailable { problem: p, .. }
            | Self::Undecided { problem: p, .. } => p.detail.as_deref(),
        }
    }
}
