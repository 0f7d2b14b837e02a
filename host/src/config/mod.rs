//! Reading `sgi.toml`: the desks as an administrator writes them down.
//!
//! ```toml
//! [desks.helpdesk]                       # a name of your choice: letters, digits, - _ .
//! type = "rt"                            # the connector
//! active = true                          # false: nothing is asked
//! url = "https://rt.example.org/rt"      # including the protocol; port and path are kept
//! username = "cmdb"
//! password = { env = "RT_PASSWORD" }     # or { file = "rt.password" }, or the password itself
//! link_url = "https://tickets.example.org"   # where people reach the desk, if elsewhere
//!
//! ca_certificates = ["ca.pem"]           # further authorities, beside the system's
//! accept_any_certificate = false
//! proxy = "http://proxy.example.org:3128"    # or { env = … }, { file = … }
//! allow_addresses = ["10.1.2.3", "192.168.7.0/24"]   # private ones that its name may lead to
//! connect_timeout = "10s"                # or a number of seconds
//! request_timeout = "30s"
//! max_response = "32 MiB"
//! parallel = 2
//!
//! [desks.helpdesk.options]               # the connector's own: text, numbers, truth values, lists
//! queues = ["General", "Incidents"]
//!
//! [desks.helpdesk.limits]                # what one call of the connector may use up
//! call_timeout = "2m"
//!
//! [desks.helpdesk.logbook]               # how its events come into the logbook
//! since = 2026-01-01                     # what happened earlier is of no interest
//! interval = "1m"
//!
//! [cmdb]                                 # where entries of the logbook are delivered to
//! kind = "i-doit"
//! url = "https://cmdb.example.org/i-doit"
//! key = { env = "IDOIT_API_KEY" }        # as a password; network keys as those of a desk
//!
//! [host]
//! state_dir = "/var/lib/sgi"
//! cache_dir = "/var/cache/sgi"
//! connectors_dir = "/etc/sgi/connectors"
//!
//! [service]
//! key_file = "/etc/sgi/settings.key"     # the key that passwords of its store are sealed with
//! audit_keep = "5y"                      # older entries of the audit trail are removed
//! frame_ancestors = ["https://cmdb.example.org"]   # sites that may show tickets in a frame
//!
//! [trust]
//! keys = ["RW…"]                         # minisign's, of those whose connectors may run
//!
//! [connectors.otrs]                      # a connector of that folder
//! digest = "sha256:…"                    # may run if it is this component
//! wasi = "empty"                         # and have the rest of WASI, with nothing behind it
//! ```
//!
//! Paths are relative to the file. What is wrong with the file's *shape* (syntax, unknown keys, wrong
//! types) fails the whole file, since nobody can tell what was meant. What is wrong with one desk's
//! *values* (a URL without protocol, a password that is not there) fails that desk alone, when
//! [`DeskEntry::settings`] is asked: one broken desk must not silence the others. So it is with the CMDB
//! and [`CmdbEntry::settings`].
//!
//! No error holds a secret or a line of the file.

mod cmdb;
mod connector;
mod desk;
mod error;
mod find;
mod logbook;
mod network;
mod quantity;
mod read;
mod secret;
mod sent;
mod service;
mod suggest;
mod syntax;
mod write;

pub use cmdb::CmdbEntry;
pub use desk::DeskEntry;
pub use error::{ConfigError, ConfigProblem};
pub use find::EXAMPLE;
pub use logbook::parse_instant;
pub use sent::DeskSecrets;
pub use service::{Keep, ServiceEntry};
pub use suggest::closest;

use crate::catalog::Digest;
use crate::files;
use crate::trust::TrustedKey;
use indexmap::IndexMap;
use read::{Node, Place, Reader, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More than a thousand desks fit; a file that is larger is not a configuration.
const MAX_FILE: u64 = 1 << 20;

/// A configuration that was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that it came from.
    pub file: PathBuf,
    /// The desks by name, in the file's order, inactive ones included.
    pub desks: IndexMap<String, DeskEntry>,
    /// The CMDB that logbook entries are delivered to; none: to none.
    pub cmdb: Option<CmdbEntry>,
    /// Where the host keeps its things.
    pub host: HostDirs,
    /// What the service needs to know.
    pub service: ServiceEntry,
    /// Connectors that may import the rest of WASI, as [`crate::HostOptions::empty_wasi`] has them.
    pub empty_wasi: BTreeSet<String>,
    /// The component that may run under an id, as [`crate::HostOptions::pins`] has it.
    pub pins: BTreeMap<String, Digest>,
    /// Keys whose signatures count, as [`crate::HostOptions::trusted_keys`] has them.
    pub trusted_keys: Vec<TrustedKey>,
    /// What works and should still be mended, in words.
    pub warnings: Vec<String>,
}

/// The table `[host]`. Absolute where the configuration's own path is; none means the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostDirs {
    /// What must survive: what checks learned.
    pub state_dir: Option<PathBuf>,
    /// What can be made again: compiled connectors.
    pub cache_dir: Option<PathBuf>,
    /// Connectors to use beside the bundled ones.
    pub connectors_dir: Option<PathBuf>,
}

impl Config {
    /// The file to read: `explicit` where it is given, else the first that exists of `$SGI_CONFIG`,
    /// `./sgi.toml`, `$XDG_CONFIG_HOME/sgi/sgi.toml` and `/etc/sgi/sgi.toml`.
    ///
    /// # Errors
    /// [`ConfigError::NotFound`], with the places and an example to copy. A file that was named,
    /// by `explicit` or `$SGI_CONFIG`, is taken without a look: [`Config::load`] tells.
    pub fn locate(explicit: Option<&Path>) -> Result<PathBuf, ConfigError> {
        find::locate(
            explicit,
            |name| std::env::var_os(name),
            |path| path.exists(),
        )
    }

