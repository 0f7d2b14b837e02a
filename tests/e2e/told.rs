//! What a desk has told over many batches, as a logbook would keep it.

use crate::client::Client;
use jiff::Timestamp;
use sgi_logbook::{Event, Kind, Seen};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything read so far.
#[derive(Default)]
pub struct Told {
    /// The tickets as they were seen last.
    pub tickets: HashMap<String, Seen>,
    /// Events by their ids.
    pub events: BTreeMap<String, Event>,
    /// Tickets that were complete whenever they came.
    pub complete: HashSet<String>,
    /// Tickets that came and were not complete.
    pub incomplete: HashSet<String>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// How many batches there were.
    pub batches: usize,
}

impl Told {
    /// Reads one batch; whether there is more.
    pub fn read(&mut self, client: &Client, start: Option<Timestamp>, limit: u32) -> bool {
        let batch = client
            .since(self.cursor.as_deref(), start, limit)
            .unwrap_or_else(|error| panic!("{error} at {:?}", self.cursor));
        assert!(batch.tickets.len() <= limit as usize, "at most {limit}");
        assert!(batch.cursor.len() <= 4096);
        let mut order: HashMap<&str, u64> = HashMap::new();
        for event in &batch.events {
            // Numbers of transactions are the order in which they happened.
            let number = number(&event.id);
            let before = order.insert(event.ticket.as_str(), number).unwrap_or(0);
            assert!(number >= before, "{event:?} comes after {before}");
        }
        for event in batch.events {
            let known = self.events.insert(event.id.clone(), event.clone());
            if let Some(known) = known {
                assert_eq!(known, event, "the same event read again is the same");
            }
        }
        for ticket in batch.tickets {
            if !batch.complete.contains(&ticket.id) {
                self.incomplete.insert(ticket.id.clone());
            }
            self.tickets.insert(ticket.id.clone(), ticket);
        }
        self.complete.extend(batch.complete);
        self.cursor = Some(batch.cursor);
        self.batches += 1;
        assert!(self.batches < 10_000, "it does not end");
        batch.more
    }

    /// Reads until there is no more.
    pub fn catch_up(&mut self, client: &Client, start: Option<Timestamp>, limit: u32) {
        while self.read(client, start, limit) {}
    }

    /// The events of a ticket in their order, as words.
    pub fn of(&self, ticket: u64) -> Vec<String> {
        let ticket = ticket.to_string();
        let mut events: Vec<&Event> = self.events.values().collect();
        events.retain(|event| event.ticket == ticket);
        events.sort_by_key(|event| (number(&event.id), event.id.clone()));
        events.into_iter().map(words).collect()
    }
}

/// The number in `txn-17-a`.
fn number(event: &str) -> u64 {
    let number = event.split('-').nth(1).and_then(|n| n.parse().ok());
    number.unwrap_or_else(|| panic!("no event of RT: {event}"))
}

/// An event as a person would say it.
pub fn words(event: &Event) -> String {
    let mut words = event.kind.code().to_owned();
    if let Kind::Other(word)
    | Kind::Merged(word)
    | Kind::Referenced(word)
    | Kind::Unreferenced(word) = &event.kind
    {
        words.push_str(&format!(" {word}"));
    }
    for (sign, value) in [(" ", &event.field), (" -", &event.old), (" +", &event.new)] {
        if let Some(value) = value {
            words.push_str(&format!("{sign}{value}"));
        }
    }
    words
}
