//! What single connectors are allowed.

use super::read::{Node, Reader, Table};
use std::collections::BTreeSet;

/// Reads the tables `[connectors.ID]`.
pub(super) fn empty_wasi(reader: &mut Reader<'_>, root: &Table<'_>) -> BTreeSet<String> {
    let Some(tables) = root.get("connectors").and_then(|node| {
        reader.table(
            &node,
            "one table for each connector, such as [connectors.otrs]",
        )
    }) else {
        return BTreeSet::new();
    };
    tables
        .nodes()
        .filter_map(|node| connector(reader, &node))
        .collect()
}

/// The id of a connector that may have the rest of WASI, with its digest if one is named.
fn connector(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<String> {
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
        let digest = reader.text(&node)?;
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        let lower = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if hex.len() != 64 || !hex.chars().all(lower) {
            reader.problem(
                &node,
                "expected \"sha256:\" and 64 digits (0 to 9, a to f), as `sgi connector inspect \
                 FILE` shows them",
            );
        }
        Some(digest)
    });
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
    wasi.then(|| match digest {
        Some(digest) => format!("{id}@{digest}"),
        None => id.to_owned(),
    })
}
