//! The desks' own forms for new tickets, kept for a while: a page of the CMDB shows them each time.

use crate::kept::{Kept, Rules};
use sgi_host::{Error, Fleet, Form, Object};
use std::sync::Arc;
use std::time::Duration;

const RULES: Rules = Rules {
    fresh: Duration::from_secs(60),
    kept: Duration::from_secs(600),
    quiet: Duration::from_secs(5),
    most: 10_000,
};

/// Of which desk, served by what, for which object.
type Key = (String, u64, String);

/// The forms of all desks.
pub(crate) struct Forms {
    fleet: Fleet,
    kept: Kept<Key, Arc<[Form]>>,
}

impl Forms {
    pub(crate) fn new(fleet: Fleet) -> Self {
        Self {
            fleet,
            kept: Kept::new(&RULES),
        }
    }

    /// The forms of a desk; empty where it does not tell them in time.
    pub(crate) async fn of(&self, desk: &str, object: &Object, wait: Duration) -> Arc<[Form]> {
        let Ok((served, generation)) = self.fleet.generation(desk) else {
            return Arc::default();
        };
        let described = serde_json::to_string(object).unwrap_or_else(|_| object.id.clone());
        let key = (desk.to_owned(), generation, described);
        let ask = |keys: Vec<Key>| {
            let object = object.clone();
            async move {
                let forms: Arc<[Form]> = served.forms(&object).await?.into();
                let found = keys.into_iter().map(|key| (key, Arc::clone(&forms)));
                Ok::<_, Error>(found.collect())
            }
        };
        let found = self.kept.get(desk, &[key], wait, ask).await;
        found.into_iter().flatten().next().unwrap_or_default()
    }
}
