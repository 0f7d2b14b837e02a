//! Walking a TOML document, with every value's line and full key at hand, and all problems kept.

use super::{ConfigError, ConfigProblem, closest};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where what is read comes from.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A file: who wrote it may name other files and variables in it.
    File(Arc<Path>),
    /// A desk's table of its own: whoever sent it may name nothing on this machine.
    Sent(Arc<str>),
}

impl Place {
    pub(super) fn error(&self, mut problems: Vec<ConfigProblem>) -> ConfigError {
        problems.sort_by_key(|problem| problem.line);
        match self {
            Self::File(file) => ConfigError::Invalid {
                file: file.to_path_buf(),
                problems,
            },
            Self::Sent(desk) => ConfigError::Desk {
                desk: desk.to_string(),
                problems,
            },
        }
    }
}

/// A value with the place that it was read from, for problems that show up later.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: T,
}

impl<T> Located<T> {
    pub(super) fn problem(&self, message: impl Into<String>) -> ConfigProblem {
        ConfigProblem {
            line: self.line,
            key: (!self.key.is_empty()).then(|| self.key.clone()),
            message: message.into(),
        }
    }
}

impl Located<()> {
    /// A value that this table must have, or the problem that it is missing.
    pub(super) fn required<'v, T>(
        &self,
        value: &'v Option<Located<T>>,
        key: &str,
        example: &str,
        problems: &mut Vec<ConfigProblem>,
    ) -> Option<&'v Located<T>> {
        if value.is_none() {
            let mut problem = self.problem(format!("{key:?} is missing; write {key} = {example}"));
            problem.key.get_or_insert_with(|| key.to_owned());
            problems.push(problem);
        }
        value.as_ref()
    }
}

/// A value in the document.
pub(super) struct Node<'a> {
    key: String,
    name: &'a str,
    name_span: Range<usize>,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Node<'a> {
    /// The last part of the key.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    pub(super) fn key_start(&self) -> usize {
        self.name_span.start
    }

    /// With a key that begins in its own table.
    pub(super) fn on_its_own(self) -> Self {
        Self {
            key: String::new(),
            ..self
        }
    }

    /// What a person would say that the value is. Never the value itself: it may be a password.
    fn found(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// The elements of a list, each under the key of the list.
    pub(super) fn elements(&self) -> Option<Vec<Node<'a>>> {
        let DeValue::Array(array) = self.value else {
            return None;
        };
        Some(
            array
                .iter()
                .map(|element| Node {
                    key: self.key.clone(),
                    name: self.name,
                    name_span: element.span(),
                    value: element.get_ref(),
                })
                .collect(),
        )
    }

    /// Text, or a number or truth value as text.
    pub(super) fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(_) => self.integer().map(|number| number.to_string()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match self.value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        }
    }
}

/// A table in the document.
pub(super) struct Table<'a> {
    key: String,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn root(document: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            key: String::new(),
            entries: document.get_ref(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Node<'a>> {
        self.entries
            .get_key_value(name)
            .map(|(key, value)| self.node(key, value))
    }

    pub(super) fn entries(&self) -> &'a DeTable<'a> {
        self.entries
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'a>> {
        self.entries
            .iter()
            .map(|(key, value)| self.node(key, value))
    }

    fn node(
        &self,
        key: &'a Spanned<std::borrow::Cow<'a, str>>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Node<'a> {
        let name: &str = key.get_ref();
        let bare = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let part = if bare {
            name.to_owned()
        } else {
            format!("{name:?}")
        };
        Node {
            key: match self.key.as_str() {
                "" => part,
                parent => format!("{parent}.{part}"),
            },
            name,
            name_span: key.span(),
            value: value.get_ref(),
        }
    }
}

/// Reads values and keeps what is wrong with them.
pub(super) struct Reader<'t> {
    place: Place,
    text: &'t str,
    problems: Vec<ConfigProblem>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(place: Place, text: &'t str) -> Self {
        Self {
            place,
            text,
            problems: Vec::new(),
        }
    }

    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Whether files and variables of this machine may be named.
    pub(super) fn may_name_files(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn into_error(self) -> ConfigError {
        self.place.error(self.problems)
    }

    /// A path in the file, which starts at the file's folder.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        match &self.place {
            Place::File(file) => match file.parent() {
                Some(folder) => folder.join(text),
                None => PathBuf::from(text),
            },
            Place::Sent(_) => PathBuf::from(text),
        }
    }

    /// The value with the place of the node.
    pub(super) fn at<T>(&self, node: &Node<'_>, value: T) -> Located<T> {
        Located {
            line: line_of(self.text, node.name_span.start),
            key: node.key.clone(),
            value,
        }
    }

    pub(super) fn problem(&mut self, node: &Node<'_>, message: impl Into<String>) {
        let problem = self.at(node, ()).problem(message);
        self.problems.push(problem);
    }

    pub(super) fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let found = match node.value {
            // `password = 12345`, `active = "yes"`: the value is not repeated, only its type.
            DeValue::Array(array) if is_array_of_tables(array) => "an array of tables ([[…]])",
            _ => node.found(),
        };
        self.problem(node, format!("expected {expected}; found {found}"));
    }

    pub(super) fn table<'a>(&mut self, node: &Node<'a>, expected: &str) -> Option<Table<'a>> {
        if let DeValue::Table(entries) = node.value {
            return Some(Table {
                key: node.key.clone(),
                entries,
            });
        }
        self.wrong_type(node, expected);
        None
    }

    pub(super) fn text(&mut self, node: &Node<'_>) -> Option<String> {
        if let DeValue::String(text) = node.value {
            return Some(text.to_string());
        }
        self.wrong_type(node, "text in quotes");
        None
    }

    pub(super) fn truth(&mut self, node: &Node<'_>) -> Option<bool> {
        if let DeValue::Boolean(truth) = node.value {
            return Some(*truth);
        }
        self.wrong_type(node, "true or false, without quotes");
        None
    }

    /// Reports every key of the table that is not one of `known`. `special` may know what is meant
    /// by a certain key.
    pub(super) fn unknown(
        &mut self,
        table: &Table<'_>,
        known: &[&str],
        special: impl Fn(&str) -> Option<String>,
    ) {
        for node in table.nodes() {
            if known.contains(&node.name) {
                continue;
            }
            let message = special(node.name).unwrap_or_else(|| {
                match closest(node.name, known.iter().copied()) {
                    Some(meant) => format!("there is no such key; did you mean {meant:?}?"),
                    None => format!("there is no such key; known are {}", known.join(", ")),
                }
            });
            self.problem(&node, message);
        }
    }
}

fn is_array_of_tables(array: &toml::de::DeArray<'_>) -> bool {
    array
        .iter()
        .next()
        .is_some_and(|first| matches!(first.get_ref(), DeValue::Table(_)))
}

/// Counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
