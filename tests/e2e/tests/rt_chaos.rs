//! A real RT, people who work in it, and `sgi sync`, killed again and again: at the end the logbook is
//! RT's own history, entry by entry. Nothing is lost, nothing is there twice, nothing is made up.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::{Value, json};
use sgi_e2e::Sgi;
use sgi_real_rt::{AGENT, Account, Options, READER, ROOT, RealRt, SECOND_AGENT};
use sgi_test_desks::Dice;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often the process is killed, at the least.
const KILLS: usize = 40;
/// What people do meanwhile, at the least.
const ACTIONS: usize = 150;

/// Asks RT as somebody; RT closes the connection after its answer, which is JSON.
fn ask(rt: &RealRt, who: Account, method: &str, path: &str, body: Option<&Value>) -> Value {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", rt.port())).unwrap();
    // HTTP/1.0 has no chunks.
    write!(
        stream,
        "{method} /REST/2.0{path} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: test\r\nAuthorization: \
         {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        who.basic(),
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.split(' ').nth(1).unwrap().starts_with("20"),
        "{method} {path}: {answer}"
    );
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {path}: {answer}"))
}

/// People at work in RT.
struct People<'a> {
    rt: &'a RealRt,
    dice: Dice,
    /// With the objects that each references now.
    tickets: BTreeMap<u64, BTreeSet<String>>,
    /// Those that it referenced when it was created.
    first: BTreeMap<u64, BTreeSet<String>>,
    /// Deleted, or merged into another.
    gone: BTreeSet<u64>,
    merged: usize,
}

impl People<'_> {
    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.dice.below(words.len() as u64) as usize]
    }

    fn create(&mut self) {
        let object = (9000 + self.dice.below(6)).to_string();
        let new = json!({
            "Queue": self.one_of(&["General", "Incidents"]),
            "Subject": format!("chaos {}", self.dice.below(1000)),
            "CustomFields": { "2": [object] },
        });
        let made = ask(self.rt, AGENT, "POST", "/ticket", Some(&new));
        let id = match &made["id"] {
            Value::String(id) => id.parse().unwrap(),
            id => id.as_u64().unwrap(),
        };
        self.tickets.insert(id, BTreeSet::from([object.clone()]));
        self.first.insert(id, BTreeSet::from([object]));
    }

    fn act(&mut self) {
        let alive: Vec<u64> = self
            .tickets
            .keys()
            .copied()
            .filter(|id| !self.gone.contains(id))
            .collect();
        if alive.len() < 4 {
            return self.create();
        }
        let ticket = alive[self.dice.below(alive.len() as u64) as usize];
        let object = (9000 + self.dice.below(6)).to_string();
        let who = [AGENT, SECOND_AGENT][self.dice.below(2) as usize];
        let text = json!({ "Content": "x", "ContentType": "text/plain" });
        let change = match self.dice.below(14) {
            0 => return self.create(),
            1 | 2 => {
                self.tickets.get_mut(&ticket).unwrap().insert(object);
                json!({ "CustomFields": { "2": self.tickets[&ticket] } })
            }
            3 | 4 => {
                self.tickets.get_mut(&ticket).unwrap().remove(&object);
                json!({ "CustomFields": { "2": self.tickets[&ticket] } })
            }
            5 => {
                let path = format!("/ticket/{ticket}/comment");
                ask(self.rt, who, "POST", &path, Some(&text));
                return;
            }
            6 => {
                let path = format!("/ticket/{ticket}/correspond");
                ask(self.rt, who, "POST", &path, Some(&text));
                return;
            }
            7 => json!({ "Subject": format!("chaos {}", self.dice.below(1000)) }),
            8 => json!({ "Priority": self.dice.below(100) }),
            9 => json!({ "Owner": self.one_of(&["huber", "lefevre", "Nobody"]) }),
            10 if self.dice.below(4) == 0 => {
                self.gone.insert(ticket);
                json!({ "Status": "deleted" })
            }
            11 => json!({ "Queue": self.one_of(&["General", "Incidents"]) }),
            12 if self.dice.below(3) == 0 => {
                let others: Vec<u64> = alive.into_iter().filter(|id| *id != ticket).collect();
                let into = others[self.dice.below(others.len() as u64) as usize];
                self.gone.insert(ticket);
                self.merged += 1;
                json!({ "MergeInto": into.to_string() })
            }
            _ => {
                json!({ "Status": self.one_of(&["open", "stalled", "resolved", "new"]) })
            }
        };
        ask(
            self.rt,
            who,
            "PUT",
            &format!("/ticket/{ticket}"),
            Some(&change),
        );
    }
}

