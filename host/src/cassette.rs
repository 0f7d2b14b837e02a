//! A cassette: one call of a connector with the exchanges that it made with its desk, and what came of it.
//!
//! Authors keep them as tests (`sgi connector check`), and a connector that crashed leaves one (`sgi connector
//! replay`). A file of JSON; what a field may hold is told here
//! and nowhere else. No secret is in it: where one stood, there is a placeholder ([`PASSWORD`], [`SESSION`]).

use crate::model::{Filter, Object};
use crate::settings::OptionValue;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of the format that this host writes, and the only one that it reads.
pub const FORMAT: u32 = 1;
/// What stands for the password.
pub const PASSWORD: &str = "<password>";
/// What stands for a secret that the desk handed out.
pub const SESSION: &str = "<session>";

/// One call with its exchanges.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// [`FORMAT`].
    pub cassette: u32,
    /// The desk that was asked.
    pub desk: RecordedDesk,
    /// What it was asked for.
    pub call: Call,
    /// Requests and answers, in the order in which the requests were sent. Where the connector needed a check first,
    /// that is among them.
    pub exchanges: Vec<Exchange>,
    /// What came of it.
    pub outcome: Outcome,
    /// Of a connector that was stopped: what is needed to find out why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
}

/// Why a cassette cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// Its file cannot be read.
    #[error("the cassette {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// It is not as a cassette must be.
    #[error("{} is no cassette: {reason}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
}

impl Cassette {
    /// Reads a cassette's file.
    pub fn read(file: &Path) -> Result<Self, CassetteError> {
        let invalid = |reason: String| CassetteError::Invalid {
            file: file.to_owned(),
            reason,
        };
        let text = std::fs::read(file).map_err(|reason| CassetteError::Unreadable {
            file: file.to_owned(),
            reason,
        })?;
        let cassette: Self =
            serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
        if cassette.cassette != FORMAT {
            return Err(invalid(format!(
                "it has the format {}, and this version reads {FORMAT}",
                cassette.cassette
            )));
        }
        Ok(cassette)
    }
}

/// The desk's settings, without the password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedDesk {
    /// Its address, as in `sgi.toml`. Requests hold its path.
    pub url: String,
    /// The address that links are made with; the same as `url` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// The account.
    pub username: String,
    /// The connector's options that are set, as in `sgi.toml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, OptionValue>,
}

/// A call of the host's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Looking the desk over.
    Check,
    /// All pages of the tickets of an object.
    Tickets {
        /// The object; its id is enough for most desks.
        object: Object,
        /// All of them where it is left out.
        #[serde(default)]
        filter: Filter,
    },
    /// One ticket.
    Ticket {
        /// The desk's own key.
        id: String,
    },
    /// The forms for a new ticket about an object.
    Forms {
        /// The object.
        object: Object,
    },
    /// What happened in the desk, from the beginning: all batches.
    Changes,
    /// Creating a ticket, or looking for one that may have been created: only where it was stopped, and then
    /// the diagnosis has the draft.
    Create,
}

/// A request and its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What was sent.
    pub request: Sent,
    /// What came back.
    pub response: Answered,
}

/// A request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query as they were sent, the path of the desk's address included.
    pub path: String,
    /// In their order; those that the host adds by itself need not be among them.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The HTTP status; none: the connection was closed without a byte.
    pub status: Option<u16>,
    /// In their order.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, unpacked.
    #[serde(default)]
    pub body: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// What the call gave, as `sgi … --json` shows it.
    Ok(serde_json::Value),
    /// Why it failed.
    Error {
        /// The kind, as in `sgi … --json`.
        code: String,
        /// For people; not compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

/// What is needed to find out why a connector was stopped, and to have it stopped again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// The component's digest.
    pub digest: String,
    /// The connector's id and version.
    pub connector: String,
    /// The desk's name.
    pub desk: String,
    /// When it was stopped.
    pub at: jiff::Timestamp,
    /// The functions that it was in, as far as their names are known; none where it was not it that was at work.
    pub trap: Option<String>,
    /// The last lines of its log.
    pub log: Vec<String>,
    /// Which of its functions was called, with the arguments.
    pub function: serde_json::Value,
    /// What a check had learned, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// What it might use up.
    pub limits: Limits,
    /// Calls that its instance had served before.
    pub calls_before: u32,
    /// Whether it got a captured secret, each time that it asked for one by this name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captured: Vec<(String, bool)>,
    /// Exchanges that went before the first one here, and are not kept.
    pub left_out: u32,
    /// Why an exchange (counted from 0) has no status. One without a reason was still under way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered: BTreeMap<usize, Unanswered>,
    /// Bodies of answers that are no text, in base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub binary: BTreeMap<usize, String>,
    /// Answers whose bodies were too large to be kept, with their bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub too_large: BTreeMap<usize, usize>,
}

/// Why a request got no answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unanswered {
    /// What the connector was told: an error code of `wasi:http`.
    pub told: String,
    /// What people were told: the kind, as in `sgi … --json`, and the words.
    pub code: String,
    /// See `code`.
    pub message: String,
}

/// What a call might use up. Times in milliseconds, the others in bytes or numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// `call_timeout` of the desk's limits, and so on.
    pub call_timeout: u64,
    /// See above.
    pub compute_timeout: u64,
    /// See above.
    pub memory: usize,
    /// See above.
    pub handles: u32,
    /// See above.
    pub result: usize,
    /// See above.
    pub log_lines: u32,
}
