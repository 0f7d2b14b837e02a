//! Rust, by cargo.

use super::{Target, run};
use anyhow::{Context, Result, bail};
use sgi_build::component;
use sgi_build::toolchain::{Toolchain, has_target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WASIP2: &str = "wasm32-wasip2";

pub(super) fn build(folder: &Path, target: Target) -> Result<PathBuf> {
    let package = package(folder)?;
    let component = match target {
        Target::Unknown => component::build(folder, &Toolchain::find()?, &package)?,
        Target::Wasip2 => wasip2(folder, &package)?,
    };
    let file = folder.join(format!("{package}.wasm"));
    fs::write(&file, component).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn wasip2(folder: &Path, package: &str) -> Result<Vec<u8>> {
    if !has_target(WASIP2)? {
        bail!(
            "not built: this toolchain has no {WASIP2}; add it with `rustup target add {WASIP2}`"
        );
    }
    let target_dir = folder.join("target/wasip2");
    run(
        Command::new("cargo")
            .current_dir(folder)
            .args([
                "rustc",
                "--lib",
                "--crate-type",
                "cdylib",
                "--target",
                WASIP2,
            ])
            .args([
                "--profile",
                "connector",
                "--package",
                package,
                "--target-dir",
            ])
            .arg(&target_dir),
        "install Rust from https://rustup.rs",
        "the connector does not compile",
    )?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    let file = target_dir.join(WASIP2).join("connector").join(file);
    fs::read(&file).with_context(|| format!("{} is missing", file.display()))
}

fn text<'a>(object: &'a serde_json::Value, key: &str) -> Option<&'a str> {
    object.get(key).and_then(serde_json::Value::as_str)
}

/// The name of the project's own package.
fn package(folder: &Path) -> Result<String> {
    let output = Command::new("cargo")
        .current_dir(folder)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cargo cannot be started: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!(
            "cargo does not read the project: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo describes the project strangely")?;
    let own = folder.join("Cargo.toml");
    let packages = metadata
        .get("packages")
        .and_then(serde_json::Value::as_array)
        .map(Vec::as_slice);
    packages
        .unwrap_or_default()
        .iter()
        .find(|package| text(package, "manifest_path").map(Path::new) == Some(&own))
        .and_then(|package| text(package, "name"))
        .map(str::to_owned)
        .with_context(|| format!("{} describes no package", own.display()))
}
