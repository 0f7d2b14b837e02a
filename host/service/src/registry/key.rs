//! The key that secrets are sealed with: in a file, never in the database.

use super::RegistryError;
use sgi_host::files;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// In the file: that many bytes as twice as many hexadecimal digits.
const LENGTH: usize = 32;

const MAX_FILE: u64 = 4096;

/// Where the key is.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    path: PathBuf,
    /// A file that an administrator named is made by an administrator.
    ours: bool,
}

/// A key, wiped when it is dropped.
pub(super) struct Key {
    bytes: Zeroizing<[u8; LENGTH]>,
}

impl Key {
    #[cfg(test)]
    pub(super) fn new(bytes: Zeroizing<[u8; LENGTH]>) -> Self {
        Self { bytes }
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        &self.bytes
    }

    /// Tells it from other keys, and says nothing about it.
    pub(super) fn id(&self) -> Vec<u8> {
        let hash = Zeroizing::new(blake3::derive_key("sgi-service key id", &*self.bytes));
        hash.iter().copied().take(8).collect()
    }

    fn random() -> Result<Self, RegistryError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random(&mut *bytes)?;
        Ok(Self { bytes })
    }
}

/// From the system.
pub(super) fn random(bytes: &mut [u8]) -> Result<(), RegistryError> {
    getrandom::fill(bytes)
        .map_err(|error| RegistryError::Internal(format!("the system has no randomness: {error}")))
}

impl KeyFile {
    /// The key beside the database, or in the file that an administrator named.
    pub(super) fn new(folder: &Path, named: Option<&Path>) -> Self {
        match named {
            Some(path) => Self {
                path: path.to_owned(),
                ours: false,
            },
            None => Self {
                path: folder.join("settings.key"),
                ours: true,
            },
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The key, if the file is there.
    pub(super) fn read(&self) -> Result<Option<Key>, RegistryError> {
        let place = self.path.display();
        let (bytes, metadata) = match files::read(&self.path, MAX_FILE) {
            Ok((bytes, metadata)) => (Zeroizing::new(bytes), metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(RegistryError::Key(format!(
                    "the key of the settings, {place}, cannot be read: {error}"
                )));
            }
        };
        // What root hands to a service may belong to root, and to a group of the service's.
        let theirs = !self.ours && metadata.uid() == 0 && metadata.mode() & 0o037 == 0;
        if !files::is_ours(&metadata, 0o077) && !theirs {
            return Err(RegistryError::Key(format!(
                "the key of the settings, {place}, must belong to the user that runs sgi and be closed to \
                 others: `chmod 600` it, and if others may have read it, give the desks new passwords"
            )));
        }
        match parsed(&bytes) {
            Some(key) => Ok(Some(key)),
            None => Err(RegistryError::Key(format!(
                "the key of the settings, {place}, holds something else than a key, which is {} \
                 hexadecimal digits: put back the right file",
                2 * LENGTH
            ))),
        }
    }

    /// Makes a key. One that is there by now goes before.
    pub(super) fn create(&self) -> Result<Key, RegistryError> {
        let place = self.path.display();
        if !self.ours {
            return Err(RegistryError::Key(format!(
                "there is no key of the settings in {place}, which [service] of sgi.toml names: make one \
                 with `(umask 077; openssl rand -hex {LENGTH} > {place})`"
            )));
        }
        let key = Key::random()?;
        let mut text = Zeroizing::new(String::with_capacity(2 * LENGTH + 1));
        for byte in key.bytes.iter() {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
        self.write(text.as_bytes()).map_err(|error| {
            RegistryError::Key(format!(
                "the key of the settings, {place}, cannot be written: {error}"
            ))
        })?;
        // The one that is there, whoever made it.
        self.read()?.ok_or_else(|| {
            RegistryError::Key(format!("{place} was removed just after it was made"))
        })
    }

    /// When it ends, the key survives a loss of power: nothing is sealed with it before.
    fn write(&self, text: &[u8]) -> io::Result<()> {
        files::create_new(&self.path, &[text])?;
        File::open(&self.path)?.sync_all()?;
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn parsed(text: &[u8]) -> Option<Key> {
    let text = text.trim_ascii();
    let mut bytes = Zeroizing::new([0; LENGTH]);
    if text.len() != 2 * LENGTH {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        for digit in pair {
            let digit = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(digit).ok()?;
        }
    }
    Some(Key { bytes })
}
