//! The place of one desk: what serves it now.

use super::follower::Follower;
use super::standing::{Following, Refusal, Standing};
use crate::desk::Desk;
use crate::error::{Error, Problem};
use crate::model::Report;
use crate::settings::DeskSettings;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;

/// A name under which a desk is served, by one connector after another.
pub(super) struct Place {
    pub(super) name: Arc<str>,
    /// One swap after the other.
    pub(super) swapping: Arc<tokio::sync::Mutex<()>>,
    current: RwLock<Current>,
    /// Desks that were replaced by another system's, and await their last look, oldest first.
    leaving: Mutex<Vec<Desk>>,
    /// Told when one of them has had it.
    left: Notify,
    pub(super) follower: Mutex<Option<Follower>>,
}

#[derive(Default)]
struct Current {
    settings: Option<DeskSettings>,
    desk: Option<Desk>,
    since: Option<Timestamp>,
    generation: u64,
    checked: Option<(Timestamp, Report)>,
    refused: Option<Refusal>,
    following: Following,
}

impl Place {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            swapping: Arc::default(),
            current: RwLock::default(),
            leaving: Mutex::default(),
            left: Notify::new(),
            follower: Mutex::default(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Current> {
        self.current.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The settings, where anything was ever set.
    pub(super) fn settings(&self) -> Option<DeskSettings> {
        self.read().settings.clone()
    }

    /// The desk as it is served now, and which of the generations it is.
    pub(super) fn desk(&self) -> Result<(Desk, u64), Error> {
        let current = self.read();
        match (&current.desk, &current.settings, &current.refused) {
            (Some(desk), _, _) => Ok((desk.clone(), current.generation)),
            (None, Some(settings), _) if !settings.active => Err(Error::Inactive),
            (None, Some(_), Some(refused)) => Err(refused.error.clone()),
            _ => Err(Error::NotFound(Problem::new(format!(
                "there is no desk {:?}",
                &*self.name
            )))),
        }
    }

    /// Puts a desk in the place of the one before, which is returned.
    pub(super) fn put(
        &self,
        settings: DeskSettings,
        desk: Option<Desk>,
        report: Option<Report>,
    ) -> Option<Desk> {
        let now = Timestamp::now();
        let mut current = self.write();
        let old = std::mem::replace(&mut current.desk, desk);
        current.generation += 1;
        current.since = current.desk.is_some().then_some(now);
        current.checked = report.map(|report| (now, report));
        current.refused = None;
        current.following = Following {
            active: false,
            entries: current.following.entries,
            ..Following::default()
        };
        current.settings = Some(settings);
        old
    }

    /// Notes why a swap failed; without settings before, those that were to be stay to be shown.
    pub(super) fn refuse(&self, settings: &DeskSettings, error: &Error) {
        let mut current = self.write();
        current.refused = Some(Refusal {
            at: Timestamp::now(),
            kind: settings.kind.clone(),
            error: error.clone(),
        });
    }

    /// Forgets why a swap failed.
    pub(super) fn stands(&self) {
        self.write().refused = None;
    }

    /// Sets what could not be opened: it is shown, and asked again with the next swap.
    pub(super) fn set_unopened(&self, settings: DeskSettings, error: &Error) {
        self.refuse(&settings, error);
        let mut current = self.write();
        if current.settings.is_none() {
            current.settings = Some(settings);
        }
    }

    pub(super) fn checked(&self, generation: u64, report: &Report) {
        let mut current = self.write();
        if current.generation == generation {
            current.checked = Some((Timestamp::now(), report.clone()));
        }
    }

    pub(super) fn following(&self, change: impl FnOnce(&mut Following)) {
        change(&mut self.write().following);
    }

    /// The desk was replaced by another system's.
    pub(super) fn leaves(&self, desk: Desk) {
        self.lock_leaving().push(desk);
    }

    /// The next that awaits its last look.
    pub(super) fn leaving(&self) -> Option<Desk> {
        self.lock_leaving().first().cloned()
    }

    /// It has had it.
    pub(super) fn left(&self, desk: &Desk) {
        self.lock_leaving().retain(|leaving| !leaving.is(desk));
        self.left.notify_waiters();
    }

    /// The place is given up, and with it what would have been looked at.
    pub(super) fn nothing_leaves(&self) {
        self.lock_leaving().clear();
        self.left.notify_waiters();
    }

    /// Waits until none awaits its last look.
    pub(super) async fn settled(&self) {
        loop {
            // It hears what is told from now on.
            let told = self.left.notified();
            if self.lock_leaving().is_empty() {
                return;
            }
            told.await;
        }
    }

    fn lock_leaving(&self) -> std::sync::MutexGuard<'_, Vec<Desk>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take_follower(&self) -> Option<Follower> {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        follower.take()
    }

    pub(super) fn set_follower(&self, new: Option<Follower>) {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        *follower = new;
    }

    /// None: nothing was ever set.
    pub(super) fn standing(&self) -> Option<Standing> {
        let current = self.read();
        let settings = current.settings.as_ref()?;
        Some(Standing {
            desk: self.name.to_string(),
            kind: settings.kind.clone(),
            url: settings.url.clone(),
            link_url: settings.link_url.clone(),
            username: settings.username.clone(),
            active: settings.active,
            serving: current.desk.as_ref().map(Desk::serving),
            since: current.since,
            generation: current.generation,
            checked: current.checked.clone(),
            refused: current.refused.clone(),
            following: current.following.clone(),
        })
    }
}
