//! The service: what it consists of, from its start to its end.

use crate::api::{self, Origin};
use crate::deliver;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::server;
use crate::tickets::Tickets;
use crate::watch::Watch;
use sgi_host::config::Config;
use sgi_host::logbook::store::SqliteStore;
use sgi_host::{CmdbSettings, Desk, DeskSettings, Error, Fleet, Host, Standing, Swap};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Where the desks' settings come from.
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

    pub(crate) fn origin(&self, _desk: &str) -> Origin {
        Origin::File
    }

    /// The settings of a desk as they are by now.
    pub(crate) async fn settings_of(&self, name: &str) -> Result<DeskSettings, Problem> {
        match &self.inner.desks {
            Desks::Fixed(desks) => {
                let found = desks.iter().find(|desk| desk.name == name);
                found.cloned().ok_or_else(|| Problem::no_desk(name))
            }
            Desks::File(file) => {
                let config = Config::load(file)?;
                let entry = config.desks.get(name);
                Ok(entry.ok_or_else(|| Problem::no_desk(name))?.settings()?)
            }
        }
    }

    /// Swaps, counted.
    pub(crate) async fn swap(&self, settings: DeskSettings, how: Swap) -> Result<Standing, Error> {
        let name = settings.name.clone();
        let outcome = self.fleet().set(settings, how).await;
        self.metrics().swapped(&name, outcome.as_ref().err());
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

    async fn reload_desks(&self) -> Result<(), sgi_host::config::ConfigError> {
        let desks: Vec<(String, Result<DeskSettings, Error>)> = match &self.inner.desks {
            Desks::Fixed(desks) => desks
                .iter()
                .map(|desk| (desk.name.clone(), Ok(desk.clone())))
                .collect(),
            Desks::File(file) => {
                let config = Config::load(file)?;
                let entries = config.desks.into_iter();
                entries
                    .map(|(name, entry)| (name, entry.settings().map_err(unusable)))
                    .collect()
            }
        };
        for standing in self.fleet().standings() {
            if !desks.iter().any(|(name, _)| *name == standing.desk) {
                tracing::info!(desk = %standing.desk, "the desk is no longer configured");
                self.fleet().remove(&standing.desk).await;
            }
        }
        // Each by itself: one that is slow to open keeps no other waiting.
        let mut opening = JoinSet::new();
        for (name, settings) in desks {
            let known = self.fleet().settings(&name);
            match (settings, known) {
                (Err(error), _) => {
                    tracing::warn!(desk = %name, %error, "the desk's settings cannot be used");
                    self.fleet().note(&name, error);
                }
                (Ok(settings), Some(known)) if settings.same(&known) => {}
                (Ok(settings), known) => {
                    let app = self.clone();
                    // What comes of it is told by its standing.
                    opening.spawn(async move {
                        match known {
                            None => app.fleet().start(settings).await,
                            Some(_) => app.swap(settings, Swap::Checked).await,
                        }
                    });
                }
            }
        }
        while opening.join_next().await.is_some() {}
        for (name, outcome) in self.fleet().refresh().await {
            self.metrics().swapped(&name, outcome.as_ref().err());
        }
        Ok(())
    }
}

/// Settings that cannot be used, as an error of the desk.
fn unusable(error: sgi_host::config::ConfigError) -> Error {
    Error::InvalidSetting {
        key: "desk".to_owned(),
        problem: sgi_host::Problem::new(error.to_string()),
    }
}
