//! Reading what happened, while it happens.

use super::settings;
use crate::changes;
use crate::knowledge::Knowledge;
use crate::testing::message;
use sgi_guest::Settings;
use sgi_guest::changes::{Batch, Event, Kind};
use sgi_guest::types::{Instant, Ticket};
use sgi_test_desks::itop::{ADMIN, Account, NewTicket, Open, Operation, READER, Staff};
use sgi_test_desks::{ITopDesk, ITopOptions};
use std::collections::{BTreeMap, BTreeSet};

struct Reader {
    desk: ITopDesk,
    settings: Settings,
    knowledge: Knowledge,
    cursor: Option<String>,
}

/// What a pass brought.
#[derive(Default)]
struct Pass {
    tickets: Vec<Ticket>,
    events: Vec<Event>,
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

impl Pass {
    fn ids(&self) -> Vec<u64> {
        let ids = self.tickets.iter();
        ids.map(|ticket| ticket.id.parse().expect("a number"))
            .collect()
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
            pass.tickets.extend(batch.tickets);
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
    for (account, idle, one) in [(READER, 1, 3), (ADMIN, 3, 8)] {
        let mut reader = reader(account, ITopOptions::default());
        reader.settle("2026-11-24T10");
        let pass = reader.pass(100);
        assert_eq!((pass.tickets.len(), pass.requests), (0, idle));
        reader.desk.set_status(65, "resolved");
        let pass = reader.pass(100);
        assert_eq!((pass.ids(), pass.requests), (vec![65], one));
    }
}

#[test]
fn a_backlog_is_read_in_many_calls_each_ticket_once() {
    for (account, most) in [(READER, 8), (ADMIN, 12)] {
        let options = ITopOptions {
            extra: vec![("888".to_owned(), 1500)],
            ..ITopOptions::default()
        };
        let mut reader = reader(account, options);
        let pass = reader.pass(100);
        let tickets: BTreeSet<u64> = pass.ids().into_iter().collect();
        assert_eq!(tickets.len(), pass.tickets.len(), "each once");
        // Of some tickets of the seed the recorded history says nothing.
        let operations = reader.desk.operations();
        let expected: BTreeSet<u64> = match account {
            READER => reader.desk.tickets().into_iter().collect(),
            _ => operations
                .iter()
                .map(|operation| operation.ticket)
                .collect(),
        };
        assert_eq!(tickets, expected);
        assert!(pass.requests <= pass.batches * most, "{}", pass.requests);
    }
}

/// Nothing happens to them: iTop's history of the configuration item tells it.
#[test]
fn tickets_whose_configuration_item_stands_for_another_object_come_again() {
    let mut reader = reader(ADMIN, ITopOptions::default());
    let tickets: Vec<u64> = (0..3)
        .map(|_| reader.desk.add_ticket(NewTicket::of("8642")))
        .collect();
    reader.settle("2026-11-24T10");
    assert!(reader.pass(100).tickets.is_empty());
    reader.desk.replace_object("8642", "8643");
    for limit in [1, 2, 100] {
        let pass = reader.pass(limit);
        assert_eq!(pass.ids(), tickets, "{limit}");
        assert!(pass.tickets.iter().all(|t| t.objects == ["8643"]));
        assert!(pass.events.is_empty());
    }
}

/// Numbers in no order, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("64 bits") % end
    }
}

/// Agents at work: every now and then something is done, often several things in one second, and some of
/// it is seen later than it was done.
struct Work {
    chance: Chance,
    /// Seconds since 1970.
    now: i64,
    /// What is not seen yet: the ticket, and until when.
    open: Vec<(u64, i64, Open)>,
    quiet: bool,
}

impl Work {
    fn tick(&mut self, staff: &Staff, seconds: i64) {
        self.now += seconds;
        let now = sgi_test_desks::itop::time(self.now);
        staff.set_time(&now);
        let now = self.now;
        let (done, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|(_, until, _)| *until <= now);
        self.open = open;
        let done: Vec<(u64, i64, Open)> = done;
        for (_, _, open) in done {
            staff.commit(open);
        }
    }

