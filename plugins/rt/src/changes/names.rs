//! What RT's history names by numbers only: people, queues, custom fields and statuses of an own life
//! cycle.

use crate::api;
use crate::json::Named;
use crate::knowledge::Knowledge;
use crate::query::literal;
use crate::ticket::{self, Item, status_class};
use sgi_guest::Settings;
use sgi_guest::types::{Error, StatusClass, Ticket};
use std::collections::HashMap;

/// So many of each are looked up in a call at most: each costs a request.
const LOOK_UPS: usize = 100;
/// The user that RT puts where nobody is.
const NOBODY: [&str; 2] = ["Nobody", "Nobody in particular"];

pub(crate) struct Names<'a> {
    settings: &'a Settings,
    queues: HashMap<u64, &'a str>,
    fields: HashMap<u64, String>,
    people: HashMap<u64, Option<String>>,
    done: HashMap<String, bool>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(settings: &'a Settings, knowledge: &'a Knowledge) -> Self {
        let queues = knowledge.queues.iter();
        Self {
            settings,
            queues: queues
                .map(|queue| (queue.id, queue.name.as_str()))
                .collect(),
            fields: HashMap::new(),
            people: HashMap::new(),
            done: HashMap::new(),
        }
    }

    /// Remembers the custom fields that a ticket shows with their names.
    pub(crate) fn learn_fields(&mut self, item: &Item<'_>) {
        for (id, name) in item.shown_fields() {
            self.fields.entry(id).or_insert_with(|| name.to_owned());
        }
    }

    /// Remembers what the statuses of tickets mean.
    pub(crate) fn learn_statuses(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            let done = ticket.status_class == StatusClass::Closed;
            if status_class(&ticket.status) == StatusClass::Unknown {
                self.done.insert(ticket.status.clone(), done);
            }
        }
    }

    /// A custom field; one that no ticket shows keeps its number.
    pub(crate) fn field(&self, id: &str) -> String {
        let known = id.parse().ok().and_then(|id: u64| self.fields.get(&id));
        known.cloned().unwrap_or_else(|| format!("CF.{{{id}}}"))
    }

    /// A queue; one that the account does not see keeps its number.
    pub(crate) fn queue(&self, id: String) -> String {
        let known = id.parse().ok().and_then(|id: u64| self.queues.get(&id));
        known.map_or(id, |name| (*name).to_owned())
    }

    /// A user or a group, by the number; none for RT's nobody. One that RT does not tell keeps its number.
    pub(crate) fn person(&mut self, id: String) -> Result<Option<String>, Error> {
        let Ok(number) = id.parse::<u64>() else {
            return Ok(Some(id));
        };
        if let Some(known) = self.people.get(&number) {
            return Ok(known.clone());
        }
        if self.people.len() >= LOOK_UPS {
            return Ok(Some(id));
        }
        let answer = api::desk(self.settings).get(&format!("/REST/2.0/user/{number}"), &[])?;
        let name = match answer.status() {
            200 => {
                let user: Named<'_> = answer.json()?;
                let nobody = user
                    .name
                    .as_str()
                    .is_some_and(|name| NOBODY.contains(&name));
                user.known_as().filter(|_| !nobody)
            }
            // A group, or a user that the account may not look at.
            403 | 404 => Some(id),
            _ => return Err(api::failure(self.settings, &answer)),
        };
        self.people.insert(number, name.clone());
        Ok(name)
    }

    /// Whether a status stands for work done. For one of an own life cycle RT tells which of its tickets
    /// it is worked on.
    pub(crate) fn is_done(&mut self, status: &str) -> Result<bool, Error> {
        match status_class(status) {
            StatusClass::Resolved | StatusClass::Closed | StatusClass::Rejected => Ok(true),
            StatusClass::Unknown => match self.done.get(status) {
                Some(done) => Ok(*done),
                None if self.done.len() >= LOOK_UPS => Ok(false),
                None => {
                    let inactive =
                        format!("Status = {} AND Status = '__Inactive__'", literal(status));
                    let done = !ticket::search_ids(self.settings, &inactive, 1)?.is_empty();
                    self.done.insert(status.to_owned(), done);
                    Ok(done)
                }
            },
            _ => Ok(false),
        }
    }
}
