//! The service dies while desks are swapped: the state is the old one or the new one, and the logbook has
//! everything once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::{Value, json};
use sgi_e2e::desks::{AnyDesk, SetUp, rt_and_itop, start};
use sgi_e2e::{Served, Sgi};
use std::process::Command;
use std::time::{Duration, Instant};

const DESK: &str = "/api/v1/desks/helpdesk";
/// Where it dies: what takes over is ready; it is kept, and nothing else has happened; it serves.
const POINTS: [&str; 3] = ["ready", "kept", "published"];

/// A service that dies at a point, once the file of that name in its home is there.
fn mortal(sgi: &Sgi, point: &str) -> Served {
    let die = sgi.home().join("die");
    let _ = std::fs::remove_file(&die);
    Served::start_with(sgi, "SGI_DIE_AT", &format!("{point}:{}", die.display()))
}

fn now(sgi: &Sgi) {
    sgi.write("die", "");
}

/// How often tickets of this subject are told to have been created, at object 1001.
fn created(served: &Served, subject: &str) -> usize {
    let path = "/api/v1/logbook?object=1001&kind=created&limit=1000";
    let found = served.get(path);
    assert_eq!(found.status, 200, "{}", found.text);
    let entries = found.json["entries"].as_array().unwrap().clone();
    let of = entries
        .iter()
        .filter(|one| one["ticket"]["subject"] == subject);
    of.count()
}

