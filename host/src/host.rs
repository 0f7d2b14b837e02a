//! The host: what a program that embeds connectors starts with.

use crate::admission::Admission;
use crate::catalog::{self, Candidate, Digest, Source, Wanted};
use crate::declared::OptionSpec;
use crate::desk::{Desk, Prepared, knowledge};
use crate::engine::compiler::Compiler;
use crate::engine::{Profile, Runtime};
use crate::error::{Error, Problem};
use crate::preparation;
use crate::settings::DeskSettings;
use crate::spent::Spent;
use crate::trust::{Admitted, Asks, Decided, Keeper, Said, Trust, TrustedKey};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The file of the logbook, in the state's folder.
const LOGBOOK: &str = "logbook.db";

/// Where the host keeps its things, and what it lets connectors have. None of the folders needs to
/// exist.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// What must outlive a restart: keys, what checks have learned, and which connectors are trusted. None:
    /// nothing is kept.
    pub state_dir: Option<PathBuf>,
    /// Compiled connectors; may be emptied at any time. None: every process compiles.
    pub cache_dir: Option<PathBuf>,
    /// Further connectors, one component a file (`*.wasm`). Each runs only once it is trusted: see
    /// [`Trust`].
    pub connectors_dir: Option<PathBuf>,
    /// The component that may run under an id, beside one that is built in. No other may, then, whatever
    /// was approved or signed.
    pub pins: BTreeMap<String, Digest>,
    /// The keys whose signatures count, beside those of [`Host::trust_key`].
    pub trusted_keys: Vec<TrustedKey>,
    /// Connectors that may import the rest of WASI, with nothing behind it ([`Profile::EmptyWasi`]):
    /// each by its id, which its file must be named after, or as `id@sha256:…`.
    pub empty_wasi: BTreeSet<String>,
    /// Keep compiled connectors and not what checks learn: for desks that will not be there again, such
    /// as a demo's.
    pub forget_checks: bool,
    /// Who compiles what is not built in. None: this process, which a component that was made for the
    /// compiler can then keep busy for minutes and fill with gigabytes, and nothing stops it.
    pub compiler: Option<Compiler>,
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
            ..Self::default()
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
    /// The options that a desk's settings may have for it.
    pub options: Vec<OptionSpec>,
    /// Whether it may run, and why.
    pub trust: Trust,
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
    trust: Arc<Keeper>,
    prepared: Mutex<HashMap<Digest, Ready>>,
}

/// A component that was readied. One that is built in stays; of others only what serves a desk does.
enum Ready {
    Builtin(Arc<Prepared>),
    Other(Weak<Prepared>),
}

impl Ready {
    fn get(&self) -> Option<Arc<Prepared>> {
        match self {
            Self::Builtin(prepared) => Some(Arc::clone(prepared)),
            Self::Other(prepared) => prepared.upgrade(),
        }
    }
}

/// The component that a desk's `type` selects.
pub(crate) struct Found {
    prepared: Arc<Prepared>,
    /// How it was let in, where it is not built in.
    admitted: Option<Admitted>,
}

impl Host {
    /// Starts the engine.
    pub fn new(options: HostOptions) -> Result<Self, Error> {
        let mut runtime = Runtime::new(options.state_dir.as_deref(), options.cache_dir.as_deref())?;
        runtime.compiler.clone_from(&options.compiler);
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
        let trust = Keeper::new(
            options.state_dir.as_deref(),
            options.pins.clone(),
            options.trusted_keys.clone(),
        );
        warnings.extend(trust.warning());
        Self {
            inner: Arc::new(Inner {
                runtime: Arc::new(runtime),
                options,
                knowledge,
                warnings,
                trust: Arc::new(trust),
                prepared: Mutex::default(),
            }),
        }
    }

    /// Opens a desk: finds its connector, checks the settings against what the connector declares,
    /// and readies the way to the desk. Nothing is sent yet.
    pub async fn open(&self, settings: DeskSettings) -> Result<Desk, Error> {
        let (desk, found) = self.try_open(settings).await?;
        self.uses(found).await?;
        Ok(desk)
    }

    /// Opens a desk that may be given up again: that its component is used is not written down yet.
    pub(crate) async fn try_open(&self, settings: DeskSettings) -> Result<(Desk, Found), Error> {
        if !settings.active {
            return Err(Error::Inactive);
        }
        let found = self.find(&settings.kind).await?;
        let prepared = &found.prepared;
        tracing::info!(
            desk = %settings.name,
            connector = %prepared.manifest.id,
            version = %prepared.manifest.version,
            digest = %prepared.digest,
            "opened a desk"
        );
        let desk = Desk::open(
            &self.inner.runtime,
            prepared,
            &settings,
            self.inner.knowledge.as_deref(),
            self.state_dir().map(|state| state.join(LOGBOOK)),
        )?;
        Ok((desk, found))
    }

