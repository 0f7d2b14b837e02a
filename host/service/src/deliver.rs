//! Entries go into the CMDB, where one is configured.

use crate::service::App;
use sgi_host::cmdb::IDoit;
use sgi_host::logbook::delivery::{self, Settings, Told};
use sgi_host::logbook::store::SqliteStore;
use sgi_host::{CmdbSettings, Error};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Delivers for as long as the process lives.
pub(crate) fn start(
    settings: &CmdbSettings,
    app: App,
    store: Arc<SqliteStore>,
) -> Result<JoinHandle<Infallible>, Error> {
    // Desks come and go while it runs.
    let desks = app.clone();
    let cmdb = IDoit::new(settings)?.with_rt_desks(move |desk| desks.is_rt(desk));
    let interval = settings.interval;
    Ok(tokio::spawn(async move {
        let mut paused = false;
        delivery::follow(&cmdb, &*store, &Settings::default(), interval, |told| match told {
            Told::Waiting => tracing::info!("another process delivers entries to the CMDB"),
            Told::Progress(done, breaker) => {
                app.metrics().delivered("delivered", done.delivered);
                app.metrics().delivered("refused", done.refused);
                app.metrics().delivered("undecided", done.undecided);
                // Told when it begins.
                if let Some(reason) = breaker.reason().filter(|_| !paused) {
                    tracing::warn!(reason, "entries wait, and are delivered to the CMDB later");
                }
                paused = breaker.reason().is_some();
                if done.refused + done.undecided > 0 {
                    tracing::warn!(
                        refused = done.refused,
                        undecided = done.undecided,
                        "entries did not arrive in the CMDB"
                    );
                }
            }
            Told::Failed(error) => {
                tracing::error!(%error, "entries are not delivered to the CMDB: the store failed");
            }
        })
        .await
    }))
}
