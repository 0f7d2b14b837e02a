//! What a check learns about one OTRS, so that a list of tickets costs two requests.

use crate::channel::Transport;
use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail};

/// What a check has just found out cannot be out of date.
const FRESH: Instant = 60_000;

/// Made by `check`, kept by the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Knowledge {
    /// When it was learned.
    pub(crate) at: Instant,
    /// By which web service OTRS is spoken to.
    pub(crate) transport: Transport,
    /// Whether OTRS heeds the search for an object. Where not, it brings everybody's tickets.
    pub(crate) filters: bool,
    /// How far OTRS's zone is ahead of UTC, in milliseconds, where a ticket told.
    pub(crate) offset: Option<i64>,
    /// Whether the web service tells the histories of tickets.
    pub(crate) history: bool,
    /// Whether OTRS heeds the search for what has changed since a time.
    pub(crate) polls: bool,
}

impl Knowledge {
    pub(crate) fn current(settings: &Settings) -> Result<Self, Error> {
        let learned = settings
            .learned()
            .ok_or_else(|| fail::stale_knowledge("OTRS's web service is not known yet"))?;
        serde_json::from_slice(learned)
            .map_err(|_| fail::stale_knowledge("what another version learned cannot be read"))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self)
            .map_err(|_| fail::protocol("what was learned about OTRS cannot be written down"))
    }

    /// Whether the tickets of an object can only be had from an index of the host's.
    pub(crate) fn needs_index(&self) -> bool {
        !self.transport.searches_fields()
    }

    /// The error where OTRS is not as it was learned. Most often it was changed since the check; right
    /// after one there is no such excuse.
    pub(crate) fn contradicted(&self, now: Instant, error: Error) -> Error {
        let age = now.saturating_sub(self.at);
        if (0..FRESH).contains(&age) {
            return error;
        }
        fail::stale_knowledge("OTRS is no longer as the last check found it")
    }
}
