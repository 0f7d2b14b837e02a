//! What RT's connector tells of RT's history is what RT has: nothing is missing, whatever happens to the
//! tickets while they are read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::{Value, json};
use sgi_e2e::client::{Client, settings};
use sgi_e2e::told::Told;
use sgi_real_rt::{AGENT, Options, RealRt};
use sgi_test_desks::rt::{Account, InFlight, NewTicket, READER, ROOT, Transaction};
use sgi_test_desks::{Dice, RtDesk, RtOptions};
use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// What happens to tickets.
struct People<'a> {
    desk: &'a RtDesk,
    dice: Dice,
    tickets: u64,
    gone: HashSet<u64>,
    hidden: HashSet<u64>,
    in_flight: Vec<InFlight>,
}

impl<'a> People<'a> {
    fn new(desk: &'a RtDesk, dice: u64, tickets: u64) -> Self {
        Self {
            desk,
            dice: Dice::new(dice),
            tickets,
            // The seed's: deleted, merged, in a confidential queue.
            gone: HashSet::from([25, 30]),
            hidden: HashSet::from([32, 33, 34, 35]),
            in_flight: Vec::new(),
        }
    }

    fn act(&mut self) {
        let Self { desk, dice, .. } = self;
        let ticket = dice.below(self.tickets) + 1;
        if self.gone.contains(&ticket) || self.hidden.contains(&ticket) {
            return;
        }
        let object = (dice.below(5) + 9000).to_string();
        match dice.below(15) {
            0 => desk.set_status(
                ticket,
                ["open", "stalled", "resolved", "new"][dice.below(4) as usize],
            ),
            1 => desk.set_subject(ticket, &format!("Subject {object} {}", dice.below(99))),
            2 => desk.set_owner(
                ticket,
                ["huber", "lefevre", "Nobody"][dice.below(3) as usize],
            ),
            3 => desk.set_priority(ticket, dice.below(100) as i64),
            4 | 5 => desk.add_reference(ticket, &object),
            6 => desk.remove_reference(ticket, &object),
            7 => desk.reply(ticket),
            8 => desk.comment(ticket),
            9 => desk.move_ticket(
                ticket,
                ["Hardware", "General", "Incidents"][dice.below(3) as usize],
            ),
            10 => {
                self.tickets = self.tickets.max(desk.add_ticket(NewTicket::of(object)));
            }
            11 if dice.below(3) == 0 => {
                desk.set_status(ticket, "deleted");
                self.gone.insert(ticket);
            }
            12 if dice.below(3) == 0 => {
                let into = dice.below(self.tickets) + 1;
                if into != ticket && !self.gone.contains(&into) && !self.hidden.contains(&into) {
                    desk.merge(ticket, into);
                    self.gone.insert(ticket);
                }
            }
            13 if dice.below(4) == 0 => {
                desk.move_ticket(ticket, "HR vertraulich");
                self.hidden.insert(ticket);
            }
            14 => self.in_flight.push(desk.begin_reply(ticket)),
            _ => desk.set_due(ticket, Some("2026-12-24T10:00:00Z")),
        }
        if self.in_flight.len() > 2 {
            self.desk.commit(self.in_flight.remove(0));
        }
    }

    fn go_home(&mut self) {
        for reply in self.in_flight.drain(..) {
            self.desk.commit(reply);
        }
    }
}

/// The id of the event that a transaction is, if it is one.
fn expected(row: &Transaction, comments: bool) -> Option<String> {
    let none = match row.kind.as_str() {
        "EmailRecord" | "CommentEmailRecord" => true,
        "SetWatcher" => row.field == "Owner",
        "Comment" => !comments,
        _ => false,
    };
    (!none).then(|| format!("txn-{}", row.id))
}

fn client(desk: &RtDesk, account: Account) -> Client {
    Client::open(settings("rt", &desk.url(), account))
}