    /// Where a file that is not there yet is looked for: `$XDG_CONFIG_HOME/sgi/sgi.toml`.
    pub fn usual_place() -> PathBuf {
        find::usual(|name| std::env::var_os(name))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or its shape is wrong: all such problems at once.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason: String| ConfigError::Unreadable {
            file: path.to_owned(),
            reason,
        };
        let (bytes, metadata) = files::read_named(path, MAX_FILE).map_err(|error| {
            unreadable(match error.kind() {
                io::ErrorKind::IsADirectory => {
                    "it is a folder; name the file in it, such as sgi.toml".to_owned()
                }
                _ => error.to_string(),
            })
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| unreadable("it is not UTF-8 text; save it as UTF-8".to_owned()))?;
        let mut config = Self::parse(&text, path)?;
        if config.desks.values().any(DeskEntry::holds_secret)
            || config.cmdb.as_ref().is_some_and(CmdbEntry::holds_secret)
        {
            config.warnings.extend(secret::exposed(path, &metadata));
        }
        let files: BTreeSet<&Path> = config
            .desks
            .values()
            .flat_map(DeskEntry::secret_files)
            .chain(config.cmdb.iter().flat_map(CmdbEntry::secret_files))
            .collect();
        let exposed: Vec<String> = files
            .into_iter()
            // One that is not there is told when it is needed.
            .filter_map(|file| secret::exposed(file, &std::fs::metadata(file).ok()?))
            .collect();
        config.warnings.extend(exposed);
        Ok(config)
    }

    /// Reads a text. `path` is named in errors, and relative paths start at its folder.
    ///
    /// # Errors
    /// The shape of the text is wrong: all such problems at once.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file: Arc<Path> = Arc::from(path);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = syntax::parse(text, path)?;
        let root = Table::root(&document);
        let mut reader = Reader::new(Place::File(file), text);
        let desks = desks(&mut reader, &root);
        let mut cmdb = root
            .get("cmdb")
            .and_then(|node| CmdbEntry::read(&mut reader, &node));
        if let Some(cmdb) = &mut cmdb {
            let rt = desks.values().filter(|desk| desk.is_rt());
            cmdb.rt_desks = rt.map(|desk| desk.name().to_owned()).collect();
        }
        let connectors = connector::connectors(&mut reader, &root);
        let config = Self {
            file: path.to_owned(),
            desks,
            cmdb,
            host: host(&mut reader, &root),
            service: ServiceEntry::read(&mut reader, &root),
            empty_wasi: connectors.empty_wasi,
            pins: connectors.pins,
            trusted_keys: connector::trusted_keys(&mut reader, &root),
            warnings: Vec::new(),
        };
        reader.unknown(
            &root,
            &["desks", "cmdb", "host", "service", "connectors", "trust"],
            |key| {
                (desk::KEYS.contains(&key) || network::KEYS.contains(&key)).then(|| {
                    "belongs into the table of a desk; write [desks.NAME] above it".to_owned()
                })
            },
        );
        if reader.is_clean() {
            Ok(config)
        } else {
            Err(reader.into_error())
        }
    }
}

fn desks(reader: &mut Reader<'_>, root: &Table<'_>) -> IndexMap<String, DeskEntry> {
    let Some(node) = root.get("desks") else {
        return IndexMap::new();
    };
    let Some(tables) = reader.table(&node, "one table for each desk, such as [desks.helpdesk]")
    else {
        return IndexMap::new();
    };
    let mut entries: Vec<Node<'_>> = tables.nodes().collect();
    // The parser sorts by name; people expect the order in which they wrote them.
    entries.sort_by_key(|node| node.key_start());
    entries
        .into_iter()
        .filter_map(|node| {
            let entry = DeskEntry::read(reader, &node)?;
            Some((node.name().to_owned(), entry))
        })
        .collect()
}

fn host(reader: &mut Reader<'_>, root: &Table<'_>) -> HostDirs {
    let Some(table) = root
        .get("host")
        .and_then(|node| reader.table(&node, "a table, [host]"))
    else {
        return HostDirs::default();
    };
    let mut directory = |key: &str| {
        let node = table.get(key)?;
        let text = reader.text(&node)?;
        if text.is_empty() {
            reader.problem(&node, "is empty; name a folder, or remove the line");
        }
        Some(reader.path(&text))
    };
    let dirs = HostDirs {
        state_dir: directory("state_dir"),
        cache_dir: directory("cache_dir"),
        connectors_dir: directory("connectors_dir"),
    };
    reader.unknown(
        &table,
        &["state_dir", "cache_dir", "connectors_dir"],
        |_| None,
    );
    dirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_every_key() {
        let readme = include_str!("../../../README.md");
        let of_host = [
            "state_dir",
            "cache_dir",
            "connectors_dir",
            "wasi",
            "digest",
            "keys",
        ];
        let keys = desk::KEYS
            .iter()
            .chain(network::KEYS)
            .chain(network::LIMIT_KEYS)
            .chain(logbook::KEYS)
            .chain(cmdb::KEYS)
            .chain(service::KEYS);
        for key in keys.chain(&of_host) {
            let told = match *key {
                "options" | "limits" | "logbook" => format!("`[desks.NAME.{key}]`"),
                key => format!("\n| `{key}` | "),
            };
            assert!(readme.contains(&told), "{key}");
        }
    }
}
