//! Making the call that a cassette holds, and comparing what came of it.

use serde_json::{Value, json};
use sgi_host::cassette::Call;
use sgi_host::logbook::{Source as _, SourceError};
use sgi_host::{Desk, Error};
use std::time::Duration;

/// Batches of one look at what happened in a desk: more are a connector that does not end.
const MAX_BATCHES: usize = 1000;
/// Tickets in a batch.
const BATCH: u32 = 100;

/// Why a call failed.
#[derive(Debug)]
pub(crate) struct Failed {
    /// As in `sgi … --json`.
    pub(crate) code: &'static str,
    /// All that is told of it.
    pub(crate) told: String,
    pub(crate) retry_after: Option<Duration>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let retry_after = match &error {
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        };
        let detail = error.detail().map(|detail| format!(" ({detail})"));
        Self {
            code: error.code(),
            told: format!("{error}{}", detail.unwrap_or_default()),
            retry_after,
        }
    }
}

impl From<SourceError> for Failed {
    fn from(error: SourceError) -> Self {
        Self {
            code: error.code,
            told: error.message,
            retry_after: error.retry_after,
        }
    }
}

/// Makes the call; what it gave is as `sgi … --json` has it.
pub(crate) async fn perform(desk: &Desk, call: &Call) -> Result<Value, Failed> {
    let value = match call {
        Call::Check => json(&desk.check().await?),
        Call::Tickets { object, filter } => json(&desk.tickets(object, *filter).await?),
        Call::Ticket { id } => json(&desk.ticket(id).await?),
        Call::Forms { object } => json(&desk.forms(object).await?),
        Call::Changes => return changes(desk).await,
        // A diagnosis: `sgi connector replay` makes it again.
        Call::Create => {
            return Err(Failed {
                code: "unsupported",
                told: "a cassette of a ticket's creation is for `sgi connector replay`".to_owned(),
                retry_after: None,
            });
        }
    };
    Ok(value)
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// All that happened, from the beginning, batch by batch.
async fn changes(desk: &Desk) -> Result<Value, Failed> {
    let mut cursor: Option<String> = None;
    let (mut tickets, mut events) = (Vec::new(), Vec::new());
    for _ in 0..MAX_BATCHES {
        let batch = desk.since(cursor.as_deref(), None, BATCH).await?;
        tickets.extend(batch.tickets.iter().map(json));
        events.extend(batch.events.iter().map(json));
        if !batch.more {
            return Ok(json!({ "tickets": tickets, "events": events }));
        }
        cursor = Some(batch.cursor);
    }
    Err(Failed {
        code: "connector",
        told: format!("there is more after {MAX_BATCHES} batches"),
        retry_after: None,
    })
}

/// The first place where what came differs from what the cassette expects; none where it does not. A value
/// that the cassette leaves out may be anything; one that it says is null must be null or left out.
pub(crate) fn difference(expected: &Value, came: &Value) -> Option<String> {
    differs("", expected, came)
}

fn differs(place: &str, expected: &Value, came: &Value) -> Option<String> {
    match (expected, came) {
        (Value::Object(expected), Value::Object(came)) => {
            expected.iter().find_map(|(key, value)| {
                differs(
                    &format!("{place}/{key}"),
                    value,
                    came.get(key).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(expected), Value::Array(came)) => {
            if expected.len() != came.len() {
                let (wanted, had) = (expected.len(), came.len());
                return Some(format!(
                    "{} has {had} items instead of {wanted}",
                    shown(place)
                ));
            }
            let mut both = expected.iter().zip(came).enumerate();
            both.find_map(|(at, (expected, came))| {
                differs(&format!("{place}/{at}"), expected, came)
            })
        }
        _ if expected == came => None,
        _ => Some(format!("{} is {came} instead of {expected}", shown(place))),
    }
}

fn shown(place: &str) -> &str {
    if place.is_empty() {
        "the answer"
    } else {
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_must_come_and_more_may() {
        let came = json!({ "a": [{ "id": "1", "b": null, "c": 3 }] });
        assert_eq!(
            difference(&json!({ "a": [{ "id": "1", "x": null }] }), &came),
            None
        );
        for (expected, place) in [
            (json!({ "a": [] }), "/a has 1 items instead of 0"),
            (
                json!({ "a": [{ "id": 1 }] }),
                "/a/0/id is \"1\" instead of 1",
            ),
            (json!({ "d": 1 }), "/d is null instead of 1"),
            (json!([]), "the answer is "),
        ] {
            let told = difference(&expected, &came).unwrap_or_default();
            assert!(told.starts_with(place), "{told}");
        }
    }
}
