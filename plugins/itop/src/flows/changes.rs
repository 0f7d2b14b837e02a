//! Reading what happened, while it happens.

use super::settings;
use crate::changes;
use crate::knowledge::Knowledge;
use crate::testing::message;
use sgi_guest::Settings;
use sgi_guest::changes::Batch;
use sgi_guest::types::Instant;
use sgi_test_desks::itop::{ADMIN, Account, NewTicket, READER};
use sgi_test_desks::{ITopDesk, ITopOptions};

struct Reader {
    desk: ITopDesk,
    settings: Settings,
    knowledge: Knowledge,
    cursor: Option<String>,
}

/// What a pass brought.
#[derive(Default)]
struct Pass {
    tickets: Vec<String>,
    events: Vec<sgi_guest::changes::Event>,
    batches: usize,
    requests: usize,
}

fn reader(account: Account, options: ITopOptions) -> Reader {
    let desk = ITopDesk::start(options);
    let settings = settings(&desk, account, &[]);
    let report =
        crate::check::check(&settings).unwrap_or_else(|error| panic!("{}", message(&error)));
    let knowledge: Knowledge = serde_json::from_slice(&report.learned).expect("knowledge");
    assert_eq!(
        report.abilities.contains(&"read-history".to_owned()),
        knowledge.history.is_some()
    );
    Reader {
        desk,
        settings,
        knowledge,
        cursor: None,
    }
}

impl Reader {
    fn batch(&mut self, start: Option<Instant>, limit: u32) -> Batch {
        let cursor = self.cursor.as_deref();
        let batch = changes::since(&self.settings, &self.knowledge, cursor, start, limit)
            .unwrap_or_else(|error| panic!("{}", message(&error)));
        assert!(batch.cursor.len() < 4096 && changes::accepts(&batch.cursor));
        assert!(batch.tickets.len() <= limit as usize);
        self.cursor = Some(batch.cursor.clone());
        batch
    }

    fn pass(&mut self, limit: u32) -> Pass {
        self.desk.clear();
        let mut pass = Pass::default();
        loop {
            let batch = self.batch(None, limit);
            pass.batches += 1;
            pass.tickets.extend(batch.tickets.into_iter().map(|t| t.id));
            pass.events.extend(batch.events);
            assert!(pass.batches < 2000);
            if !batch.more {
                pass.requests = self.desk.requests().len();
                return pass;
            }
        }
    }

    /// Passes over time, until the latest needs not be looked at again.
    fn settle(&mut self, from: &str) {
        for minute in 0..6 {
            self.desk.set_time(&format!("{from}:{minute}0:00Z"));
            self.pass(100);
        }
    }
}

#[test]
fn what_a_pass_costs() {
    for (account, idle, one) in [(READER, 1, 3), (ADMIN, 2, 9)] {
        let mut reader = reader(account, ITopOptions::default());
        reader.settle("2026-11-24T10");
        let pass = reader.pass(100);
        assert_eq!((pass.tickets.len(), pass.requests), (0, idle));
        reader.desk.set_status(65, "resolved");
        let pass = reader.pass(100);
        assert_eq!(pass.tickets, ["65"]);
        assert!(pass.requests <= one, "{}", pass.requests);
        eprintln!("{}: idle {idle}, one {}", account.0, pass.requests);
    }
}

#[test]
fn a_backlog_is_read_in_many_calls_each_ticket_once() {
    for account in [READER, ADMIN] {
        let options = ITopOptions {
            extra: vec![("888".to_owned(), 1500)],
            ..ITopOptions::default()
        };
        let mut reader = reader(account, options);
        let pass = reader.pass(100);
        let mut tickets = pass.tickets.clone();
        tickets.sort_unstable();
        let mut all: Vec<String> = reader.desk.tickets().iter().map(u64::to_string).collect();
        all.sort_unstable();
        if account == READER {
            assert_eq!(tickets, all);
        } else {
            tickets.dedup();
            assert_eq!(tickets.len(), pass.tickets.len(), "each once");
        }
        eprintln!(
            "{}: {} tickets in {} batches, {} requests",
            account.0,
            tickets.len(),
            pass.batches,
            pass.requests
        );
        let _ = NewTicket::of("1");
    }
}
