//! The connectors there are: those built into the host, and those in the connectors folder.

use crate::admission::MAX_COMPONENT;
use crate::error::{Error, Problem};
use crate::files;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// SHA-256 of a component's bytes: what it is, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:` and 64 digits (0 to 9, a to f).
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?.as_bytes();
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if hex.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_chunks::<2>().0) {
            let [high, low] = *pair;
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no digest (sha256:…)"))
    }
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Built into the host.
    Builtin,
    /// A file in the connectors folder.
    File(PathBuf),
    /// Kept from when it was let in, and gone back to.
    Kept {
        /// The connector's id.
        id: String,
        /// The file that it is kept in.
        file: PathBuf,
    },
}

impl Source {
    /// What a component goes by until it has said what it is: the name of its file, or the id under which
    /// it is kept. Empty for one that is built in.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Builtin => String::new(),
            Self::File(path) => {
                let stem = path.file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
            Self::Kept { id, .. } => id.clone(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("that is built in"),
            Self::File(path) | Self::Kept { file: path, .. } => path.display().fmt(f),
        }
    }
}

struct Builtin {
    id: &'static str,
    digest: [u8; 32],
    wasm: &'static [u8],
}

/// Made by `build.rs`.
const BUILTIN: &[Builtin] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// A component's bytes with what is known without running it.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) source: Source,
    pub(crate) digest: Digest,
    pub(crate) wasm: Cow<'static, [u8]>,
}

/// What a desk's `type` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// Reads `id`, `id@1.2.3` or `id@sha256:…`.
    pub(crate) fn parse(kind: &'a str) -> Self {
        match kind.split_once('@') {
            None => Self {
                id: kind,
                version: None,
                digest: None,
            },
            Some((id, digest)) if digest.starts_with("sha256:") => Self {
                id,
                version: None,
                digest: Some(digest),
            },
            Some((id, version)) => Self {
                id,
                version: Some(version),
                digest: None,
            },
        }
    }

    pub(crate) fn fits(&self, id: &str, version: &str, digest: &Digest) -> bool {
        self.id == id
            && self.version.is_none_or(|wanted| wanted == version)
            && self
                .digest
                .is_none_or(|wanted| wanted == digest.to_string())
    }
}

/// The components that are built in.
pub(crate) fn builtin() -> impl Iterator<Item = (&'static str, Candidate)> {
    BUILTIN.iter().map(|builtin| {
        let candidate = Candidate {
            source: Source::Builtin,
            digest: Digest(builtin.digest),
            wasm: Cow::Borrowed(builtin.wasm),
        };
        (builtin.id, candidate)
    })
}

/// The component files in a folder, by name, with what cannot be read. A missing folder is an empty
/// one. What anybody may have put there is not taken: it would be sent the desk's password.
pub(crate) fn folder(folder: &Path) -> Vec<(Source, Result<Candidate, Error>)> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(folder = %folder.display(), %error, "the connectors' folder cannot be read");
            }
            return Vec::new();
        }
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    let guarded = fs::metadata(folder).map(|metadata| files::changeable_by(&metadata));
    files
        .into_iter()
        .map(|path| {
            let candidate = match &guarded {
                Ok(Some(why)) => Err(untrusted(&format!("the folder {}", folder.display()), why)),
                _ => file(&path),
            };
            (Source::File(path), candidate)
        })
        .collect()
}

pub(crate) fn untrusted(what: &str, why: &str) -> Error {
    Error::NotAdmitted(Problem::new(format!(
        "{what} {why} and is not used: a connector speaks to the desk in the account's name, so root or \
         the user that runs the host must own it, and others must not change it (`chmod o-w`)"
    )))
}

/// The bytes of a component.
pub(crate) fn bytes(path: &Path) -> io::Result<(Vec<u8>, fs::Metadata)> {
    files::read(path, MAX_COMPONENT as u64)
}

/// A file as a component that may be looked into.
pub(crate) fn file(path: &Path) -> Result<Candidate, Error> {
    let (wasm, metadata) = bytes(path).map_err(|error| {
        Error::NotAdmitted(Problem::new(format!(
            "the component {} cannot be read: {error}",
            path.display()
        )))
    })?;
    if let Some(why) = files::changeable_by(&metadata) {
        return Err(untrusted(
            &format!("the component {}", path.display()),
            &why,
        ));
    }
    Ok(Candidate {
        source: Source::File(path.to_owned()),
        digest: Digest::of(&wasm),
        wasm: Cow::Owned(wasm),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_names_an_id_and_where_wanted_a_version_or_a_digest() {
        let digest = Digest::of(b"x");
        let text = format!("rt@{digest}");
        assert!(Wanted::parse("rt").fits("rt", "1.0.0", &digest));
        assert!(Wanted::parse("rt@1.0.0").fits("rt", "1.0.0", &digest));
        assert!(Wanted::parse(&text).fits("rt", "1.0.0", &digest));
        assert!(!Wanted::parse("rt").fits("otrs", "1.0.0", &digest));
        assert!(!Wanted::parse("rt@1.0.1").fits("rt", "1.0.0", &digest));
        assert!(!Wanted::parse(&text).fits("rt", "1.0.0", &Digest::of(b"y")));
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::of(b"x");
        let text = digest.to_string();
        assert_eq!(Digest::parse(&text), Some(digest));
        for wrong in [
            "",
            "sha256:",
            &text[1..],
            &text[..70],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replace(&text[20..22], "ä"),
        ] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_builtin_digests_are_those_of_the_bytes() {
        for (id, candidate) in builtin() {
            assert_eq!(candidate.digest, Digest::of(&candidate.wasm), "{id}");
        }
    }
}
