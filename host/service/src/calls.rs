//! What the connectors of desks did since the process began: how often, how long, and what failed last.

use jiff::Timestamp;
use sgi_host::Error;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Desks of which this is kept.
const MOST: usize = 10_000;

/// Of one desk.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfDesk {
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    total: Duration,
    pub(crate) longest: Duration,
    /// When a call failed the last time, and why.
    pub(crate) failure: Option<(Timestamp, Error)>,
}

impl OfDesk {
    /// What a call took on average.
    pub(crate) fn usual(&self) -> Duration {
        let calls = u32::try_from(self.calls).unwrap_or(u32::MAX);
        self.total.checked_div(calls).unwrap_or_default()
    }
}

/// Of all desks.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<BTreeMap<String, OfDesk>>);

impl Calls {
    pub(crate) fn note(&self, desk: &str, error: Option<&Error>, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(desk) {
            return;
        }
        let of = all.entry(desk.to_owned()).or_default();
        of.calls += 1;
        of.total = of.total.saturating_add(took);
        of.longest = of.longest.max(took);
        if let Some(error) = error {
            of.failed += 1;
            of.failure = Some((Timestamp::now(), error.clone()));
        }
    }

    pub(crate) fn of(&self, desk: &str) -> OfDesk {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(desk).cloned().unwrap_or_default()
    }
}
