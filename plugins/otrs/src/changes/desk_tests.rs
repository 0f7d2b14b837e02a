//! Everything that happens in a desk arrives, whatever happens meanwhile: random changes between the
//! requests of one call and between calls, many in one second, through nights in which the clock changes.

use super::wall::Wall;
use super::{Cursor, since, still_there};
use crate::channel::{Channel, Operation, Transport};
use crate::client::Client;
use crate::clock::Clock;
use crate::desk_tests::{Direct, knowledge, settings, with};
use crate::object::References;
use crate::ticket::Reader;
use proptest::prelude::*;
use sgi_guest::changes::{Batch, Kind};
use sgi_guest::types::Ticket;
use sgi_test_desks::otrs::{Content, NewTicket, OtrsDesk, OtrsOptions, READER};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// A ticket as it should be, now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    title: String,
    state: &'static str,
    priority: &'static str,
    queue: &'static str,
    owner: &'static str,
    objects: BTreeSet<String>,
}

/// What an event is, to be counted: ticket and kind.
type Mark = (u64, String);

/// People at work in the desk.
struct Office {
    desk: OtrsDesk,
    chance: Chance,
    now: i64,
    /// The clock of the CMDB, which runs like the desk's.
    clock: Rc<Cell<Option<i64>>>,
    tickets: BTreeMap<u64, Model>,
    /// When each thing happened.
    done: HashMap<Mark, Vec<i64>>,
    count: u64,
}

impl Office {
    fn new(desk: OtrsDesk, seed: u64, start: &str, clock: Rc<Cell<Option<i64>>>) -> Self {
        let now = Wall::read(start).unwrap().0;
        let office = Self {
            desk,
            chance: Chance(seed | 1),
            now,
            clock,
            tickets: BTreeMap::new(),
            done: HashMap::new(),
            count: 0,
        };
        office.desk.set_time(start);
        office.clock.set(Some(now * 1000));
        office
    }

    fn pass_time(&mut self, seconds: i64) {
        self.now += seconds;
        self.clock.set(Some(self.now * 1000));
        self.desk.set_time(&Wall(self.now).written().unwrap());
    }

    fn note(&mut self, ticket: u64, what: &str) {
        let mark = (ticket, what.to_owned());
        self.done.entry(mark).or_default().push(self.now);
    }

    fn create(&mut self) {
        self.count += 1;
        let object = (self.chance.below(4) + 1).to_string();
        let new = NewTicket::of(object.clone());
        let title = new.title.clone();
        let id = self.desk.add_ticket(new);
        // As recorded: the creation names the first agent, and the first message.
        for what in ["created", "replied", "owner", "other:ResponsibleUpdate"] {
            self.note(id, what);
        }
        let model = Model {
            title,
            state: "new",
            priority: "3 normal",
            queue: "Service Desk",
            owner: "jiri",
            objects: BTreeSet::from([object]),
        };
        self.tickets.insert(id, model);
    }

    fn act(&mut self) {
        self.count += 1;
        let count = self.count;
        if self.tickets.is_empty() || self.chance.below(6) == 0 {
            return self.create();
        }
        let ids: Vec<u64> = self.tickets.keys().copied().collect();
        let id = self.chance.one(&ids);
        let mut model = self.tickets[&id].clone();
        match self.chance.below(9) {
            0 => {
                model.title = format!("title {count}");
                self.desk.set_title(id, &model.title);
                self.note(id, "subject");
            }
            1 => {
                let priority = self.chance.one(&["2 low", "3 normal", "4 high"]);
                if priority != model.priority {
                    model.priority = priority;
                    self.desk.set_priority(id, priority);
                    self.note(id, "priority");
                }
            }
            2 => {
                let state = self.chance.one(&["new", "open", "closed successful"]);
                if state != model.state {
                    model.state = state;
                    self.desk.set_state(id, state);
                    let closes = state == "closed successful";
                    self.note(id, if closes { "resolved" } else { "status" });
                }
            }
            3 => {
                let owner = self.chance.one(&["anna", "jiri"]);
                if owner != model.owner {
                    model.owner = owner;
                    self.desk.set_owner(id, owner);
                    self.note(id, "owner");
                }
            }
            4 => {
                let queue = self.chance.one(&["Service Desk", "Network"]);
                if queue != model.queue {
                    model.queue = queue;
                    self.desk.move_ticket(id, queue);
                    self.note(id, "queue");
                }
            }
            5 => {
                self.desk.add_note(id, "n", "n");
                self.note(id, "commented");
            }
            6 => {
                self.desk.add_reply(id, "r", "r");
                self.note(id, "replied");
            }
            7 => {
                self.desk.add_follow_up(id, "f", "f");
                self.note(id, "replied");
            }
            _ => {
                let object = (self.chance.below(4) + 1).to_string();
                if model.objects.remove(&object) {
                    self.desk.remove_reference(id, &object);
                    self.note(id, &format!("unreferenced:{object}"));
                } else {
                    self.desk.add_reference(id, &object);
                    self.note(id, &format!("referenced:{object}"));
                    model.objects.insert(object);
                }
            }
        }
        self.tickets.insert(id, model);
    }

