//! The languages that a connector can be written in.

use anyhow::{Result, bail};
use std::path::Path;

/// What a connector is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Small and fast: what the connectors that come along are written in.
    Rust,
    /// By `@bytecodealliance/componentize-js`: 13 MiB.
    JavaScript,
    /// By `componentize-py`: 19 MiB.
    Python,
}

impl Language {
    /// The language of the project in a folder.
    pub fn of_project(folder: &Path) -> Result<Self> {
        let found: Vec<Self> = [Self::Rust, Self::JavaScript, Self::Python]
            .into_iter()
            .filter(|language| folder.join(language.mark()).is_file())
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => bail!(
                "{} is no connector's project: there is no Cargo.toml (Rust), package.json (JavaScript) or \
                 requirements.txt (Python) in it; `sgi connector new NAME` makes one",
                folder.display()
            ),
            [first, second, ..] => bail!(
                "{} holds both {} and {}: it cannot be told whether the connector is written in {first:?} or \
                 {second:?}",
                folder.display(),
                first.mark(),
                second.mark()
            ),
        }
    }

    /// The file by which a project is known.
    fn mark(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "requirements.txt",
        }
    }

    /// The folder of the template.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }
}
