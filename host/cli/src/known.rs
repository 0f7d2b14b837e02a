//! What the CMDB of the configuration knows of objects that the command line names by their ids.

use sgi_host::Object;
use sgi_host::cmdb::IDoit;
use sgi_host::config::Config;
use std::time::Duration;

/// It is a help and no need: tickets are not kept waiting for it for long.
const WAIT: Duration = Duration::from_secs(2);

/// Completes what the command line tells, which goes first.
pub(crate) async fn complete(config: &Config, objects: &mut [Object]) {
    let Some(entry) = &config.cmdb else {
        return;
    };
    let unknown = objects.iter().filter(|object| object.title.is_none());
    let ids: Vec<String> = unknown.map(|object| object.id.clone()).collect();
    if ids.is_empty() {
        return;
    }
    let cmdb = match entry.settings() {
        Ok(settings) => IDoit::new(&settings).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let known = match cmdb {
        Ok(cmdb) => match tokio::time::timeout(WAIT, cmdb.known(&ids)).await {
            Ok(known) => known.map_err(|trouble| trouble.reason),
            Err(_) => Err(format!("it did not answer within {} s", WAIT.as_secs())),
        },
        Err(error) => Err(error),
    };
    match known {
        Ok(known) => {
            for object in objects {
                if let Some(known) = known.iter().find(|known| known.id == object.id) {
                    object.complete(known);
                }
            }
        }
        Err(reason) => tracing::warn!(
            reason,
            "the CMDB does not tell what it calls the objects; they are asked for by their ids alone"
        ),
    }
}