    /// Writes down that a component is used: the next one under its id is compared with it.
    pub(crate) async fn uses(&self, found: Found) -> Result<(), Error> {
        match found.admitted {
            Some(admitted) => self.inner.trust.uses(admitted).await,
            None => Ok(()),
        }
    }

    /// The component that a desk's `type` selects now.
    pub async fn select(&self, kind: &str) -> Result<Digest, Error> {
        Ok(self.find(kind).await?.prepared.digest)
    }

    /// Has somebody told what each call of a connector used up, as it ends: on the thread that made the call,
    /// so that it must not take long. The first one who asks is told; `false` for others.
    pub fn watch_calls(&self, watcher: impl Fn(&Spent) + Send + Sync + 'static) -> bool {
        self.inner.runtime.watcher.set(Arc::new(watcher)).is_ok()
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

    /// The connectors there are: those built in, then the folder's, then what was gone back to.
    pub async fn connectors(&self) -> Vec<Installed> {
        let decided = self.inner.trust.now();
        let mut installed = Vec::new();
        let builtin = catalog::builtin().map(|(_, candidate)| (Source::Builtin, Ok(candidate)));
        for (source, candidate) in builtin.chain(self.files()) {
            installed.push(self.installed(&decided, source, candidate).await.0);
        }
        installed
    }

    /// One of them, and whether it was asked what it is.
    pub(crate) async fn installed(
        &self,
        decided: &Decided<'_>,
        source: Source,
        candidate: Result<Candidate, Error>,
    ) -> (Installed, bool) {
        let mut one = Installed {
            id: source.name(),
            name: String::new(),
            version: String::new(),
            digest: None,
            source,
            size: 0,
            profile: None,
            options: Vec::new(),
            trust: Trust::unread(),
            problem: None,
        };
        let candidate = match candidate {
            Ok(candidate) => candidate,
            Err(error) => {
                one.problem = Some(error.to_string());
                return (one, false);
            }
        };
        one.digest = Some(candidate.digest);
        one.size = candidate.wasm.len();
        let digest = candidate.digest;
        let (trust, said, asked) = match decided.recall(self, &candidate).await {
            Some((trust, said)) => (trust, said, true),
            None => {
                let admitted = decided.admit(self, candidate).await;
                let asked = admitted.asks.is_some();
                let said = admitted.prepared.map(|prepared| Said::by(&prepared));
                (admitted.trust, said, asked)
            }
        };
        one.trust = trust;
        if let Some((id, version)) = decided.known(&digest) {
            (one.id, one.version) = (id, version);
        }
        match said {
            Ok(said) => {
                (one.id, one.version, one.name) = (said.id, said.version, said.name);
                (one.profile, one.options) = (Some(said.profile), said.options);
            }
            Err(error) => one.problem = Some(error.to_string()),
        }
        (one, asked)
    }

    /// Judges a component without giving it anything: what it exports, imports and declares, and
    /// where it does not fit the contract.
    pub async fn inspect(&self, wasm: &[u8]) -> Result<Admission, Error> {
        Ok(self.look_into(wasm).await?.0)
    }

    pub(crate) async fn look_into(&self, wasm: &[u8]) -> Result<(Admission, Option<Asks>), Error> {
        let inner = &self.inner;
        preparation::inspect(&inner.runtime, wasm, &inner.options.empty_wasi).await
    }

    /// Reads a component and judges it, like [`Host::inspect`].
    pub async fn inspect_file(&self, path: &Path) -> Result<Admission, Error> {
        self.inspect(&Self::read(path)?).await
    }

    pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
        let (wasm, _) = catalog::bytes(path).map_err(|error| {
            Error::InvalidInput(Problem::new(format!(
                "the file {} cannot be read: {error}",
                path.display()
            )))
        })?;
        Ok(wasm)
    }

    pub(crate) fn runtime(&self) -> &Arc<Runtime> {
        &self.inner.runtime
    }

    pub(crate) fn trust(&self) -> &Arc<Keeper> {
        &self.inner.trust
    }

    /// The files of the folder, and what was gone back to and is none of them any more.
    pub(crate) fn files(&self) -> Vec<(Source, Result<Candidate, Error>)> {
        let folder = self.inner.options.connectors_dir.as_deref();
        let mut files = folder.map(catalog::folder).unwrap_or_default();
        let there = files
            .iter()
            .filter_map(|(_, candidate)| candidate.as_ref().ok());
        let there: Vec<Digest> = there.map(|candidate| candidate.digest).collect();
        files.extend(self.inner.trust.now().kept(&there));
        files
    }

