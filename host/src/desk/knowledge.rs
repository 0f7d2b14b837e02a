//! What a connector's check learned, kept from process to process.
//!
//! It is opaque to the host, holds no secret by contract, and belongs to one desk, its settings and
//! one component: any change of these makes it another file. That it cannot be kept costs requests,
//! nothing more.

use crate::catalog::Digest;
use crate::engine::GuestSettings;
use crate::error::Error;
use crate::files;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The contract's limit for `learned`.
pub(super) const MAX: usize = 64 << 10;
/// A desk changes: what is older is learned anew.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of one desk.
pub(super) struct Knowledge {
    file: Option<PathBuf>,
    current: Mutex<Known>,
}

#[derive(Clone, Default)]
pub(super) struct Known {
    /// Counts the checks, so that of several calls that found it outdated one checks again.
    pub(super) generation: u64,
    pub(super) learned: Option<Arc<[u8]>>,
    /// What the last check failed with: the calls that waited for it fail with that, too. Each of them
    /// would try a wrong password once more, and desks lock accounts for that.
    pub(super) failure: Option<Error>,
}

impl Knowledge {
    pub(super) fn load(
        folder: Option<&Path>,
        desk: &str,
        settings: &GuestSettings,
        digest: &Digest,
    ) -> Self {
        let file = folder.map(|folder| folder.join(key(desk, settings, digest).to_hex().as_str()));
        let learned = file.as_deref().and_then(read);
        Self {
            file,
            current: Mutex::new(Known {
                generation: 0,
                learned,
                failure: None,
            }),
        }
    }

    pub(super) fn current(&self) -> Known {
        self.lock().clone()
    }

    /// Takes on what a check learned, or why the desk cannot be used.
    pub(super) fn replace(&self, learned: Result<Vec<u8>, Error>) {
        if let Some(file) = &self.file {
            let kept = match &learned {
                Ok(learned) => write(file, learned),
                Err(_) => remove(file),
            };
            if let Err(error) = kept {
                tracing::warn!(file = %file.display(), %error, "what a check learned cannot be kept");
            }
        }
        let (learned, failure) = match learned {
            Ok(learned) => (Some(Arc::from(learned)), None),
            Err(failure) => (None, Some(failure)),
        };
        let mut current = self.lock();
        *current = Known {
            generation: current.generation + 1,
            learned,
            failure,
        };
    }

    /// A check came to nothing: what was known stays.
    pub(super) fn failed(&self, failure: Error) {
        let mut current = self.lock();
        current.generation += 1;
        current.failure = Some(failure);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(desk: &str, settings: &GuestSettings, digest: &Digest) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut part = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    part(&digest.to_string());
    part(desk);
    part(&settings.url);
    part(&settings.link_url);
    part(&settings.username);
    for (key, values) in &settings.options {
        part(key);
        part(&values.len().to_string());
        values.iter().for_each(|value| part(value));
    }
    hasher.finalize()
}

/// The folder below the state folder. Whoever can write to it could make a desk show other tickets: it
/// must be ours. Else nothing is kept, and the error says why.
pub(crate) fn folder(state: &Path) -> Result<PathBuf, String> {
    let folder = state.join("knowledge");
    match files::own_folder(&folder, 0o022) {
        Ok(()) => Ok(folder),
        Err(error) => Err(format!(
            "what a check learned is not kept: each start checks the desks anew (state_dir {}): {error}",
            state.display()
        )),
    }
}

fn read(file: &Path) -> Option<Arc<[u8]>> {
    let (learned, metadata) = match files::read(file, MAX as u64) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "what a check learned cannot be read");
            return None;
        }
    };
    if !files::is_ours(&metadata, 0o022) {
        tracing::warn!(file = %file.display(), "what a check learned can be changed by others: it is learned anew");
        return None;
    }
    (!is_old(&metadata)).then(|| Arc::from(learned))
}

fn is_old(metadata: &fs::Metadata) -> bool {
    let changed = metadata.modified().ok();
    changed.is_none_or(|changed| {
        SystemTime::now()
            .duration_since(changed)
            .is_ok_and(|age| age > MAX_AGE)
    })
}

fn write(file: &Path, learned: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        files::own_folder(folder, 0o022)?;
        sweep(folder);
    }
    files::replace(file, &[learned])
}

/// Removes what nobody will read again: of desks that are gone or set up otherwise, and what a process
/// left that died while it wrote.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Of the entry, not of what a link leads to.
        if entry
            .metadata()
            .is_ok_and(|metadata| metadata.is_file() && is_old(&metadata))
        {
            // One that stays is found again by the next check.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
