//! Who does something, and what they may do.

use super::RegistryError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What somebody may do: each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See tickets, desks without their secrets, the logbook.
    Read,
    /// Create tickets, check desks.
    Operate,
    /// Change settings, trust connectors, read the audit trail.
    Administer,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Read, Self::Operate, Self::Administer]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| "expected read, operate or administer".to_owned())
    }
}

/// Who does something, as the audit trail names them: "token ci", "account anna", "cli".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever holds this token.
    Token(String),
    /// Whoever knows this account's password.
    Account(String),
    /// Somebody at this machine's command line.
    Cli,
    /// Whoever changed a file: `sgi.toml`, a connector.
    File,
    /// The service by itself.
    System,
    /// Somebody on this machine, where neither a token nor an account is needed.
    Loopback,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) => write!(f, "token {name}"),
            Self::Account(name) => write!(f, "account {name}"),
            Self::Cli => f.write_str("cli"),
            Self::File => f.write_str("file"),
            Self::System => f.write_str("system"),
            Self::Loopback => f.write_str("loopback"),
        }
    }
}

/// Somebody who has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub who: Who,
    /// What they may do.
    pub role: Role,
}

/// The longest name.
const LONGEST: usize = 64;

/// Whether a token or an account may have this name.
pub(super) fn check_name(name: &str) -> Result<(), RegistryError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && name.chars().all(fits) && name.len() <= LONGEST {
        return Ok(());
    }
    Err(RegistryError::Refused(format!(
        "a name consists of letters (a to z), digits, \"-\", \"_\", \".\", \"+\" and \"@\", starts with a \
         letter or digit, and has at most {LONGEST} characters"
    )))
}
