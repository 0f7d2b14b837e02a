//! The service: what it consists of, from its start to its end.

use crate::access::Tries;
use crate::api::{self, Origin};
use crate::deliver;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::registry::{Act, Change, Registry, RegistryError, StoredDesk, Who};
use crate::server;
use crate::sessions::Sessions;
use crate::tickets::Tickets;
use crate::watch::Watch;
use sgi_host::config::{Config, ConfigError};
use sgi_host::logbook::store::SqliteStore;
use sgi_host::{
    CmdbSettings, Created, Desk, DeskSettings, Draft, Error, Fleet, Host, Standing, Swap,
};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Where the settings of desks come from that were not made through the service.
pub enum Desks {
    /// A configuration file, which is read again when it changes.
    File(PathBuf),
    /// These, and no others.
    Fixed(Vec<DeskSettings>),
}

/// What a service is made of.
pub struct Setup {
    /// Opens desks.
    pub host: Host,
    /// Where the desks' settings come from.
    pub desks: Desks,
    /// Where the logbook is kept.
    pub store: Arc<SqliteStore>,
    /// Where desks are kept that are made through the service, and who may use it.
    pub registry: Registry,
    /// The CMDB that entries are delivered to.
    pub cmdb: Option<CmdbSettings>,
}

/// A service that runs.
pub struct Service {
    app: App,
    cmdb: Option<CmdbSettings>,
}

/// What requests are answered from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Inner>,
}

struct Inner {
    fleet: Fleet,
    tickets: Tickets,
    store: Arc<SqliteStore>,
    metrics: Arc<Metrics>,
    desks: Desks,
    registry: Registry,
    tries: Tries,
    sessions: Sessions,
    /// Desks that were made through the service.
    made: Mutex<BTreeSet<String>>,
    /// Why the configuration could not be read the last time.
    trouble: Mutex<Option<String>>,
    /// One reload after the other.
    reloading: tokio::sync::Mutex<()>,
}

impl Service {
    /// Opens all desks. One that cannot be opened is kept with the reason, and hides no other.
    pub async fn start(setup: Setup) -> Self {
        let fleet = Fleet::new(
            setup.host,
            Some(Arc::clone(&setup.store)),
            setup.cmdb.is_some(),
        );
        let metrics = Arc::new(Metrics::default());
        let app = App {
            inner: Arc::new(Inner {
                tickets: Tickets::new(fleet.clone(), Arc::clone(&metrics)),
                fleet,
                store: setup.store,
                metrics,
                desks: setup.desks,
                registry: setup.registry,
                tries: Tries::default(),
                sessions: Sessions::default(),
                made: Mutex::default(),
                trouble: Mutex::default(),
                reloading: tokio::sync::Mutex::default(),
            }),
        };
        app.reload().await;
        Self {
            app,
            cmdb: setup.cmdb,
        }
    }

    /// The desks, for a program that has the service inside.
    pub fn fleet(&self) -> &Fleet {
        self.app.fleet()
    }

    /// Answers requests until `stop`; then those under way are finished.
    ///
    /// # Errors
    /// The CMDB's settings cannot be used.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let app = self.app;
        let delivering = match &self.cmdb {
            Some(cmdb) => {
                let (store, metrics) =
                    (Arc::clone(&app.inner.store), Arc::clone(&app.inner.metrics));
                Some(deliver::start(cmdb, store, metrics)?)
            }
            None => None,
        };
        let mut watched = app.watched();
        watched.extend(app.fleet().host().connectors_dir().map(PathBuf::from));
        let watching = tokio::spawn(Watch::new(&watched).run(app.clone()));
        server::serve(listener, api::router(&app), stop).await;
        watching.abort();
        if let Some(delivering) = delivering {
            delivering.abort();
        }
        app.fleet().close().await;
        Ok(())
    }
}

impl App {
    pub(crate) fn fleet(&self) -> &Fleet {
        &self.inner.fleet
    }

