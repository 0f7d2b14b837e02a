//! Embeds the first-party components that `cargo components` has put into `target/connectors/`.
//!
//! It does not build them: cargo inside a build script would wait for itself.

use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    // Where cargo runs it: in the package's folder. Relative, so that a copy of the checkout together with
    // its `target` does not embed the connectors of the original.
    let folder = Path::new("../target/connectors");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    files.sort();
    if files.is_empty() {
        println!(
            "cargo:error=the connectors are not built yet: run `cargo components` (or `cargo demo`, \
             `cargo verify`) first"
        );
        return Ok(());
    }
    let mut table = String::from("&[\n");
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let file = file.canonicalize()?;
        let bytes = fs::read(&file)?;
        let id = file.file_stem().unwrap_or_default().to_string_lossy();
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        writeln!(
            table,
            "    Builtin {{ id: {id:?}, digest: {digest:?}, wasm: include_bytes!({file:?}) }},"
        )?;
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("builtin.rs");
    fs::write(out, table)?;
    Ok(())
}