/// Everything of the tickets that the account could see all the time has come, and nothing else.
fn assert_all_told(desk: &RtDesk, told: &Told, people: &People<'_>, comments: bool, seed: u64) {
    let history = desk.history();
    let of_sight = |row: &&Transaction| !people.hidden.contains(&row.ticket);
    let expected: HashSet<String> = history
        .iter()
        .filter(of_sight)
        .filter_map(|row| expected(row, comments))
        .collect();
    let came: HashSet<String> = told.events.keys().cloned().collect();
    let missing: Vec<_> = expected.difference(&came).collect();
    let row = |id: &&String| {
        let of = |row: &&Transaction| format!("txn-{}", row.id) == **id;
        history.iter().find(of)
    };
    assert!(
        missing.is_empty(),
        "dice {seed}: {:#?}",
        missing.iter().map(row).collect::<Vec<_>>()
    );
    let all: HashSet<String> = history
        .iter()
        .map(|row| format!("txn-{}", row.id))
        .collect();
    assert!(came.is_subset(&all), "nothing is made up");
    for (id, event) in &told.events {
        let row = row(&id).unwrap();
        assert_eq!(event.ticket, row.ticket.to_string(), "{event:?}");
        let at = event.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(at, row.created, "{event:?}");
    }
    let seen = told.tickets.keys().map(String::as_str).collect::<Vec<_>>();
    assert!(seen.len() > 150);
}

fn try_with(seed: u64, account: Account, hide: bool) {
    let desk = RtDesk::start(RtOptions::default());
    if hide {
        desk.hide_comments();
    }
    let client = client(&desk, account);
    client.check().unwrap();
    let mut people = People::new(&desk, seed, 192);
    let mut told = Told::default();
    let mut dice = Dice::new(seed ^ 0x5eed);
    for _ in 0..40 {
        for _ in 0..dice.below(12) {
            people.act();
        }
        let limit = [1, 3, 20, 100][dice.below(4) as usize];
        told.read(&client, None, limit);
    }
    // … and while it is being read.
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let people = &mut people;
        let done = &done;
        scope.spawn(move || {
            for _ in 0..300 {
                people.act();
                thread::sleep(Duration::from_micros(300));
            }
            people.go_home();
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            told.read(&client, None, [7, 40][dice.below(2) as usize]);
        }
    });
    told.catch_up(&client, None, 50);
    told.catch_up(&client, None, 50);
    // Of one that goes out of sight after it was read, its history is not there any more.
    let out_of_sight = |id: &String| {
        let id = id.parse().unwrap();
        people.gone.contains(&id) || people.hidden.contains(&id)
    };
    let incomplete: Vec<_> = told
        .incomplete
        .iter()
        .filter(|id| !out_of_sight(id))
        .collect();
    assert!(incomplete.is_empty(), "{incomplete:?}");
    let comments = account == ROOT || !hide;
    assert_all_told(&desk, &told, &people, comments, seed);

    let ids: Vec<String> = (1..=people.tickets).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let there = client.still_there(&ids).unwrap();
    for id in 1..=people.tickets {
        let gone = people.gone.contains(&id) || account != ROOT && people.hidden.contains(&id);
        assert_eq!(there.contains(&id.to_string()), !gone, "{id}");
    }
}

#[test]
fn nothing_is_missing_whatever_happens_meanwhile() {
    for seed in 1..=6 {
        try_with(seed, READER, false);
    }
}

#[test]
fn nothing_that_the_account_may_see_is_missing_where_comments_are_hidden() {
    for seed in 11..=16 {
        try_with(seed, READER, true);
    }
}

#[test]
fn nothing_is_missing_for_the_superuser() {
    for seed in 21..=23 {
        try_with(seed, ROOT, true);
    }
}

/// Sends JSON as an agent; RT closes the connection after its answer.
fn send(rt: &RealRt, method: &str, path: &str, body: &Value) -> String {
    let body = body.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", rt.port())).unwrap();
    let authorization = AGENT.basic();
    let length = body.len();
    write!(
        stream,
        "{method} /REST/2.0{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: test\r\nAuthorization: \
         {authorization}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 20"),
        "{method} {path}: {answer}"
    );
    answer
}

