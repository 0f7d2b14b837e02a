//! `core/apply_stimulus`: the life cycle of tickets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::data::Data;
use super::dates;
use super::fields::Shown;
use super::read::object;
use super::rest::{Answer, Failure, author, class, mandatory, permit};
use super::rights::{Action, User};
use super::write;

/// The state that a stimulus leads to, if it may come in this one.
fn next(state: &str, stimulus: &str) -> Option<&'static str> {
    Some(match (state, stimulus) {
        ("new" | "escalated_tto" | "pending", "ev_assign") | ("assigned", "ev_reassign") => {
            "assigned"
        }
        ("assigned" | "escalated_ttr", "ev_pending") => "pending",
        ("assigned" | "escalated_ttr" | "pending", "ev_resolve") => "resolved",
        ("resolved", "ev_reopen") => "assigned",
        ("resolved", "ev_close") => "closed",
        _ => return None,
    })
}

pub(super) fn apply(data: &mut Data, user: &User, params: &Value) -> Answer {
    let author = author(data, user, params)?;
    let class = class(data, params)?;
    let key = mandatory(params, "key")?;
    let fields = mandatory(params, "fields")?.clone();
    let shown = Shown::read(data, &class, params)?;
    permit(data, user, Action::Modifying, &class)?;
    let id = object(data, &class, key)?;
    let stimulus = mandatory(params, "stimulus")?.as_str().unwrap_or_default();
    let row = data.row(&class, id).expect("the object of the key");
    let state = data.get(row, "status");
    let Some(next) = next(&state, stimulus) else {
        let name = data.friendly_name(row);
        let text =
            format!("Invalid stimulus: '{stimulus}' on the object {name} in state '{state}'");
        return Err(Failure::Refused(100, text));
    };
    let moved = moved(data, &class, id, next);
    let mut all = fields.as_object().cloned().unwrap_or_default();
    all.extend(
        moved
            .into_iter()
            .map(|(code, value)| (code, Value::String(value))),
    );
    write::apply(data, (&class, id), &author, &Value::Object(all))?;
    Ok(write::answer(data, &shown, (&class, id), "updated"))
}

/// What changes with the state of a ticket.
pub(super) fn moved(data: &Data, class: &str, id: u64, next: &str) -> BTreeMap<String, String> {
    let row = data.row(class, id).expect("a ticket");
    let now = data.now();
    let operational = match next {
        "resolved" | "closed" => next,
        _ => "ongoing",
    };
    let mut values = vec![
        ("status", next.to_owned()),
        ("operational_status", operational.to_owned()),
    ];
    match next {
        "assigned" => values.push(("assignment_date", now)),
        "resolved" => {
            let start = data.get(row, "start_date");
            values.push((
                "time_spent",
                dates::seconds_between(&start, &now).to_string(),
            ));
            values.push(("resolution_date", now));
        }
        "closed" => values.push(("close_date", now)),
        _ => {}
    }
    let known = data.class(&row.class);
    let values = values
        .into_iter()
        .filter(|(code, _)| known.attribute(code).is_some());
    values
        .map(|(code, value)| (code.to_owned(), value))
        .collect()
}
