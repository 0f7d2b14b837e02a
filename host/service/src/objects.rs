//! What the CMDB calls its objects, where one is configured. It is a help and no need: a CMDB that is slow or
//! down keeps no page waiting for long, and then an object is what it was given as.

use crate::kept::{Kept, Rules};
use sgi_host::cmdb::IDoit;
use sgi_host::{CmdbSettings, Object};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a page waits for it.
const WAIT: Duration = Duration::from_secs(2);
/// How long it may take in all.
const LIMIT: Duration = Duration::from_secs(5);

const RULES: Rules = Rules {
    fresh: Duration::from_secs(300),
    kept: Duration::from_secs(24 * 3600),
    quiet: Duration::from_secs(20),
    most: 100_000,
};

/// The name under which the CMDB is left alone.
const CMDB: &str = "the CMDB";

/// What is known of objects.
pub(crate) struct Objects {
    cmdb: Option<Arc<IDoit>>,
    /// By id; none: the CMDB has no such object.
    known: Kept<String, Option<Arc<Object>>>,
}

impl Objects {
    pub(crate) fn new(settings: Option<&CmdbSettings>) -> Self {
        let cmdb = settings.and_then(|settings| {
            let mut settings = settings.clone();
            let network = &mut settings.network;
            network.request_timeout = network.request_timeout.min(LIMIT);
            network.connect_timeout = network.connect_timeout.min(LIMIT);
            match IDoit::new(&settings) {
                Ok(cmdb) => Some(Arc::new(cmdb)),
                Err(error) => {
                    tracing::warn!(%error, "objects are not looked up in the CMDB");
                    None
                }
            }
        });
        Self {
            cmdb,
            known: Kept::new(&RULES),
        }
    }

    /// Whether there is a CMDB to ask.
    pub(crate) fn are_known(&self) -> bool {
        self.cmdb.is_some()
    }

    /// What the CMDB tells of these; those that it does not know, or not in time, are missing.
    pub(crate) async fn of(&self, ids: &[String], wait: Duration) -> HashMap<String, Arc<Object>> {
        let Some(cmdb) = &self.cmdb else {
            return HashMap::new();
        };
        let ask = |ids: Vec<String>| {
            let cmdb = Arc::clone(cmdb);
            async move {
                let known = cmdb.known(&ids).await.map_err(|trouble| trouble.reason)?;
                let mut known: HashMap<String, Object> = known
                    .into_iter()
                    .map(|object| (object.id.clone(), object))
                    .collect();
                let found = ids.into_iter().map(|id| {
                    let object = known.remove(&id).map(Arc::new);
                    (id, object)
                });
                Ok::<_, String>(found.collect())
            }
        };
        let found = self.known.get(CMDB, ids, wait.min(WAIT), ask).await;
        let found = ids.iter().zip(found);
        found
            .filter_map(|(id, object)| Some((id.clone(), object??)))
            .collect()
    }

    /// Completes what was given, which goes before what the CMDB says.
    pub(crate) async fn complete(&self, objects: &mut [Object], wait: Duration) {
        let ids: Vec<String> = objects.iter().map(|object| object.id.clone()).collect();
        let known = self.of(&ids, wait).await;
        for object in objects {
            if let Some(known) = known.get(&object.id) {
                object.complete(known);
            }
        }
    }

    /// Completes them, and waits as long as pages do.
    pub(crate) async fn complete_soon(&self, objects: &mut [Object]) {
        self.complete(objects, WAIT).await;
    }

    /// The objects with this title; none: there is nobody who could tell.
    pub(crate) async fn titled(&self, title: &str) -> Option<Vec<Object>> {
        let cmdb = self.cmdb.as_ref()?;
        match tokio::time::timeout(WAIT, cmdb.titled(title)).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(trouble)) => {
                tracing::warn!(reason = %trouble.reason, "the CMDB could not be searched");
                None
            }
            Err(_) => {
                tracing::warn!("the CMDB could not be searched in time");
                None
            }
        }
    }
}