    fn before_answer(&mut self, staff: &Staff) {
        let seconds = [0, 0, 0, 1, 1, 20, 45][self.chance.below(7)];
        self.tick(staff, seconds);
        // Less than what is read meanwhile, or no pass would come to an end.
        if self.quiet || self.chance.below(8) != 0 {
            return;
        }
        for _ in 0..=self.chance.below(3) {
            let tickets: Vec<u64> = staff.tickets();
            let ticket = tickets[self.chance.below(tickets.len())];
            if self.open.iter().any(|(busy, _, _)| *busy == ticket) {
                continue;
            }
            let (what, number) = (self.chance.below(10), self.chance.below(1000));
            if self.chance.below(3) == 0 && what != 8 {
                let open = staff.begin(|staff| act(staff, ticket, what, number));
                let seconds = i64::try_from(self.chance.below(60)).expect("small");
                self.open.push((ticket, self.now + seconds, open));
            } else {
                act(staff, ticket, what, number);
            }
        }
    }
}

fn act(staff: &Staff, ticket: u64, what: usize, number: usize) {
    let object = ["1001", "1002", "142"][number % 3];
    match what {
        0 => staff.set_status(
            ticket,
            ["new", "assigned", "resolved", "closed"][number % 4],
        ),
        1 => staff.set_subject(ticket, &format!("Subject {number}")),
        2 => staff.set_agent(ticket, [0, 2, 3][number % 3]),
        3 | 4 => staff.add_reference(ticket, object),
        5 | 6 => staff.remove_reference(ticket, object),
        7 => staff.write_log(ticket, "private_log", &format!("Note {number}")),
        8 => drop(staff.add_ticket(NewTicket::of(object))),
        _ if number.is_multiple_of(5) => staff.delete_ticket(ticket),
        _ => staff.set_value(ticket, "team_id", ["0", "36", "37"][number % 3]),
    }
}

/// What a host keeps: all tickets as they were last brought, and all events by their ids.
#[derive(Default)]
struct Kept {
    tickets: BTreeMap<String, String>,
    events: BTreeMap<u64, Event>,
}

/// What the host compares, and what it shows.
fn shown(ticket: &Ticket) -> String {
    let mut objects = ticket.objects.clone();
    objects.sort();
    format!(
        "{} {} {:?} {:?} {objects:?} {:?}",
        ticket.subject, ticket.status, ticket.queue, ticket.owner, ticket.updated
    )
}

impl Kept {
    fn take(&mut self, pass: Pass) {
        for ticket in pass.tickets {
            self.tickets.insert(ticket.id.clone(), shown(&ticket));
        }
        for event in pass.events {
            let id = event.id.strip_prefix("op-").expect("an operation's id");
            let id: u64 = id.parse().expect("a number");
            let new = format!("{:?}{:?}{:?}", event.kind, event.ticket, event.at);
            if let Some(old) = self.events.insert(id, event) {
                let old = format!("{:?}{:?}{:?}", old.kind, old.ticket, old.at);
                assert_eq!(old, new, "one id, one event");
            }
        }
    }
}

/// Nights in Berlin: an ordinary one, the hour that comes twice, the hour that is left out.
const NIGHTS: [&str; 3] = [
    "2027-01-15T00:20:00Z",
    "2027-10-30T23:40:00Z",
    "2027-03-28T00:40:00Z",
];

/// Reads while agents work, then once they have gone home; gives the desk and what was kept.
fn read_at_work(account: Account, seed: u64) -> (Reader, Kept) {
    let mut reader = reader(account, ITopOptions::default());
    let night = NIGHTS[usize::try_from(seed).expect("small") % NIGHTS.len()];
    let now = sgi_guest::time::rfc3339(night).expect("an instant") / 1000;
    let mut work = Work {
        chance: Chance(seed),
        now,
        open: Vec::new(),
        quiet: false,
    };
    work.tick(&reader.desk, 0);
    let work = std::sync::Arc::new(std::sync::Mutex::new(work));
    let at_work = std::sync::Arc::clone(&work);
    let lock = |work: &std::sync::Mutex<Work>, staff: &Staff, seconds: i64| {
        work.lock().expect("no panic").tick(staff, seconds);
    };
    reader
        .desk
        .meanwhile(move |staff| at_work.lock().expect("no panic").before_answer(staff));
    let mut kept = Kept::default();
    let limits = [4, 7, 20, 100];
    for round in 0..8 {
        let pass = reader.pass(if round == 0 { 100 } else { limits[round % 4] });
        kept.take(pass);
        // Between two passes there is time, up to a quarter of an hour: the night goes by.
        let pause = [0, 5, 130, 900][round % 4];
        lock(&work, &reader.desk, pause);
    }
    work.lock().expect("no panic").quiet = true;
    for pause in [61, 0, 200, 200] {
        lock(&work, &reader.desk, pause);
        let pass = reader.pass(50);
        kept.take(pass);
    }
    reader.desk.quiet();
    (reader, kept)
}

