//! From a connector's crate to its component: the first-party ones by `cargo components`, anybody's by
//! `sgi connector build`.

pub mod component;
pub mod toolchain;

/// Tells whoever waits what is going on.
fn say(what: &str) {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.file_name());
    eprintln!("{}: {what}", program.unwrap_or_default().display());
}
