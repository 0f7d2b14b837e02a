//! The host: what a program that embeds connectors starts with.

use crate::admission::{self, Admission};
use crate::catalog::{self, Candidate, Digest, Source, Wanted};
use crate::desk::{Desk, Prepared, crash};
use crate::engine::{HostState, Profile, Runtime};
use crate::error::{Error, Problem};
use crate::settings::{DeskSettings, Limits};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the host keeps its things. None of the folders needs to exist.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// What must outlive a restart: keys, and what checks have learned. None: nothing is kept.
    pub state_dir: Option<PathBuf>,
    /// Compiled connectors; may be emptied at any time. None: every process compiles.
    pub cache_dir: Option<PathBuf>,
    /// Further connectors, one component a file (`*.wasm`).
    pub connectors_dir: Option<PathBuf>,
}

impl HostOptions {
    /// The folders of the user that runs the process, by the XDG conventions
    /// (`~/.local/state/sgi`, `~/.cache/sgi`, `~/.local/share/sgi/connectors`).
    pub fn for_user() -> Self {
        let absolute = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = absolute("HOME");
        let folder = |variable: &str, below_home: &str| {
            absolute(variable)
                .or_else(|| home.as_ref().map(|home| home.join(below_home)))
                .map(|folder| folder.join("sgi"))
        };
        Self {
            state_dir: folder("XDG_STATE_HOME", ".local/state"),
            cache_dir: folder("XDG_CACHE_HOME", ".cache"),
            connectors_dir: folder("XDG_DATA_HOME", ".local/share")
                .map(|folder| folder.join("connectors")),
        }
    }
}

/// A connector that is installed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Installed {
    /// What a desk's `type` names; the file's name where the component cannot say.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, whatever it is called.
    pub digest: Option<Digest>,
    /// Where it comes from.
    pub source: Source,
    /// Size of the component, in bytes.
    pub size: usize,
    /// Why it cannot be used, where it cannot.
    pub problem: Option<String>,
}

/// Runs connectors. One a process is enough; cheap to clone.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Arc<Runtime>,
    options: HostOptions,
    prepared: Mutex<HashMap<Digest, Arc<Prepared>>>,
}

impl Host {
    /// Starts the engine.
    pub fn new(options: HostOptions) -> Result<Self, Error> {
        let runtime = Runtime::new(options.state_dir.as_deref(), options.cache_dir.as_deref())?;
        Ok(Self::with_runtime(runtime, options))
    }

