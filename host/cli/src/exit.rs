//! The numbers that scripts see. They are documented in the help and stay as they are.

use sgi_host::Error;
use std::process::ExitCode;

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Ok = 0,
    Internal = 1,
    /// The same number as clap's.
    Usage = 2,
    Configuration = 3,
    Access = 4,
    NotFound = 5,
    Unavailable = 6,
    Protocol = 7,
    Connector = 8,
    Partial = 9,
    Undecided = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidInput(_) => Self::Usage,
            Error::Inactive | Error::UnknownType { .. } | Error::InvalidSetting { .. } => {
                Self::Configuration
            }
            Error::BadCredentials(_) | Error::Forbidden(_) => Self::Access,
            Error::NotFound(_) => Self::NotFound,
            Error::RateLimited { .. } | Error::Unavailable { .. } | Error::NeedsIndex(_) => {
                Self::Unavailable
            }
            Error::Protocol(_) => Self::Protocol,
            Error::Unsupported(_)
            | Error::NotAdmitted(_)
            | Error::Refused(_)
            | Error::Connector(_) => Self::Connector,
            Error::Undecided { .. } => Self::Undecided,
            // The host, and what it may report one day and this program does not know.
            _ => Self::Internal,
        }
    }
}

impl Exit {
    /// Of an error of which only the code is known ([`Error::code`]).
    pub(crate) fn of_code(code: &str) -> Self {
        match code {
            "invalid-input" => Self::Usage,
            "inactive" | "unknown-type" | "invalid-setting" => Self::Configuration,
            "bad-credentials" | "forbidden" => Self::Access,
            "not-found" => Self::NotFound,
            "rate-limited" | "unavailable" | "needs-index" => Self::Unavailable,
            "protocol" => Self::Protocol,
            "unsupported" | "not-admitted" | "refused" | "connector" => Self::Connector,
            "undecided" => Self::Undecided,
            _ => Self::Internal,
        }
    }

    /// What the outcomes of several desks come to.
    pub(crate) fn of_all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let (good, bad): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| *outcome == Self::Ok);
        match bad.first() {
            None => Self::Ok,
            Some(_) if !good.is_empty() => Self::Partial,
            Some(first) => *first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sgi_host::Problem;

    #[test]
    fn each_kind_of_error_has_its_number() {
        let problem = || Problem::new("x");
        let late = (problem(), None);
        let table = [
            (Error::Inactive, 3),
            (
                Error::UnknownType {
                    wanted: "x".to_owned(),
                    known: Vec::new(),
                    unusable: Vec::new(),
                },
                3,
            ),
            (Error::BadCredentials(problem()), 4),
            (Error::Forbidden(problem()), 4),
            (Error::NotFound(problem()), 5),
            (
                Error::InvalidSetting {
                    key: "url".to_owned(),
                    problem: problem(),
                },
                3,
            ),
            (Error::InvalidInput(problem()), 2),
            (
                Error::RateLimited {
                    problem: late.0.clone(),
                    retry_after: late.1,
                },
                6,
            ),
            (
                Error::Unavailable {
                    problem: late.0,
                    retry_after: None,
                },
                6,
            ),
            (Error::Protocol(problem()), 7),
            (Error::Unsupported(problem()), 8),
            (Error::NotAdmitted(problem()), 8),
            (Error::Refused(problem()), 8),
            (Error::Connector(problem()), 8),
            (
                Error::Undecided {
                    problem: problem(),
                    marker: "x".to_owned(),
                },
                10,
            ),
            (Error::Host(problem()), 1),
        ];
        for (error, number) in table {
            assert_eq!(Exit::from(&error) as u8, number, "{}", error.code());
            assert_eq!(
                Exit::of_code(error.code()) as u8,
                number,
                "{}",
                error.code()
            );
        }
    }

    #[test]
    fn several_desks_come_to_one_number() {
        assert_eq!(Exit::of_all([]), Exit::Ok);
        assert_eq!(Exit::of_all([Exit::Ok, Exit::Ok]), Exit::Ok);
        assert_eq!(Exit::of_all([Exit::Access, Exit::Ok]), Exit::Partial);
        let failed = [Exit::Unavailable, Exit::Access];
        assert_eq!(Exit::of_all(failed), Exit::Unavailable);
    }
}
