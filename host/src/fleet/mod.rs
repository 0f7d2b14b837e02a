//! Desks by name, each served by whichever connector its settings select, exchanged while calls run.
//!
//! A swap readies the new connector beside the old one: admitted, compiled, opened, checked. Only then
//! do calls go to it; calls under way finish on the old one, which is given up after the last of them.
//! If a step fails, the old one stays, and the desk's [`Standing`] tells why.
//!
//! ```text
//! settings ──▶ Fleet::ready ──▶ Ready ──▶ Ready::publish ──▶ the desk's place
//!                (may fail)        (the caller keeps            (does not fail)
//!                                   the settings here)
//! ```
//!
//! With a logbook, each active desk is followed. A connector of the same system goes on from the same
//! cursor; where another system takes the place, the old one is read to its end first.

mod fault;
mod follower;
mod place;
mod standing;
mod swap;

pub use standing::{Following, Refusal, Serving, Standing};
pub use swap::{Ready, Swap};

use crate::desk::Desk;
use crate::error::{Error, Problem};
use crate::host::Host;
use crate::model::Report;
use crate::settings::DeskSettings;
use follower::Book;
use place::Place;
use sgi_logbook::store::{SqliteStore, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// All desks of a process. Cheap to clone. Needs a Tokio runtime.
pub struct Fleet<T: Store = SqliteStore> {
    inner: Arc<Inner<T>>,
}

impl<T: Store> Clone for Fleet<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

struct Inner<T: Store> {
    host: Host,
    book: Option<Book<T>>,
    places: RwLock<BTreeMap<String, Arc<Place>>>,
}

impl<T: Store> Inner<T> {
    fn place(&self, name: &str) -> Arc<Place> {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        let place = places
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Place::new(name)));
        Arc::clone(place)
    }

    /// Has the place under its name.
    fn keep(&self, place: &Arc<Place>) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        places.insert(place.name.to_string(), Arc::clone(place));
    }

    /// Forgets the place of a name under which nothing was ever set.
    fn sweep(&self, name: &str) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        if places
            .get(name)
            .is_some_and(|place| place.standing().is_none() && place.leaving().is_none())
        {
            places.remove(name);
        }
    }
}

