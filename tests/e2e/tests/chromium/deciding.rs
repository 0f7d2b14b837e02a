//! What an administrator decides: which components run, and what becomes of entries that did not arrive.

use crate::{quiet, usable};
use serde_json::Value;
use sgi_e2e::chromium::{Chromium, Tab};
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi, guest};
use sgi_host::Digest;
use sgi_test_desks::idoit::{API_KEY, ObjectRow};
use sgi_test_desks::{IDoit, IDoitOptions};
use std::path::Path;

/// As a file is installed: whole at once.
fn put(folder: &Path, what: &str) -> String {
    let wasm = guest(what);
    let new = folder.join("guest.new");
    std::fs::write(&new, &wasm).unwrap();
    std::fs::rename(new, folder.join("guest.wasm")).unwrap();
    Digest::of(&wasm).to_string()
}

fn serves(served: &Served, digest: &str) {
    served.until("/api/v1/desks/a", |desk| {
        desk["connector"]["digest"] == digest
    });
}

fn decides(tab: &Tab<'_>, served: &Served) {
    tab.open(&served.url("/connectors"));
    usable(tab);
    tab.follow("section.desk a.action[href^='/connectors/sha256:']");
}

#[test]
fn a_component_is_looked_at_approved_replaced_and_gone_back_to() {
    let folder = tempfile::tempdir().unwrap();
    let sgi = Sgi::with_config(&format!(
        "[host]\nconnectors_dir = {:?}\n[desks.a]\ntype = \"guest\"\nurl = \"http://127.0.0.1:9\"\n\
         username = \"honest\"\npassword = \"password-1\"\nlogbook = {{ active = false }}\n",
        folder.path()
    ));
    let first = put(folder.path(), "honest");
    let served = Served::start(&sgi);
    let browser = Chromium::start();
    let tab = browser.tab();
    tab.open(&served.url("/connectors"));
    let text = tab.text();
    assert!(text.contains("waits for approval"), "{text}");
    assert!(text.contains("It is neither pinned nor approved"), "{text}");
    decides(&tab, &served);
    assert_eq!(tab.place(), format!("/connectors/{first}"));
    let text = tab.text();
    for words in [
        "Nothing was let in under its name before",
        "POST /login: password in the JSON value /password",
        "may talk to its own desk through the host, and nothing else",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    usable(&tab);
    tab.follow("form[action$='/approve'] button");
    assert_eq!(tab.place(), "/connectors");
    assert!(
        tab.text().contains("approved by loopback"),
        "{}",
        tab.text()
    );
    serves(&served, &first);

    // Another one asks for more: what that is stands there in plain words.
    let second = put(folder.path(), "more-slots");
    served.until("/api/v1/desks/a", |desk| {
        desk["refused"]["problem"]["code"] == "not-admitted"
    });
    decides(&tab, &served);
    assert_eq!(tab.place(), format!("/connectors/{second}"));
    let text = tab.text();
    let more = "It asks for a new slot: POST /elsewhere: password in the JSON value /password";
    assert!(text.contains(more), "{text}");
    usable(&tab);
    tab.follow("form[action$='/approve'] button");
    serves(&served, &second);

    // And back.
    tab.open(&served.url(&format!("/connectors/{second}")));
    let back = format!("form[action='/connectors/{first}/rollback'] button");
    tab.follow(&back);
    serves(&served, &first);
    tab.open(&served.url("/connectors"));
    let text = tab.text();
    assert!(text.contains("somebody went back to another one"), "{text}");
    usable(&tab);
    quiet(&tab);
    let audit = served.get("/api/v1/audit").text;
    assert!(
        audit.contains("connector.approve") && audit.contains("connector.rollback"),
        "{audit}"
    );
}

#[test]
fn what_did_not_arrive_in_the_cmdb_is_decided_about_in_the_logbook() {
    let desk = start("rt", &SetUp::default());
    let idoit = IDoit::start(IDoitOptions::default());
    idoit.add_object(ObjectRow::new(1001, "srv-db-01"));
    let sgi = Sgi::with_config(&format!(
        "{}\n[desks.helpdesk.logbook]\nsince = 2024-01-01\n[cmdb]\nkind = \"i-doit\"\nurl = {:?}\n\
         key = {API_KEY:?}\nsettle_time = \"1s\"\ninterval = \"1s\"\n",
        desk.toml("helpdesk"),
        idoit.url(),
    ));
    // All that there is has been read, and offered to the CMDB.
    assert_eq!(sgi.run(&["sync"]).status, 0);
    let served = Served::start(&sgi);
    // Of the objects that i-doit does not have, one with several entries that fit on a page.
    let refused = |page: &Value| -> Vec<String> {
        let all = page["entries"].as_array().into_iter().flatten();
        all.filter(|entry| entry["delivery"]["state"] == "refused")
            .map(|entry| entry["object"].as_str().unwrap().to_owned())
            .collect()
    };
    let some = |objects: Vec<String>| -> Option<String> {
        let count = |object: &String| objects.iter().filter(|other| *other == object).count();
        let fits =
            |object: &&String| object.parse::<u64>().is_ok() && (3..50).contains(&count(object));
        objects.iter().find(fits).cloned()
    };
    let page = served.get("/api/v1/logbook?undelivered=true&limit=1000");
    let object = some(refused(&page.json)).unwrap();
    let all = format!("/api/v1/logbook?object={object}&limit=1000");
    let here = format!("/logbook?object={object}&undelivered=true");
    let browser = Chromium::start();
    let tab = browser.tab();
    tab.open(&served.url(&here));
    let before = tab.count("form.decide");
    assert!(before > 1, "{}", tab.text());
    assert!(
        tab.count(".delivery.refused + .note") > 1,
        "a reason: {}",
        tab.text()
    );
    usable(&tab);
    // It is there, says somebody; and the page is the one they came from.
    tab.follow("form.decide button[value='is-there']");
    assert_eq!(tab.place(), here);
    assert_eq!(tab.count("form.decide"), before - 1);
    // The object is there now: once more.
    let number: u64 = object.parse().unwrap();
    idoit.add_object(ObjectRow::new(number, "srv-new"));
    tab.follow("form.decide button[value='send-again']");
    served.until(&all, |page| refused(page).len() as u64 == before - 2);
    let begun = std::time::Instant::now();
    while !idoit.logbook().iter().any(|row| row.object == number) {
        assert!(begun.elapsed().as_secs() < 60, "it was not sent");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    quiet(&tab);
    let audit = served.get("/api/v1/audit").text;
    assert!(audit.contains("logbook.resolve"), "{audit}");
}