/// Waits until all these are told, once each, and stay so.
fn told_once(served: &Served, subjects: &[&str]) {
    let began = Instant::now();
    let there = || subjects.iter().all(|subject| created(served, subject) > 0);
    while !there() {
        let found = served.get("/api/v1/logbook?object=1001&limit=1000").text;
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{subjects:?}: {found}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    served.until(DESK, |desk| !desk["logbook"]["read"].is_null());
    for subject in subjects {
        assert_eq!(created(served, subject), 1, "{subject}");
    }
}

/// With its logbook looked at by nobody but swaps.
fn quiet(desk: &dyn AnyDesk) -> Value {
    let mut table = desk.table();
    table["logbook"] = json!({ "interval": "1h" });
    table
}

fn read_once(served: &Served) {
    served.until(DESK, |desk| !desk["logbook"]["read"].is_null());
}

/// The settings, what serves, and the logbook of both desks, at each step of a change by API.
fn dies_while_a_desk_is_changed(point: &str) {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    let sgi = Sgi::with_config("");
    let served = mortal(&sgi, point);
    assert_eq!(served.put(DESK, &quiet(&*rt)).status, 201);
    read_once(&served);
    rt.add("in RT before", &["1001"]);
    now(&sgi);
    let answered = served.try_ask("PUT", DESK, Some(&quiet(&*itop)));
    assert!(answered.is_err(), "{answered:?}");
    served.ended();
    // Made through what served until then, say, after the last look that the swap began with.
    rt.add("in RT after its last look", &["1001"]);
    if point != "ready" {
        itop.add("in iTop after", &["1001"]);
        // Longer than what connectors look back: it is the change that its logbook begins with, not this start.
        std::thread::sleep(Duration::from_secs(5));
    }
    let served = Served::start(&sgi);
    let found = served.get(DESK).json;
    let kind = match point {
        "ready" => "rt",
        _ => "itop",
    };
    assert_eq!(
        (&found["type"], &found["connector"]["id"]),
        (&json!(kind), &json!(kind)),
        "{found}"
    );
    let acts = served.get("/api/v1/audit").text;
    assert_eq!(acts.contains("desk.update"), point != "ready", "{acts}");
    if point == "ready" {
        told_once(&served, &["in RT before", "in RT after its last look"]);
        assert_eq!(served.put(DESK, &quiet(&*itop)).status, 200);
        itop.add("in iTop after", &["1001"]);
    }
    let all = ["in RT before", "in RT after its last look", "in iTop after"];
    told_once(&served, &all);
    // What was owed to the old desk is done: it is not asked again.
    served.kill();
    rt.clear();
    let served = Served::start(&sgi);
    read_once(&served);
    assert_eq!(rt.requests().len(), 0);
    told_once(&served, &all);
}

/// The same where the file of the settings says so: its new settings are what there is after it.
fn dies_while_the_file_is_changed(point: &str) {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    let toml = |desk: &dyn AnyDesk| {
        format!(
            "{}[desks.helpdesk.logbook]\ninterval = \"1h\"\n",
            desk.toml("helpdesk")
        )
    };
    let sgi = Sgi::with_config(&toml(&*rt));
    let served = mortal(&sgi, point);
    read_once(&served);
    rt.add("in RT before", &["1001"]);
    now(&sgi);
    sgi.write("sgi.toml", &toml(&*itop));
    served.ended();
    itop.add("in iTop after", &["1001"]);
    let served = Served::start(&sgi);
    assert_eq!(served.get(DESK).json["connector"]["id"], "itop");
    told_once(&served, &["in RT before", "in iTop after"]);
}

/// Opened anew, by API: the settings are what they were.
fn dies_while_a_desk_is_opened_anew(point: &str) {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config("");
    let served = mortal(&sgi, point);
    assert_eq!(served.put(DESK, &quiet(&*rt)).status, 201);
    read_once(&served);
    rt.add("before", &["1001"]);
    now(&sgi);
    let answered = served.try_ask("POST", &format!("{DESK}/swap"), Some(&json!({})));
    assert!(answered.is_err(), "{answered:?}");
    served.ended();
    rt.add("after", &["1001"]);
    let served = Served::start(&sgi);
    assert_eq!(served.get(DESK).json["connector"]["id"], "rt");
    told_once(&served, &["before", "after"]);
}

mod at_each_step {
    #[test]
    fn of_a_change() {
        super::POINTS
            .iter()
            .for_each(|point| super::dies_while_a_desk_is_changed(point));
    }

    #[test]
    fn of_a_new_file() {
        super::POINTS
            .iter()
            .for_each(|point| super::dies_while_the_file_is_changed(point));
    }

    #[test]
    fn of_a_new_opening() {
        super::POINTS
            .iter()
            .for_each(|point| super::dies_while_a_desk_is_opened_anew(point));
    }
}

/// Changed, removed and made again, and killed at any instant: the state is the old one or the new one, what was
/// answered is kept, and nothing stands in the way of going on.
#[test]
fn killed_while_desks_are_made_changed_and_removed() {
    let (rt, itop) = rt_and_itop();
    let sgi = Sgi::with_config("");
    let desk = "/api/v1/desks/helpdesk";
    let mut dice = sgi_test_desks::Dice::new(23);
    let mut served = Served::start(&sgi);
    // How long it takes here: instants before, within and after are to be hit.
    let span = |body: &Value| {
        let began = Instant::now();
        assert!(served.put(desk, body).status < 300);
        u64::try_from(began.elapsed().as_micros()).unwrap()
    };
    // The first of each compiles its connector.
    let both = [rt.table(), itop.table()];
    for body in &both {
        span(body);
    }
    let span = both.iter().map(span).max().unwrap() * 2;
    // Killed before the change was kept; after it, and before the answer; after that.
    let (mut before, mut kept, mut answered_in_time) = (0, 0, 0);
    let mut was = Some("itop".to_owned());
    for round in 0..36 {
        let (method, body, then) = match (round % 3, &was) {
            (2, Some(_)) => ("DELETE", None, None),
            (_, Some(kind)) if kind == "rt" => ("PUT", Some(itop.table()), Some("itop")),
            _ => ("PUT", Some(rt.table()), Some("rt")),
        };
        let span = if method == "PUT" { span } else { 20_000 };
        let wait = Duration::from_micros(dice.below(span));
        let answered = std::thread::scope(|scope| {
            let asked = scope.spawn(|| served.try_ask(method, desk, body.as_ref()));
            std::thread::sleep(wait);
            let id = served.id().to_string();
            let killed = Command::new("kill").args(["-KILL", &id]).status();
            assert!(killed.unwrap().success());
            asked.join().unwrap()
        });
        served = Served::start(&sgi);
        let found = served.get(desk);
        let now = match found.status {
            404 => None,
            _ => Some(found.json["type"].as_str().unwrap().to_owned()),
        };
        let told = format!("{round}: {method} from {was:?} to {then:?}: {}", found.text);
        assert!(now == was || now.as_deref() == then, "{told}");
        if answered.is_ok_and(|answered| answered.status < 300) {
            answered_in_time += 1;
            assert_eq!(now.as_deref(), then, "{told}");
        } else if now == was {
            before += 1;
        } else {
            kept += 1;
        }
        if let Some(kind) = &now {
            assert_eq!(found.json["connector"]["id"], kind.as_str(), "{told}");
            let subject = if kind == "rt" {
                "only in RT"
            } else {
                "only in iTop"
            };
            let tickets = served.get("/api/v1/tickets?object=1001");
            assert!(tickets.text.contains(subject), "{told} {}", tickets.text);
        }
        was = now;
    }
    eprintln!(
        "of 36 kills, {before} came before the change, {kept} after it, {answered_in_time} after the answer"
    );
    assert!(before > 0 && kept + answered_in_time > 0);
}
