//! A desk's options against what its connector declares.

use crate::contract::connector::{Manifest, OptionKind, OptionSpec};
use crate::error::{Error, Problem};
use crate::settings::OptionValue;
use std::collections::BTreeMap;

fn invalid(key: &str, message: String) -> Error {
    Error::InvalidSetting {
        key: key.to_owned(),
        problem: Problem::new(message),
    }
}

/// Checks the options and fills in defaults: what the guest reads.
pub(super) fn resolve(
    manifest: &Manifest,
    given: &BTreeMap<String, OptionValue>,
) -> Result<Vec<(String, Vec<String>)>, Error> {
    for key in given.keys() {
        if manifest.options.iter().all(|spec| spec.key != *key) {
            let known: Vec<&str> = manifest
                .options
                .iter()
                .map(|spec| spec.key.as_str())
                .collect();
            let near = known
                .iter()
                .map(|known| (strsim::osa_distance(known, key), known))
                .min()
                .filter(|(distance, _)| *distance <= 3)
                .map(|(_, known)| format!(" (did you mean {known:?}?)"))
                .unwrap_or_default();
            return Err(invalid(
                key,
                format!(
                    "the connector {} takes no such option{near}; it takes: {}",
                    manifest.id,
                    known.join(", ")
                ),
            ));
        }
    }
    let mut options = Vec::new();
    for spec in &manifest.options {
        let mut values = match given.get(&spec.key) {
            Some(value) => read(spec, value)?,
            None => Vec::new(),
        };
        // An empty value is how a form says that nothing was written.
        if values.is_empty()
            && let Some(default) = &spec.default
        {
            values = read(spec, &OptionValue::Text(default.clone())).map_err(|error| {
                Error::Connector(Problem::new(format!(
                    "the connector {} declares a default that its own option does not take: {error}",
                    manifest.id
                )))
            })?;
        }
        if values.is_empty() && spec.required {
            return Err(invalid(
                &spec.key,
                format!("the connector {} needs it: {}", manifest.id, spec.help.en),
            ));
        }
        if !values.is_empty() {
            options.push((spec.key.clone(), values));
        }
    }
    Ok(options)
}

/// A value as a person writes it, or the manifest its default.
fn read(spec: &OptionSpec, value: &OptionValue) -> Result<Vec<String>, Error> {
    let text = match (value, &spec.kind) {
        (OptionValue::List(values), OptionKind::TextList) => return Ok(trimmed(values.iter())),
        (OptionValue::Text(text), OptionKind::TextList) => return Ok(trimmed(text.split(','))),
        (OptionValue::List(_), _) => {
            return Err(invalid(
                &spec.key,
                "it takes one value, not a list".to_owned(),
            ));
        }
        (OptionValue::Text(text), _) => text.trim(),
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let fits = match &spec.kind {
        OptionKind::Text | OptionKind::TextList => Ok(()),
        OptionKind::Integer => text
            .parse::<i64>()
            .map(drop)
            .map_err(|_| "it takes a whole number".to_owned()),
        OptionKind::Boolean => matches!(text, "true" | "false")
            .then_some(())
            .ok_or_else(|| "it takes true or false".to_owned()),
        OptionKind::Choice(choices) => choices
            .iter()
            .any(|choice| choice == text)
            .then_some(())
            .ok_or_else(|| format!("it takes one of: {}", choices.join(", "))),
        OptionKind::TimeZone => looks_like_time_zone(text)
            .then_some(())
            .ok_or_else(|| "it takes an IANA time zone such as Europe/Berlin".to_owned()),
    };
    fits.map_err(|wanted| invalid(&spec.key, format!("{wanted}, not {text:?}")))?;
    Ok(vec![text.to_owned()])
}

/// The form of an IANA name; whether there is such a zone, the connector's own database knows.
fn looks_like_time_zone(text: &str) -> bool {
    text.len() <= 64
        && text.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
        })
}

