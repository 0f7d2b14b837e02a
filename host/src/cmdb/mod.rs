//! The CMDB that logbook entries are delivered to, and that knows what objects are called: [`IDoit`], by its
//! JSON-RPC API.
//!
//! `cmdb.logbook.create` is not idempotent, and PHP may write an entry after the connection is gone. So
//! every entry carries its id as a marker, by which it is looked up where its outcome is not known:
//! **the field `comment` of the entry in i-doit holds `sgi:` and the entry's id**, and nothing else.
//! Neither message nor description is searched: they hold what people write in tickets, who could write
//! a marker there.
//!
//! # Exactly once
//! Holds as long as
//!
//! 1. i-doit writes nothing later than [`CmdbSettings::settle_time`] after a connection is gone. PHP's
//!    `max_execution_time` (often 300 s for i-doit) counts only computing on Linux;
//!    `request_terminate_timeout` of PHP-FPM counts everything;
//! 2. `cmdb.logbook.read` lists every entry that was written, with its comment, from `since` on and up
//!    to `limit`; nobody removes entries or changes their comments within that time, and an object
//!    that is known by its title, system id or mail address keeps it;
//! 3. the clocks of both machines differ by less than three hours, and this one's is not set forward,
//!    nor the process suspended, by about the settle time just when it sends and then dies.
//!
//! A logbook of an object that has more than 10,000 entries since the sending cannot be seen as a
//! whole: what is not found there is undecided.

mod answer;
mod known;
mod look_up;
mod objects;
mod room;
mod rpc;
mod text;

use crate::error::{Error, Problem};
use crate::gate::Scrubber;
use crate::settings::CmdbSettings;
use answer::{Answer, RpcError};
use objects::Nowhere;
use room::Room;
use rpc::{Call, CallError, Rpc};
use serde_json::{Value, json};
use sgi_logbook::Entry;
use sgi_logbook::delivery::{Cmdb, Failure, Found, Outcome, Sent, Trouble};
use std::time::Duration;

/// For what is done between requests.
const MARGIN: Duration = Duration::from_secs(1);

/// A real i-doit.
pub struct IDoit {
    rpc: Rpc,
    room: Room,
    is_rt: Box<dyn Fn(&str) -> bool + Send + Sync>,
    settle_time: Duration,
    patience: Duration,
}

impl IDoit {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// A setting cannot be used.
    pub fn new(settings: &CmdbSettings) -> Result<Self, Error> {
        let rpc = Rpc::new(settings).map_err(|(key, why)| Error::InvalidSetting {
            key,
            problem: Problem::new(why),
        })?;
        Ok(Self {
            rpc,
            room: Room::new(settings.batch),
            is_rt: {
                let desks = settings.rt_desks.clone();
                Box::new(move |desk| desks.contains(desk))
            },
            settle_time: settings.settle_time,
            // One request to find objects, one to create entries.
            patience: settings
                .network
                .request_timeout
                .saturating_mul(2)
                .saturating_add(MARGIN),
        })
    }

    /// Asks for each entry whether its desk is a Request Tracker, in place of [`CmdbSettings::rt_desks`]: where
    /// desks come and go.
    #[must_use]
    pub fn with_rt_desks(mut self, is_rt: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.is_rt = Box::new(is_rt);
        self
    }

    fn creation(&self, entry: &Entry, object: u64) -> Call {
        let source = match (self.is_rt)(&entry.desk) {
            true => "C__LOGBOOK_SOURCE__RT",
            false => "C__LOGBOOK_SOURCE__EXTERNAL",
        };
        Call {
            method: "cmdb.logbook.create",
            params: json!({
                "object_id": object,
                "message": text::message(entry),
                "description": text::description(entry),
                "comment": text::marker(&entry.id),
                "source": source,
                "alert_level": text::level(&entry.kind),
            }),
        }
    }
}

impl Cmdb for IDoit {
    async fn deliver(&self, entries: &[Entry]) -> Result<Vec<Outcome>, Failure> {
        // Nothing has been written when this fails.
        let places = self.places(entries).await.map_err(Failure::NotSent)?;
        let calls: Vec<Call> = entries
            .iter()
            .zip(&places)
            .filter_map(|(entry, place)| Some(self.creation(entry, *place.as_ref().ok()?)))
            .collect();
        let sent = calls.len();
        let answers = match sent {
            0 => Ok(Vec::new()),
            _ => self.rpc.call(&calls).await,
        };
        match &answers {
            Err(error) if error.too_much() => self.room.shrink(sent),
            Err(_) => {}
            Ok(_) => self.room.good(sent),
        }
        let mut answers = match answers {
            Ok(answers) => answers.into_iter().map(created).collect(),
            Err(error) if sent == entries.len() => return Err(error.failure()),
            Err(error) => vec![error.outcome(); sent],
        }
        .into_iter();
        let outcomes = places.into_iter().map(|place| match place {
            Err(Nowhere { reason, for_good }) => Outcome::Refused { reason, for_good },
            Ok(_) => answers.next().unwrap_or_else(|| Outcome::Unknown {
                reason: "i-doit's answer does not tell what became of the entry".to_owned(),
            }),
        });
        Ok(outcomes.collect())
    }

    async fn look_up(&self, sent: &[Sent]) -> Result<Vec<Found>, Trouble> {
        self.find(sent).await
    }

    fn batch(&self) -> usize {
        self.room.now()
    }

    fn settle_time(&self) -> Duration {
        self.settle_time
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

/// What the answer to a creation says.
fn created(answer: Answer) -> Outcome {
    match answer {
        Answer::Result(result) => match answer::is_true(result.get("success")) {
            true => Outcome::Delivered {
                remote: answer::number(result.get("id")).map(|id| id.to_string()),
            },
            false => Outcome::Unknown {
                reason: "i-doit answered neither that it has written the entry nor an error"
                    .to_owned(),
            },
        },
        Answer::Error(error) => {
            let reason = error.to_string();
            match error {
                _ if error.object_gone() => Outcome::Refused {
                    reason,
                    for_good: true,
                },
                // Parameters are looked at before anything is written.
                RpcError { code: -32602, .. } => Outcome::Refused {
                    reason,
                    for_good: true,
                },
                _ if error.of_the_set_up() => Outcome::Retry {
                    reason,
                    after: None,
                },
                // It may have happened after the entry was written.
                _ => Outcome::Unknown { reason },
            }
        }
        Answer::Unclear(reason) => Outcome::Unknown { reason },
    }
}

impl CallError {
    /// Of a request that would have written something.
    fn failure(self) -> Failure {
        match self {
            Self::NotTaken { trouble, .. } => Failure::NotSent(trouble),
            Self::Unknown { trouble, .. } => Failure::Unknown(trouble),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::NotTaken { trouble, .. } => Outcome::Retry {
                reason: trouble.reason.clone(),
                after: trouble.after,
            },
            Self::Unknown { trouble, .. } => Outcome::Unknown {
                reason: trouble.reason.clone(),
            },
        }
    }
}

/// Rows of a list, in whatever of PHP's forms; none: it is no list of rows.
fn rows(result: Value) -> Option<Vec<Value>> {
    match result {
        Value::Array(rows) => Some(rows),
        // An array of PHP whose keys do not count up from 0.
        Value::Object(rows) => Some(rows.into_iter().map(|(_, row)| row).collect()),
        _ => None,
    }
    .filter(|rows| rows.iter().all(Value::is_object))
}
