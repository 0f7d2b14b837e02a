//! Deliveries one after the other, for as long as the process lives.

use super::{Breaker, Cmdb, Progress, Settings, pass};
use crate::store::{Store, StoreError, Work};
use std::convert::Infallible;
use std::time::Duration;

/// What happens while entries are delivered.
#[derive(Debug)]
pub enum Told<'a> {
    /// Another process does this work; this one waits until that is gone.
    Waiting,
    /// What a pass did, and whether the CMDB is left alone for a while.
    Progress(&'a Progress, &'a Breaker),
    /// The store failed; the next pass begins after the interval.
    Failed(&'a StoreError),
}

/// Delivers again and again until the future is dropped, which is safe at any moment. The lease is given back
/// after each pass, so that others who decide about entries have their turn; and a store that fails (a full
/// disk, say) may be well the next time.
pub async fn follow<C: Cmdb, T: Store>(
    cmdb: &C,
    store: &T,
    settings: &Settings,
    interval: Duration,
    mut tell: impl FnMut(Told<'_>),
) -> Infallible {
    let mut breaker = Breaker::default();
    loop {
        let done = async {
            let lease = take(store, &mut tell).await?;
            pass(cmdb, store, &lease, settings, &mut breaker, |_| true).await
        };
        match done.await {
            Ok(done) => tell(Told::Progress(&done, &breaker)),
            Err(error) => tell(Told::Failed(&error)),
        }
        tokio::time::sleep(interval).await;
    }
}

async fn take<T: Store>(
    store: &T,
    tell: &mut impl FnMut(Told<'_>),
) -> Result<T::Lease, StoreError> {
    if let Some(lease) = store.try_lease(Work::Delivery).await? {
        return Ok(lease);
    }
    tell(Told::Waiting);
    store.lease(Work::Delivery).await
}
