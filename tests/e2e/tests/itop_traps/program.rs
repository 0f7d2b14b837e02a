//! The program, as people call it.

use serde_json::{Value, json};
use sgi_e2e::Sgi;
use sgi_test_desks::itop::{Account, Mode, PORTAL, READER, WITHOUT_REST};
use sgi_test_desks::{ITopDesk, ITopOptions};

fn with_itop(desk: &ITopDesk, account: Account, options: &str) -> Sgi {
    let (username, password) = account;
    Sgi::with_config(&format!(
        "[desks.itop]\ntype = \"itop\"\nurl = {:?}\nusername = {username:?}\npassword = {password:?}\n\
         [desks.itop.options]\ntime-zone = \"Europe/Berlin\"\n{options}\n",
        desk.url()
    ))
}

fn ids(tickets: &Value) -> Vec<&str> {
    let tickets = tickets.as_array().expect("an array");
    tickets.iter().map(|t| t["id"].as_str().unwrap()).collect()
}

pub(crate) fn tickets_are_listed_and_one_is_shown() {
    let web_path = "/itop".to_owned();
    let desk = ITopDesk::start(ITopOptions {
        web_path,
        ..ITopOptions::default()
    });
    let sgi = with_itop(&desk, READER, "");
    let all = sgi.run(&["tickets", "1001", "--json"]).json();
    assert_eq!(all.as_array().unwrap().len(), 22);
    let by_id = |id: &str| {
        let mut tickets = all.as_array().unwrap().iter();
        tickets.find(|ticket| ticket["id"] == id).unwrap().clone()
    };
    let incident = by_id("4");
    assert_eq!(incident["number"], "I-000004");
    assert_eq!(incident["status"], "pending");
    assert_eq!(incident["class"], "Incident");
    assert_eq!(incident["owner"], "Anna Gavalda");
    assert_eq!(incident["objects"], json!(["1001", "1003", "2039"]));
    let url = format!(
        "{}/pages/UI.php?operation=details&class=Incident&id=4",
        desk.url()
    );
    assert_eq!(incident["url"], url);
    let change = by_id("51");
    assert_eq!(change["class"], "RoutineChange");
    assert_eq!(
        change["created"], "2026-11-01T07:00:00Z",
        "by its time zone"
    );

    let some = |status| {
        sgi.run(&["tickets", "1001", "--json", "--status", status])
            .json()
    };
    assert_eq!(ids(&some("open")).len(), 17);
    assert_eq!(ids(&some("closed")).len(), 5);
    let one = sgi
        .run(&["ticket", "63", "--desk", "itop", "--json"])
        .json();
    assert_eq!(one["objects"].as_array().unwrap().len(), 3);
    assert_eq!(sgi.run(&["ticket", "999999", "--desk", "itop"]).status, 5);
}

pub(crate) fn links_open_forms_with_the_configuration_item() {
    let desk = ITopDesk::start(ITopOptions::default());
    let sgi = with_itop(&desk, READER, "");
    let links = sgi
        .run(&["links", "1001", "--title", "srv-db-01", "--json"])
        .json();
    let labels: Vec<_> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["label"])
        .collect();
    assert_eq!(labels, ["User request", "Incident"]);
    let url = links[1]["url"].as_str().unwrap();
    assert!(
        url.contains("/pages/UI.php?operation=new&class=Incident&default%5Btitle%5D=srv-db-01")
    );
    assert!(url.contains("functionalci_id%22%3A%2232%22"));
}

pub(crate) fn what_is_wrong_is_said_and_what_to_do() {
    let desk = ITopDesk::start(ITopOptions::default());
    let check = |account, options| with_itop(&desk, account, options).run(&["check"]);
    for (account, advice) in [
        (("cmdb", "nein"), "option \"credential\""),
        (WITHOUT_REST, "REST Services User"),
        (PORTAL, "portal user"),
    ] {
        let failed = check(account, "");
        assert_ne!(failed.status, 0);
        assert!(failed.err.contains(advice), "{failed:?}");
        assert!(!failed.err.contains(account.1), "{failed:?}");
    }
    let missing = check(READER, "objects-attribute = \"inventory\"");
    assert!(
        missing.out.contains("no attribute \"inventory\""),
        "{missing:?}"
    );
    desk.set_mode(Mode::Maintenance);
    assert_ne!(check(READER, "").status, 0);
}
