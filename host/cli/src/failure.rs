//! What went wrong, for people and for programs.

use crate::clean;
use crate::exit::Exit;
use serde_json::{Map, Value, json};
use sgi_host::Error;
use sgi_host::config::{ConfigError, closest};
use sgi_host::logbook::StoreError;
use sgi_host::logbook::sync::SyncError;
use sgi_service::registry::RegistryError;
use std::io;
use std::time::Duration;

/// Why a command, or its part for one desk, did not work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the command line asks for makes no sense.
    Usage(String),
    /// The configuration has no such desk, or none that is active.
    Desk {
        code: &'static str,
        /// The one that was named.
        desk: Option<String>,
        message: String,
    },
    /// The configuration cannot be used.
    Config(ConfigError),
    /// The host, the connector or the desk failed.
    Host(Error),
    /// A desk's events could not be read.
    Sync(SyncError),
    /// The logbook's store failed.
    Store(StoreError),
    /// The service's settings could not be read or changed.
    Registry(RegistryError),
    /// A connector's project cannot be made, built or judged.
    Project(String),
    /// This program failed.
    Internal(String),
    /// stdout cannot be written to.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn internal(what: &str, error: &dyn std::error::Error) -> Self {
        Self::Internal(format!("{what}: {error}"))
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Desk { .. } | Self::Config(_) => Exit::Configuration,
            Self::Host(error) => Exit::from(error),
            Self::Sync(SyncError::Source(error)) => Exit::of_code(error.code),
            Self::Registry(error) => match error {
                RegistryError::Refused(_) | RegistryError::Opens => Exit::Usage,
                RegistryError::Store(_) | RegistryError::Internal(_) => Exit::Internal,
                _ => Exit::Configuration,
            },
            Self::Project(_) => Exit::Connector,
            Self::Sync(SyncError::Store(_))
            | Self::Store(_)
            | Self::Internal(_)
            | Self::Output(_) => Exit::Internal,
        }
    }

    /// A word for programs; those of the host's errors, and a few of this program.
    fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Desk { code, .. } => code,
            Self::Config(_) => "configuration",
            Self::Host(error) => error.code(),
            Self::Sync(SyncError::Source(error)) => error.code,
            Self::Sync(SyncError::Store(_)) | Self::Store(_) => "store",
            Self::Registry(error) => error.code(),
            Self::Project(_) => "connector",
            Self::Internal(_) | Self::Output(_) => "internal",
        }
    }

    /// The desk that it is about, where the message tells its name by itself.
    pub(crate) fn desk(&self) -> Option<&str> {
        match self {
            Self::Desk { desk, .. } => desk.as_deref(),
            _ => None,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Usage(message)
            | Self::Desk { message, .. }
            | Self::Project(message)
            | Self::Internal(message) => message.clone(),
            Self::Config(error) => error.to_string(),
            Self::Host(error) => host_message(error),
            Self::Sync(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Registry(error) => error.to_string(),
            Self::Output(error) => format!("the output cannot be written: {error}"),
        }
    }

    fn detail(&self) -> Option<&str> {
        match self {
            Self::Host(error) => error.detail(),
            _ => None,
        }
    }

    /// When the desk wants to be asked again.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Host(
                Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. },
            ) => *retry_after,
            Self::Sync(SyncError::Source(error)) => error.retry_after,
            _ => None,
        }
    }

    /// Lines for stderr: `sgi: helpdesk: …`, and below it the detail where it is asked for.
    pub(crate) fn for_people(&self, desk: Option<&str>, with_detail: bool) -> String {
        let who = match desk {
            Some(desk) => format!("sgi: {}: ", clean::line(desk)),
            None => "sgi: ".to_owned(),
        };
        let mut message = self.message();
        if let Some(after) = self.retry_after() {
            message.push_str(&format!("; try again in {} s", after.as_secs()));
        }
        let mut text = String::new();
        match self {
            // Several lines: a problem each, or an example to copy.
            Self::Config(ConfigError::Invalid { .. } | ConfigError::Desk { .. }) => {
                for line in message.lines() {
                    text.push_str(&format!("{who}{}\n", clean::line(line)));
                }
            }
            Self::Config(_) => text.push_str(&format!("{who}{}\n", clean::block(&message))),
            _ => text.push_str(&format!("{who}{}\n", clean::line(&message))),
        }
        if let Some(detail) = self.detail().filter(|_| with_detail) {
            for line in clean::block(detail).lines() {
                text.push_str(&format!("     {line}\n"));
            }
        }
        text
    }

    /// The object `error` of a line on stderr, and of an item of `check --json`.
    pub(crate) fn for_programs(&self, with_detail: bool) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), json!(self.code()));
        error.insert("message".to_owned(), json!(self.message()));
        if let Some(detail) = self.detail().filter(|_| with_detail) {
            error.insert("detail".to_owned(), json!(detail));
        }
        if let Self::Host(Error::Undecided { marker, .. }) = self {
            error.insert("marker".to_owned(), json!(marker));
        }
        let seconds = self.retry_after().map(|after| after.as_secs());
        error.insert("retry_after".to_owned(), json!(seconds));
        Value::Object(error)
    }
}

fn host_message(error: &Error) -> String {
    match error {
        Error::UnknownType { wanted, known, .. } => {
            // `rt@1.2.0` and `rt@sha256:…` name a version of `rt`.
            let id = |text: &'_ str| text.split('@').next().unwrap_or_default().to_owned();
            let (id, known) = (
                id(wanted),
                known.iter().map(|known| id(known)).collect::<Vec<_>>(),
            );
            match closest(&id, known.iter().map(String::as_str)) {
                Some(meant) if meant != id => format!("{error}; did you mean {meant:?}?"),
                _ => error.to_string(),
            }
        }
        _ => error.to_string(),
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Store(error) => Self::Store(error),
            RegistryError::Invalid(error) => Self::Config(error),
            error => Self::Registry(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sgi_host::Problem;

    fn late() -> Failure {
        Failure::Host(Error::Unavailable {
            problem: Problem::new("no answer\u{1b}[2J").with_detail("one\ntwo"),
            retry_after: Some(Duration::from_secs(30)),
        })
    }

    #[test]
    fn people_get_a_line_and_on_demand_its_detail() {
        let text = late().for_people(Some("helpdesk"), false);
        assert_eq!(
            text,
            "sgi: helpdesk: no answer\u{fffd}[2J; try again in 30 s\n"
        );
        let text = late().for_people(None, true);
        assert_eq!(
            text,
            "sgi: no answer\u{fffd}[2J; try again in 30 s\n     one\n     two\n"
        );
    }

    #[test]
    fn programs_get_an_object() {
        let error = late().for_programs(false);
        assert_eq!(
            error,
            json!({ "code": "unavailable", "message": "no answer\u{1b}[2J", "retry_after": 30 })
        );
        let error = Failure::Usage("x".to_owned()).for_programs(false);
        assert_eq!(
            error,
            json!({ "code": "usage", "message": "x", "retry_after": null })
        );
    }

    #[test]
    fn a_mistyped_type_is_guessed() {
        let failure = Failure::Host(Error::UnknownType {
            wanted: "otsr@1.0.0".to_owned(),
            known: vec!["rt".to_owned(), "otrs".to_owned()],
            unusable: Vec::new(),
        });
        assert!(failure.message().ends_with("did you mean \"otrs\"?"));
    }
}
