//! Where it is kept: a folder that is ours, one file that is replaced whole, and the components.
//!
//! ```text
//! STATE_DIR/trust/state                       what was decided, with a digest of it in the first line
//! STATE_DIR/trust/components/sha256-….wasm    what can be gone back to
//! STATE_DIR/trust/lock                        held while something is written
//! ```
//!
//! A component is written before the state that names it, and removed after the state that does not any
//! more: whenever a process dies, the state is the old one or the new one, and what it names is there.

use super::state::State;
use crate::admission::MAX_COMPONENT;
use crate::catalog::Digest;
use crate::error::{Error, Problem};
use crate::files;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Two hundred connectors fit, each with all that is remembered of it.
const MAX_STATE: usize = 32 << 20;
const HEAD: &str = "sgi trust 1 ";
/// How long somebody else may write.
const PATIENCE: Duration = Duration::from_secs(20);
/// Others may not change what is kept.
const NONE_OF: u32 = 0o022;

/// Where decisions are kept.
pub(super) enum Store {
    /// This folder, which need not exist.
    Folder(PathBuf),
    /// The process: nothing outlives it, and nothing can be gone back to.
    Memory(Mutex<State>),
}

/// A component that comes with a change.
pub(super) type Bytes<'a> = Option<(Digest, &'a [u8])>;

impl Store {
    pub(super) fn new(state_dir: Option<&Path>) -> Self {
        match state_dir {
            Some(folder) => Self::Folder(folder.join("trust")),
            None => Self::Memory(Mutex::default()),
        }
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Memory(_) => None,
        }
    }

    /// What was decided until now. The error says in words why nothing of it counts.
    pub(super) fn load(&self) -> Result<State, String> {
        match self {
            Self::Memory(state) => Ok(state.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Self::Folder(folder) => {
                read(folder).map_err(|why| format!("the file {}: {why}", file(folder).display()))
            }
        }
    }

    /// Decides something, as one step, after whatever others have decided.
    pub(super) fn update<R>(
        &self,
        bytes: Bytes<'_>,
        change: impl FnOnce(&mut State) -> Result<R, Problem>,
    ) -> Result<R, Error> {
        let folder = match self {
            Self::Folder(folder) => folder,
            Self::Memory(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                return change(&mut state).map_err(Error::InvalidInput);
            }
        };
        let failed = |why: &dyn std::fmt::Display| {
            Error::Host(Problem::new(format!(
                "what is trusted cannot be written down below {}: {why}; nothing has changed",
                folder.display()
            )))
        };
        files::own_folder(folder, NONE_OF).map_err(|error| failed(&error))?;
        let _lock = lock(folder).map_err(|error| failed(&error))?;
        let old = read(folder).map_err(|why| {
            failed(&format!(
                "{}: {why}. Find out who changed it; once the file is moved away, nothing is trusted but what \
                 sgi.toml names, and all else can be approved again",
                file(folder).display()
            ))
        })?;
        let mut new = old.clone();
        let outcome = change(&mut new).map_err(Error::InvalidInput)?;
        if new != old {
            write(folder, &new, bytes).map_err(|error| failed(&error))?;
        }
        // Also what another process left that was killed.
        sweep(folder, &new);
        Ok(outcome)
    }

    /// The file in which a component is kept.
    pub(super) fn component(&self, digest: &Digest) -> Option<PathBuf> {
        self.folder().map(|folder| component(folder, digest))
    }

    /// A component that is kept, if it still is what it was.
    pub(super) fn kept(&self, digest: &Digest) -> Result<Vec<u8>, String> {
        let Some(folder) = self.folder() else {
            return Err("no component is kept without a state_dir".to_owned());
        };
        let path = component(folder, digest);
        let told =
            |why: &dyn std::fmt::Display| format!("the kept component {}: {why}", path.display());
        let (bytes, metadata) =
            files::read(&path, MAX_COMPONENT as u64).map_err(|error| told(&error))?;
        if !files::is_ours(&metadata, NONE_OF) {
            return Err(told(
                &"it belongs to somebody else, or others may change it",
            ));
        }
        if Digest::of(&bytes) != *digest {
            return Err(told(&"it was changed: it is not what was let in any more"));
        }
        Ok(bytes)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn component(folder: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_string().replace(':', "-");
    folder.join("components").join(format!("{name}.wasm"))
}

fn read(folder: &Path) -> Result<State, String> {
    let ours = "it must belong to the user that runs the host, and others must not change it";
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(error.to_string()),
        Ok(metadata) if !files::is_ours(&metadata, NONE_OF) => {
            return Err(format!(
                "its folder is open to others: {ours} (`chmod 700` it)"
            ));
        }
        Ok(_) => {}
    }
    let (bytes, metadata) = match files::read(&file(folder), MAX_STATE as u64) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(error.to_string()),
        Ok(read) => read,
    };
    if !files::is_ours(&metadata, NONE_OF) {
        return Err(format!("it is open to others: {ours} (`chmod 600` it)"));
    }
    parse(&bytes).ok_or_else(|| "it was damaged or changed by hand".to_owned())
}

