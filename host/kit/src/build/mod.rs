//! From a project to its component, by the tools of its language.

mod javascript;
mod python;
mod rust;

use crate::language::Language;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a connector in Rust is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// `wasm32-unknown-unknown`: it imports what its world says, and nothing else.
    #[default]
    Unknown,
    /// `wasm32-wasip2`, for crates that need more of a system: it imports the rest of WASI, which an
    /// administrator must allow, and which leads nowhere.
    Wasip2,
}

/// Builds the component of the project in a folder, and returns its file.
pub fn build(folder: &Path, target: Target) -> Result<PathBuf> {
    let language = Language::of_project(folder)?;
    // Tools are started in the folder, and told of files in it.
    let folder = &folder
        .canonicalize()
        .with_context(|| format!("{} cannot be found", folder.display()))?;
    if target != Target::Unknown && language != Language::Rust {
        bail!("a target is chosen for Rust only; this project is written in {language:?}");
    }
    match language {
        Language::Rust => rust::build(folder, target),
        Language::JavaScript => javascript::build(folder),
        Language::Python => python::build(folder),
    }
}

/// Runs a tool. What it prints is for whoever waits, and no result of this program.
fn run(command: &mut Command, missing: &str, failed: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("{program} cannot be started: {missing}"))?;
    if !status.success() {
        bail!("{failed} ({program} ended with {status}); it says why above");
    }
    Ok(())
}
