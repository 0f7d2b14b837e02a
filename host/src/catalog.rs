//! The connectors there are: those built into the host, and those in the connectors folder.

use crate::error::{Error, Problem};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A component larger than this is not read. A connector in Python has 19 MiB.
const MAX_COMPONENT: u64 = 64 << 20;

/// SHA-256 of a component's bytes: what it is, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
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

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Built into the host.
    Builtin,
    /// A file in the connectors folder.
    File(PathBuf),
}

impl Source {
    /// What a component goes by until it has said what it is: the name of its file. Empty for one
    /// that is built in.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Builtin => String::new(),
            Self::File(path) => {
                let stem = path.file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("that is built in"),
            Self::File(path) => path.display().fmt(f),
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
/// one.
pub(crate) fn folder(folder: &Path) -> Vec<(Source, Result<Candidate, Error>)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
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
    files
        .into_iter()
        .map(|path| {
            let candidate = read(&path);
            (Source::File(path), candidate)
        })
        .collect()
}

fn read(path: &Path) -> Result<Candidate, Error> {
    let unreadable = |error: std::io::Error| {
        Error::Host(
            Problem::new(format!("the component {} cannot be read", path.display()))
                .with_detail(error.to_string()),
        )
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_COMPONENT {
        return Err(Error::NotAdmitted(Problem::new(format!(
            "the component {} has {} MiB; {} are allowed",
            path.display(),
            size >> 20,
            MAX_COMPONENT >> 20
        ))));
    }
    let wasm = fs::read(path).map_err(unreadable)?;
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
    fn the_builtin_digests_are_those_of_the_bytes() {
        for (id, candidate) in builtin() {
            assert_eq!(candidate.digest, Digest::of(&candidate.wasm), "{id}");
        }
    }
}
