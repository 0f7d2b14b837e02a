//! What a CMDB reads and writes: tickets, links, the logbook, and what it is told of mistakes.

use serde_json::{Value, json};
use sgi_e2e::desks::{AnyDesk, SetUp, start, start_all};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::Fault;
use std::time::{Duration, Instant};

fn config(desks: &[Box<dyn AnyDesk>]) -> String {
    desks.iter().map(|desk| desk.toml(desk.kind())).collect()
}

fn list<'a>(lists: &'a Value, desk: &str) -> &'a Value {
    let desks = lists["desks"].as_array().unwrap();
    desks.iter().find(|list| list["desk"] == desk).unwrap()
}

#[test]
fn the_tickets_of_an_object_come_from_all_desks_as_from_the_command_line() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    let lists = served.get("/api/v1/tickets?object=1001");
    assert_eq!(
        (lists.status, lists.kind.as_str()),
        (200, "application/json"),
        "{}",
        lists.text
    );
    let told = sgi.run(&["tickets", "1001", "--json"]).json();
    for desk in &desks {
        let list = list(&lists.json, desk.kind());
        assert_eq!(list["problem"], Value::Null);
        assert_eq!(list["connector"], desk.kind());
        let of_desk = |ticket: &&Value| ticket["desk"] == desk.kind();
        let expected: Vec<&Value> = told.as_array().unwrap().iter().filter(of_desk).collect();
        assert!(!expected.is_empty());
        assert_eq!(list["total"], expected.len());
        let tickets: Vec<&Value> = list["tickets"].as_array().unwrap().iter().collect();
        assert_eq!(tickets, expected);
    }
    let one = list(&lists.json, "rt")["tickets"][0].clone();
    let path = format!("/api/v1/desks/rt/tickets/{}", one["id"].as_str().unwrap());
    assert_eq!(served.get(&path).json, one);
    let forms = served.get("/api/v1/desks/rt/forms?object=1001&title=srv");
    assert_eq!(forms.json[0]["label"], "Incidents", "{}", forms.text);
    let several = served
        .get("/api/v1/tickets?object=1001&object=1002&desk=rt&status=open&sort=updated&limit=2");
    let several = list(&several.json, "rt");
    assert_eq!(several["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(several["total"], several["open"]);
    assert_eq!(served.stop(), 0);
}

#[test]
fn a_list_is_kept_and_a_slow_desk_makes_no_slow_page() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    let path = "/api/v1/tickets?object=1001&wait=1";
    let first = served.get(path).json;
    assert!(
        first["desks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|list| list["problem"].is_null())
    );
    let rt = &desks[0];
    rt.clear();
    let again = served.get(path).json;
    assert_eq!(
        again["desks"][2]["as_of"], first["desks"][2]["as_of"],
        "{again}"
    );
    let of_lists = |desk: &dyn AnyDesk| {
        let requests = desk.requests();
        requests
            .iter()
            .filter(|seen| seen.body.windows(4).any(|part| part == b"1001"))
            .count()
    };
    assert_eq!(of_lists(&**rt), 0);
    // A desk that never answers has its problem, after the time that one is willing to wait, and no other
    // has to wait for it.
    rt.set_fault(Some(Fault::Hang));
    let began = Instant::now();
    let lists = served.get("/api/v1/tickets?object=1002&wait=1").json;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let hanging = list(&lists, "rt");
    assert_eq!(hanging["problem"]["code"], "unavailable");
    assert!(
        hanging["problem"]["detail"]
            .as_str()
            .unwrap()
            .contains("has not answered within 1 s")
    );
    assert_eq!(hanging["total"], Value::Null);
    assert!(list(&lists, "itop")["total"].as_u64().unwrap() > 0);
    // Many that wait for it make nobody else wait.
    let began = Instant::now();
    std::thread::scope(|scope| {
        for object in 2000..2064 {
            let served = &served;
            scope.spawn(move || {
                served.get(&format!("/api/v1/tickets?object={object}&desk=rt&wait=1"))
            });
        }
        std::thread::sleep(Duration::from_millis(200));
        let others = served.get("/api/v1/tickets?object=4&desk=itop&desk=otrs");
        assert!(others.json["desks"][0]["problem"].is_null());
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
    });
    rt.set_fault(None);
}

#[test]
fn a_new_ticket_is_created_once_and_shown_at_once() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    for desk in &desks {
        let of_object = format!("/api/v1/tickets?object=1001&desk={}", desk.kind());
        let before = served.get(&of_object).json["desks"][0]["total"]
            .as_u64()
            .unwrap();
        let path = format!("/api/v1/desks/{}/tickets", desk.kind());
        let new = json!({
            "objects": [{ "id": "1001", "title": "srv-db-01" }],
            "subject": "Disk full",
            "marker": "service-test-0001",
        });
        let created = served.post(&path, &new);
        assert_eq!(created.status, 201, "{}", created.text);
        assert_eq!(created.json["created"], true);
        assert_eq!(created.json["marker"], "service-test-0001");
        assert_eq!(created.json["ticket"]["subject"], "Disk full");
        let again = served.post(&path, &new);
        assert_eq!(
            (again.status, &again.json["created"]),
            (200, &json!(false)),
            "{}",
            again.text
        );
        let after = served.get(&of_object).json["desks"][0]["total"]
            .as_u64()
            .unwrap();
        assert_eq!(after, before + 1);
    }
}

