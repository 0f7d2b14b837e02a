//! What a check learns about one RT, so that a ticket list costs one request.

use crate::fields::{Fields, Known, Role};
use crate::manifest::key;
use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, text};

const SECOND: Instant = 1000;
/// How long what was learned is believed while nothing speaks against it: a new queue, or a field that
/// was exchanged, may bring tickets that no answer hints at.
const TRUST: Instant = 600 * SECOND;
/// … but for each queue so much at least, since a check costs a request for each.
const TRUST_A_QUEUE: Instant = 30 * SECOND;
/// Evidence that may stay for good (a queue that the account does not see has a field of its own)
/// leads to a new check at most after this part of that time.
const DOUBT: Instant = 10;
/// Evidence that cannot stay does at once, but not in the call that the check was made for.
const SETTLED: Instant = 2 * SECOND;
/// What the host keeps at most is 64 KiB.
const MAX_BYTES: usize = 60 << 10;
/// How many names a sentence holds.
const MAX_NAMES: usize = 10;

/// A queue that the account sees, and the ids of the two custom fields as they apply to it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub(crate) struct Queue {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) objects: Option<u64>,
    pub(crate) tenant: Option<u64>,
}

/// A queue without the names of its parts, of which there would be hundreds.
type Row = (u64, String, Option<u64>, Option<u64>);

impl From<Row> for Queue {
    fn from((id, name, objects, tenant): Row) -> Self {
        Self {
            id,
            name,
            objects,
            tenant,
        }
    }
}

impl From<Queue> for Row {
    fn from(queue: Queue) -> Self {
        (queue.id, queue.name, queue.objects, queue.tenant)
    }
}

/// Made by `check`, kept by the host.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Knowledge {
    /// When it was learned.
    pub(crate) at: Instant,
    /// How many queues the check has asked about.
    pub(crate) looked_at: u32,
    /// The custom fields of this name in any queue: queues may use different ones of the same name.
    pub(crate) objects: Vec<Known>,
    pub(crate) tenant: Vec<Known>,
    /// By name, as many as there is room for.
    pub(crate) queues: Vec<Queue>,
}

/// How sure an answer is that something has changed since the check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Evidence {
    /// It may have been so all the time, out of the check's sight.
    Hint,
    /// The check would have learned otherwise.
    Proof,
}

impl Knowledge {
    pub(crate) fn current(settings: &Settings) -> Result<Self, Error> {
        let learned = settings
            .learned()
            .ok_or_else(|| fail::stale_knowledge("RT's custom fields are not known yet"))?;
        serde_json::from_slice(learned)
            .map_err(|_| fail::stale_knowledge("what another version learned cannot be read"))
    }

    /// … if it is not too old to be believed.
    pub(crate) fn trusted(settings: &Settings, now: Instant) -> Result<Self, Error> {
        let knowledge = Self::current(settings)?;
        if knowledge.is_younger(knowledge.trust(), now) {
            return Ok(knowledge);
        }
        Err(fail::stale_knowledge(
            "RT's queues and custom fields were looked over too long ago",
        ))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|_| fail::protocol("RT's queues cannot be written down"))
    }

    /// Leaves out the last queues until the rest can be kept. Tells how many were left out.
    pub(crate) fn fit(&mut self) -> Result<usize, Error> {
        let all = std::mem::take(&mut self.queues);
        let mut bytes = self.to_bytes()?.len();
        let count = all.len();
        for queue in all {
            let row = serde_json::to_string(&queue).unwrap_or_default();
            bytes = bytes.saturating_add(row.len() + 1);
            if bytes > MAX_BYTES {
                break;
            }
            self.queues.push(queue);
        }
        Ok(count - self.queues.len())
    }

    /// The queue that a person means: by name, in any case as RT has it, or by id.
    pub(crate) fn queue(&self, meant: &str) -> Option<&Queue> {
        let by = |fits: &dyn Fn(&Queue) -> bool| self.queues.iter().find(|queue| fits(queue));
        by(&|queue| queue.name == meant)
            .or_else(|| by(&|queue| queue.name.to_lowercase() == meant.to_lowercase()))
            .or_else(|| by(&|queue| queue.id.to_string() == meant))
    }

    /// Both fields, for reading tickets.
    pub(crate) fn fields<'a>(&'a self, settings: &'a Settings) -> Fields<'a> {
        Fields {
            objects: Role {
                known: &self.objects,
                meant: settings.text(key::OBJECTS_FIELD),
            },
            tenant: Role {
                known: &self.tenant,
                meant: settings.text(key::TENANT_FIELD),
            },
            tenant_matters: tenant(settings).is_some(),
        }
    }

    fn trust(&self) -> Instant {
        TRUST.max(TRUST_A_QUEUE * Instant::from(self.looked_at))
    }

    fn is_younger(&self, age: Instant, now: Instant) -> bool {
        (0..age).contains(&now.saturating_sub(self.at))
    }

    /// Whether it was learned so lately that another check would hardly tell more.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        self.is_younger(self.trust() / DOUBT, now)
    }

    /// Whether an answer that speaks against it is reason enough to look again.
    pub(crate) fn bears(&self, evidence: Option<Evidence>, now: Instant) -> Result<(), Error> {
        let holds = match evidence {
            None => true,
            Some(Evidence::Hint) => self.is_fresh(now),
            Some(Evidence::Proof) => self.is_younger(SETTLED, now),
        };
        if holds {
            return Ok(());
        }
        Err(fail::stale_knowledge(
            "RT's answer shows custom fields that are not those of the last check",
        ))
    }
}

/// The tenant whose tickets are wanted.
pub(crate) fn tenant(settings: &Settings) -> Option<&str> {
    settings.text(key::TENANT)
}

/// Names as a sentence lists them, not too many.
pub(crate) fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let shown: Vec<String> = names.take(MAX_NAMES).map(text::quote).collect();
    match (shown.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (_, 0) => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
#[path = "knowledge_tests.rs"]
mod tests;