/// What tells an entry from others, for people: ticket, object, instant, actor, kind, value before and after.
type Told = (u64, String, String, String, String, String, String);

/// A text of RT's list of transactions; names stand within objects.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(of) => text(of.get("RealName").filter(|n| *n != "").unwrap_or(&of["id"])),
        _ => String::new(),
    }
}

/// All that RT has in its history, from the superuser's own look at it, in the order of numbers.
fn history(rt: &RealRt) -> Vec<Value> {
    let query = "ObjectType%20%3D%20%27RT%3A%3ATicket%27%20AND%20id%20%3E%200";
    let fields =
        "Type,Creator,Created,Field,OldValue,NewValue,ObjectId&fields[Creator]=Name,RealName";
    let mut rows: BTreeMap<u64, Value> = BTreeMap::new();
    for page in 1.. {
        let path = format!(
            "/transactions?query={query}&fields={fields}&orderby=id&per_page=100&page={page}"
        );
        let answer = ask(rt, ROOT, "GET", &path, None);
        let items = answer["items"].as_array().unwrap().clone();
        for item in &items {
            rows.insert(text(&item["id"]).parse().unwrap(), item.clone());
        }
        if items.len() < 100 {
            let total = answer["total"].as_u64().unwrap();
            assert_eq!(rows.len() as u64, total, "the whole of it was read");
            break;
        }
    }
    rows.into_values().collect()
}

fn is_done(status: &str) -> bool {
    matches!(status, "resolved" | "rejected")
}

/// What the logbook must hold of these tickets.
fn expected(rows: &[Value], first: &BTreeMap<u64, BTreeSet<String>>) -> Vec<Told> {
    let mut objects = first.clone();
    let mut told = Vec::new();
    for row in rows {
        let ticket: u64 = text(&row["ObjectId"]).parse().unwrap();
        let Some(now) = objects.get_mut(&ticket) else {
            continue;
        };
        let (what, field) = (text(&row["Type"]), text(&row["Field"]));
        let (old, new) = (text(&row["OldValue"]), text(&row["NewValue"]));
        let (at, actor) = (text(&row["Created"]), text(&row["Creator"]));
        let mut tell = |object: &str, kind: &str, old: &str, new: &str| {
            told.push((
                ticket,
                object.to_owned(),
                at.clone(),
                actor.clone(),
                kind.to_owned(),
                old.to_owned(),
                new.to_owned(),
            ));
        };
        let kind = match (what.as_str(), field.as_str()) {
            ("EmailRecord" | "CommentEmailRecord", _) | ("SetWatcher", "Owner") => continue,
            ("CustomField", "2") => {
                if !old.is_empty() {
                    tell(&old, "unreferenced", "", "");
                    now.remove(&old);
                }
                if !new.is_empty() {
                    tell(&new, "referenced", "", "");
                    now.insert(new);
                }
                continue;
            }
            ("Create", _) => "created",
            ("Correspond", _) => "replied",
            ("Comment", _) => "commented",
            ("Status", _) if new == "deleted" => "deleted",
            ("Status", _) if is_done(&new) && !is_done(&old) => "resolved",
            ("Status", _) => "status",
            (_, "Owner") => "owner",
            ("Set", "Subject") => "subject",
            ("Set", "Priority") => "priority",
            ("Set", "Queue") => "queue",
            // At the ticket that stays RT notes it, too, as a link to itself.
            ("AddLink", "MergedInto") if !new.ends_with(&format!("/{ticket}")) => "merged",
            _ => "other",
        };
        for object in now.iter() {
            match kind {
                "status" | "resolved" | "deleted" | "subject" | "priority" => {
                    tell(object, kind, &old, &new);
                }
                kind => tell(object, kind, "", ""),
            }
        }
    }
    told.sort();
    told
}