fn parse(bytes: &[u8]) -> Option<State> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once('\n')?;
    let digest = Digest::parse(head.strip_prefix(HEAD)?)?;
    if Digest::of(body.as_bytes()) != digest {
        return None;
    }
    serde_json::from_str(body).ok()
}

fn write(folder: &Path, state: &State, bytes: Bytes<'_>) -> io::Result<()> {
    let mut body = serde_json::to_string_pretty(state).map_err(io::Error::other)?;
    body.push('\n');
    let head = format!("{HEAD}{}\n", Digest::of(body.as_bytes()));
    if head.len() + body.len() > MAX_STATE {
        return Err(io::Error::other("it would become too large"));
    }
    if let Some((digest, bytes)) = bytes.filter(|(digest, _)| state.kept().contains(digest)) {
        let path = component(folder, &digest);
        files::own_folder(&folder.join("components"), NONE_OF)?;
        // Known by its digest, it is written once; what lies there may be another one by now.
        if files::read(&path, MAX_COMPONENT as u64).is_ok_and(|(kept, _)| kept == bytes) {
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        } else {
            files::replace_durably(&path, &[bytes])?;
        }
        // The folder itself may be new.
        File::open(folder)?.sync_all()?;
    }
    files::replace_durably(&file(folder), &[head.as_bytes(), body.as_bytes()])
}

