//! Why a configuration cannot be used: file, line, key, reason, and what to do.

use super::EXAMPLE;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a configuration, or a desk in it, cannot be used. None of its texts holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no configuration in any of the places.
    NotFound {
        /// The places, in the order in which they were looked at, as people write them.
        looked_at: Vec<String>,
    },
    /// The file is not there or cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// As the system tells it.
        reason: String,
    },
    /// What the file says is wrong.
    Invalid {
        /// The file.
        file: PathBuf,
        /// At least one, in the file's order.
        problems: Vec<ConfigProblem>,
    },
    /// What a desk's table says is wrong, where it came by itself and not in a file.
    Desk {
        /// The desk.
        desk: String,
        /// At least one. Their keys begin in the desk's table: `options.queues`.
        problems: Vec<ConfigProblem>,
    },
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where, counted from 1; of no meaning where there is no file.
    pub line: usize,
    /// The key with its tables (`desks.helpdesk.url`); none for a mistake in the syntax.
    pub key: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl ConfigError {
    /// The file that it is about.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::NotFound { .. } | Self::Desk { .. } => None,
            Self::Unreadable { file, .. } | Self::Invalid { file, .. } => Some(file),
        }
    }

    /// The single problems, where the file could be read.
    pub fn problems(&self) -> &[ConfigProblem] {
        match self {
            Self::NotFound { .. } | Self::Unreadable { .. } => &[],
            Self::Invalid { problems, .. } | Self::Desk { problems, .. } => problems,
        }
    }
}

impl fmt::Display for ConfigError {
    /// One line for each problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { looked_at } => {
                f.write_str("there is no configuration. Looked for it at:\n")?;
                for place in looked_at {
                    writeln!(f, "  {place}")?;
                }
                write!(
                    f,
                    "Write one and name it with --config, or put it in one of these places. \
                     To copy:\n\n{EXAMPLE}"
                )
            }
            Self::Unreadable { file, reason } => {
                write!(
                    f,
                    "{}: the configuration cannot be read: {reason}",
                    file.display()
                )
            }
            Self::Invalid { file, problems } => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{}:{}: ", file.display(), problem.line)?;
                    if let Some(key) = &problem.key {
                        write!(f, "{key}: ")?;
                    }
                    f.write_str(&problem.message)?;
                }
                Ok(())
            }
            Self::Desk { problems, .. } => {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&told.join("\n"))
            }
        }
    }
}

impl fmt::Display for ConfigProblem {
    /// Without the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ConfigError {}
