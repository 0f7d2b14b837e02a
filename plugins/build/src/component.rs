//! From a crate to a component: compile, encode, validate, and see that it imports no more than its
//! world says.

use crate::say;
use crate::toolchain::Toolchain;
use anyhow::{Context, Result, anyhow, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldItem, WorldKey};

/// How large a function may be that is put into its callers, for the last step of the build, in which
/// all crates are one; the compiler's own measure is 250. The host counts the time of a connector at
/// the beginning of each function, and JSON is read by very many small ones: this makes a list of
/// 1,000 tickets 8 % faster and the component two fifths larger. 1000 makes it 5 % faster still, and
/// larger by a quarter more.
const INLINING: &str = "llvm-args=-inline-threshold=600";

/// Builds the connectors below `plugins/` into `target/connectors/`, where the host picks them up.
pub fn build_all(root: &Path, connectors: &[&str]) -> Result<()> {
    let toolchain = Toolchain::find()?;
    say(&format!("connectors by {}", toolchain.describe()));
    let allowed = contract_imports(&root.join("wit"))?;
    for connector in connectors {
        let package = format!("sgi-connector-{connector}");
        let component = build(root, &toolchain, &package)?;
        check_imports(&component, &allowed).with_context(|| format!("connector {connector}"))?;
        keep(root, "connectors", connector, &component)?;
    }
    Ok(())
}

/// Builds the guest that the host's tests need, in its two profiles, into `target/guests/`.
pub fn build_test_guests(root: &Path) -> Result<()> {
    let toolchain = Toolchain::find()?;
    for (name, package) in [
        ("sealed", "sgi-test-guest"),
        ("wasi", "sgi-test-guest-wasi"),
    ] {
        let component = build(root, &toolchain, package)?;
        keep(root, "guests", name, &component)?;
    }
    Ok(())
}

/// A component of the crate of that name in the workspace at `root`.
pub fn build(root: &Path, toolchain: &Toolchain, package: &str) -> Result<Vec<u8>> {
    let (mut cargo, made) = toolchain.cargo_rustc(root);
    let status = cargo
        .args(["--package", package])
        .args(["--", "-C", INLINING])
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("{package} does not compile ({status})");
    }
    let core = made.join(format!("{}.wasm", package.replace('-', "_")));
    let core = fs::read(&core).with_context(|| format!("{} is missing", core.display()))?;
    encode(&core).with_context(|| package.to_owned())
}

/// A component whose bytes did not change keeps its file, so that nothing is rebuilt after it.
fn keep(root: &Path, folder: &str, name: &str, component: &[u8]) -> Result<()> {
    let folder = root.join("target").join(folder);
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.wasm"));
    if fs::read(&file).ok().as_deref() != Some(component) {
        fs::write(&file, component)?;
        say(&format!(
            "{} ({} KiB)",
            file.strip_prefix(root).unwrap_or(&file).display(),
            component.len() / 1024
        ));
    }
    Ok(())
}

fn encode(core: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(core)
        .map_err(|error| anyhow!("the module does not fit its world: {error:#}"))?
        .encode()
        .map_err(|error| anyhow!("the module cannot be made a component: {error:#}"))
}

/// Names of all interfaces that the contract's worlds import, without versions: the encoder raises
/// the patch version of WASI to the highest that takes part.
fn contract_imports(wit: &Path) -> Result<BTreeSet<String>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(wit)
        .map_err(|error| anyhow!("wit/ does not parse: {error:#}"))?;
    let package = resolve
        .packages
        .get(package)
        .context("wit/ holds no package")?;
    let mut names = BTreeSet::new();
    for world in package.worlds.values() {
        names.extend(imports(&resolve, *world)?);
    }
    Ok(names)
}

fn check_imports(component: &[u8], allowed: &BTreeSet<String>) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)
        .map_err(|error| anyhow!("the component cannot be read back: {error:#}"))?
    else {
        bail!("the encoder made something that is no component");
    };
    for name in imports(&resolve, world)? {
        if !allowed.contains(&name) {
            bail!("it imports {name}, which the contract does not give");
        }
    }
    Ok(())
}

fn imports(resolve: &Resolve, world: wit_parser::WorldId) -> Result<BTreeSet<String>> {
    let world = resolve.worlds.get(world).context("a world is missing")?;
    let mut names = BTreeSet::new();
    for (key, item) in &world.imports {
        match (key, item) {
            (WorldKey::Interface(_), WorldItem::Interface { .. }) => {
                let name = resolve.name_world_key(key);
                names.insert(name.split('@').next().unwrap_or(&name).to_owned());
            }
            (WorldKey::Name(name), _) => {
                names.insert(name.clone());
            }
            (key, _) => bail!("unexpected import {}", resolve.name_world_key(key)),
        }
    }
    Ok(names)
}