    /// The connector that a desk's `type` asks for. One that is built in goes before a file that
    /// calls itself the same: a file takes its place only where version or digest ask for it.
    async fn find(&self, kind: &str) -> Result<Found, Error> {
        let wanted = Wanted::parse(kind);
        let mut known = Vec::new();
        for (id, candidate) in catalog::builtin() {
            if id == wanted.id {
                let prepared = self.prepare(candidate).await?;
                let manifest = &prepared.manifest;
                if wanted.fits(&manifest.id, &manifest.version, &prepared.digest) {
                    return Ok(Found {
                        prepared,
                        admitted: None,
                    });
                }
                known.push(format!("{id}@{}", manifest.version));
            } else {
                known.push(id.to_owned());
            }
        }
        let mut broken = None;
        let decided = self.inner.trust.now();
        let mut files = self.files();
        // The file of that name first: then no other file has to be looked into.
        files.sort_by_key(|(source, _)| source.name() != wanted.id);
        for (source, candidate) in files {
            let mut named = source.name() == wanted.id;
            let digest = candidate.as_ref().ok().map(|candidate| candidate.digest);
            if let Some((digest, (id, version))) =
                digest.and_then(|d| Some((d, decided.known(&d)?)))
            {
                if !wanted.fits(&id, &version, &digest) {
                    known.push(format!("{id}@{version}"));
                    continue;
                }
                named = true;
            }
            let error = match candidate {
                Ok(candidate) => {
                    let admitted = decided.admit(self, candidate).await;
                    match &admitted.prepared {
                        Ok(prepared) => {
                            let manifest = &prepared.manifest;
                            if wanted.fits(&manifest.id, &manifest.version, &prepared.digest) {
                                return Ok(Found {
                                    prepared: Arc::clone(prepared),
                                    admitted: Some(admitted),
                                });
                            }
                            known.push(format!("{}@{}", manifest.id, manifest.version));
                            continue;
                        }
                        Err(error) => error.clone(),
                    }
                }
                Err(error) => error,
            };
            // A file of another name may be broken without being missed.
            match named {
                true => broken = Some(error),
                false => tracing::debug!(file = %source, %error, "a connector is not used"),
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

    /// Readies a component, once for all that use it at a time. Whoever calls has seen that it may run.
    pub(crate) async fn prepare(&self, candidate: Candidate) -> Result<Arc<Prepared>, Error> {
        let digest = candidate.digest;
        if let Some(prepared) = self.prepared().get(&digest).and_then(Ready::get) {
            return Ok(prepared);
        }
        let inner = &self.inner;
        let prepared =
            preparation::prepare(&inner.runtime, candidate, &inner.options.empty_wasi).await?;
        let prepared = Arc::new(prepared);
        let ready = match prepared.source {
            Source::Builtin => Ready::Builtin(Arc::clone(&prepared)),
            _ => Ready::Other(Arc::downgrade(&prepared)),
        };
        let mut all = self.prepared();
        all.retain(|_, ready| ready.get().is_some());
        all.insert(digest, ready);
        Ok(prepared)
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Ready>> {
        self.inner
            .prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guest of `tests/guest` with other bytes, in the same folder each time.
    fn put(folder: &Path, n: usize) -> Digest {
        let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/sealed.wasm");
        let mut wasm = std::fs::read(guest).unwrap();
        let honest = format!("{:24}", "describe: honest");
        let mut windows = wasm.windows(honest.len());
        let at = windows.position(|window| window == honest.as_bytes());
        let other = format!("{:24}", format!("describe: honest {n}"));
        wasm[at.unwrap()..][..other.len()].copy_from_slice(other.as_bytes());
        std::fs::write(folder.join("guest.wasm"), &wasm).unwrap();
        Digest::of(&wasm)
    }

    #[tokio::test]
    async fn of_components_that_were_swapped_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::new(HostOptions {
            connectors_dir: Some(folder.path().to_owned()),
            ..HostOptions::default()
        })
        .unwrap();
        let mut desks = Vec::new();
        for n in 0..6 {
            let digest = put(folder.path(), n);
            host.approve(&digest, "anna").await.unwrap();
            let settings =
                DeskSettings::new("a", "guest", "http://127.0.0.1:9", "x", "password-1".into());
            desks.push(host.open(settings).await.unwrap());
            let used = match host.prepared().get(&digest).unwrap() {
                Ready::Other(used) => used.strong_count(),
                Ready::Builtin(_) => 0,
            };
            // Itself, and its instances.
            assert_eq!(used, 2, "only the desk has it");
            if desks.len() == 2 {
                desks.remove(0).close().await;
                assert_eq!(host.prepared().len(), 2, "the one before, and this one");
            }
        }
        desks.clear();
        assert!(host.prepared().values().all(|ready| ready.get().is_none()));
    }
}
