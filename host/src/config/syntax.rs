//! TOML's own mistakes, told without the line that they are in: it may hold a password.

use super::read::line_of;
use super::{ConfigError, ConfigProblem, cmdb, desk, network};
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;

pub(super) fn parse<'t>(text: &'t str, file: &Path) -> Result<Spanned<DeTable<'t>>, ConfigError> {
    DeTable::parse(text).map_err(|error| {
        // `Display` of the parser's error quotes the source. Its `message` is made of fixed phrases,
        // all of them in toml_parser's source.
        let phrase = error.message();
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let message = match advice(phrase) {
            Some(advice) => format!("this is not TOML: {phrase}; {advice}"),
            None => format!("this is not TOML: {phrase}"),
        };
        ConfigError::Invalid {
            file: file.to_owned(),
            problems: vec![ConfigProblem {
                line,
                key: key_of(text, line),
                message,
            }],
        }
    })
}

/// The key that the line starts with, if it is one that we know. Any other word may be anything.
fn key_of(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?.trim_start();
    let end = line
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(line.len());
    let word = line.get(..end)?;
    desk::KEYS
        .iter()
        .chain(network::KEYS)
        .chain(cmdb::KEYS)
        .find(|key| **key == word)
        .map(|key| (*key).to_owned())
}

/// For the mistakes that people make in such a file.
fn advice(phrase: &str) -> Option<&'static str> {
    let advice = [
        (
            "duplicate key",
            "a key may stand in its table only once, and a table such as [desks.helpdesk] in the \
             file",
        ),
        ("must be quoted", "put text in quotes"),
        (
            "escape",
            "where text holds a backslash, put it in single quotes: 'pass\\word'",
        ),
        (
            "invalid basic string",
            "text ends with a quote, on the same line; where it holds a backslash or a double \
             quote, put it in single quotes: 'pass\\word'",
        ),
        (
            "unexpected key or value",
            "write one key = value on a line; where text holds a double quote, put it in single \
             quotes: 'pass\"word'",
        ),
        ("key with no value", "write key = value"),
    ];
    advice
        .into_iter()
        .find(|(part, _)| phrase.contains(part))
        .map(|(_, advice)| advice)
}
