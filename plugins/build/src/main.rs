//! Builds the connectors into components, then runs the demo, all tests or the benchmark, or takes pictures of the pages.
//!
//! `cargo demo`, `cargo verify`, `cargo measure`, `cargo screenshots` and `cargo components` (see `.cargo/config.toml`)
//! call it on a bare clone. It installs what is missing, says so, and rebuilds only what changed.

mod run;

use anyhow::{Result, bail};
use sgi_build::component;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The connectors that are built into the host: folders below `plugins/`.
const FIRST_PARTY: &[&str] = &["itop", "otrs", "rt"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sgi-build: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let root = workspace_root()?;
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[] as &[String]),
    };
    match command {
        "components" => {
            component::build_all(&root, FIRST_PARTY)?;
            component::build_test_guests(&root)
        }
        "demo" => {
            component::build_all(&root, FIRST_PARTY)?;
            run::demo(&root, rest)
        }
        "verify" => {
            component::build_all(&root, FIRST_PARTY)?;
            component::build_test_guests(&root)?;
            run::verify(&root, rest)
        }
        "measure" => {
            component::build_all(&root, FIRST_PARTY)?;
            match rest.split_first() {
                Some((part, rest)) if part == "soak" => run::soak(&root, rest),
                _ => run::measure(&root, rest),
            }
        }
        "screenshots" => {
            component::build_all(&root, FIRST_PARTY)?;
            run::screenshots(&root, rest)
        }
        _ => bail!(
            "usage: sgi-build components | demo [ARGUMENTS] | verify [TEST FILTERS] | measure [PART] | \
             screenshots [FOLDER]"
        ),
    }
}

fn workspace_root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match here.ancestors().nth(2) {
        Some(root) if root.join("wit").is_dir() => Ok(root.to_owned()),
        _ => bail!(
            "the sources that this tool was built from are gone from {}: run it by cargo, in the \
             checkout",
            here.display()
        ),
    }
}
