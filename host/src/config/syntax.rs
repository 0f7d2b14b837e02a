//! TOML's own mistakes, told without the line that they are in: it may hold a password.

use super::read::line_of;
use super::{ConfigError, ConfigProblem};
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
                key: None,
                message,
            }],
        }
    })
}

/// For the mistakes that people make in such a file.
fn advice(phrase: &str) -> Option<&'static str> {
    if phrase.contains("duplicate key") {
        Some("a key, and a table such as [desks.helpdesk], may stand in the file only once")
    } else if phrase.contains("must be quoted") {
        Some("put text in quotes")
    } else if phrase.contains("escape") || phrase.contains("invalid basic string") {
        Some(
            "where text holds a backslash or a double quote, put it in single quotes: 'pass\\word'",
        )
    } else {
        None
    }
}