    fn work(&mut self) {
        for _ in 0..self.chance.below(4) {
            self.act();
            let step = self.chance.one(&[0, 0, 0, 0, 1, 7, 61, 400]);
            self.pass_time(step);
        }
    }
}

fn word(kind: &Kind) -> String {
    match kind {
        Kind::Other(word) => format!("other:{word}"),
        Kind::Created => "created".to_owned(),
        Kind::Replied => "replied".to_owned(),
        Kind::Commented => "commented".to_owned(),
        Kind::Status => "status".to_owned(),
        Kind::Owner => "owner".to_owned(),
        Kind::Queue => "queue".to_owned(),
        Kind::Priority => "priority".to_owned(),
        Kind::Subject => "subject".to_owned(),
        Kind::Resolved => "resolved".to_owned(),
        Kind::Merged(_) => "merged".to_owned(),
        Kind::Deleted => "deleted".to_owned(),
        Kind::Referenced(object) => format!("referenced:{object}"),
        Kind::Unreferenced(object) => format!("unreferenced:{object}"),
    }
}

/// What the CMDB has read so far.
#[derive(Default)]
struct Cmdb {
    cursor: Option<String>,
    /// Events by their ids.
    events: HashMap<String, (Mark, i64)>,
    /// Each ticket as it came last.
    tickets: HashMap<u64, Ticket>,
    complete: bool,
    calls: usize,
}

impl Cmdb {
    fn take(&mut self, batch: Batch, limit: u32) -> bool {
        assert!(batch.tickets.len() <= usize::try_from(limit).unwrap());
        self.calls += 1;
        let ids: BTreeSet<&str> = batch.tickets.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids.len(), batch.tickets.len(), "each once");
        for event in &batch.events {
            let mark = (event.ticket.parse().unwrap(), word(&event.kind));
            let new = (mark, event.at);
            let known = self.events.insert(event.id.clone(), new.clone());
            // Without a zone, a call of many minutes measures the offset wrongly; the host allows two.
            assert!(known.is_none_or(|known| known.0 == new.0), "{}", event.id);
        }
        self.complete &= batch.complete.len() == batch.tickets.len();
        for ticket in batch.tickets {
            self.tickets.insert(ticket.id.parse().unwrap(), ticket);
        }
        let next = Some(batch.cursor);
        assert!(!batch.more || next != self.cursor, "it stands: {next:?}");
        self.cursor = next;
        batch.more
    }

    fn call(
        &mut self,
        channel: &Direct,
        options: &[(&str, &str)],
        limit: u32,
        history: bool,
    ) -> bool {
        let mut learned = knowledge(channel);
        learned.history = history;
        let cursor = self
            .cursor
            .as_deref()
            .map(|cursor| Cursor::read(cursor).unwrap());
        let settings = settings(channel, options);
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            // Without a zone, and with a clock that stands, there is nothing to measure by.
            clock: Clock::new(&settings, Some(0), channel.now()).unwrap(),
        };
        let client = Client::new(channel);
        let batch = since(&client, &reader, &learned, cursor, None, limit);
        self.take(batch.unwrap(), limit)
    }

    /// Until there is no more.
    fn pass(&mut self, channel: &Direct, options: &[(&str, &str)], limit: u32, history: bool) {
        for _ in 0..2000 {
            if !self.call(channel, options, limit, history) {
                return;
            }
        }
        panic!("a pass without an end at {:?}", self.cursor);
    }
}

