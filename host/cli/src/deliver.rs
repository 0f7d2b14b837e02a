//! The other half of `sgi sync`: new entries go to the CMDB, where one is configured.

use crate::context::Teller;
use crate::failure::Failure;
use sgi_host::CmdbSettings;
use sgi_host::cmdb::IDoit;
use sgi_host::logbook::delivery::{self, Breaker, Progress, Settings, Told};
use sgi_host::logbook::store::{SqliteStore, Store, StoreError, Work};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How it is called where people are told.
const CMDB: &str = "cmdb";

/// A CMDB to deliver to.
pub(crate) struct Deliverer {
    cmdb: IDoit,
    interval: Duration,
    store: Arc<SqliteStore>,
    teller: Teller,
}

impl Deliverer {
    pub(crate) fn new(
        settings: &CmdbSettings,
        store: &Arc<SqliteStore>,
        teller: Teller,
    ) -> Result<Self, Failure> {
        Ok(Self {
            cmdb: IDoit::new(settings)?,
            interval: settings.interval,
            store: Arc::clone(store),
            teller,
        })
    }

    /// Delivers what is due now. Another process that does the same is not waited for.
    pub(crate) async fn once(&self) -> Result<(), Failure> {
        let Some(lease) = self.store.try_lease(Work::Delivery).await? else {
            self.teller
                .news(CMDB, "another process delivers the entries");
            return Ok(());
        };
        let mut breaker = Breaker::default();
        let done = self.pass(&lease, &mut breaker).await?;
        self.tell(&done, &breaker);
        Ok(())
    }

    /// Delivers again and again, until the future is dropped. A store that fails (a full disk, say) may
    /// be well the next time, and the desks are read meanwhile.
    pub(crate) async fn follow(&self) -> Infallible {
        let mut was_open = false;
        let settings = Settings::default();
        delivery::follow(
            &self.cmdb,
            &*self.store,
            &settings,
            self.interval,
            |told| match told {
                // Whoever decides about an entry has it for a moment.
                Told::Waiting => {}
                Told::Progress(done, breaker) => {
                    // What keeps entries waiting is told when it begins.
                    if !was_open || breaker.reason().is_none() {
                        self.tell(done, breaker);
                    }
                    was_open = breaker.reason().is_some();
                }
                Told::Failed(error) => self.teller.tell(Some(CMDB), &Failure::from(error.clone())),
            },
        )
        .await
    }

    async fn pass(
        &self,
        lease: &<SqliteStore as Store>::Lease,
        breaker: &mut Breaker,
    ) -> Result<Progress, StoreError> {
        let settings = Settings::default();
        delivery::pass(&self.cmdb, &*self.store, lease, &settings, breaker, |_| {
            true
        })
        .await
    }

    fn tell(&self, done: &Progress, breaker: &Breaker) {
        if let Some(reason) = breaker.reason() {
            let message = format!("entries wait, and are delivered later: {reason}");
            self.teller.news(CMDB, &message);
        }
        let said: Vec<String> = [
            (done.delivered, "delivered"),
            (done.postponed, "postponed"),
            (done.refused, "refused"),
            (done.undecided, "undecided"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        if !said.is_empty() {
            let look = match done.postponed + done.refused + done.undecided {
                0 => "",
                _ => " (sgi logbook --undelivered tells why)",
            };
            self.teller
                .news(CMDB, &format!("entries {}{look}", said.join(", ")));
        }
    }
}
