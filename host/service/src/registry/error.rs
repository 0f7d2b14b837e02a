//! Why something could not be read or kept.

use super::view::Clash;
use sgi_host::config::ConfigError;
use sgi_host::logbook::StoreError;
use std::path::PathBuf;

/// Why something could not be read or kept. No text holds a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A desk's settings are wrong.
    #[error(transparent)]
    Invalid(#[from] ConfigError),
    /// Somebody else changed or removed the desk since its settings were read.
    #[error("the desk {desk:?} was {} in the meantime: read it again, and change it then", match .found {
        Some(_) => "changed",
        None => "removed",
    })]
    Conflict {
        /// The desk.
        desk: String,
        /// Its revision now; none: it is gone.
        found: Option<i64>,
    },
    /// There is one of that name.
    #[error("there is {what} {name:?} already")]
    Exists {
        /// "a desk", "a token", "an account".
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no {what} {name:?}{}", match *.what {
        "desk" => " among those that were made through the service",
        _ => "",
    })]
    Unknown {
        /// "desk", "token", "account".
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// The desk stands in `sgi.toml`.
    #[error("the desk {desk:?} stands in {}: change it there", .file.display())]
    InFile {
        /// The desk.
        desk: String,
        /// The file.
        file: PathBuf,
    },
    /// Two desks have one name.
    #[error(transparent)]
    Twice(#[from] Clash),
    /// The password that is kept was given for another address.
    #[error(
        "{} of the desk {desk:?} was changed: give the password again, since it would be sent to another \
         place than the one that it was given for",
        changed.join(" and ")
    )]
    PasswordNeeded {
        /// The desk.
        desk: String,
        /// The keys of what was changed.
        changed: Vec<&'static str>,
    },
    /// Nobody could show who they are any more.
    #[error(
        "this is the last by which somebody can show who they are: without it, the service lets everybody on \
         its machine do everything; make another token first (`sgi token create`), or add --open if that is \
         what you want"
    )]
    Opens,
    /// The key that secrets are sealed with is lost, another one, or cannot be used.
    #[error("{0}")]
    Key(String),
    /// A name, a password or the like that cannot be.
    #[error("{0}")]
    Refused(String),
    /// This program failed.
    #[error("{0}")]
    Internal(String),
}

impl RegistryError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Invalid(_) => "configuration",
            Self::Conflict { .. } => "conflict",
            Self::Exists { .. } | Self::InFile { .. } => "exists",
            Self::Unknown { .. } => "unknown",
            Self::Twice(_) => "twice",
            Self::PasswordNeeded { .. } => "password-needed",
            Self::Opens => "opens",
            Self::Key(_) => "key",
            Self::Refused(_) => "invalid-input",
            Self::Internal(_) => "internal",
        }
    }
}
