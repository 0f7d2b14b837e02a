//! A host with a folder of test guests.

use crate::log::Log;
use sgi_host::{Desk, DeskSettings, Digest, Error, Host, HostOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The account's password. Nothing that anybody is told may hold it.
pub(crate) const PASSWORD: &str = "s3cret-and-long";

/// The bytes of a component that `cargo components` has built below `target/`.
pub(crate) fn component(file: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target")
        .join(file);
    std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}; `cargo components`", file.display()))
}

/// The guest that imports what the contract gives.
pub(crate) fn sealed() -> Vec<u8> {
    component("guests/sealed.wasm")
}

/// The guest that imports the rest of WASI.
pub(crate) fn with_wasi() -> Vec<u8> {
    component("guests/wasi.wasm")
}

/// A guest whose `describe` tries something.
pub(crate) fn describing(mut wasm: Vec<u8>, what: &str) -> Vec<u8> {
    let honest = format!("{:24}", "describe: honest");
    let other = format!("{:24}", format!("describe: {what}"));
    assert_eq!(honest.len(), other.len(), "{what} is too long");
    let places: Vec<usize> = wasm
        .windows(honest.len())
        .enumerate()
        .filter(|(_, window)| *window == honest.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 1, "the place to change");
    wasm[places[0]..][..other.len()].copy_from_slice(other.as_bytes());
    wasm
}

/// A host with these files in its folder of connectors, each pinned as what it is called.
pub(crate) struct Place {
    pub(crate) folder: Arc<TempDir>,
    pub(crate) options: HostOptions,
}

impl Place {
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors).unwrap();
        for (name, bytes) in files {
            std::fs::write(connectors.join(name), bytes).unwrap();
        }
        let pins = files.iter().map(|(name, bytes)| {
            let id = name.trim_end_matches(".wasm").to_owned();
            (id, Digest::of(bytes))
        });
        let options = HostOptions {
            state_dir: Some(folder.path().join("state")),
            cache_dir: Some(folder.path().join("cache")),
            connectors_dir: Some(connectors),
            pins: pins.collect(),
            ..HostOptions::default()
        };
        Self { folder, options }
    }

    /// With the honest guest.
    pub(crate) fn with_guest() -> Self {
        Self::with(&[("guest.wasm", &sealed())])
    }

    pub(crate) fn host(&self) -> Placed {
        Placed {
            host: Host::new(self.options.clone()).unwrap(),
            _folder: Arc::clone(&self.folder),
        }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}

/// A host whose folders last as long as it does.
pub(crate) struct Placed {
    host: Host,
    _folder: Arc<TempDir>,
}

impl std::ops::Deref for Placed {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

/// A desk where nobody listens, for a guest that tries `what`.
pub(crate) fn settings(what: &str) -> DeskSettings {
    DeskSettings::new(
        "tried",
        "guest",
        "http://127.0.0.1:9/desk",
        what,
        PASSWORD.into(),
    )
}

pub(crate) async fn open(host: &Host, settings: DeskSettings) -> Desk {
    host.open(settings).await.unwrap()
}

/// What a ticket's subject tells: how many calls its instance has served.
pub(crate) async fn calls(desk: &Desk, id: &str) -> Result<String, Error> {
    desk.ticket(id).await.map(|ticket| ticket.subject)
}

/// The lines that the connector wrote.
pub(crate) fn of_connector(log: &Log) -> Vec<String> {
    log.text()
        .lines()
        .filter(|line| line.contains("sgi::connector:"))
        .map(str::to_owned)
        .collect()
}

/// A pipe that nobody writes to.
pub(crate) fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}
