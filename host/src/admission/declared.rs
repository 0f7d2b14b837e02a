//! What a component says about itself, in words.

use super::{Declared, MAX_NAME, MAX_SENTENCE, MAX_SENTENCES, bound};
use crate::contract::connector::{Manifest, OptionKind, OptionSpec};
use crate::gate;
use crate::text::one_line;

impl Declared {
    /// The words are the component's own: nothing in them acts on a terminal, and they fit a screen.
    /// `secrets` are its slots and captures, if they can be.
    pub(crate) fn of(manifest: &Manifest, secrets: Option<&gate::Declared>) -> Self {
        let name = |text: &str| one_line(text, MAX_NAME);
        // Far more than is shown need not be put into words first.
        let most = MAX_SENTENCES + 1;
        let systems = manifest.systems.iter().take(most);
        let (slots, captures) = secrets.map(gate::Declared::in_words).unwrap_or_default();
        let mut declared = Self {
            id: name(&manifest.id),
            name: name(&manifest.name),
            version: name(&manifest.version),
            systems: systems
                .map(|s| format!("{} {}", name(&s.product), name(&s.versions)))
                .collect(),
            slots,
            captures,
            options: manifest.options.iter().take(most).map(option).collect(),
        };
        for sentences in [
            &mut declared.systems,
            &mut declared.slots,
            &mut declared.captures,
            &mut declared.options,
        ] {
            bound(sentences);
        }
        declared
    }
}

/// `queues (list): Queues offered for new tickets …`
fn option(spec: &OptionSpec) -> String {
    let kind = match &spec.kind {
        OptionKind::Text => "text".to_owned(),
        OptionKind::TextList => "list".to_owned(),
        OptionKind::Integer => "whole number".to_owned(),
        OptionKind::Boolean => "true or false".to_owned(),
        OptionKind::Choice(choices) => {
            let choices: Vec<&str> = choices.iter().take(20).map(String::as_str).collect();
            format!("one of {}", choices.join(", "))
        }
        OptionKind::TimeZone => "time zone".to_owned(),
    };
    let given = match (&spec.default, spec.required) {
        (Some(default), _) => format!(", {default:?} if left out"),
        (None, true) => ", required".to_owned(),
        (None, false) => String::new(),
    };
    one_line(
        &format!("{} ({kind}{given}): {}", spec.key, spec.help.en),
        MAX_SENTENCE,
    )
}
