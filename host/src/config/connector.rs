//! What single connectors are allowed, and whose signatures count.

use super::read::{Node, Reader, Table};
use crate::catalog::Digest;
use crate::trust::TrustedKey;
use std::collections::{BTreeMap, BTreeSet};

/// What the tables `[connectors.ID]` say.
#[derive(Default)]
pub(super) struct Connectors {
    /// See [`crate::HostOptions::empty_wasi`].
    pub(super) empty_wasi: BTreeSet<String>,
    /// See [`crate::HostOptions::pins`].
    pub(super) pins: BTreeMap<String, Digest>,
}

/// Reads the tables `[connectors.ID]`.
pub(super) fn connectors(reader: &mut Reader<'_>, root: &Table<'_>) -> Connectors {
    let mut connectors = Connectors::default();
    let Some(tables) = root.get("connectors").and_then(|node| {
        reader.table(
            &node,
            "one table for each connector, such as [connectors.otrs]",
        )
    }) else {
        return connectors;
    };
    for node in tables.nodes() {
        // What is wrong is told by the reader.
        let _ = connector(reader, &node, &mut connectors);
    }
    connectors
}

/// Reads `[trust]`.
pub(super) fn trusted_keys(reader: &mut Reader<'_>, root: &Table<'_>) -> Vec<TrustedKey> {
    let table = root.get("trust");
    let Some(table) = table.and_then(|node| reader.table(&node, "a table, [trust]")) else {
        return Vec::new();
    };
    reader.unknown(&table, &["keys"], |_| None);
    let Some(node) = table.get("keys") else {
        return Vec::new();
    };
    let Some(elements) = node.elements() else {
        reader.wrong_type(&node, "a list of keys, such as [\"RW…\"]");
        return Vec::new();
    };
    let mut keys: Vec<TrustedKey> = Vec::new();
    for element in elements {
        match reader.text(&element).map(|text| TrustedKey::parse(&text)) {
            Some(Ok(key)) if keys.contains(&key) => {
                reader.problem(&element, "this key stands here twice");
            }
            Some(Ok(key)) => keys.push(key),
            Some(Err(problem)) => reader.problem(&element, problem.message),
            None => {}
        }
    }
    keys
}

fn connector(reader: &mut Reader<'_>, node: &Node<'_>, connectors: &mut Connectors) -> Option<()> {
    let table = reader.table(node, "a table, such as [connectors.otrs]")?;
    let id = node.name();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(fits) {
        reader.problem(
            node,
            "a connector's id consists of lower-case letters, digits and \"-\"; a digest belongs \
             into the table as digest = \"sha256:…\"",
        );
    }
    reader.unknown(&table, &["wasi", "digest"], |_| None);
    let digest = table.get("digest").and_then(|node| {
        let text = reader.text(&node)?;
        let digest = Digest::parse(&text);
        if digest.is_none() {
            reader.problem(
                &node,
                "expected \"sha256:\" and 64 digits (0 to 9, a to f), as `sgi connector inspect \
                 FILE` shows them",
            );
        }
        digest
    });
    if let Some(digest) = digest {
        connectors.pins.insert(id.to_owned(), digest);
    }
    let wasi = table.get("wasi").and_then(|node| {
        let wasi = reader.text(&node)?;
        match wasi.as_str() {
            "empty" => Some(true),
            "none" => Some(false),
            _ => {
                reader.problem(&node, "expected \"empty\" or \"none\"");
                None
            }
        }
    })?;
    if wasi {
        connectors.empty_wasi.insert(match digest {
            Some(digest) => format!("{id}@{digest}"),
            None => id.to_owned(),
        });
    }
    Some(())
}
