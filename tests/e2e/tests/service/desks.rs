//! Desks that change while the service runs: by the file, and through the API.

use super::subjects;
use serde_json::{Value, json};
use sgi_e2e::desks::{SetUp, rt_and_itop, start};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::Fault;

#[test]
fn another_configuration_takes_over_while_the_service_runs() {
    let (rt, itop) = rt_and_itop();
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
    // What its connector used up while it was checked.
    for counted in [
        "sgi_connector_requests_total{desk=\"helpdesk\"} ",
        "sgi_connector_time_seconds_total{desk=\"helpdesk\",part=\"guest\"} 0.",
        "sgi_connector_traffic_bytes_total{desk=\"helpdesk\",part=\"received\"} ",
        "sgi_connector_memory_peak_bytes{desk=\"helpdesk\"} ",
    ] {
        assert!(metrics.contains(counted), "{counted}: {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn a_desk_is_made_changed_and_removed_through_the_api_and_outlives_the_process() {
    let (rt, itop) = rt_and_itop();
    let sgi = Sgi::with_config("");
    let served = Served::start(&sgi);
    let (desk, tickets) = (
        "/api/v1/desks/helpdesk",
        "/api/v1/tickets?object=1001&desk=helpdesk",
    );

    let mut wrong = rt.table();
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

    let made = served.put(desk, &rt.table());
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
    let changed = served.put(desk, &itop.table());
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
    let mut elsewhere = rt.table();
    elsewhere.as_object_mut().unwrap().remove("password");
    let refused = served.put(desk, &elsewhere);
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (422, &json!("password-needed")),
        "{}",
        refused.text
    );
    let mut same = itop.table();
    same.as_object_mut().unwrap().remove("password");
    assert_eq!(served.put(desk, &same).status, 200);

    // A wrong key is named.
    let mut odd = rt.table();
    odd["colour"] = json!("red");
    let refused = served.put(desk, &odd);
    assert_eq!(refused.status, 422);
    assert!(
        refused.json["detail"].as_str().unwrap().contains("colour"),
        "{}",
        refused.text
    );
    // No file of this machine can be read through it.
    let mut file = rt.table();
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
        served.put("/api/v1/desks/in-file", &rt.table()),
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
            .send(rt.table().to_string())
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

/// A name that stands in the file and in the store is an error of that desk: what serves it goes on, a service
/// that starts opens neither, and all others are served.
#[test]
fn a_name_in_both_places_is_told_and_harms_no_other_desk() {
    let (rt, itop) = rt_and_itop();
    let sgi = Sgi::with_config(&itop.toml("other"));
    let served = Served::start(&sgi);
    let desk = "/api/v1/desks/helpdesk";
    let tickets = "/api/v1/tickets?object=1001&desk=helpdesk&wait=30";
    assert_eq!(served.put(desk, &rt.table()).status, 201);
    let both = format!("{}{}", itop.toml("other"), itop.toml("helpdesk"));
    sgi.write("sgi.toml", &both);
    let told = served.until(desk, |desk| !desk["refused"].is_null());
    let detail = told["refused"]["problem"]["detail"].as_str().unwrap();
    for words in ["two desks", "sgi.toml", "settings.db", "sgi config remove"] {
        assert!(detail.contains(words), "{words}: {detail}");
    }
    assert_eq!(told["connector"]["id"], "rt");
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in RT"));
    let refused = served.post(&format!("{desk}/swap"), &json!({}));
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (409, &json!("twice")),
        "{}",
        refused.text
    );
    served.kill();
    let served = Served::start(&sgi);
    let found = served.get(desk).json;
    assert_eq!(found["connector"], Value::Null, "{found}");
    assert!(found["refused"].to_string().contains("two desks"));
    assert_eq!(
        served.get("/api/v1/desks/other").json["refused"],
        Value::Null
    );
    assert_eq!(served.get(tickets).json["desks"][0]["tickets"], json!([]));
    // Removed through the API, the file's is left.
    assert_eq!(served.delete(desk).status, 204);
    let found = served.until("/api/v1/desks", |desks| {
        let mut desks = desks.as_array().unwrap().iter();
        desks.any(|desk| desk["name"] == "helpdesk" && desk["connector"]["id"] == "itop")
    });
    assert!(!found.to_string().contains("two desks"), "{found}");
    assert!(subjects(&served.get(tickets).json["desks"][0]).contains(&"only in iTop"));
    assert_eq!(served.delete(desk).json["code"], "in-file");

    // Where the name in the file goes again, what was refused is no longer told.
    let made = "/api/v1/desks/made";
    assert_eq!(served.put(made, &rt.table()).status, 201);
    sgi.write("sgi.toml", &rt.toml("made"));
    served.until(made, |desk| !desk["refused"].is_null());
    sgi.write("sgi.toml", "");
    let found = served.until(made, |desk| desk["refused"].is_null());
    assert_eq!(
        (&found["origin"], &found["generation"]),
        (&json!("store"), &json!(1)),
        "{found}"
    );
}