fn entries(sgi: &Sgi) -> Vec<Value> {
    let ran = sgi.run(&["logbook", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json().as_array().unwrap().clone()
}

/// The same of what the logbook does hold.
fn held(entries: &[Value], tickets: &BTreeMap<u64, BTreeSet<String>>) -> Vec<Told> {
    let mut told: Vec<Told> = entries
        .iter()
        .filter_map(|entry| {
            let ticket: u64 = text(&entry["ticket"]["id"]).parse().unwrap();
            tickets.contains_key(&ticket).then(|| {
                assert_eq!(entry["derived"], false, "{entry}");
                let kind = text(&entry["kind"]);
                let (old, new) = match kind.as_str() {
                    "status" | "resolved" | "deleted" | "subject" | "priority" => {
                        (text(&entry["old"]), text(&entry["new"]))
                    }
                    _ => Default::default(),
                };
                (
                    ticket,
                    text(&entry["object"]),
                    text(&entry["at"]),
                    text(&entry["actor"]),
                    kind,
                    old,
                    new,
                )
            })
        })
        .collect();
    told.sort();
    told
}

/// In the first and not in the second, each as often as it is missing.
fn missing<'a>(from: &'a [Told], other: &[Told]) -> Vec<&'a Told> {
    let mut other: Vec<&Told> = other.iter().collect();
    from.iter()
        .filter(|told| match other.binary_search(told) {
            Ok(at) => {
                other.remove(at);
                false
            }
            Err(_) => true,
        })
        .collect()
}

#[test]
fn a_logbook_that_was_killed_over_and_over_is_the_history_of_a_real_rt() {
    let rt = RealRt::start(Options::default()).unwrap();
    let sgi = Sgi::with_rt(rt.url(), READER.name, READER.password, "");
    assert_eq!(sgi.run(&["check"]).status, 0);
    let mut people = People {
        rt: &rt,
        dice: Dice::new(11),
        tickets: BTreeMap::new(),
        first: BTreeMap::new(),
        gone: BTreeSet::new(),
        merged: 0,
    };
    let enough = AtomicBool::new(false);
    let (mut killed, mut whole) = (0, 0);
    thread::scope(|scope| {
        let (people, stop) = (&mut people, &enough);
        let work = scope.spawn(move || {
            let mut done = 0;
            while done < ACTIONS || !stop.load(Ordering::Acquire) {
                people.act();
                done += 1;
            }
            done
        });
        let mut dice = Dice::new(12);
        while killed < KILLS || !work.is_finished() {
            if killed >= KILLS {
                enough.store(true, Ordering::Release);
            }
            let mut child = sgi.start(&["sync"]);
            thread::sleep(Duration::from_millis(dice.below(2_500)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                killed += 1;
                child.wait().unwrap();
            } else {
                whole += 1;
            }
        }
        let done = work.join().unwrap();
        println!("{done} actions, {killed} kills, {whole} whole passes");
    });
    let ran = sgi.run(&["sync"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let all = entries(&sgi);

    let rows = history(&rt);
    let expected = expected(&rows, &people.first);
    let held = held(&all, &people.first);
    let lost = missing(&expected, &held);
    let made_up = missing(&held, &expected);
    println!(
        "{} tickets ({} of them merged), {} transactions, {} entries of theirs, {} in all",
        people.first.len(),
        people.merged,
        rows.len(),
        expected.len(),
        all.len()
    );
    assert!(expected.len() > 100, "{}", expected.len());
    let kinds: BTreeSet<&str> = expected.iter().map(|told| told.4.as_str()).collect();
    assert!(
        kinds.contains("merged") && kinds.contains("queue"),
        "{kinds:?}"
    );
    assert!(
        lost.is_empty() && made_up.is_empty(),
        "lost: {lost:#?}\nmade up or doubled: {made_up:#?}"
    );

    // Of the tickets that were there before, what a logbook has that nobody disturbed; each once.
    let undisturbed = Sgi::with_rt(rt.url(), READER.name, READER.password, "");
    assert_eq!(undisturbed.run(&["sync"]).status, 0);
    let ids = |entries: &[Value]| -> BTreeSet<String> {
        let ids: BTreeSet<String> = entries.iter().map(|entry| text(&entry["id"])).collect();
        assert_eq!(ids.len(), entries.len());
        ids
    };
    assert_eq!(ids(&all), ids(&entries(&undisturbed)));
}