/// The seed of the real RT is the test desk's: the same transactions with the same numbers.
fn the_seeded_history_is_told(told: &Told, hidden: &[u64]) {
    let history = RtDesk::start(RtOptions::default()).history();
    let visible = history.iter().filter(|row| !hidden.contains(&row.ticket));
    let rows: Vec<_> = visible
        .filter_map(|row| Some((expected(row, true)?, row)))
        .collect();
    assert!(rows.len() > 200);
    assert_eq!(told.events.len(), rows.len());
    for (id, row) in rows {
        let event = told.events.get(&id).unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!(event.ticket, row.ticket.to_string(), "{event:?}");
        let at = event.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(at, row.created, "{event:?}");
        let actor = match row.creator.as_str() {
            "huber" => "Jürgen Huber",
            "lefevre" => "Zoë Lefèvre",
            "tanaka" => "田中 さくら",
            "RT_System" => "The RT System itself",
            other => other,
        };
        assert_eq!(event.actor.as_deref(), Some(actor), "{event:?}");
    }
    assert!(told.incomplete.is_empty());
}

#[test]
fn a_real_rt_tells_its_history_and_what_is_done_to_it() {
    let rt = RealRt::start(Options::default()).unwrap();
    let client = |account| Client::open(settings("rt", rt.url(), account));
    let (reader, root) = (client(READER), client(ROOT));
    let (mut told, mut all) = (Told::default(), Told::default());
    told.catch_up(&reader, None, 100);
    the_seeded_history_is_told(&told, &[32, 33, 34, 35]);
    all.catch_up(&root, None, 40);
    the_seeded_history_is_told(&all, &[]);

    let ticket = |id: u64| format!("/ticket/{id}");
    let put = |id: u64, change: Value| send(&rt, "PUT", &ticket(id), &change);
    put(
        3,
        json!({"CustomFields": {"2": ["42", "4711"], "4": ["Bonn"]}}),
    );
    put(
        3,
        json!({"CustomFields": {"2": ["4711"]}, "Priority": 50, "Subject": "neu"}),
    );
    put(
        3,
        json!({"Owner": "lefevre", "Queue": "General", "Status": "stalled"}),
    );
    put(3, json!({"Due": "2026-12-24 10:00:00"}));
    let text = json!({"Content": "x", "ContentType": "text/plain"});
    send(&rt, "POST", "/ticket/3/comment", &text);
    send(&rt, "POST", "/ticket/3/correspond", &text);
    put(3, json!({"Status": "resolved"}));
    put(20, json!({"Status": "deleted"}));
    put(21, json!({"MergeInto": "22"}));
    put(36, json!({"Queue": "HR vertraulich"}));
    let new = json!({"Queue": "Incidents", "Subject": "new", "CustomFields": {"2": ["9001"]}});
    send(&rt, "POST", "/ticket", &new);

    let seeded = told.of(3).len();
    for (told, client) in [(&mut told, &reader), (&mut all, &root)] {
        told.catch_up(client, None, 100);
        let news = told.of(3)[seeded..].to_vec();
        for one in [
            "referenced 4711",
            "unreferenced 42",
            "priority -0 +50",
            "owner +Zoë Lefèvre",
            "other Set Due +2026-12-24T10:00:00Z",
            "commented",
            "replied",
        ] {
            assert!(news.iter().any(|said| said == one), "{one}: {news:#?}");
        }
        for start in [
            "queue -",
            "subject -",
            "status -",
            "other CustomField Ort ",
            "resolved -",
        ] {
            assert!(
                news.iter().any(|said| said.starts_with(start)),
                "{start}: {news:#?}"
            );
        }
        assert_eq!(told.tickets["3"].status, "resolved");
        assert_eq!(told.of(20).last().unwrap(), "deleted -new +deleted");
        assert_eq!(told.of(21).last().unwrap(), "merged 22");
        assert_eq!(told.of(193), ["created"]);
        assert!(told.tickets["193"].objects.contains("9001"));
        assert!(told.incomplete.is_empty(), "{:?}", told.incomplete);
    }
    let asked = ["3", "20", "21", "22", "36", "193"];
    let there = |client: &Client| {
        let mut there: Vec<String> = client.still_there(&asked).unwrap().into_iter().collect();
        there.sort();
        there
    };
    assert_eq!(there(&reader), ["193", "22", "3"]);
    assert_eq!(there(&root), ["193", "22", "3", "36"]);
    // The same again brings nothing new.
    let before = told.events.len();
    told.catch_up(&reader, None, 100);
    assert_eq!(told.events.len(), before);
}
