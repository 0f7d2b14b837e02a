//! What a check learns about one RT, so that a ticket list costs one request.

use crate::manifest::key;
use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, time};

/// After this time an empty list is not believed without looking again: RT answers a search over a
/// custom field that no longer exists with "nothing found".
const TRUST_EMPTY: Instant = 60 * 60 * 1000;

/// A queue that the account sees, and the ids of the two custom fields as they apply to it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) objects: Option<u64>,
    pub(crate) tenant: Option<u64>,
}

/// Made by `check`, kept by the host.
#[derive(Serialize, Deserialize)]
pub(crate) struct Knowledge {
    /// When it was learned.
    pub(crate) at: Instant,
    pub(crate) queues: Vec<Queue>,
}

/// Ids of the custom fields that say more than their names.
pub(crate) struct Fields {
    pub(crate) objects: Vec<u64>,
    pub(crate) tenant: Vec<u64>,
}

impl Knowledge {
    pub(crate) fn current(settings: &Settings) -> Result<Self, Error> {
        let learned = settings
            .learned()
            .ok_or_else(|| fail::stale_knowledge("RT's custom fields are not known yet"))?;
        serde_json::from_slice(learned)
            .map_err(|_| fail::stale_knowledge("what another version learned cannot be read"))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|_| fail::protocol("RT's queues cannot be written down"))
    }

    /// The queue that a person means: by name, in any case as RT has it, or by id.
    pub(crate) fn queue(&self, meant: &str) -> Option<&Queue> {
        let by = |fits: &dyn Fn(&Queue) -> bool| self.queues.iter().find(|queue| fits(queue));
        by(&|queue| queue.name == meant)
            .or_else(|| by(&|queue| queue.name.to_lowercase() == meant.to_lowercase()))
            .or_else(|| by(&|queue| queue.id.to_string() == meant))
    }

    /// Ids of the custom fields that hold object ids, each once. Queues may use different fields of
    /// the same name.
    pub(crate) fn objects_fields(&self) -> Vec<u64> {
        distinct(self.queues.iter().filter_map(|queue| queue.objects))
    }

    /// Ids of the custom fields that hold the tenant.
    pub(crate) fn tenant_fields(&self) -> Vec<u64> {
        distinct(self.queues.iter().filter_map(|queue| queue.tenant))
    }

    /// Both, for reading many tickets.
    pub(crate) fn fields(&self) -> Fields {
        Fields {
            objects: self.objects_fields(),
            tenant: self.tenant_fields(),
        }
    }

    /// Whether it was learned lately.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        (0..TRUST_EMPTY).contains(&now.saturating_sub(self.at))
    }

    /// Whether "nothing found" can be believed.
    pub(crate) fn trust_empty(&self) -> Result<(), Error> {
        if self.is_fresh(time::now()) {
            Ok(())
        } else {
            Err(fail::stale_knowledge(
                "RT finds nothing, which may mean that the custom field is gone",
            ))
        }
    }
}

fn distinct(ids: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The tenant whose tickets are wanted.
pub(crate) fn tenant(settings: &Settings) -> Option<&str> {
    settings.text(key::TENANT)
}
