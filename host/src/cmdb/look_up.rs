//! Looking for entries whose outcome is not known, by their markers.

use super::answer::{Answer, number};
use super::rpc::Call;
use super::{IDoit, rows, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sgi_logbook::Entry;
use sgi_logbook::delivery::{Found, Sent, Trouble};
use std::collections::BTreeMap;

/// i-doit reads `since` in its own zone, which it does not tell: no zone is further behind UTC than
/// twelve hours. Three more are for clocks that differ.
const MARGIN: SignedDuration = SignedDuration::from_hours(15);
/// Rows of an object's logbook that are asked for: what i-doit itself has as its limit, then all that
/// can be expected.
const LIMITS: [usize; 2] = [1_000, 10_000];

/// What was seen of an object's logbook.
struct Seen {
    /// Markers with i-doit's ids of their entries.
    markers: BTreeMap<String, Option<String>>,
    /// Why not all of it was seen.
    gap: Option<String>,
}

impl IDoit {
    /// One answer for each of `sent`, in their order.
    pub(super) async fn find(&self, sent: &[Sent]) -> Result<Vec<Found>, Trouble> {
        let entries: Vec<Entry> = sent.iter().map(|sent| sent.entry.clone()).collect();
        let places = self.places(&entries).await?;
        // The earliest sending at each object.
        let mut objects: BTreeMap<u64, Timestamp> = BTreeMap::new();
        for (sent, place) in sent.iter().zip(&places) {
            if let Ok(object) = place {
                let since = objects.entry(*object).or_insert(sent.at);
                *since = sent.at.min(*since);
            }
        }
        let mut logbooks = BTreeMap::new();
        for (object, since) in objects {
            logbooks.insert(object, self.logbook(object, since).await?);
        }
        let found = sent.iter().zip(places).map(|(sent, place)| {
            let object = match place {
                Ok(object) => object,
                // What is no id was never sent.
                Err(_) if sent.entry.object_by.is_none() => return Found::NotThere,
                // It may have been called like that when the entry was sent.
                Err(nowhere) => {
                    return Found::CannotTell {
                        reason: nowhere.reason,
                    };
                }
            };
            let Some(seen) = logbooks.get(&object) else {
                return Found::CannotTell {
                    reason: "its object's logbook was not read".to_owned(),
                };
            };
            match (seen.markers.get(&text::marker(&sent.entry.id)), &seen.gap) {
                (Some(remote), _) => Found::There {
                    remote: remote.clone(),
                },
                (None, None) => Found::NotThere,
                (None, Some(gap)) => Found::CannotTell {
                    reason: gap.clone(),
                },
            }
        });
        Ok(found.collect())
    }

    /// An object's logbook since a sending.
    async fn logbook(&self, object: u64, sent: Timestamp) -> Result<Seen, Trouble> {
        let since = sent.checked_sub(MARGIN).unwrap_or(Timestamp::UNIX_EPOCH);
        let since = since.max(Timestamp::UNIX_EPOCH);
        let mut markers = BTreeMap::new();
        let mut before = 0;
        for limit in LIMITS {
            let call = Call {
                method: "cmdb.logbook.read",
                params: json!({
                    "object_id": object,
                    "since": since.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                    "limit": limit,
                }),
            };
            let answers = self.rpc.call(&[call]).await;
            let mut answers = answers.map_err(super::CallError::trouble)?;
            let result = match answers.pop() {
                Some(Answer::Result(result)) => result,
                // Its logbook is gone with it, and nothing can be written there any more.
                Some(Answer::Error(error)) if error.object_gone() => break,
                Some(Answer::Error(error)) => return Ok(gap(markers, error.to_string())),
                Some(Answer::Unclear(reason)) => return Ok(gap(markers, reason)),
                None => return Ok(gap(markers, "i-doit did not answer".to_owned())),
            };
            let Some(rows) = rows(result) else {
                let reason = "i-doit answered no list of logbook entries".to_owned();
                return Ok(gap(markers, reason));
            };
            let count = rows.len();
            for row in &rows {
                match row.get("comment") {
                    Some(Value::String(comment)) => {
                        let remote = number(row.get("logbook_id")).map(|id| id.to_string());
                        markers.insert(comment.trim().to_owned(), remote);
                    }
                    Some(Value::Null) => {}
                    _ => {
                        let reason = "i-doit's logbook entries come without their comment, by which \
                                      they are found again: look for it in the object's logbook";
                        return Ok(gap(markers, reason.to_owned()));
                    }
                }
            }
            // As many as with the limit before: i-doit has one of its own.
            if count < limit && (before == 0 || count != before) {
                return Ok(Seen { markers, gap: None });
            }
            before = count;
        }
        match before {
            0 => Ok(Seen { markers, gap: None }),
            count => Ok(gap(
                markers,
                format!(
                    "object {object} has so many logbook entries since then that only {count} could be \
                     seen: look for the comment in its logbook, and decide whether it is there"
                ),
            )),
        }
    }
}

fn gap(markers: BTreeMap<String, Option<String>>, reason: String) -> Seen {
    Seen {
        markers,
        gap: Some(reason),
    }
}
