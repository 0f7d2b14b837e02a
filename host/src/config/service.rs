//! `[service]`: what the service needs to know before it reads its store.

use super::read::{Reader, Table};
use std::path::PathBuf;

pub(super) const KEYS: &[&str] = &["key_file"];

/// The table `[service]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceEntry {
    /// The key that secrets in the service's store are sealed with; none: `settings.key` beside it.
    pub key_file: Option<PathBuf>,
}

impl ServiceEntry {
    pub(super) fn read(reader: &mut Reader<'_>, root: &Table<'_>) -> Self {
        let table = root.get("service");
        let Some(table) = table.and_then(|node| reader.table(&node, "a table, [service]")) else {
            return Self::default();
        };
        let key_file = table.get("key_file").and_then(|node| {
            let text = reader.text(&node)?;
            if text.is_empty() {
                reader.problem(&node, "is empty; name a file, or remove the line");
            }
            Some(reader.path(&text))
        });
        reader.unknown(&table, KEYS, |_| None);
        Self { key_file }
    }
}
