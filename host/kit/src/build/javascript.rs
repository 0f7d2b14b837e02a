//! JavaScript, by npm and `@bytecodealliance/componentize-js`.

use super::run;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MISSING: &str = "install Node.js 20 or later with npm";

pub(super) fn build(folder: &Path) -> Result<PathBuf> {
    if !folder.join("node_modules").is_dir() {
        let install = match folder.join("package-lock.json").is_file() {
            true => "ci",
            false => "install",
        };
        run(
            Command::new("npm").current_dir(folder).args([
                install,
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
            ]),
            MISSING,
            "the packages that package.json names cannot be installed",
        )?;
    }
    run(
        Command::new("npm")
            .current_dir(folder)
            .args(["run", "--silent", "build"]),
        MISSING,
        "the connector cannot be made a component",
    )?;
    let file = folder.join(format!("{}.wasm", name(folder)?));
    if !file.is_file() {
        bail!("`npm run build` made no {}", file.display());
    }
    Ok(file)
}

fn name(folder: &Path) -> Result<String> {
    let file = folder.join("package.json");
    let text = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let package: serde_json::Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let name = package
        .get("name")
        .and_then(serde_json::Value::as_str)
        .context("package.json has no name")?;
    Ok(name.to_owned())
}