/// Lets people work while the CMDB reads, and compares at the end.
fn everything_arrives(
    seed: u64,
    zone: &str,
    told: bool,
    start: &str,
    limit: u32,
    (by, history): (Transport, bool),
) {
    let desk = OtrsDesk::start(OtrsOptions {
        content: Content::Welcome,
        time_zone: zone.to_owned(),
        histories: history,
        ..OtrsOptions::default()
    });
    let channel = Direct::new(&desk, READER, by);
    let all = [("time-zone", zone)];
    let options: &[(&str, &str)] = if told { &all } else { &[] };
    let office = Rc::new(RefCell::new(Office::new(
        desk,
        seed,
        start,
        Rc::clone(&channel.time),
    )));
    let mut cmdb = Cmdb {
        complete: true,
        ..Cmdb::default()
    };
    // Many in one second.
    let many = office.borrow_mut().chance.below(12);
    for _ in 0..many {
        office.borrow_mut().create();
    }
    let working = Rc::clone(&office);
    *channel.meanwhile.borrow_mut() = Some(Box::new(move |operation| {
        if operation != Operation::SessionCreate {
            working.borrow_mut().work();
        }
    }));
    for _ in 0..12 {
        cmdb.call(&channel, options, limit, history);
        office.borrow_mut().work();
    }
    *channel.meanwhile.borrow_mut() = None;
    cmdb.pass(&channel, options, limit, history);
    office.borrow_mut().pass_time(4 * 3600);
    cmdb.pass(&channel, options, limit, history);
    let office = office.borrow();
    if history {
        assert!(cmdb.complete);
        let mut arrived: HashMap<Mark, Vec<i64>> = HashMap::new();
        for (mark, at) in cmdb.events.into_values() {
            // The ticket that every OTRS has.
            if mark.0 != 1 {
                arrived.entry(mark).or_default().push(at / 1000);
            }
        }
        let mut marks: Vec<_> = office.done.keys().chain(arrived.keys()).collect();
        marks.sort();
        marks.dedup();
        for mark in marks {
            let (mut was, mut is) = (
                office.done.get(mark).cloned().unwrap_or_default(),
                arrived.get(mark).cloned().unwrap_or_default(),
            );
            was.sort_unstable();
            is.sort_unstable();
            assert_eq!(was.len(), is.len(), "{mark:?}: {was:?} {is:?}");
            if told {
                // In the hour that comes twice the history does not say which of the two it was.
                let hours = |a: &i64, b: &i64| matches!(a - b, 0 | 3600);
                let mut left = is.clone();
                for at in &was {
                    let found = left.iter().position(|is| hours(at, is));
                    left.remove(found.unwrap_or_else(|| panic!("{mark:?}: {was:?} {is:?}")));
                }
            }
        }
    }
    for (id, model) in &office.tickets {
        let ticket = &cmdb.tickets[id];
        let is = Model {
            title: ticket.subject.clone(),
            state: model.state,
            priority: model.priority,
            queue: model.queue,
            owner: model.owner,
            objects: ticket.objects.iter().cloned().collect(),
        };
        assert_eq!(&is, model);
        assert_eq!(ticket.status, model.state);
        assert_eq!(ticket.priority.as_deref(), Some(model.priority));
        assert_eq!(ticket.queue.as_deref(), Some(model.queue));
        assert_eq!(ticket.owner.as_deref(), Some(model.owner));
    }
}

const WAYS: [(Transport, bool); 5] = [
    (Transport::Rest, true),
    (Transport::Rest, false),
    (Transport::Soap, true),
    (Transport::Soap, false),
    (Transport::StockRest, true),
];
/// In UTC: an ordinary day, and just before the clocks of Berlin are put forward and back.
const STARTS: [&str; 3] = [
    "2026-11-24 08:00:00",
    "2026-03-29 00:55:00",
    "2026-10-25 00:20:00",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_change_arrives(seed in any::<u64>(), limit in 1u32..9, start in 0usize..3, way in 0usize..5, place in 0usize..3) {
        let (zone, told) = [("Europe/Berlin", true), ("Europe/Berlin", false), ("UTC", false)][place];
        everything_arrives(seed, zone, told, STARTS[start], limit, WAYS[way]);
    }
}

