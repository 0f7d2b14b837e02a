//! Compiled code, kept from process to process.
//!
//! Loading compiled code runs it: whoever can write the cache could run code in the host. So each
//! file carries a keyed hash over the component's digest, the engine's compatibility hash and the
//! code; the key (mode 0600) lies in the state folder, apart from the cache folder (0700, and ours).
//! A file that does not match is compiled anew. The bytes that were verified are the bytes that are
//! loaded: the file is read once. Where either folder cannot be had, code lives in memory only, and
//! somebody is told.

use crate::files;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

const KEY_FILE: &str = "code-cache.key";
const KEY: u64 = 32;
const MAC: usize = 32;
/// Larger than the code of any connector; a longer file is not ours.
const MAX_FILE: u64 = 256 << 20;

pub(crate) struct CodeCache {
    folder: Option<(PathBuf, [u8; 32])>,
    /// Why code is not kept, although it should be.
    problem: Option<String>,
}

impl CodeCache {
    pub(crate) fn open(state: Option<&Path>, cache: Option<&Path>, _engine: &Engine) -> Self {
        let (Some(state), Some(cache)) = (state, cache) else {
            return Self {
                folder: None,
                problem: None,
            };
        };
        let opened = files::own_folder(state, 0o022)
            .and_then(|()| key(&state.join(KEY_FILE)))
            .and_then(|key| files::own_folder(cache, 0o077).map(|()| key));
        match opened {
            Ok(key) => Self {
                folder: Some((cache.to_owned(), key)),
                problem: None,
            },
            Err(error) => {
                let problem = format!(
                    "compiled connectors are not kept: each start compiles them anew, which takes \
                     seconds (state_dir {}, cache_dir {}): {error}",
                    state.display(),
                    cache.display(),
                );
                tracing::debug!("{problem}");
                Self {
                    folder: None,
                    problem: Some(problem),
                }
            }
        }
    }

    /// Why code is not kept, although it should be: for the person who waits.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The code for a component, if a file holds it that nobody has touched.
    pub(crate) fn load(&self, engine: &Engine, digest: &[u8; 32]) -> Option<Component> {
        let (folder, key) = self.folder.as_ref()?;
        let path = folder.join(file_name(engine, digest));
        let bytes = match files::read(&path, MAX_FILE) {
            Ok((bytes, _)) => bytes,
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
                "compiled code was kept by another state_dir, is damaged or was tampered with: compiling anew"
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
        if let Err(error) = files::replace(&path, &[mac.as_bytes(), code]) {
            tracing::warn!(path = %path.display(), %error, "compiled code cannot be kept");
        }
    }
}

/// Loads code that this process compiled or had compiled, or that [`CodeCache::load`] has verified.
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

/// Reads the key, or makes one. Where something else lies in its place, or others can read it, a new
/// one replaces it: that costs one compilation, and an old one may be known.
fn key(path: &Path) -> io::Result<[u8; 32]> {
    let damaged = match files::read(path, KEY) {
        Ok((bytes, metadata)) => match <[u8; 32]>::try_from(bytes) {
            Ok(key) if files::is_ours(&metadata, 0o077) => return Ok(key),
            _ => true,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(_) => true,
    };
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    if damaged {
        tracing::warn!(
            path = %path.display(),
            "the key of the compiled code is damaged or open to others: a new one is made"
        );
        files::replace(path, &[&key])?;
    } else if !files::create_new(path, &[&key])? {
        // Another process was faster.
        return self::key(path);
    }
    Ok(key)
}