/// Held until it is dropped, or the process dies.
fn lock(folder: &Path) -> io::Result<File> {
    let lock = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join("lock"))?;
    let begun = Instant::now();
    loop {
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(lock),
            Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(io::Error::other(format!(
                    "another process has been writing there for {} s",
                    PATIENCE.as_secs()
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Removes what the state does not name, and what was being written when a process died. With the lock.
fn sweep(folder: &Path, state: &State) {
    let kept: Vec<PathBuf> = state.kept().iter().map(|d| component(folder, d)).collect();
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    let begun = entries(folder.to_owned())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tmp"));
    let others = entries(folder.join("components"))
        .map(|entry| entry.path())
        .filter(|path| !kept.contains(path));
    for path in begun.chain(others) {
        // One that stays is found again by the next change.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::asks::tests::small;
    use super::super::state::{How, LetIn};
    use super::*;
    use jiff::Timestamp;
    use std::os::unix::fs::PermissionsExt;

    fn approve(store: &Store, bytes: &[u8]) -> Result<(), Error> {
        let digest = Digest::of(bytes);
        let let_in = LetIn {
            digest,
            at: Timestamp::UNIX_EPOCH,
            how: How::Approved {
                by: "anna".to_owned(),
            },
            asks: small(),
        };
        store.update(Some((digest, bytes)), |state| {
            state.let_one_in(let_in);
            Ok(())
        })
    }

    fn files(folder: &Path) -> Vec<String> {
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries
                .map(|entry| entry.file_name().into_string().unwrap())
                .collect::<Vec<_>>()
        };
        let mut all = names(folder);
        all.extend(names(&folder.join("components")));
        all.sort();
        all
    }

    #[test]
    fn what_is_written_is_read_and_of_components_the_last_five_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path()));
        assert_eq!(store.load(), Ok(State::default()));
        let trust = folder.path().join("trust");
        for n in 0..8_u8 {
            fs::create_dir_all(trust.join("components")).unwrap();
            fs::set_permissions(&trust, PermissionsExt::from_mode(0o700)).unwrap();
            fs::set_permissions(trust.join("components"), PermissionsExt::from_mode(0o700))
                .unwrap();
            // What killed processes leave.
            fs::write(trust.join("state.0.tmp"), "half").unwrap();
            fs::write(trust.join("components/x.0.tmp"), "half").unwrap();
            approve(&store, &[n]).unwrap();
        }
        assert_eq!(store.load().unwrap().let_in("guest").len(), 8);
        assert_eq!(files(&trust).len(), 5 + 3, "{:?}", files(&trust));
        assert_eq!(store.kept(&Digest::of(&[7])), Ok(vec![7]));
        assert!(store.kept(&Digest::of(&[2])).is_err());
        for path in [
            trust.join("state"),
            store.component(&Digest::of(&[7])).unwrap(),
        ] {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{path:?}");
        }
    }

    #[test]
    fn a_state_that_was_touched_is_told_and_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path()));
        approve(&store, b"a").unwrap();
        let file = folder.path().join("trust/state");
        let good = fs::read(&file).unwrap();
        let refused = |what: &str| {
            let why = store.load().unwrap_err();
            assert!(why.contains("trust/state"), "{what}: {why}");
            let error = approve(&store, b"b").unwrap_err().to_string();
            assert!(error.contains("nothing has changed"), "{what}: {error}");
            why
        };
        for (what, at) in [("head", 20), ("body", 90), ("end", good.len() - 2)] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&file, &bad).unwrap();
            assert!(refused(what).contains("damaged or changed"), "{what}");
            assert_eq!(fs::read(&file).unwrap(), bad);
        }
        for cut in [0, 10, good.len() / 2, good.len() - 1] {
            fs::write(&file, &good[..cut]).unwrap();
            refused("cut");
        }
        fs::write(&file, &good).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
        assert!(refused("mode").contains("open to others"));
        fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        let trust = folder.path().join("trust");
        fs::set_permissions(&trust, PermissionsExt::from_mode(0o777)).unwrap();
        assert!(refused("folder").contains("folder is open to others"));
        fs::set_permissions(&trust, PermissionsExt::from_mode(0o700)).unwrap();
        approve(&store, b"b").unwrap();
    }

    #[test]
    fn a_kept_component_that_was_changed_is_told_and_replaced_once_approved_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path()));
        approve(&store, b"a").unwrap();
        let digest = Digest::of(b"a");
        let path = store.component(&digest).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o622)).unwrap();
        assert!(
            store
                .kept(&digest)
                .unwrap_err()
                .contains("others may change")
        );
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        fs::write(&path, "b").unwrap();
        assert!(store.kept(&digest).unwrap_err().contains("was changed"));
        approve(&store, b"other").unwrap();
        approve(&store, b"a").unwrap();
        assert_eq!(store.kept(&digest), Ok(b"a".to_vec()));
    }

    #[test]
    fn many_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4_u8 {
                let store = Store::new(Some(folder.path()));
                scope.spawn(move || {
                    (0..5_u8).for_each(|n| approve(&store, &[writer, n]).unwrap());
                });
            }
        });
        let store = Store::new(Some(folder.path()));
        let state = store.load().unwrap();
        assert_eq!(state.let_in("guest").len(), 20);
        for digest in state.kept() {
            store.kept(&digest).unwrap();
        }
    }

    #[test]
    fn without_a_folder_it_lasts_as_long_as_the_process() {
        let store = Store::new(None);
        approve(&store, b"a").unwrap();
        assert!(store.load().unwrap().of(&Digest::of(b"a")).is_some());
        assert!(store.kept(&Digest::of(b"a")).is_err());
    }
}