#[test]
fn every_changed_ticket_arrives_in_its_last_state_whatever_happens_meanwhile() {
    for seed in 0..6 {
        let (mut reader, kept) = read_at_work(READER, seed);
        reader.cursor = None;
        let truth = reader.pass(100);
        assert_eq!(truth.tickets.len(), reader.desk.tickets().len());
        for ticket in &truth.tickets {
            assert_eq!(kept.tickets.get(&ticket.id), Some(&shown(ticket)), "{seed}");
        }
        assert!(kept.events.is_empty());
        let ids: Vec<String> = kept.tickets.keys().cloned().collect();
        let there = changes::still_there(&reader.settings, &ids).expect("an answer");
        assert_eq!(
            there.len(),
            reader.desk.tickets().len(),
            "the others were deleted"
        );
    }
}

/// Links that are made with a ticket, or go with it, are told by its creation or deletion.
fn is_part(operation: &Operation, all: &[Operation]) -> bool {
    let whole = |other: &&Operation| {
        other.change == operation.change
            && other.ticket == operation.ticket
            && matches!(
                other.class.as_str(),
                "CMDBChangeOpCreate" | "CMDBChangeOpDelete"
            )
    };
    operation.attribute == "functionalcis_list" && all.iter().any(|other| whole(&other))
}

#[test]
fn exactly_the_desks_history_arrives_whatever_happens_meanwhile() {
    for seed in 102..108 {
        let (mut reader, kept) = read_at_work(ADMIN, seed);
        let all = reader.desk.operations();
        let expected: BTreeSet<u64> = all
            .iter()
            .filter(|operation| !is_part(operation, &all))
            .map(|operation| operation.id)
            .collect();
        let told: BTreeSet<u64> = kept.events.keys().copied().collect();
        let missing: Vec<_> = expected.difference(&told).collect();
        assert!(missing.is_empty(), "{seed}: {missing:?}");
        assert_eq!(told, expected, "{seed}");
        // What was told last of a reference is how the ticket is now.
        let mut last: BTreeMap<(String, String), bool> = BTreeMap::new();
        for event in kept.events.values() {
            let ticket = event.ticket.clone();
            match &event.kind {
                Kind::Referenced(object) => drop(last.insert((ticket, object.clone()), true)),
                Kind::Unreferenced(object) => drop(last.insert((ticket, object.clone()), false)),
                _ => {}
            }
        }
        reader.cursor = None;
        let truth = reader.pass(100);
        for ticket in &truth.tickets {
            assert_eq!(kept.tickets.get(&ticket.id), Some(&shown(ticket)), "{seed}");
            let of_ticket = last.iter().filter(|((id, _), _)| *id == ticket.id);
            for ((_, object), referenced) in of_ticket {
                assert_eq!(ticket.objects.contains(object), *referenced, "{seed}");
            }
        }
    }
}

#[test]
fn what_happened_more_than_a_day_before_the_start_is_not_read() {
    for account in [READER, ADMIN] {
        let mut reader = reader(account, ITopOptions::default());
        reader.desk.set_time("2027-01-13T11:00:00Z");
        reader.desk.set_subject(63, "Too early");
        reader.desk.set_time("2027-01-15T11:00:00Z");
        reader.desk.set_subject(65, "After the start");
        let start = sgi_guest::time::rfc3339("2027-01-15T10:00:00Z");
        let batch = reader.batch(start, 100);
        let ids: Vec<&str> = batch.tickets.iter().map(|t| t.id.as_str()).collect();
        assert_eq!((ids, batch.more), (vec!["65"], false));
        // And later, too.
        reader.desk.set_subject(2, "Later");
        let batch = reader.batch(start, 100);
        let mut ids: Vec<&str> = batch.tickets.iter().map(|t| t.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["2", "65"]);
    }
}