#[test]
fn mistakes_are_told_as_problems() {
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("helpdesk"));
    let served = Served::start(&sgi);
    for (path, status, code) in [
        ("/api/v1/nothing", 404, "no-such-page"),
        ("/api/v1/desks/other", 404, "unknown-desk"),
        ("/api/v1/desks/helpdesk/tickets/999999", 404, "not-found"),
        ("/api/v1/tickets", 422, "invalid-input"),
        ("/api/v1/tickets?object=", 422, "invalid-input"),
        ("/api/v1/tickets?object=1&limit=0", 422, "invalid-input"),
        ("/api/v1/tickets?object=1&limit=x", 422, "invalid-input"),
        ("/api/v1/tickets?object=1&colour=red", 422, "invalid-input"),
        ("/api/v1/tickets?object=1&desk=other", 404, "unknown-desk"),
        (
            "/api/v1/tickets?object=1&object=2&title=x",
            422,
            "invalid-input",
        ),
        ("/api/v1/logbook?kind=odd", 422, "invalid-input"),
        ("/api/v1/logbook?since=yesterday", 422, "invalid-input"),
        ("/api/v1/logbook?after=1", 422, "invalid-input"),
    ] {
        let answered = served.get(path);
        assert_eq!(answered.status, status, "{path}: {}", answered.text);
        assert_eq!(answered.kind, "application/problem+json", "{path}");
        assert_eq!(answered.json["code"], code, "{path}");
        assert_eq!(answered.json["status"], status, "{path}");
        assert!(
            !answered.json["detail"].as_str().unwrap().is_empty(),
            "{path}"
        );
    }
    let wrong = served.post("/api/v1/desks/helpdesk/tickets", &json!({ "subject": "x" }));
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.json["detail"].as_str().unwrap().contains("objects"),
        "{}",
        wrong.text
    );
    let put = served.put("/api/v1/tickets", &json!({}));
    assert_eq!(
        (put.status, put.json["code"].as_str().unwrap()),
        (405, "method")
    );
}

#[test]
fn what_happens_in_a_desk_is_in_the_logbook_of_the_service() {
    let desk = start("rt", &SetUp::default());
    let config = format!(
        "{}[desks.helpdesk.logbook]\ninterval = 1\n",
        desk.toml("helpdesk")
    );
    let sgi = Sgi::with_config(&config);
    let served = Served::start(&sgi);
    let path = "/api/v1/desks/helpdesk";
    served.until(path, |desk| !desk["logbook"]["read"].is_null());
    let ticket = desk.add("Disk full", &["1001"]);
    let path = format!("/api/v1/logbook?object=1001&ticket={ticket}");
    let page = served.until(&path, |page| page["entries"].as_array().unwrap().len() == 1);
    assert_eq!(page["entries"][0]["kind"], "created");
    assert_eq!(page["entries"][0]["ticket"]["subject"], "Disk full");
    assert_eq!(page["next"], Value::Null);
    // Page by page, nothing is missing and nothing comes twice.
    let all = served.get("/api/v1/logbook?limit=1000").json;
    let all: Vec<&Value> = all["entries"].as_array().unwrap().iter().collect();
    assert!(all.len() > 20);
    let (mut paged, mut next) = (Vec::new(), String::new());
    loop {
        let page = served.get(&format!("/api/v1/logbook?limit=7{next}"));
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json;
        paged.extend(page["entries"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    assert_eq!(paged.iter().collect::<Vec<_>>(), all);
}
