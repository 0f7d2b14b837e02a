//! What a connector declares for the people who set up a desk.

use crate::contract::connector;
use serde::Serialize;

/// An option of a connector, as a form for settings needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionSpec {
    /// Its key in a desk's options.
    pub key: String,
    /// What people call it.
    pub label: Text,
    /// What it is for.
    pub help: Text,
    /// What it holds.
    pub kind: OptionKind,
    /// Taken where the settings say nothing.
    pub default: Option<String>,
    /// Whether there must be a value.
    pub required: bool,
}

/// What an option holds. Everything can be written as text; values of a list have commas between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OptionKind {
    /// One line.
    Text,
    /// Several of these.
    TextList,
    /// 64 bits with a sign.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice(Vec<String>),
    /// An IANA name such as `Europe/Berlin`.
    TimeZone,
}

/// A text in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    english: String,
    translations: Vec<(String, String)>,
}

impl Text {
    /// The text in this language (`de`), or in English.
    pub fn of(&self, language: &str) -> &str {
        let mut translations = self.translations.iter();
        let found = translations.find(|(of, _)| of == language);
        found.map_or(&self.english, |(_, text)| text)
    }
}

impl From<&connector::Text> for Text {
    fn from(text: &connector::Text) -> Self {
        Self {
            english: text.en.clone(),
            translations: text.translations.clone(),
        }
    }
}

impl From<&connector::OptionSpec> for OptionSpec {
    fn from(spec: &connector::OptionSpec) -> Self {
        Self {
            key: spec.key.clone(),
            label: Text::from(&spec.label),
            help: Text::from(&spec.help),
            kind: match &spec.kind {
                connector::OptionKind::Text => OptionKind::Text,
                connector::OptionKind::TextList => OptionKind::TextList,
                connector::OptionKind::Integer => OptionKind::Integer,
                connector::OptionKind::Boolean => OptionKind::Boolean,
                connector::OptionKind::Choice(choices) => OptionKind::Choice(choices.clone()),
                connector::OptionKind::TimeZone => OptionKind::TimeZone,
            },
            default: spec.default.clone(),
            required: spec.required,
        }
    }
}
