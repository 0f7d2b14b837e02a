//! A desk's events go into the logbook for as long as it serves.

use super::place::Place;
use crate::desk::Desk;
use crate::error::{Error, Problem};
use jiff::Timestamp;
use sgi_logbook::store::{Store, Work};
use sgi_logbook::sync::{self, Told};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it is looked whether the last call to a desk that was replaced has ended.
const LOOK: Duration = Duration::from_millis(20);
/// No call lasts longer than the longest limit that can be set.
const LAST_CALL: Duration = Duration::from_secs(3600);
/// What a last look at a desk may take before the new one begins.
const LAST_LOOK: Duration = Duration::from_secs(120);

/// The logbook that desks are followed into.
pub(super) struct Book<T> {
    pub(super) store: Arc<T>,
    /// Whether new entries are to be delivered to the CMDB.
    pub(super) deliver: bool,
}

impl<T> Clone for Book<T> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            deliver: self.deliver,
        }
    }
}

/// The task that follows one desk.
pub(super) struct Follower(JoinHandle<()>);

impl Follower {
    /// Follows `desk`, after a last look at those that stood in its place before.
    pub(super) fn start<T: Store>(
        book: Book<T>,
        place: Arc<Place>,
        desk: Option<(Desk, Duration)>,
    ) -> Self {
        Self(tokio::spawn(async move {
            if let Some((desk, _)) = desk.as_ref().filter(|_| place.leaving().is_some())
                && let Err(error) = begin(&book, desk).await
            {
                tracing::warn!(desk = %place.name, %error, "the desk's logbook begins only with the last look at the desk as it was before");
            }
            while let Some(old) = place.leaving() {
                drained(&old).await;
                if let Err(error) = last_look(&book, &old).await {
                    tracing::warn!(desk = %place.name, %error, "the last look at the desk as it was before failed");
                }
                place.left(&old);
            }
            if let Some((desk, interval)) = desk {
                follow(&book, &place, &desk, interval).await;
            }
        }))
    }

    /// Ends it. What is under way is given up: nothing of it has been committed.
    pub(super) async fn stop(self) {
        self.0.abort();
        // It says only that it was aborted.
        let _ = self.0.await;
    }
}

async fn follow<T: Store>(book: &Book<T>, place: &Place, desk: &Desk, interval: Duration) {
    let settings = desk.logbook_settings(book.deliver);
    let mut counted = 0;
    sync::follow(desk, &*book.store, &settings, interval, |told| match told {
        Told::Waiting => place.following(|following| following.elsewhere = true),
        Told::Progress(progress) => {
            let new = progress.entries.saturating_sub(counted);
            counted = if progress.finished { 0 } else { progress.entries };
            place.following(|following| {
                following.elsewhere = false;
                following.entries += new;
                following.remaining = progress.remaining.filter(|_| !progress.finished);
                if progress.finished {
                    following.read = Some(Timestamp::now());
                    following.trouble = None;
                }
            });
        }
        Told::Failed(error, again) => {
            counted = 0;
            tracing::warn!(desk = %place.name, %error, again_in = ?again, "the logbook could not be brought up to date");
            place.following(|following| {
                following.elsewhere = false;
                following.remaining = None;
                following.trouble = Some(error.to_string());
            });
        }
    })
    .await;
}

/// Begins the logbook of what has taken the place, from when the old desk was last read: that was just before.
/// Later looks at the old one come later than the first that happens here, and move that beginning no more,
/// whenever the process is killed.
async fn begin<T: Store>(book: &Book<T>, desk: &Desk) -> Result<(), sync::SyncError> {
    let settings = desk.logbook_settings(book.deliver);
    let work = Work::Sync(settings.desk.clone());
    if let Some(lease) = book.store.try_lease(work).await? {
        let (identity, start) = (&settings.identity, settings.start);
        book.store.open(&lease, identity, start).await?;
    }
    Ok(())
}

/// Waits until nobody but the caller holds the desk.
async fn drained(desk: &Desk) {
    let gone = async {
        // One is the caller's, one that of the place that it leaves.
        while desk.holders() > 2 {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(LAST_CALL, gone).await.is_err() {
        tracing::warn!(desk = %desk.name(), "a call has not ended after an hour");
    }
}

/// Reads what has happened until now. Another process that reads the desk does it itself.
pub(super) async fn last_look<T: Store>(book: &Book<T>, desk: &Desk) -> Result<(), Error> {
    let settings = desk.logbook_settings(book.deliver);
    let look = async {
        let work = Work::Sync(settings.desk.clone());
        let Some(lease) = book
            .store
            .try_lease(work)
            .await
            .map_err(sync::SyncError::from)?
        else {
            return Ok(());
        };
        sync::pass(desk, &*book.store, &lease, &settings, |_| true).await?;
        Ok::<(), sync::SyncError>(())
    };
    match tokio::time::timeout(LAST_LOOK, look).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Error::Unavailable {
            problem: Problem::new(format!(
                "what has happened in the desk as it was before cannot be read any more: {error}"
            )),
            retry_after: None,
        }),
        Err(_) => Err(Error::Unavailable {
            problem: Problem::new(format!(
                "what has happened in the desk as it was before was not read within {} s",
                LAST_LOOK.as_secs()
            )),
            retry_after: None,
        }),
    }
}
