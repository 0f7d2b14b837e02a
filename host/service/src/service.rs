//! The service: what it consists of, from its start to its end.

mod names;
mod reload;

use crate::access::Tries;
use crate::api::{self, Origin};
use crate::deliver;
use crate::forms::Forms;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::problem::Problem;
use crate::registry::view::{self, Configured};
use crate::registry::{Act, Change, Registry, RegistryError, StoredDesk, Who};
use crate::server;
use crate::tickets::Tickets;
use crate::watch::Watch;
use jiff::Timestamp;
use names::Names;
use sgi_host::config::{Config, ConfigError, Keep};
use sgi_host::logbook::store::SqliteStore;
use sgi_host::{
    CmdbSettings, Created, Desk, DeskSettings, Draft, Error, Fleet, Host, Standing, Swap,
};
use std::borrow::Cow;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Where the settings of desks come from that were not made through the service.
pub enum Desks {
    /// A configuration file, which is read again when it changes. It need not be there yet.
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
    /// The CMDB that entries are delivered to, and that is asked what objects are called.
    pub cmdb: Option<CmdbSettings>,
    /// The sites that may show tickets in a frame of their pages: `https://cmdb.example.org`.
    pub frame_ancestors: Vec<String>,
    /// How long entries of the audit trail are kept.
    pub audit_keep: Keep,
}

/// A service that runs.
pub struct Service {
    app: App,
    cmdb: Option<CmdbSettings>,
    audit_keep: Keep,
}

/// How often it is looked for entries of the audit trail that have become too old.
const SHORTEN: Duration = Duration::from_secs(6 * 3600);

/// What requests are answered from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Inner>,
}

struct Inner {
    fleet: Fleet,
    tickets: Tickets,
    forms: Forms,
    objects: Objects,
    frame_ancestors: Vec<String>,
    store: Arc<SqliteStore>,
    metrics: Arc<Metrics>,
    desks: Desks,
    registry: Registry,
    tries: Tries,
    names: Mutex<Names>,
    /// Whether there was a configuration file at any time.
    read: AtomicBool,
    /// Why the configuration could not be read the last time.
    trouble: Mutex<Option<String>>,
    /// One reload after the other.
    reloading: tokio::sync::Mutex<()>,
}

impl Service {
    /// Opens all desks. One that cannot be opened is kept with the reason, and hides no other.
    pub async fn start(setup: Setup) -> Self {
        let metrics = Arc::new(Metrics::default());
        let counted = Arc::clone(&metrics);
        setup.host.watch_calls(move |spent| counted.spent(spent));
        let fleet = Fleet::new(
            setup.host,
            Some(Arc::clone(&setup.store)),
            setup.cmdb.is_some(),
        );
        let app = App {
            inner: Arc::new(Inner {
                tickets: Tickets::new(fleet.clone(), Arc::clone(&metrics)),
                forms: Forms::new(fleet.clone()),
                objects: Objects::new(setup.cmdb.as_ref()),
                frame_ancestors: setup.frame_ancestors,
                fleet,
                store: setup.store,
                metrics,
                desks: setup.desks,
                registry: setup.registry,
                tries: Tries::default(),
                names: Mutex::default(),
                read: AtomicBool::default(),
                trouble: Mutex::default(),
                reloading: tokio::sync::Mutex::default(),
            }),
        };
        let owed = app.owed().await;
        app.reload().await;
        owed.into_iter()
            .for_each(|(desk, revision)| app.settle(desk, revision));
        Self {
            app,
            cmdb: setup.cmdb,
            audit_keep: setup.audit_keep,
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
            Some(cmdb) => Some(deliver::start(
                cmdb,
                app.clone(),
                Arc::clone(&app.inner.store),
            )?),
            None => None,
        };
        let mut watched = app.watched();
        watched.extend(app.fleet().host().connectors_dir().map(PathBuf::from));
        let watching = tokio::spawn(Watch::new(&watched).run(app.clone()));
        let shortening = tokio::spawn(shorten(app.clone(), self.audit_keep));
        server::serve(listener, api::router(&app), stop).await;
        watching.abort();
        shortening.abort();
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

    pub(crate) fn forms(&self) -> &Forms {
        &self.inner.forms
    }

    pub(crate) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// The sites that may show tickets in a frame.
    pub(crate) fn frame_ancestors(&self) -> &[String] {
        &self.inner.frame_ancestors
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

    fn names(&self) -> MutexGuard<'_, Names> {
        self.inner
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn origin(&self, desk: &str) -> Origin {
        match self.names().made.contains(desk) {
            true => Origin::Store,
            false => Origin::File,
        }
    }

    /// Whether a desk is a Request Tracker.
    pub(crate) fn is_rt(&self, desk: &str) -> bool {
        self.names().rt.contains(desk)
    }

    /// What is configured outside of the store, as it is by now.
    fn configured(&self) -> Result<Configured<'_>, ConfigError> {
        match &self.inner.desks {
            Desks::Fixed(desks) => Ok(Configured::Fixed(desks)),
            Desks::File(file) => {
                let config = match Config::load(file) {
                    // Whoever sets up everything through the API needs none. One that was there and is gone
                    // may be about to be replaced.
                    Err(_) if !self.inner.read.load(Ordering::Relaxed) && !file.exists() => {
                        Config::parse("", file)?
                    }
                    read => {
                        let config = read?;
                        self.inner.read.store(true, Ordering::Relaxed);
                        config
                    }
                };
                Ok(Configured::File(Cow::Owned(config)))
            }
        }
    }

    /// All desks, as they are configured by now.
    async fn known(&self) -> Result<view::Desks, ConfigError> {
        Ok(view::Desks::of(self.configured()?, Some(self.registry())).await)
    }

    /// Fails where a desk of that name stands outside of the registry.
    pub(crate) fn free(&self, name: &str) -> Result<(), Problem> {
        let free = self.configured()?.free(name);
        free.map_err(|error| Problem::from(error).of(name))
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
        let rt = change.is_rt();
        let stored = self.registry().commit(change, who).await?;
        self.names().made(&name, rt);
        ready.publish().await;
        self.settle(name.clone(), stored.revision);
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
        self.names().gone(name);
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
        let Some(found) = known.get(name) else {
            // What was made here and cannot be read now runs as it is.
            return match known.store {
                Some(error) if self.names().made.contains(name) => {
                    Err(Problem::from(error).of(name))
                }
                _ => Err(Problem::no_desk(name)),
            };
        };
        let settings = found.settings();
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

    /// Why the configuration could not be read the last time; none: it could.
    pub(crate) fn trouble(&self) -> Option<String> {
        let trouble = self.inner.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Removes what is too old from the audit trail, for ever.
async fn shorten(app: App, keep: Keep) {
    loop {
        if let Some(since) = keep.until(Timestamp::now()) {
            match app.registry().shorten_audit(since, &Who::System).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "the audit trail was shortened"),
                Err(error) => tracing::error!(%error, "the audit trail could not be shortened"),
            }
        }
        tokio::time::sleep(SHORTEN).await;
    }
}
