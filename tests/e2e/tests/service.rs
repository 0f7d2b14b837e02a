//! `sgi serve`: the API over three desks, and what changes while it runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

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

fn subjects(list: &Value) -> Vec<&str> {
    let tickets = list["tickets"].as_array().unwrap();
    tickets
        .iter()
        .map(|ticket| ticket["subject"].as_str().unwrap())
        .collect()
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

#[test]
fn another_configuration_takes_over_while_the_service_runs() {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    rt.add("only in RT", &["1001"]);
    itop.add("only in iTop", &["1001"]);
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let served = Served::start(&sgi);
    let tickets = "/api/v1/tickets?object=1001&desk=helpdesk";
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in RT"));

    // What cannot be read changes nothing, and is told.
    sgi.write("sgi.toml", "[desks.helpdesk\n");
    let status = served.until("/api/v1/service", |service| {
        !service["configuration_problem"].is_null()
    });
    assert!(
        status["configuration_problem"]
            .as_str()
            .unwrap()
            .contains("sgi.toml"),
        "{status}"
    );
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in RT"));

    // A wrong password changes nothing, and is told.
    let wrong = itop
        .toml("helpdesk")
        .replace(itop.account().1, "another-password");
    sgi.write("sgi.toml", &wrong);
    let desk = served.until("/api/v1/desks/helpdesk", |desk| !desk["refused"].is_null());
    assert_eq!(
        desk["refused"]["problem"]["code"], "bad-credentials",
        "{desk}"
    );
    assert_eq!(desk["connector"]["id"], "rt");
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in RT"));

    sgi.write("sgi.toml", &itop.toml("helpdesk"));
    let desk = served.until("/api/v1/desks/helpdesk", |desk| {
        desk["connector"]["id"] == "itop"
    });
    assert_eq!(
        (&desk["generation"], &desk["refused"]),
        (&json!(2), &Value::Null)
    );
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in iTop"));

    // Forced, one that is down.
    rt.set_fault(Some(Fault::CloseWithoutAnswer));
    sgi.write("sgi.toml", &rt.toml("helpdesk"));
    served.until("/api/v1/desks/helpdesk", |desk| !desk["refused"].is_null());
    let refused = served.post("/api/v1/desks/helpdesk/swap", &json!({}));
    assert_eq!(
        (refused.status, refused.json["code"].as_str().unwrap()),
        (422, "unavailable")
    );
    let forced = served.post("/api/v1/desks/helpdesk/swap", &json!({ "force": true }));
    assert_eq!(
        (forced.status, &forced.json["connector"]["id"]),
        (200, &json!("rt")),
        "{}",
        forced.text
    );

    sgi.write("sgi.toml", &itop.toml("other"));
    let desks = served.until("/api/v1/desks", |desks| desks[0]["name"] == "other");
    assert_eq!(desks.as_array().unwrap().len(), 1);
    let metrics = served.get("/metrics").text;
    assert!(
        metrics.contains("sgi_swaps_total{desk=\"helpdesk\",outcome=\"bad-credentials\"} 1"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"));
}

/// A page of another site must not use the browser of somebody on this machine.
#[test]
fn a_browser_that_another_site_uses_is_sent_away() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    let url = served.url("/api/v1/desks/rt/check");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let post = |headers: &[(&str, &str)]| {
        let mut request = agent.post(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send_empty().unwrap().status().as_u16()
    };
    assert_eq!(post(&[]), 200);
    assert_eq!(post(&[("Origin", "https://evil.example")]), 403);
    assert_eq!(post(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(post(&[("Sec-Fetch-Site", "same-origin")]), 200);
    // A name that was made to lead here.
    assert_eq!(post(&[("Host", "rebound.evil.example")]), 421);
}

/// The table of a desk, as the API takes it.
fn table(desk: &dyn AnyDesk) -> Value {
    let (username, password) = desk.account();
    let options: serde_json::Map<String, Value> = desk
        .options()
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({
        "type": desk.kind(),
        "url": desk.url(),
        "username": username,
        "password": password,
        "options": options,
        "logbook": { "interval": 1 },
    })
}

#[test]
fn a_desk_is_made_changed_and_removed_through_the_api_and_outlives_the_process() {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    rt.add("only in RT", &["1001"]);
    itop.add("only in iTop", &["1001"]);
    let sgi = Sgi::with_config("");
    let served = Served::start(&sgi);
    let (desk, tickets) = (
        "/api/v1/desks/helpdesk",
        "/api/v1/tickets?object=1001&desk=helpdesk",
    );

    let mut wrong = table(&*rt);
    wrong["password"] = json!("another-password");
    let refused = served.put(desk, &wrong);
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (422, &json!("bad-credentials")),
        "{}",
        refused.text
    );
    assert_eq!(served.get(desk).status, 404, "what failed is not there");
    assert_eq!(served.get("/api/v1/desks").json, json!([]));

    let made = served.put(desk, &table(&*rt));
    assert_eq!(
        (made.status, &made.json["origin"]),
        (201, &json!("store")),
        "{}",
        made.text
    );
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in RT"));
    // At the command line, too.
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert!(ran.out.contains("only in RT"), "{ran:?}");

    // From RT to iTop by one call.
    let changed = served.put(desk, &table(&*itop));
    assert_eq!(
        (changed.status, &changed.json["connector"]["id"]),
        (200, &json!("itop")),
        "{}",
        changed.text
    );
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in iTop"));

    // The password is never given out, and not sent elsewhere without being given again.
    let settings = served.get(&format!("{desk}/settings"));
    assert_eq!(
        settings.json["secrets"],
        json!(["password"]),
        "{}",
        settings.text
    );
    assert!(
        !settings.text.contains(itop.account().1),
        "{}",
        settings.text
    );
    let mut elsewhere = table(&*rt);
    elsewhere.as_object_mut().unwrap().remove("password");
    let refused = served.put(desk, &elsewhere);
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (422, &json!("password-needed")),
        "{}",
        refused.text
    );
    let mut same = table(&*itop);
    same.as_object_mut().unwrap().remove("password");
    assert_eq!(served.put(desk, &same).status, 200);

    // A wrong key is named.
    let mut odd = table(&*rt);
    odd["colour"] = json!("red");
    let refused = served.put(desk, &odd);
    assert_eq!(refused.status, 422);
    assert!(
        refused.json["detail"].as_str().unwrap().contains("colour"),
        "{}",
        refused.text
    );
    // No file of this machine can be read through it.
    let mut file = table(&*rt);
    file["password"] = json!({ "file": "/etc/passwd" });
    assert_eq!(served.put(desk, &file).status, 422);

    let audit = served.get("/api/v1/audit").text;
    for word in ["desk.create", "desk.update", "swap", "loopback", "helpdesk"] {
        assert!(audit.contains(word), "{word}: {audit}");
    }
    assert!(
        !audit.contains(itop.account().1) && !audit.contains("another-password"),
        "{audit}"
    );

    // Killed and started again, it is there.
    served.kill();
    let served = Served::start(&sgi);
    assert_eq!(served.get(desk).json["connector"]["id"], "itop");
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in iTop"));
    assert_eq!(served.delete(desk).status, 204);
    assert_eq!(served.get(desk).status, 404);
    assert_eq!(served.delete(desk).status, 404);
}

#[test]
fn desks_of_the_file_are_read_only_and_changes_do_not_overwrite_each_other() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("in-file"));
    let served = Served::start(&sgi);
    for answered in [
        served.put("/api/v1/desks/in-file", &table(&*rt)),
        served.delete("/api/v1/desks/in-file"),
    ] {
        assert_eq!(
            (answered.status, &answered.json["code"]),
            (409, &json!("in-file")),
            "{}",
            answered.text
        );
    }
    let path = "/api/v1/desks/other";
    let put = |tag: &str, with: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut response = agent
            .put(served.url(path))
            .header("Content-Type", "application/json")
            .header(with, tag)
            .send(table(&*rt).to_string())
            .unwrap();
        let tag = response
            .headers()
            .get("ETag")
            .map(|tag| tag.to_str().unwrap().to_owned());
        (
            response.status().as_u16(),
            tag,
            response.body_mut().read_to_string().unwrap(),
        )
    };
    let (status, first, text) = put("*", "If-None-Match");
    assert_eq!(status, 201, "{text}");
    let first = first.unwrap();
    assert_eq!(put("*", "If-None-Match").0, 409);
    let (status, second, text) = put(&first, "If-Match");
    assert_eq!(status, 200, "{text}");
    assert_ne!(second.unwrap(), first);
    assert_eq!(put(&first, "If-Match").0, 412);
    assert_eq!(put("odd", "If-Match").0, 422);

    // What is done at the command line arrives.
    let ran = sgi.run(&["config", "remove", "other"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    served.until("/api/v1/desks", |desks| {
        desks.as_array().unwrap().len() == 1
    });
}

#[test]
fn who_has_a_token_may_what_its_role_says() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let token = |role: &str| {
        let ran = sgi.run(&["token", "create", role, "--role", role, "--json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.json()["token"].as_str().unwrap().to_owned()
    };
    let mut served = Served::start(&sgi);
    // Without any token, this machine's users may everything.
    assert_eq!(served.get("/api/v1/audit").status, 200);
    let (read, operate, administer) = (token("read"), token("operate"), token("administer"));
    let new = json!({ "objects": [{ "id": "1001" }], "subject": "x" });
    let ask = |served: &Served| {
        [
            served.get("/health/ready").status,
            served.get("/api/v1/tickets?object=1001").status,
            served.post("/api/v1/desks/helpdesk/tickets", &new).status,
            served
                .post("/api/v1/desks/helpdesk/swap", &json!({}))
                .status,
            served.get("/api/v1/audit").status,
        ]
    };
    assert_eq!(ask(&served), [200, 401, 401, 401, 401]);
    served.set_token(&read);
    assert_eq!(ask(&served), [200, 200, 403, 403, 403]);
    served.set_token(&operate);
    assert_eq!(ask(&served), [200, 200, 201, 403, 403]);
    served.set_token(&administer);
    assert_eq!(ask(&served), [200, 200, 201, 200, 200]);
    let audit = served.get("/api/v1/audit").text;
    assert!(
        audit.contains("token administer") && !audit.contains(&administer),
        "{audit}"
    );
    assert_eq!(sgi.run(&["token", "revoke", "read"]).status, 0);
    served.set_token(&read);
    assert_eq!(ask(&served)[1], 401);
    // Whoever guesses is not listened to after a while, and then not with a right one either.
    served.set_token("sgi_wrong");
    let statuses: Vec<u16> = (0..12)
        .map(|_| served.get("/api/v1/desks").status)
        .collect();
    assert!(statuses.ends_with(&[429, 429]), "{statuses:?}");
    served.set_token(&administer);
    assert_eq!(served.get("/api/v1/desks").status, 429);
}

#[test]
fn other_machines_are_listened_to_only_where_somebody_has_a_token() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let ran = sgi.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("sgi token create"), "{ran:?}");
}

/// The state is the old one or the new one, whenever the process is killed while a desk is changed.
#[test]
fn killed_while_a_desk_is_changed() {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    let sgi = Sgi::with_config("");
    let desk = "/api/v1/desks/helpdesk";
    let mut dice = sgi_test_desks::Dice::new(17);
    let mut served = Served::start(&sgi);
    assert_eq!(served.put(desk, &table(&*rt)).status, 201);
    let mut was = "rt";
    for _ in 0..25 {
        let next = if was == "rt" { &itop } else { &rt };
        let wait = Duration::from_micros(dice.below(60_000));
        let answered = std::thread::scope(|scope| {
            let put = scope.spawn(|| served.try_ask("PUT", desk, Some(&table(&**next))));
            std::thread::sleep(wait);
            let id = served.id().to_string();
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &id])
                .status();
            assert!(killed.unwrap().success());
            put.join().unwrap()
        });
        served = Served::start(&sgi);
        let found = served.get(desk).json;
        let now = found["connector"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{found}"))
            .to_owned();
        assert_eq!(found["type"], now.as_str());
        if answered.is_ok_and(|answered| answered.status == 200) {
            assert_eq!(now, next.kind(), "what was answered is kept");
        }
        assert_eq!(
            served.get("/api/v1/tickets?object=1001").json["desks"][0]["problem"],
            Value::Null
        );
        was = if now == "rt" { "rt" } else { "itop" };
    }
}
