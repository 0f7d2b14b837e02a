//! What a connector's check learned, kept from process to process.
//!
//! It is opaque to the host, holds no secret by contract, and belongs to one desk, its settings and
//! one component: any change of these makes it another file. That it cannot be kept costs requests,
//! nothing more.

use crate::catalog::Digest;
use crate::engine::GuestSettings;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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
}

impl Knowledge {
    pub(super) fn load(
        state: Option<&Path>,
        desk: &str,
        settings: &GuestSettings,
        digest: &Digest,
    ) -> Self {
        let file = state.map(|state| {
            state
                .join("knowledge")
                .join(key(desk, settings, digest).to_hex().as_str())
        });
        let learned = file.as_deref().and_then(read);
        Self {
            file,
            current: Mutex::new(Known {
                generation: 0,
                learned,
            }),
        }
    }

    pub(super) fn current(&self) -> Known {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes on what a check learned; none when the desk cannot be used.
    pub(super) fn replace(&self, learned: Option<Vec<u8>>) {
        if let Some(file) = &self.file {
            let kept = match &learned {
                Some(learned) => write(file, learned),
                None => remove(file),
            };
            if let Err(error) = kept {
                tracing::warn!(file = %file.display(), %error, "what a check learned cannot be kept");
            }
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.generation += 1;
        current.learned = learned.map(Arc::from);
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

fn read(file: &Path) -> Option<Arc<[u8]>> {
    let metadata = fs::metadata(file).ok()?;
    let age = SystemTime::now().duration_since(metadata.modified().ok()?);
    if metadata.len() > MAX as u64 || age.is_ok_and(|age| age > MAX_AGE) {
        return None;
    }
    fs::read(file).ok().map(Arc::from)
}

fn write(file: &Path, learned: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let temporary = file.with_extension(format!("{:016x}.tmp", u64::from_le_bytes(random)));
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?
        .write_all(learned)?;
    fs::rename(temporary, file)
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
