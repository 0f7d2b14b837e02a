//! The outbox: what became of the delivery of each entry to the CMDB.

use crate::entry::{Entry, EntryId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not sent yet, or known not to have arrived.
    Waiting,
    /// Written down before it is sent: what is found like that later has an unknown outcome.
    Sending,
    /// The CMDB has it.
    Delivered,
    /// Whether the CMDB has it could not be found out: a person must look.
    Undecided,
    /// The CMDB will never take it.
    Refused,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Sending,
        Self::Delivered,
        Self::Undecided,
        Self::Refused,
    ];

    /// Those of what the CMDB does not have, as far as is known.
    pub const UNDELIVERED: [Self; 4] =
        [Self::Waiting, Self::Sending, Self::Undecided, Self::Refused];

    /// The word for it in JSON, in stores and for metrics: stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Undecided => "undecided",
            Self::Refused => "refused",
        }
    }

    /// The state of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether something is left to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }
}

/// An entry that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The entry.
    pub entry: Entry,
    /// How far it is; where it is due, [`State::Waiting`] or [`State::Sending`].
    pub state: State,
    /// Attempts so far, without those of which it is known that nothing was sent.
    pub attempts: u32,
    /// When it was last sent.
    pub sent: Option<Timestamp>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The entry.
    pub entry: EntryId,
    /// How far it is now.
    pub state: State,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was last sent; none: not yet.
    pub sent: Option<Timestamp>,
    /// When it is due again, of one that is waiting or being sent; none: at once.
    pub due: Option<Timestamp>,
    /// Why it has not arrived, for people.
    pub reason: Option<String>,
    /// The CMDB's own id of the entry.
    pub remote: Option<String>,
}
