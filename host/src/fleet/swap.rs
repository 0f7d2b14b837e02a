//! One swap: everything that may fail comes before anything changes.

use super::Inner;
use super::fault;
use super::follower::{Follower, last_look};
use super::place::Place;
use super::standing::Standing;
use crate::desk::{Desk, blocking};
use crate::error::{Error, Problem};
use crate::model::Report;
use crate::settings::DeskSettings;
use jiff::SignedDuration;
use sgi_logbook::store::{Store, Work};
use sgi_logbook::sync;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// What is read again where a connector cannot go on from the cursor of another: by more than that no two
/// clocks should differ.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// What a new connector must have shown before calls go to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// Its check finds that tickets can be had, and what happened under the old one is in the logbook.
    Checked,
    /// It can be opened: where the desk is down, say. What of the old one cannot be read any more, or not
    /// be gone on from, is read anew or left behind.
    Forced,
}

/// A desk that may take its place. Dropped, nothing has changed.
pub struct Ready<T: Store> {
    pub(super) fleet: Arc<Inner<T>>,
    place: Arc<Place>,
    settings: Option<DeskSettings>,
    desk: Option<Desk>,
    report: Option<Report>,
    /// Whether the old one is not followed meanwhile.
    paused: bool,
    _one: OwnedMutexGuard<()>,
}

impl<T: Store> Ready<T> {
    /// Opens and checks what these settings select, beside what serves the desk now.
    pub(super) async fn new(
        fleet: Arc<Inner<T>>,
        settings: DeskSettings,
        how: Swap,
    ) -> Result<Self, Error> {
        let place = fleet.place(&settings.name);
        let one = Arc::clone(&place.swapping).lock_owned().await;
        let mut ready = Self {
            fleet,
            place,
            settings: None,
            desk: None,
            report: None,
            paused: false,
            _one: one,
        };
        if let Err(error) = ready.prepare(&settings, how).await {
            ready.place.refuse(&settings, &error);
            tracing::warn!(desk = %settings.name, connector = %settings.kind, %error, "a swap failed; what served the desk goes on");
            ready.fleet.sweep(&settings.name);
            return Err(error);
        }
        ready.settings = Some(settings);
        fault::point("ready");
        Ok(ready)
    }

    async fn prepare(&mut self, settings: &DeskSettings, how: Swap) -> Result<(), Error> {
        let mut found = None;
        let new = if settings.active {
            let (desk, selected) = self.fleet.host.try_open(settings.clone()).await?;
            found = Some(selected);
            if how == Swap::Checked {
                let report = desk.check().await?;
                if let Some(error) = blocking(&report) {
                    return Err(error);
                }
                self.report = Some(report);
            }
            Some(desk)
        } else {
            None
        };
        let old = self.place.desk().ok().map(|(desk, _)| desk);
        if let (Some(old), Some(book)) = (&old, &self.fleet.book) {
            let same = new
                .as_ref()
                .is_some_and(|new| new.identity() == old.identity());
            let outcome = match &new {
                Some(new) if same => self.goes_on(new).await,
                _ if followed(old, self.place.settings().as_ref()) => {
                    // Not followed until it is decided: a look of ours needs the lease.
                    self.paused = true;
                    if let Some(follower) = self.place.take_follower() {
                        follower.stop().await;
                    }
                    last_look(book, old).await
                }
                _ => Ok(()),
            };
            match outcome {
                Err(error) if how == Swap::Checked => return Err(error),
                Err(error) => {
                    tracing::warn!(desk = %settings.name, %error, "a swap was forced");
                }
                Ok(()) => {}
            }
        }
        // Only what may take over is what the next one is compared with.
        if let Some(found) = found {
            self.fleet.host.uses(found).await?;
        }
        self.desk = new;
        Ok(())
    }

