//! Swaps under load, over HTTP; and files of connectors that are not whole yet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::{Value, json};
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi, guest};
use sgi_host::Digest;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const DESK: &str = "/api/v1/desks/helpdesk";

/// Tickets of these subjects that the logbook tells to have been created at object 1001.
fn created(served: &Served, subject: &str) -> usize {
    let found = served.get("/api/v1/logbook?object=1001&kind=created&limit=1000");
    let entries = found.json["entries"].as_array().unwrap().clone();
    let of = entries
        .iter()
        .filter(|one| one["ticket"]["subject"] == subject);
    of.count()
}

/// From RT to iTop by one call: nobody who asks sees an error, or a list that is of both; and what happened
/// before and after is in the logbook once.
#[test]
fn a_desk_becomes_another_by_one_call_under_load() {
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    let sgi = Sgi::with_config("");
    let served = Served::start(&sgi);
    assert_eq!(served.put(DESK, &rt.table()).status, 201);
    served.until(DESK, |desk| !desk["logbook"]["read"].is_null());
    rt.add("only in RT", &["1001"]);
    let (stop, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let seen = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..4_u32)
            .map(|asker| {
                let (served, stop, asked) = (&served, &stop, &asked);
                scope.spawn(move || {
                    // Of the cache, and past it; new tickets among them.
                    let mut seen = [0_usize; 2];
                    while !stop.load(Ordering::Relaxed) {
                        let nth = asked.fetch_add(1, Ordering::Relaxed);
                        let more = match asker % 2 {
                            0 => String::new(),
                            _ => format!("&object={}", 50_000 + nth),
                        };
                        let path =
                            format!("/api/v1/tickets?object=1001{more}&desk=helpdesk&wait=60");
                        let answered = served.get(&path);
                        assert_eq!(answered.status, 200, "{}", answered.text);
                        let list = &answered.json["desks"][0];
                        assert_eq!(list["problem"], Value::Null, "{}", answered.text);
                        let is_in = |subject: &str| answered.text.contains(subject);
                        assert!(!(is_in("only in RT") && is_in("only in iTop")));
                        seen[0] += usize::from(is_in("only in RT"));
                        seen[1] += usize::from(is_in("only in iTop"));
                    }
                    seen
                })
            })
            .collect();
        let asked_for = |more: u64| {
            let before = asked.load(Ordering::Relaxed);
            while asked.load(Ordering::Relaxed) < before + more {
                // Whoever failed is found when it is joined.
                if askers.iter().any(|asker| asker.is_finished()) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        asked_for(50);
        let changed = served.put(DESK, &itop.table());
        assert_eq!(
            (changed.status, &changed.json["connector"]["id"]),
            (200, &json!("itop")),
            "{}",
            changed.text
        );
        itop.add("only in iTop", &["1001"]);
        asked_for(50);
        // What is kept of the list is older than the ticket, for a while.
        for _ in 0..200 {
            if served
                .get("/api/v1/tickets?object=1001")
                .text
                .contains("only in iTop")
            {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        asked_for(50);
        stop.store(true, Ordering::Relaxed);
        let seen = askers.into_iter().map(|asker| asker.join().unwrap());
        seen.fold([0, 0], |all, one| [all[0] + one[0], all[1] + one[1]])
    });
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    served.until(
        "/api/v1/logbook?object=1001&kind=created&limit=1000",
        |page| {
            let text = page.to_string();
            text.contains("only in RT") && text.contains("only in iTop")
        },
    );
    for subject in ["only in RT", "only in iTop"] {
        assert_eq!(created(&served, subject), 1, "{subject}");
    }
    let metrics = served.get("/metrics").text;
    assert!(
        metrics.contains("sgi_swaps_total{desk=\"helpdesk\",outcome=\"ok\"} 2"),
        "{metrics}"
    );
}

/// Somebody copies a file into the folder, slowly: what serves goes on until the new one is whole.
#[test]
fn a_file_that_is_half_written_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sgi = Sgi::with_config(&format!(
        "[host]\nconnectors_dir = {:?}\n[desks.helpdesk]\ntype = \"guest\"\nurl = \
         \"http://127.0.0.1:9\"\nusername = \"honest\"\npassword = \"password-1\"\n\
         logbook = {{ active = false }}\n",
        folder.path()
    ));
    let file = folder.path().join("guest.wasm");
    let (first, second) = (guest("honest"), guest("newer"));
    for wasm in [&second, &first] {
        std::fs::write(&file, wasm).unwrap();
        let digest = Digest::of(wasm).to_string();
        let ran = sgi.run(&["connector", "approve", &digest, "--yes"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let served = Served::start(&sgi);
    let digest = |wasm: &[u8]| json!(Digest::of(wasm).to_string());
    assert_eq!(served.get(DESK).json["connector"]["digest"], digest(&first));
    let (begin, end) = second.split_at(second.len() / 2);
    let mut copy = std::fs::File::create(&file).unwrap();
    copy.write_all(begin).unwrap();
    // Until the service has seen it.
    let desk = served.until(DESK, |desk| !desk["refused"].is_null());
    assert_eq!(desk["connector"]["digest"], digest(&first));
    copy.write_all(end).unwrap();
    drop(copy);
    let desk = served.until(DESK, |desk| desk["connector"]["digest"] == digest(&second));
    assert_eq!(desk["refused"], Value::Null);
    assert_eq!(desk["generation"], 2);
}
