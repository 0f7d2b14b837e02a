//! What manifests are made of.

use crate::connector::{OptionKind, OptionSpec, Text};

/// A text in English, German and French.
pub fn text(en: &str, de: &str, fr: &str) -> Text {
    Text {
        en: en.to_owned(),
        translations: vec![
            ("de".to_owned(), de.to_owned()),
            ("fr".to_owned(), fr.to_owned()),
        ],
    }
}

/// An option that need not be given.
pub fn option(
    key: &str,
    label: Text,
    help: Text,
    kind: OptionKind,
    default: Option<&str>,
) -> OptionSpec {
    OptionSpec {
        key: key.to_owned(),
        label,
        help,
        kind,
        default: default.map(str::to_owned),
        required: false,
    }
}

/// One of these values.
pub fn choice(values: &[&str]) -> OptionKind {
    OptionKind::Choice(values.iter().map(|value| (*value).to_owned()).collect())
}