    pub(crate) fn with_runtime(runtime: Runtime, options: HostOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                runtime: Arc::new(runtime),
                options,
                prepared: Mutex::default(),
            }),
        }
    }

    /// Opens a desk: finds its connector, checks the settings against what the connector declares,
    /// and readies the way to the desk. Nothing is sent yet.
    pub async fn open(&self, settings: DeskSettings) -> Result<Desk, Error> {
        if !settings.active {
            return Err(Error::Inactive);
        }
        let prepared = self.find(&settings.kind).await?;
        let state = self.inner.options.state_dir.as_deref();
        Desk::open(&self.inner.runtime, &prepared, &settings, state)
    }

    /// The connectors there are: those built in, then the folder's.
    pub async fn connectors(&self) -> Vec<Installed> {
        let mut installed = Vec::new();
        let builtin = catalog::builtin().map(|(id, candidate)| (id.to_owned(), Ok(candidate)));
        let files = self.files().into_iter().map(|(path, candidate)| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            (name.into_owned(), candidate.map_err(|error| (path, error)))
        });
        for (id, candidate) in builtin.chain(files) {
            installed.push(match candidate {
                Ok(candidate) => {
                    let (digest, source) = (candidate.digest, candidate.source.clone());
                    let size = candidate.wasm.len();
                    let (id, name, version, problem) = match self.prepare(candidate).await {
                        Ok(prepared) => {
                            let manifest = &prepared.manifest;
                            (
                                manifest.id.clone(),
                                manifest.name.clone(),
                                manifest.version.clone(),
                                None,
                            )
                        }
                        Err(error) => (id, String::new(), String::new(), Some(error.to_string())),
                    };
                    Installed {
                        id,
                        name,
                        version,
                        digest: Some(digest),
                        source,
                        size,
                        problem,
                    }
                }
                Err((path, error)) => Installed {
                    id,
                    name: String::new(),
                    version: String::new(),
                    digest: None,
                    source: Source::File(path),
                    size: 0,
                    problem: Some(error.to_string()),
                },
            });
        }
        installed
    }

    /// Judges a component without giving it anything: what it exports, imports and declares, and
    /// where it does not fit the contract.
    pub async fn inspect(&self, wasm: &[u8]) -> Result<Admission, Error> {
        let bytes = wasm.to_vec();
        let admission = tokio::task::spawn_blocking(move || admission::examine(&bytes))
            .await
            .map_err(|error| {
                Error::Host(
                    Problem::new("the component could not be examined")
                        .with_detail(error.to_string()),
                )
            })?;
        Ok(admission)
    }

    fn files(&self) -> Vec<(PathBuf, Result<Candidate, Error>)> {
        let folder = self.inner.options.connectors_dir.as_deref();
        folder.map(catalog::folder).unwrap_or_default()
    }

    /// The connector that a desk's `type` asks for. One that is built in goes before a file that
    /// calls itself the same: a file takes its place only where version or digest ask for it.
    async fn find(&self, kind: &str) -> Result<Arc<Prepared>, Error> {
        let wanted = Wanted::parse(kind);
        let mut known = Vec::new();
        for (id, candidate) in catalog::builtin() {
            if id == wanted.id {
                let prepared = self.prepare(candidate).await?;
                let manifest = &prepared.manifest;
                if wanted.fits(&manifest.id, &manifest.version, &prepared.digest) {
                    return Ok(prepared);
                }
                known.push(format!("{id}@{}", manifest.version));
            } else {
                known.push(id.to_owned());
            }
        }
        let mut broken = None;
        for (path, candidate) in self.files() {
            let named = path.file_stem().is_some_and(|stem| stem == wanted.id);
            let prepared = match candidate {
                Ok(candidate) => self.prepare(candidate).await,
                Err(error) => Err(error),
            };
            match prepared {
                Ok(prepared) => {
                    let manifest = &prepared.manifest;
                    if wanted.fits(&manifest.id, &manifest.version, &prepared.digest) {
                        return Ok(prepared);
                    }
                    known.push(format!("{}@{}", manifest.id, manifest.version));
                }
                // A file of another name may be broken without being missed.
                Err(error) if named => broken = Some(error),
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "a connector cannot be used");
                }
            }
        }
        Err(broken.unwrap_or_else(|| Error::UnknownType {
            wanted: kind.to_owned(),
            known,
        }))
    }

    /// Compiles and links a component once a process, and asks it what it is.
    async fn prepare(&self, candidate: Candidate) -> Result<Arc<Prepared>, Error> {
        if let Some(prepared) = self.prepared().get(&candidate.digest) {
            return Ok(Arc::clone(prepared));
        }
        let runtime = Arc::clone(&self.inner.runtime);
        let digest = candidate.digest;
        // Compiling keeps a core busy: not on a thread that serves others.
        let linked = tokio::task::spawn_blocking(move || {
            let component = runtime.compile(&candidate.wasm, &digest.0)?;
            runtime.link(&component, Profile::Sealed)
        })
        .await
        .map_err(|error| {
            Error::Host(
                Problem::new("a connector made the compiler fail").with_detail(error.to_string()),
            )
        })??;
        let limits = Limits::default();
        let mut state = HostState::new(&"-".into(), limits.memory);
        state.begin(None, None, None, limits.compute_timeout);
        let describe = async {
            let mut instance = self.inner.runtime.instantiate(&linked, state).await?;
            instance.connector.call_describe(&mut instance.store).await
        };
        let manifest = tokio::time::timeout(limits.call_timeout, describe)
            .await
            .map_err(|_| {
                Error::Connector(Problem::new(
                    "the connector does not say what it is, and was stopped",
                ))
            })?
            .map_err(|trap| crash(&trap, None))?;
        let prepared = Arc::new(Prepared {
            digest,
            linked,
            manifest,
        });
        self.prepared().insert(digest, Arc::clone(&prepared));
        Ok(prepared)
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Arc<Prepared>>> {
        self.inner
            .prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