fn trimmed<T: AsRef<str>>(values: impl Iterator<Item = T>) -> Vec<String> {
    values
        .map(|value| value.as_ref().trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connector::Text;

    #[test]
    fn a_default_is_read_as_a_value_is() {
        let resolved = |kind, default| {
            let mut manifest = manifest();
            manifest.options = vec![spec("key", kind, Some(default), false)];
            resolve(&manifest, &BTreeMap::new())
        };
        let list = resolved(OptionKind::TextList, " a, b ,,").unwrap();
        let values = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(list, [("key".to_owned(), values)]);
        let error = resolved(OptionKind::Integer, "many").unwrap_err();
        assert_eq!(error.code(), "connector", "{error}");
    }

    fn text(en: &str) -> Text {
        Text {
            en: en.to_owned(),
            translations: Vec::new(),
        }
    }

    fn spec(key: &str, kind: OptionKind, default: Option<&str>, required: bool) -> OptionSpec {
        OptionSpec {
            key: key.to_owned(),
            label: text(key),
            help: text("help"),
            kind,
            default: default.map(str::to_owned),
            required,
        }
    }

    fn manifest() -> Manifest {
        Manifest {
            id: "x".to_owned(),
            name: "X".to_owned(),
            version: "1.0.0".to_owned(),
            systems: Vec::new(),
            options: vec![
                spec("queues", OptionKind::TextList, None, false),
                spec("flag", OptionKind::Boolean, Some("false"), false),
                spec("count", OptionKind::Integer, None, false),
                spec(
                    "mode",
                    OptionKind::Choice(vec!["a".into(), "b".into()]),
                    Some("a"),
                    false,
                ),
                spec("zone", OptionKind::TimeZone, None, true),
            ],
            slots: Vec::new(),
            captures: Vec::new(),
        }
    }

    fn resolved(given: &[(&str, OptionValue)]) -> Result<Vec<(String, Vec<String>)>, Error> {
        let mut given: BTreeMap<String, OptionValue> = given
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect();
        given
            .entry("zone".to_owned())
            .or_insert_with(|| OptionValue::Text("Europe/Berlin".to_owned()));
        resolve(&manifest(), &given)
    }

    fn one(key: &str, value: &str) -> Result<Vec<(String, Vec<String>)>, Error> {
        resolved(&[(key, OptionValue::Text(value.to_owned()))])
    }

    #[test]
    fn a_list_is_split_at_commas_and_trimmed() {
        let expected = (
            "queues".to_owned(),
            vec!["General".to_owned(), "HR & Co".to_owned()],
        );
        assert!(
            one("queues", " General , HR & Co,,")
                .unwrap()
                .contains(&expected)
        );
        let list = OptionValue::List(vec![" General ".to_owned(), "HR & Co".to_owned()]);
        assert!(resolved(&[("queues", list)]).unwrap().contains(&expected));
    }

    #[test]
    fn defaults_are_filled_in_and_empty_options_left_out() {
        let options = resolved(&[]).unwrap();
        assert!(options.contains(&("flag".to_owned(), vec!["false".to_owned()])));
        assert!(options.iter().all(|(key, _)| key != "count"));
    }

    #[test]
    fn an_empty_value_means_the_default() {
        for empty in ["", "  "] {
            let options = one("mode", empty).unwrap();
            assert!(options.contains(&("mode".to_owned(), vec!["a".to_owned()])));
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_what_is_expected() {
        for (key, value, hint) in [
            ("flag", "yes", "true or false"),
            ("count", "many", "whole number"),
            ("mode", "c", "a, b"),
            ("zone", "MESZ/", "IANA"),
            ("queuse", "x", "did you mean \"queues\""),
        ] {
            let error = one(key, value).unwrap_err();
            assert!(error.to_string().contains(hint), "{error}");
            assert!(matches!(error, Error::InvalidSetting { key: named, .. } if named == key));
        }
    }

    #[test]
    fn a_required_option_is_asked_for() {
        let error = one("zone", " ").unwrap_err();
        assert!(matches!(error, Error::InvalidSetting { key, .. } if key == "zone"));
    }
}
