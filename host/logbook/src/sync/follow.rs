//! Passes one after the other, for as long as the process lives.

use super::backoff::Backoff;
use super::{Progress, Settings, SyncError, pass};
use crate::source::Source;
use crate::store::{Store, StoreError, Work};
use std::time::Duration;

/// What happens while a desk is followed.
#[derive(Debug, Clone)]
pub enum Told {
    /// Another process does this work; this one waits until that is gone.
    Waiting,
    /// How far a pass is.
    Progress(Progress),
    /// A pass failed; the next one begins after this time.
    Failed(SyncError, Duration),
}

/// Reads a desk again and again until the future is dropped, which is safe at any moment.
pub async fn follow<S: Source, T: Store>(
    source: &S,
    store: &T,
    settings: &Settings,
    interval: Duration,
    mut tell: impl FnMut(Told),
) {
    let mut backoff = Backoff::new(interval, &settings.desk);
    let mut lease = None;
    loop {
        let done = async {
            let lease = match &lease {
                Some(lease) => lease,
                None => lease.insert(take(store, settings, &mut tell).await?),
            };
            pass(source, store, lease, settings, |progress| {
                tell(Told::Progress(progress));
                true
            })
            .await
        };
        let wait = match done.await {
            Ok(_) => backoff.succeeded(),
            Err(error) => {
                // Whatever is wrong with the store, the lease may be, too.
                if matches!(error, SyncError::Store(_)) {
                    lease = None;
                }
                let wait = backoff.failed(&error);
                tell(Told::Failed(error, wait));
                wait
            }
        };
        tokio::time::sleep(wait).await;
    }
}

async fn take<T: Store>(
    store: &T,
    settings: &Settings,
    tell: &mut impl FnMut(Told),
) -> Result<T::Lease, StoreError> {
    let work = Work::Sync(settings.desk.clone());
    if let Some(lease) = store.try_lease(work.clone()).await? {
        return Ok(lease);
    }
    tell(Told::Waiting);
    store.lease(work).await
}
