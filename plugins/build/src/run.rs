//! What the two commands do once the connectors are built.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Builds `sgi` and lets it list tickets from the bundled demo desk.
pub(crate) fn demo(root: &Path, arguments: &[String]) -> Result<()> {
    eprintln!("sgi-build: building sgi …");
    must(
        cargo(root).args(["build", "--locked", "--package", "sgi", "--bin", "sgi"]),
        "sgi does not compile",
    )?;
    must(
        cargo(root)
            .args([
                "run",
                "--quiet",
                "--locked",
                "--package",
                "sgi",
                "--bin",
                "sgi",
            ])
            .args(["--", "demo"])
            .args(arguments),
        "the demo failed",
    )
}

/// Builds `sgi` and what measures it, and prints the table.
pub(crate) fn measure(root: &Path, arguments: &[String]) -> Result<()> {
    let both = ["--package", "sgi", "--package", "sgi-bench"];
    must(
        cargo(root).args(["build", "--locked", "--bins"]).args(both),
        "sgi does not compile",
    )?;
    must(
        cargo(root)
            .args(["run", "--quiet", "--locked", "--package", "sgi-bench", "--"])
            .args(arguments),
        "measuring failed",
    )
}

/// Builds `sgi` and takes pictures of its pages.
pub(crate) fn screenshots(root: &Path, arguments: &[String]) -> Result<()> {
    // With what the tests have, so that nothing is compiled twice.
    for what in [
        &["--package", "sgi", "--bin", "sgi"][..],
        &["--workspace", "--example", "screenshots"],
    ] {
        must(
            cargo(root).args(["build", "--locked"]).args(what),
            "sgi does not compile",
        )?;
    }
    let folder = match arguments {
        [folder, ..] => folder.into(),
        [] => root.join("host/service/pictures"),
    };
    must(
        Command::new(root.join("target/debug/examples/screenshots")).arg(folder),
        "the pictures could not be taken",
    )
}

/// Has the service attacked by all hostile connectors, for an hour or so many minutes.
pub(crate) fn soak(root: &Path, arguments: &[String]) -> Result<()> {
    let minutes = arguments.first().map_or("60", String::as_str);
    if !minutes.parse::<f64>().is_ok_and(|minutes| minutes > 0.0) {
        bail!("{minutes:?} is no number of minutes; usage: cargo measure soak [MINUTES]");
    }
    must(
        cargo(root).args(["build", "--locked", "--package", "sgi", "--bin", "sgi"]),
        "sgi does not compile",
    )?;
    // As the tests are built, so that nothing is compiled twice.
    must(
        cargo(root)
            .args([
                "test",
                "--quiet",
                "--locked",
                "--workspace",
                "--test",
                "hostile",
            ])
            .args(["--", "--nocapture", "--exact"])
            .arg("soak::the_service_bears_them_together")
            .env("SGI_SOAK_MINUTES", minutes),
        "the service did not bear it",
    )
}

/// Runs every test of the workspace. `cargo nextest` runs them faster where it is installed; plain
/// cargo runs the same ones.
pub(crate) fn verify(root: &Path, filters: &[String]) -> Result<()> {
    // The program itself is a build artefact that end-to-end tests start.
    must(
        cargo(root).args(["build", "--locked", "--package", "sgi", "--bin", "sgi"]),
        "sgi does not compile",
    )?;
    if has_nextest(root) {
        must(
            cargo(root)
                .args([
                    "nextest",
                    "run",
                    "--locked",
                    "--workspace",
                    "--no-fail-fast",
                ])
                .args(filters),
            "tests failed",
        )?;
        if filters.is_empty() {
            must(
                cargo(root).args(["test", "--locked", "--workspace", "--doc"]),
                "documentation examples failed",
            )?;
        }
        Ok(())
    } else {
        must(
            cargo(root)
                .args(["test", "--locked", "--workspace", "--no-fail-fast"])
                .args(filters),
            "tests failed",
        )
    }
}

fn has_nextest(root: &Path) -> bool {
    cargo(root)
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command
}

fn must(command: &mut Command, otherwise: &str) -> Result<()> {
    let status = command.status().context("cargo could not be started")?;
    if status.success() {
        Ok(())
    } else {
        bail!("{otherwise} ({status})")
    }
}
