//! Python, by `componentize-py`.

use super::run;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

const MISSING: &str = "install Python 3.10 or later (Debian: python3 and python3-venv)";

/// The component is named after the folder, as nothing in the project says its name.
pub(super) fn build(folder: &Path) -> Result<PathBuf> {
    let venv = folder.join(".venv");
    let tool = venv.join("bin/componentize-py");
    if !tool.is_file() {
        run(
            Command::new("python3").args(["-m", "venv"]).arg(&venv),
            MISSING,
            "no virtual environment can be made (Debian: install python3-venv)",
        )?;
        run(
            Command::new(venv.join("bin/pip"))
                .current_dir(folder)
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--requirement", "requirements.txt"]),
            MISSING,
            "the packages that requirements.txt names cannot be installed",
        )?;
    }
    let name = folder
        .file_name()
        .context("the project's folder has no name")?;
    let file = folder.join(name).with_added_extension("wasm");
    run(
        Command::new(&tool)
            .current_dir(folder)
            .args([
                "--wit-path",
                "wit",
                "--world",
                "reader",
                "componentize",
                "app",
                "--output",
            ])
            .arg(&file),
        MISSING,
        "the connector cannot be made a component",
    )?;
    Ok(file)
}