    pub(crate) fn tickets(&self) -> &Tickets {
        &self.inner.tickets
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        &self.inner.store
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// A desk as it is served now.
    pub(crate) fn desk(&self, name: &str) -> Result<Desk, Problem> {
        if self.fleet().standing(name).is_none() {
            return Err(Problem::no_desk(name));
        }
        let desk = self.fleet().desk(name);
        desk.map_err(|error| Problem::from(error).of(name))
    }

    /// The desks of these names, each once; without names all that are active.
    pub(crate) fn desks_wanted(&self, names: &[String]) -> Result<Vec<String>, Problem> {
        let standings = self.fleet().standings();
        if names.is_empty() {
            let active = standings.into_iter().filter(|standing| standing.active);
            return Ok(active.map(|standing| standing.desk).collect());
        }
        let unknown = |name: &&String| !standings.iter().any(|standing| standing.desk == **name);
        if let Some(name) = names.iter().find(unknown) {
            return Err(Problem::no_desk(name));
        }
        let wanted = standings.into_iter().map(|standing| standing.desk);
        Ok(wanted.filter(|desk| names.contains(desk)).collect())
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// Makes a ticket of a draft, or finds the one that an earlier attempt made: `repeated` says that there may be
    /// one. Goes on to its end even where the caller is dropped: what was begun is not left undecided.
    pub(crate) async fn create(
        &self,
        desk: &str,
        draft: Draft,
        repeated: bool,
    ) -> Result<Created, Problem> {
        let (began, served) = (Instant::now(), self.desk(desk)?);
        let created = tokio::spawn(async move {
            if repeated && let Some(found) = served.find_created(&draft).await? {
                return Ok(found);
            }
            served.create(&draft).await
        });
        let created = created.await.map_err(|error| Problem::lost(&error))?;
        self.metrics()
            .called(desk, "create", created.as_ref().err(), began.elapsed());
        self.tickets().forget(desk);
        created.map_err(|error| Problem::from(error).of(desk))
    }

    pub(crate) fn tries(&self) -> &Tries {
        &self.inner.tries
    }

    fn made(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.inner
            .made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn origin(&self, desk: &str) -> Origin {
        match self.made().contains(desk) {
            true => Origin::Store,
            false => Origin::File,
        }
    }

    /// All desks, with their settings as they are by now, and whether they were made through the service.
    async fn known(&self) -> Result<Vec<Known>, ConfigError> {
        let mut known: Vec<Known> = match &self.inner.desks {
            Desks::Fixed(desks) => desks
                .iter()
                .map(|desk| (desk.name.clone(), Ok(desk.clone()), false))
                .collect(),
            Desks::File(file) => {
                let config = Config::load(file)?;
                let entries = config.desks.into_iter();
                entries
                    .map(|(name, entry)| {
                        (name, entry.settings().map_err(RegistryError::from), false)
                    })
                    .collect()
            }
        };
        match self.registry().desks().await {
            Ok(stored) => {
                for desk in stored {
                    if known.iter().any(|(name, ..)| *name == desk.name) {
                        tracing::error!(desk = %desk.name, "there are two desks of this name; the one that was made through the service is not used");
                        continue;
                    }
                    known.push((desk.name.clone(), desk.settings(), true));
                }
            }
            // Those that run go on.
            Err(error) => {
                tracing::error!(%error, "desks that were made through the service cannot be read");
                let made: Vec<String> = self.made().iter().cloned().collect();
                let running = made.into_iter().filter_map(|name| {
                    let settings = self.fleet().settings(&name)?;
                    Some((name, Ok(settings), true))
                });
                known.extend(running);
            }
        }
        Ok(known)
    }

    /// Fails where a desk of that name stands outside of the registry.
    pub(crate) fn free(&self, name: &str) -> Result<(), Problem> {
        let file = match &self.inner.desks {
            Desks::Fixed(desks) => {
                let fixed = desks.iter().any(|desk| desk.name == name);
                fixed.then(|| PathBuf::from("the settings of this demo"))
            }
            Desks::File(file) => {
                let config = Config::load(file)?;
                config.desks.contains_key(name).then(|| file.clone())
            }
        };
        match file {
            None => Ok(()),
            Some(file) => {
                let desk = name.to_owned();
                Err(Problem::from(RegistryError::InFile { desk, file }).of(name))
            }
        }
    }

    /// Swaps a desk for what was prepared, keeps it, and only then has calls go to it. Goes on to its end even
    /// where the caller is dropped.
    pub(crate) async fn put(
        &self,
        change: Change,
        how: Swap,
        who: Who,
    ) -> Result<StoredDesk, Problem> {
        let app = self.clone();
        let name = change.name().to_owned();
        let put = tokio::spawn(async move { app.put_now(change, how, &who).await });
        put.await.unwrap_or_else(|error| {
            tracing::error!(%error, desk = %name, "a change of a desk was lost");
            Err(Error::Host(sgi_host::Problem::new("the change was lost in the service")).into())
        })
    }

    async fn put_now(&self, change: Change, how: Swap, who: &Who) -> Result<StoredDesk, Problem> {
        let _one = self.inner.reloading.lock().await;
        let name = change.name().to_owned();
        let settings = change.settings()?;
        let ready = self.fleet().ready(settings, how).await;
        self.metrics().swapped(&name, ready.as_ref().err());
        let ready = match ready {
            Ok(ready) => ready,
            Err(error) => {
                self.record(who, "swap", &name, Some(&error)).await;
                return Err(Problem::tried(error).of(&name));
            }
        };
        let stored = self.registry().commit(change, who).await?;
        self.made().insert(name.clone());
        ready.publish().await;
        self.record(who, "swap", &name, None).await;
        Ok(stored)
    }

    /// Removes a desk that was made through the service.
    pub(crate) async fn remove(
        &self,
        name: &str,
        expected: Option<i64>,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let _one = self.inner.reloading.lock().await;
        self.registry().remove_desk(name, expected, who).await?;
        self.made().remove(name);
        self.fleet().remove(name).await;
        Ok(())
    }

    /// Into the audit trail.
    pub(crate) async fn record(
        &self,
        who: &Who,
        action: &str,
        desk: &str,
        failure: Option<&Error>,
    ) {
        let failure = failure.map(Error::to_string);
        let serving = self
            .fleet()
            .standing(desk)
            .and_then(|standing| standing.serving);
        let detail = match serving {
            Some(serving) => serde_json::json!({
                "connector": serving.id,
                "version": serving.version,
                "digest": serving.digest,
            }),
            None => serde_json::json!({}),
        };
        let act = Act {
            who,
            action,
            subject: desk,
            detail,
            failure: failure.as_deref(),
        };
        if let Err(error) = self.registry().record(act).await {
            tracing::error!(%error, desk, action, "the audit trail could not be written");
        }
    }

    /// The settings of a desk as they are by now.
    pub(crate) async fn settings_of(&self, name: &str) -> Result<DeskSettings, Problem> {
        let known = self.known().await?;
        let found = known.into_iter().find(|(known, ..)| known == name);
        let (_, settings, _) = found.ok_or_else(|| Problem::no_desk(name))?;
        settings.map_err(|error| Problem::from(error).of(name))
    }

    /// Swaps, counted and written down.
    pub(crate) async fn swap(
        &self,
        settings: DeskSettings,
        how: Swap,
        who: &Who,
    ) -> Result<Standing, Error> {
        let name = settings.name.clone();
        let outcome = self.fleet().set(settings, how).await;
        self.metrics().swapped(&name, outcome.as_ref().err());
        self.record(who, "swap", &name, outcome.as_ref().err())
            .await;
        outcome
    }

    /// Files that settings come from.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        match &self.inner.desks {
            Desks::File(file) => vec![file.clone()],
            Desks::Fixed(_) => Vec::new(),
        }
    }

    /// Whether it needs no opening: it is served, or is not to be.
    fn served(&self, name: &str) -> bool {
        let standing = self.fleet().standing(name);
        standing.is_some_and(|standing| standing.serving.is_some() || !standing.active)
    }

    /// Why the configuration could not be read the last time; none: it could.
    pub(crate) fn trouble(&self) -> Option<String> {
        let trouble = self.inner.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings what runs in line with the settings and files as they are by now. What did not change goes on.
    pub(crate) async fn reload(&self) {
        let _one = self.inner.reloading.lock().await;
        let trouble = self.reload_desks().await.err().map(|error| {
            tracing::error!(%error, "the configuration cannot be read; what runs goes on as it is");
            error.to_string()
        });
        let mut kept = self
            .inner
            .trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = trouble;
    }

    async fn reload_desks(&self) -> Result<(), ConfigError> {
        let desks = self.known().await?;
        *self.made() = desks
            .iter()
            .filter(|(_, _, made)| *made)
            .map(|(name, ..)| name.clone())
            .collect();
        for standing in self.fleet().standings() {
            if !desks.iter().any(|(name, ..)| *name == standing.desk) {
                tracing::info!(desk = %standing.desk, "the desk is no longer configured");
                self.fleet().remove(&standing.desk).await;
            }
        }
        // Each by itself: one that is slow to open keeps no other waiting.
        let mut opening = JoinSet::new();
        for (name, settings, _) in desks {
            let known = self.fleet().settings(&name);
            match (settings, known) {
                (Err(error), _) => {
                    tracing::warn!(desk = %name, %error, "the desk's settings cannot be used");
                    self.fleet().note(&name, unusable(&error));
                }
                (Ok(settings), Some(known)) if settings.same(&known) && self.served(&name) => {}
                (Ok(settings), known) => {
                    let app = self.clone();
                    // What comes of it is told by its standing.
                    opening.spawn(async move {
                        match known {
                            None => app.fleet().start(settings).await,
                            Some(_) => app.swap(settings, Swap::Checked, &Who::File).await,
                        }
                    });
                }
            }
        }
        while opening.join_next().await.is_some() {}
        for (name, outcome) in self.fleet().refresh().await {
            self.metrics().swapped(&name, outcome.as_ref().err());
            self.record(&Who::File, "swap", &name, outcome.as_ref().err())
                .await;
        }
        Ok(())
    }
}

/// A desk, with its settings, and whether it was made through the service.
type Known = (String, Result<DeskSettings, RegistryError>, bool);

/// Settings that cannot be used, as an error of the desk.
fn unusable(error: &RegistryError) -> Error {
    Error::InvalidSetting {
        key: "desk".to_owned(),
        problem: sgi_host::Problem::new(error.to_string()),
    }
}
