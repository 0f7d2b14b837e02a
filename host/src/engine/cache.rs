//! Compiled code, kept from process to process.
//!
//! Loading compiled code runs it: whoever can write the cache could run code in the host. So each
//! file carries a keyed hash over the component's digest, the engine's compatibility hash and the
//! code; the key (mode 0600) lies in the state folder, apart from the cache folder (0700, and ours).
//! A file that does not match is compiled anew. The bytes that were verified are the bytes that are
//! loaded: the file is read once. Where either folder cannot be had, code lives in memory only.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

const KEY_FILE: &str = "code-cache.key";
const MAC: usize = 32;
/// Larger than the code of any connector; a longer file is not ours.
const MAX_FILE: u64 = 256 << 20;

pub(crate) struct CodeCache {
    folder: Option<(PathBuf, [u8; 32])>,
}

impl CodeCache {
    pub(crate) fn open(state: Option<&Path>, cache: Option<&Path>, _engine: &Engine) -> Self {
        let (Some(state), Some(cache)) = (state, cache) else {
            return Self { folder: None };
        };
        let opened = own_folder(state, 0o022)
            .and_then(|()| key(&state.join(KEY_FILE)))
            .and_then(|key| own_folder(cache, 0o077).map(|()| key));
        match opened {
            Ok(key) => Self {
                folder: Some((cache.to_owned(), key)),
            },
            Err(error) => {
                tracing::warn!(
                    state = %state.display(),
                    cache = %cache.display(),
                    %error,
                    "compiled connectors are not kept: each start compiles them anew"
                );
                Self { folder: None }
            }
        }
    }

    /// The code for a component, if a file holds it that nobody has touched.
    pub(crate) fn load(&self, engine: &Engine, digest: &[u8; 32]) -> Option<Component> {
        let (folder, key) = self.folder.as_ref()?;
        let path = folder.join(file_name(engine, digest));
        let bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code cannot be read");
                return None;
            }
        };
        let verified = bytes
            .split_first_chunk::<MAC>()
            // blake3's comparison takes the same time wherever they differ.
            .filter(|(mac, code)| authenticate(key, engine, digest, code) == **mac);
        let Some((_, code)) = verified else {
            tracing::warn!(
                path = %path.display(),
                "compiled code is damaged or was tampered with: compiling anew"
            );
            return None;
        };
        match load_code(engine, code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %format!("{error:#}"), "compiled code does not load");
                None
            }
        }
    }

    /// Keeps code. That it cannot is no failure: the next start compiles again.
    pub(crate) fn store(&self, engine: &Engine, digest: &[u8; 32], code: &[u8]) {
        let Some((folder, key)) = self.folder.as_ref() else {
            return;
        };
        let mac = authenticate(key, engine, digest, code);
        let path = folder.join(file_name(engine, digest));
        if let Err(error) = write(&path, mac.as_bytes(), code) {
            tracing::warn!(path = %path.display(), %error, "compiled code cannot be kept");
        }
    }
}

/// Loads code that this process compiled, or that [`CodeCache::load`] has verified.
#[allow(
    unsafe_code,
    reason = "the only way to load compiled code; both callers know where it comes from"
)]
pub(crate) fn load_code(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` runs what it is given. The bytes come from this engine's own compiler:
    // either just now, or from a file whose keyed hash over exactly these bytes was right.
    unsafe { Component::deserialize(engine, code) }
}

pub(super) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

pub(super) fn file_name(engine: &Engine, digest: &[u8; 32]) -> String {
    let digest = blake3::Hash::from_bytes(*digest).to_hex();
    format!("{digest}-{:016x}.code", compatibility(engine))
}

pub(super) fn authenticate(
    key: &[u8; 32],
    engine: &Engine,
    digest: &[u8; 32],
    code: &[u8],
) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(digest);
    hasher.update(&compatibility(engine).to_le_bytes());
    hasher.update(code);
    hasher.finalize()
}

/// Makes sure that a folder is ours, and that others have none of these rights to it.
fn own_folder(path: &Path, none_of: u32) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    let metadata = fs::metadata(path)?;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if ours && metadata.mode() & none_of == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} must belong to the user that runs the host and be closed to others: `chmod 700` it",
        path.display()
    )))
}

/// Reads the key, or makes one.
fn key(path: &Path) -> io::Result<[u8; 32]> {
    match fs::File::open(path) {
        Ok(mut file) => {
            let metadata = file.metadata()?;
            let private = metadata.mode() & 0o077 == 0
                && metadata.uid() == rustix::process::geteuid().as_raw();
            let mut key = [0; 32];
            if !private || metadata.len() != 32 {
                return Err(io::Error::other(format!(
                    "{} must be 32 bytes, readable by its owner only; remove it, and a new one is made",
                    path.display()
                )));
            }
            file.read_exact(&mut key)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            // Others may do the same at this moment: the first one to link its file wins.
            let temporary = temporary(path)?;
            create(&temporary, &[&key])?;
            let linked = fs::hard_link(&temporary, path);
            fs::remove_file(&temporary)?;
            match linked {
                Ok(()) => Ok(key),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self::key(path),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(MAX_FILE)).unwrap_or(0));
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Under another name first: a reader sees the whole file or none.
fn write(path: &Path, mac: &[u8], code: &[u8]) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = create(&temporary, &[mac, code]).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A name beside `path` that nobody else takes: not another thread, and not a process that had the
/// same number and died before it could clean up.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(path.with_extension(format!("{:016x}.tmp", u64::from_le_bytes(random))))
}

fn create(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.flush()
}
