//! The host: what a program that embeds connectors starts with.

use crate::admission::Admission;
use crate::catalog::{self, Candidate, Digest, Source, Wanted};
use crate::desk::{Desk, Prepared, knowledge};
use crate::engine::{Profile, Runtime};
use crate::error::{Error, Problem};
use crate::preparation;
use crate::settings::DeskSettings;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the host keeps its things, and what it lets connectors have. None of the folders needs to
/// exist.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// What must outlive a restart: keys, and what checks have learned. None: nothing is kept.
    pub state_dir: Option<PathBuf>,
    /// Compiled connectors; may be emptied at any time. None: every process compiles.
    pub cache_dir: Option<PathBuf>,
    /// Further connectors, one component a file (`*.wasm`).
    pub connectors_dir: Option<PathBuf>,
    /// Connectors that may import the rest of WASI, with nothing behind it ([`Profile::EmptyWasi`]):
    /// each by its id, which its file must be named after, or as `id@sha256:…`.
    pub empty_wasi: BTreeSet<String>,
    /// Keep compiled connectors and not what checks learn: for desks that will not be there again, such
    /// as a demo's.
    pub forget_checks: bool,
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
            empty_wasi: BTreeSet::new(),
            forget_checks: false,
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
    /// What it is given to import, where it can be used.
    pub profile: Option<Profile>,
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
    /// Where what checks learn is kept.
    knowledge: Option<PathBuf>,
    warnings: Vec<String>,
    prepared: Mutex<HashMap<Digest, Arc<Prepared>>>,
}

impl Host {
    /// Starts the engine.
    pub fn new(options: HostOptions) -> Result<Self, Error> {
        let runtime = Runtime::new(options.state_dir.as_deref(), options.cache_dir.as_deref())?;
        Ok(Self::with_runtime(runtime, options))
    }

    pub(crate) fn with_runtime(runtime: Runtime, options: HostOptions) -> Self {
        let mut warnings: Vec<String> = runtime
            .cache_problem()
            .map(str::to_owned)
            .into_iter()
            .collect();
        let state = options
            .state_dir
            .as_deref()
            .filter(|_| !options.forget_checks);
        let knowledge = state.and_then(|state| {
            knowledge::folder(state)
                .map_err(|problem| warnings.push(problem))
                .ok()
        });
        Self {
            inner: Arc::new(Inner {
                runtime: Arc::new(runtime),
                options,
                knowledge,
                warnings,
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
        tracing::info!(
            desk = %settings.name,
            connector = %prepared.manifest.id,
            version = %prepared.manifest.version,
            digest = %prepared.digest,
            "opened a desk"
        );
        Desk::open(
            &self.inner.runtime,
            &prepared,
            &settings,
            self.inner.knowledge.as_deref(),
        )
    }

    /// The component that a desk's `type` selects now.
    pub async fn select(&self, kind: &str) -> Result<Digest, Error> {
        Ok(self.find(kind).await?.digest)
    }

    /// What works and somebody should still mend, in words: a folder in which nothing can be kept.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }

    /// Where what must outlive a restart is kept.
    pub fn state_dir(&self) -> Option<&Path> {
        self.inner.options.state_dir.as_deref()
    }

    /// Where further connectors are looked for, one component a file (`*.wasm`).
    pub fn connectors_dir(&self) -> Option<&Path> {
        self.inner.options.connectors_dir.as_deref()
    }

    /// The connectors there are: those built in, then the folder's.
    pub async fn connectors(&self) -> Vec<Installed> {
        let mut installed = Vec::new();
        let builtin = catalog::builtin().map(|(id, candidate)| (id.to_owned(), Ok(candidate)));
        let files = self
            .files()
            .into_iter()
            .map(|(source, candidate)| (source.name(), candidate.map_err(|error| (source, error))));
        for (id, candidate) in builtin.chain(files) {
            installed.push(match candidate {
                Ok(candidate) => {
                    let (digest, source) = (candidate.digest, candidate.source.clone());
                    let size = candidate.wasm.len();
                    let (id, name, version, profile, problem) = match self.prepare(candidate).await
                    {
                        Ok(prepared) => {
                            let manifest = &prepared.manifest;
                            (
                                manifest.id.clone(),
                                manifest.name.clone(),
                                manifest.version.clone(),
                                Some(prepared.profile),
                                None,
                            )
                        }
                        Err(error) => {
                            let problem = Some(error.to_string());
                            (id, String::new(), String::new(), None, problem)
                        }
                    };
                    Installed {
                        id,
                        name,
                        version,
                        digest: Some(digest),
                        source,
                        size,
                        profile,
                        problem,
                    }
                }
                Err((source, error)) => Installed {
                    id,
                    name: String::new(),
                    version: String::new(),
                    digest: None,
                    source,
                    size: 0,
                    profile: None,
                    problem: Some(error.to_string()),
                },
            });
        }
        installed
    }

    /// Judges a component without giving it anything: what it exports, imports and declares, and
    /// where it does not fit the contract.
    pub async fn inspect(&self, wasm: &[u8]) -> Result<Admission, Error> {
        let inner = &self.inner;
        preparation::inspect(&inner.runtime, wasm, &inner.options.empty_wasi).await
    }

    /// Reads a component and judges it, like [`Host::inspect`].
    pub async fn inspect_file(&self, path: &Path) -> Result<Admission, Error> {
        let (wasm, _) = catalog::bytes(path).map_err(|error| {
            Error::InvalidInput(Problem::new(format!(
                "the file {} cannot be read: {error}",
                path.display()
            )))
        })?;
        self.inspect(&wasm).await
    }

    fn files(&self) -> Vec<(Source, Result<Candidate, Error>)> {
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
        let mut files = self.files();
        // The file of that name first: then no other file has to be looked into.
        files.sort_by_key(|(source, _)| source.name() != wanted.id);
        for (source, candidate) in files {
            let named = source.name() == wanted.id;
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
                    tracing::warn!(file = %source, %error, "a connector cannot be used");
                }
            }
        }
        match broken {
            // Without a version only that file can be meant.
            Some(error) if wanted.version.is_none() && wanted.digest.is_none() => Err(error),
            broken => {
                let mut seen = HashSet::new();
                known.retain(|known| seen.insert(known.clone()));
                Err(Error::UnknownType {
                    wanted: kind.to_owned(),
                    known,
                    unusable: broken.iter().map(Error::to_string).collect(),
                })
            }
        }
    }

    /// Readies a component once a process.
    async fn prepare(&self, candidate: Candidate) -> Result<Arc<Prepared>, Error> {
        let digest = candidate.digest;
        if let Some(prepared) = self.prepared().get(&digest) {
            return Ok(Arc::clone(prepared));
        }
        let inner = &self.inner;
        let prepared =
            preparation::prepare(&inner.runtime, candidate, &inner.options.empty_wasi).await?;
        let prepared = Arc::new(prepared);
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