/// Mails that are no change, while more tickets than a batch holds are read.
#[test]
fn a_silent_mail_within_a_backlog_arrives() {
    let way = (Transport::Soap, true);
    everything_arrives(
        14_641_848_921_270_450_264,
        "Europe/Berlin",
        true,
        STARTS[0],
        8,
        way,
    );
    for seed in 0..20 {
        everything_arrives(
            seed * 7919,
            "UTC",
            seed % 2 == 0,
            STARTS[0],
            3,
            (Transport::Rest, true),
        );
    }
}

fn quiet(histories: bool) -> OtrsDesk {
    let desk = OtrsDesk::start(OtrsOptions {
        content: Content::Welcome,
        histories,
        ..OtrsOptions::default()
    });
    desk.set_time("2026-11-24 08:00:00");
    desk
}

const UTC: &[(&str, &str)] = &[("time-zone", "UTC")];

#[test]
fn what_a_pass_costs() {
    let desk = quiet(true);
    let id = desk.add_ticket(NewTicket::of("7"));
    desk.set_time("2026-11-24 09:00:00");
    let channel = Direct::new(&desk, READER, Transport::Rest);
    let mut cmdb = Cmdb::default();
    let mut pass = |expected: usize, what: &str| {
        desk.clear();
        cmdb.pass(&channel, UTC, 100, true);
        let requests = desk.requests();
        assert_eq!(requests.len(), expected, "{what}: {requests:#?}");
    };
    pass(5, "the first, with the login");
    pass(3, "nothing happened: a look at the clock");
    desk.set_title(id, "new");
    pass(4, "one change");
    pass(4, "which is not settled yet");
    desk.set_time("2026-11-24 09:02:00");
    pass(4, "and now is");
    pass(3, "nothing happened");
    for _ in 0..250 {
        desk.add_ticket(NewTicket::of("7"));
    }
    desk.set_time("2026-11-24 10:00:00");
    // A search for each batch and two requests for each 50 tickets: sorted by time twice (5 + 5), which
    // comes to no other time, so by ids (5 + 5 + 3), then what came later (1) and what is only in
    // histories (3).
    pass(27, "250 tickets in one second");
    pass(3, "nothing happened");
}

#[test]
fn a_mail_that_does_not_count_as_a_change_is_told() {
    let desk = quiet(true);
    let channel = Direct::new(&desk, READER, Transport::Rest);
    let id = desk.add_ticket(NewTicket::of("7"));
    desk.set_time("2026-11-24 09:00:00");
    let mut cmdb = Cmdb::default();
    cmdb.pass(&channel, UTC, 100, true);
    let before = cmdb.events.len();
    desk.add_follow_up(id, "again", "again");
    cmdb.pass(&channel, UTC, 100, true);
    assert_eq!(cmdb.events.len(), before + 1);
}

#[test]
fn merged_forbidden_missing_and_removed_tickets_are_not_there() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let channel = Direct::new(&desk, READER, Transport::Rest);
    desk.set_state(104, "removed");
    desk.delete(105);
    let ask = |ids: &[u64], options: &[(&str, &str)]| {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        with(&channel, options, |client, reader| {
            still_there(client, reader, &ids).unwrap()
        })
    };
    // 5 was merged, 62 is hidden.
    assert_eq!(ask(&[2, 5, 62, 99_999, 104, 105, 102], &[]), ["2", "102"]);
    assert_eq!(ask(&[2, 9], &[("tenant", "1")]), ["9"]);
    // So many are gone that they are not looked for one by one.
    let many: Vec<u64> = (1..=3).chain(5_000..5_400).collect();
    desk.clear();
    assert_eq!(ask(&many, &[]), ["1", "2", "3"]);
    assert!(desk.requests().len() < 200);
}