    /// Whether the new connector goes on where the old one is.
    async fn goes_on(&self, new: &Desk) -> Result<(), Error> {
        let Some(book) = &self.fleet.book else {
            return Ok(());
        };
        let kept = book.store.desk(&self.place.name).await.map_err(|error| {
            Error::Host(Problem::new(format!("the logbook cannot be read: {error}")))
        })?;
        // While the one before has its last look, its own cursor stands there.
        let kept = kept.filter(|kept| kept.identity == new.identity());
        let Some(cursor) = kept.as_ref().and_then(sync::cursor) else {
            return Ok(());
        };
        if !new.tells_changes() {
            return Err(Error::Unsupported(Problem::new(
                "the new connector does not tell what happens in the desk, and the old one did: its logbook \
                 would stand still",
            )));
        }
        if new.accepts_cursor(cursor).await? {
            return Ok(());
        }
        Err(Error::Unsupported(Problem::new(
            "the new connector cannot go on in the logbook where the old one is (it does not accept its \
             cursor); forced, it reads again from the beginning of what the old one had read last, and what \
             is there already is not doubled",
        )))
    }

    /// Takes the place. Calls under way finish on what served them.
    pub async fn publish(mut self) -> Standing {
        fault::point("kept");
        let name = self.place.name.to_string();
        let Some(settings) = self.settings.take() else {
            // Only one that was made by `new` gets here.
            return super::nowhere(&name);
        };
        let desk = self.desk.take();
        if let Some(follower) = self.place.take_follower() {
            follower.stop().await;
        }
        self.paused = false;
        // It may have been forgotten meanwhile, when another swap of the same new name failed.
        self.fleet.keep(&self.place);
        let was = self.place.settings();
        let old = self
            .place
            .put(settings.clone(), desk.clone(), self.report.take());
        tracing::info!(desk = %name, connector = %settings.kind, active = settings.active, "swapped");
        if let Some(old) = old {
            old.clone().close().await;
            let same = desk
                .as_ref()
                .is_some_and(|desk| desk.identity() == old.identity());
            if !same && followed(&old, was.as_ref()) {
                self.place.leaves(old);
            }
        }
        self.follow(desk.as_ref(), &settings).await;
        fault::point("published");
        self.place
            .standing()
            .unwrap_or_else(|| super::nowhere(&name))
    }

    async fn follow(&self, desk: Option<&Desk>, settings: &DeskSettings) {
        let Some(book) = &self.fleet.book else {
            return;
        };
        let desk = desk.filter(|desk| followed(desk, Some(settings)));
        if let Some(desk) = desk
            && let Err(error) = again(book, desk).await
        {
            tracing::warn!(desk = %self.place.name, %error, "what the connector cannot go on from could not be set back");
        }
        self.place
            .following(|following| following.active = desk.is_some());
        let desk = desk.map(|desk| (desk.clone(), settings.logbook.interval));
        let follower = Follower::start(book.clone(), Arc::clone(&self.place), desk);
        self.place.set_follower(Some(follower));
    }
}

/// Where a connector was forced that does not accept the cursor, it reads again.
async fn again<T: Store>(book: &super::follower::Book<T>, desk: &Desk) -> Result<(), Error> {
    let host = |error: sgi_logbook::StoreError| Error::Host(Problem::new(error.to_string()));
    let state = book.store.desk(desk.name()).await.map_err(host)?;
    let Some(state) = state.filter(|state| state.identity == desk.identity()) else {
        return Ok(());
    };
    let Some(cursor) = sync::cursor(&state) else {
        return Ok(());
    };
    // A desk that cannot be asked is asked by its first pass.
    if desk.accepts_cursor(cursor).await.unwrap_or(true) {
        return Ok(());
    }
    let work = Work::Sync(desk.name().to_owned());
    if let Some(lease) = book.store.try_lease(work).await.map_err(host)? {
        // What is told twice is the same entry.
        let from = state
            .synced
            .map(|at| at.saturating_sub(MARGIN).unwrap_or(at));
        book.store.rewind(&lease, from).await.map_err(host)?;
    }
    Ok(())
}

impl<T: Store> Drop for Ready<T> {
    /// Not published: what was paused goes on.
    fn drop(&mut self) {
        if !self.paused {
            return;
        }
        let settings = self.place.settings();
        let desk = self.place.desk().ok().map(|(desk, _)| desk);
        if let (Some(book), Some(settings), Some(desk)) = (&self.fleet.book, settings, desk) {
            let desk = Some((desk, settings.logbook.interval));
            let follower = Follower::start(book.clone(), Arc::clone(&self.place), desk);
            self.place.set_follower(Some(follower));
        }
    }
}

/// Whether its events go into the logbook.
fn followed(desk: &Desk, settings: Option<&DeskSettings>) -> bool {
    desk.tells_changes() && settings.is_some_and(|settings| settings.logbook.active)
}
