//! Whether the dynamic field of the objects holds what it is searched for.

use crate::check::warning;
use crate::object::{Match, References, objects_in};
use crate::options::key;
use crate::reply::RawTicket;
use sgi_guest::connector::Finding;
use sgi_guest::object::is_number;
use sgi_guest::text;

/// The warning where none of the values that were seen in the field can ever be found. OTRS searches
/// anything for anything, and finds nothing.
pub(crate) fn never_match(sample: &[RawTicket], references: &References<'_>) -> Option<Finding> {
    let field = references.objects.as_str();
    let values: Vec<String> = sample
        .iter()
        .filter_map(|ticket| ticket.values(field))
        .flatten()
        .collect();
    let fit = |matching| values.iter().any(|value| fits(value, matching));
    let example = values.first()?;
    if fit(references.matching) {
        return None;
    }
    let (held, other) = match references.matching {
        Match::Like => ("ids between commas, such as \",12,42,\"", Match::Equals),
        Match::Equals => ("one id a value, such as \"12\"", Match::Like),
    };
    let (key, remedy) = match (fit(other), other) {
        (true, Match::Equals) => (key::MATCH, "set \"match\" to \"equals\""),
        (true, Match::Like) => (key::MATCH, "set \"match\" to \"like\""),
        (false, _) if !objects_in(&values).is_empty() => {
            (key::OBJECTS_FIELD, "have the values written that way")
        }
        (false, _) => (
            key::OBJECTS_FIELD,
            "name the dynamic field that holds the ids of objects",
        ),
    };
    Some(warning(
        key,
        format!(
            "no ticket will be found for any object: the dynamic field {field:?} holds values such as {}, \
             and by the option \"match\" it is searched for {held}; {remedy}",
            text::quote(example)
        ),
    ))
}

/// Whether a search for some object finds this value.
fn fits(value: &str, matching: Match) -> bool {
    match matching {
        Match::Equals => is_number(value.trim()),
        Match::Like => {
            let mut parts: Vec<&str> = value.split(',').collect();
            // What stands before the first comma and after the last is not between two.
            parts.pop();
            parts.into_iter().skip(1).any(is_number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, ticket};
    use serde_json::Value;

    fn warned(matching: &str, values: &[Value]) -> Option<(String, String)> {
        let settings = samples::settings(&[("match", matching)]);
        let references = References::new(&settings).unwrap();
        let sample: Vec<RawTicket> = values
            .iter()
            .map(|value| {
                let mut ticket = ticket(1, "open", "");
                ticket["DynamicField"][0]["Value"] = value.clone();
                serde_json::from_value(ticket).unwrap()
            })
            .collect();
        let finding = never_match(&sample, &references)?;
        Some((finding.key.unwrap(), finding.problem.message))
    }

    #[test]
    fn values_that_the_search_can_never_find_are_warned_of() {
        for (matching, value, key) in [
            ("equals", ",1,2,", "match"),
            ("like", "12", "match"),
            ("like", "12,42", "objects-field"),
            ("like", "srv-01", "objects-field"),
            ("equals", "srv-01", "objects-field"),
            ("like", "2026-12-24 18:00:00", "objects-field"),
        ] {
            let (named, message) = warned(matching, &[Value::Null, value.into()]).unwrap();
            assert_eq!(named, key, "{matching} {value}");
            assert!(message.contains(&text::quote(value)), "{message}");
        }
    }

    #[test]
    fn one_that_can_be_found_is_enough_and_none_says_nothing() {
        for (matching, values) in [
            ("like", vec![Value::from("12"), ",1,".into()]),
            ("like", vec!["see ,7, please".into()]),
            ("equals", vec![",1,".into(), " 12".into()]),
            ("equals", vec![serde_json::json!(["1", "4"])]),
            ("like", vec![Value::Null, "".into()]),
            ("like", vec![]),
        ] {
            assert_eq!(warned(matching, &values), None, "{values:?}");
        }
    }
}