impl<T: Store> Fleet<T> {
    /// No desks yet. With a logbook, desks are followed into it; `deliver` says whether new entries are to
    /// be delivered to the CMDB.
    pub fn new(host: Host, logbook: Option<Arc<T>>, deliver: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                host,
                book: logbook.map(|store| Book { store, deliver }),
                places: RwLock::default(),
            }),
        }
    }

    /// The host that opens desks.
    pub fn host(&self) -> &Host {
        &self.inner.host
    }

    fn places(&self) -> Vec<Arc<Place>> {
        let places = self.inner.places.read();
        let places = places.unwrap_or_else(PoisonError::into_inner);
        places.values().cloned().collect()
    }

    fn find(&self, name: &str) -> Option<Arc<Place>> {
        let places = self.inner.places.read();
        let places = places.unwrap_or_else(PoisonError::into_inner);
        places.get(name).cloned()
    }

    /// How all desks stand, by name.
    pub fn standings(&self) -> Vec<Standing> {
        let places = self.places();
        places.iter().filter_map(|place| place.standing()).collect()
    }

    /// How a desk stands; none: there is none of that name.
    pub fn standing(&self, name: &str) -> Option<Standing> {
        self.find(name)?.standing()
    }

    /// The settings that a desk was last opened with, secrets included.
    pub fn settings(&self, name: &str) -> Option<DeskSettings> {
        self.find(name)?.settings()
    }

    /// A desk as it is served now. Calls go to it until they end; ask again for the next call.
    pub fn desk(&self, name: &str) -> Result<Desk, Error> {
        self.generation(name).map(|(desk, _)| desk)
    }

    /// A desk as it is served now, with [`Standing::generation`]: what was learned from an earlier one may
    /// not hold any more.
    pub fn generation(&self, name: &str) -> Result<(Desk, u64), Error> {
        match self.find(name) {
            Some(place) => place.desk(),
            None => Err(Error::NotFound(Problem::new(format!(
                "there is no desk {name:?}"
            )))),
        }
    }

    /// Readies what these settings select beside what serves the desk now. One swap of a desk waits for
    /// another.
    ///
    /// # Errors
    /// A step failed: what serves the desk now goes on.
    pub async fn ready(&self, settings: DeskSettings, how: Swap) -> Result<Ready<T>, Error> {
        Ready::new(Arc::clone(&self.inner), settings, how).await
    }

    /// Readies and publishes. Goes on to its end even where the caller is dropped.
    ///
    /// # Errors
    /// See [`Self::ready`].
    pub async fn set(&self, settings: DeskSettings, how: Swap) -> Result<Standing, Error> {
        let fleet = self.clone();
        let swap =
            tokio::spawn(async move { Ok(fleet.ready(settings, how).await?.publish().await) });
        swap.await.unwrap_or_else(|error| {
            Err(Error::Host(
                Problem::new("the swap was lost in the host").with_detail(error.to_string()),
            ))
        })
    }

    /// Opens a desk at the start of the process: what cannot be opened is kept with the reason, and
    /// nothing is asked of the desk yet.
    pub async fn start(&self, settings: DeskSettings) -> Result<Standing, Error> {
        match self.set(settings.clone(), Swap::Forced).await {
            Err(error) => {
                let place = self.inner.place(&settings.name);
                place.set_unopened(settings, &error);
                Err(error)
            }
            standing => standing,
        }
    }

    /// Notes that the settings of a desk cannot be read: what serves it goes on. One that never was opened is
    /// shown with the reason.
    pub fn note(&self, name: &str, error: Error) {
        let settings = self
            .settings(name)
            .unwrap_or_else(|| DeskSettings::new(name, "", "", "", String::new().into()));
        self.inner.place(name).set_unopened(settings, &error);
    }

    /// Notes that a desk is served with the settings that it is to have: what was refused before is of no
    /// interest any more.
    pub fn stands(&self, name: &str) {
        if let Some(place) = self.find(name) {
            place.stands();
        }
    }

    /// Checks a desk as it is served now.
    pub async fn check(&self, name: &str) -> Result<Report, Error> {
        let (desk, generation) = self.generation(name)?;
        let report = desk.check().await?;
        if let Some(place) = self.find(name) {
            place.checked(generation, &report);
        }
        Ok(report)
    }

    /// Opens those desks anew whose type selects another component by now: a file was replaced, say.
    /// Brings, for each that was to be swapped, what came of it.
    pub async fn refresh(&self) -> Vec<(String, Result<Standing, Error>)> {
        let mut outcomes = Vec::new();
        for place in self.places() {
            let Some(settings) = place.settings().filter(|settings| settings.active) else {
                continue;
            };
            let selected = self.inner.host.select(&settings.kind).await;
            let served = place.desk().map(|(desk, _)| desk.serving().digest);
            let outcome = match (selected, served) {
                (Ok(new), Ok(old)) if new == old => continue,
                // It serves from memory: that its file is gone, or broken, does not stop it.
                (Err(error), Ok(_)) => {
                    place.refuse(&settings, &error);
                    Err(error)
                }
                (Err(_), Err(_)) => continue,
                (Ok(_), Ok(_)) => self.set(settings, Swap::Checked).await,
                (Ok(_), Err(_)) => self.set(settings, Swap::Forced).await,
            };
            outcomes.push((place.name.to_string(), outcome));
        }
        outcomes
    }

    /// Takes a desk that another one has taken the place of in a process before this one, and that this process
    /// could not look at any more: it is looked at before what is in its place is followed. To be called before
    /// that is set.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn owes_a_last_look(&self, settings: DeskSettings) -> Result<(), Error> {
        if !settings.active || !settings.logbook.active {
            return Ok(());
        }
        let (desk, _) = self.inner.host.try_open(settings).await?;
        if desk.tells_changes() {
            self.inner.place(desk.name()).leaves(desk);
        }
        Ok(())
    }

    /// Waits until what was in a desk's place before has had its last look.
    pub async fn settled(&self, name: &str) {
        if let Some(place) = self.find(name) {
            place.settled().await;
        }
    }

    /// Takes a desk away. Calls under way finish; what its events came to stays in the logbook.
    pub async fn remove(&self, name: &str) {
        let Some(place) = self.find(name) else {
            return;
        };
        let _one = place.swapping.lock().await;
        if let Some(follower) = place.take_follower() {
            follower.stop().await;
        }
        if let Ok((desk, _)) = place.desk() {
            desk.close().await;
        }
        place.nothing_leaves();
        let mut places = self
            .inner
            .places
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        places.remove(name);
    }

    /// Ends all that goes on by itself.
    pub async fn close(&self) {
        for place in self.places() {
            if let Some(follower) = place.take_follower() {
                follower.stop().await;
            }
            if let Ok((desk, _)) = place.desk() {
                desk.close().await;
            }
        }
    }
}

/// What is told of a desk that was taken away meanwhile.
fn nowhere(name: &str) -> Standing {
    Standing {
        desk: name.to_owned(),
        kind: String::new(),
        url: String::new(),
        link_url: None,
        username: String::new(),
        active: false,
        serving: None,
        since: None,
        generation: 0,
        checked: None,
        refused: None,
        following: Following::default(),
    }
}
