//! Entries are delivered to i-doit's double by HTTP, and everything goes wrong on the way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod faults;
mod known;
mod outbox;
mod refusals;

use outbox::{Case, entry};
use sgi_host::Network;
use sgi_logbook::store::State;
use sgi_test_desks::idoit::{IDoitOptions, ObjectRow, Quirks, USER};

#[tokio::test]
async fn an_entry_says_what_happened_and_carries_its_id() {
    let mut other = entry(1, "42");
    other.desk = "service".to_owned();
    let options = IDoitOptions {
        web_path: "/i-doit".to_owned(),
        user_login: true,
        ..IDoitOptions::default()
    };
    let mut case = Case::with(options, vec![entry(0, "42"), other, entry(2, "object 7")]).await;
    case.settings.user = Some((USER.0.to_owned(), USER.1.into()));
    case.settings.language = Some("en".to_owned());
    case.finish().await;
    case.exactly_once("well").await;
    let log = case.idoit.logbook();
    assert_eq!(
        log[0].event,
        "helpdesk #4711 “Disk full”: status new → open (Jane)"
    );
    assert_eq!(log[0].comment, format!("sgi:{}", entry(0, "42").id));
    assert_eq!((log[0].object, log[0].level), (42, 0));
    assert_eq!(log[0].source, "C__LOGBOOK_SOURCE__RT");
    assert_eq!(log[1].source, "C__LOGBOOK_SOURCE__EXTERNAL");
    assert_eq!(log[2].object, 7);
    for told in ["2026-03-01 12:00:00 UTC", "https://rt.example.org/"] {
        assert!(log[0].description.contains(told), "{}", log[0].description);
    }
    let remote = case.listed().await.remove(0).remote;
    assert_eq!(remote, Some(log[0].id.to_string()));
    assert_eq!(case.sizes(), [3]);
}

#[tokio::test]
async fn each_quirk_of_i_doit_is_borne() {
    let quirks = |change: fn(&mut Quirks)| {
        let mut quirks = Quirks::default();
        change(&mut quirks);
        quirks
    };
    let all = [
        quirks(|q| q.strings = true),
        quirks(|q| q.both = true),
        quirks(|q| q.without_ids = true),
        quirks(|q| q.reversed = true),
        quirks(|q| q.error_after_creating = true),
        quirks(|q| {
            q.largest_batch = Some(2);
            q.done_before_500 = 1;
        }),
        // Where it is yesterday, and where it is tomorrow: what was written is still found.
        quirks(|q| {
            q.error_after_creating = true;
            q.hours_before_utc = 12;
        }),
        quirks(|q| {
            q.error_after_creating = true;
            q.hours_before_utc = -14;
        }),
        quirks(|q| {
            q.strings = true;
            q.both = true;
            q.without_ids = true;
            q.error_after_creating = true;
        }),
    ];
    let mut running = tokio::task::JoinSet::new();
    for quirks in all {
        running.spawn(async move {
            let context = format!("{quirks:?}");
            let case = Case::of(&["42", "43", "42", "object 44", "42"]).await;
            case.idoit.set_quirks(quirks);
            case.finish().await;
            case.exactly_once(&context).await;
            assert_eq!(case.states().await, [State::Delivered; 5], "{context}");
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_after_a_look() {
    let mut case = Case::of(&["42"; 20]).await;
    case.settings.batch = 8;
    case.idoit.set_quirks(Quirks {
        largest_batch: Some(3),
        done_before_500: 2,
        ..Quirks::default()
    });
    case.finish().await;
    case.exactly_once("500").await;
    assert_eq!(case.states().await, [State::Delivered; 20]);
    let sizes = case.sizes();
    assert_eq!(sizes[0], 8, "{sizes:?}");
    assert!(sizes[1..].iter().all(|size| *size <= 4), "{sizes:?}");
}

#[tokio::test]
async fn an_object_is_found_by_its_title_where_only_one_has_it() {
    let case = Case::of(&["srv-1", "srv-2", "nobody"]).await;
    for (id, title) in [
        (7001, "srv-1"),
        (7002, "SRV-1"),
        (7003, "srv-2"),
        (7004, "srv-2"),
    ] {
        case.idoit.add_object(ObjectRow::new(id, title));
    }
    case.finish().await;
    use State::{Delivered, Refused};
    assert_eq!(case.states().await, [Delivered, Refused, Refused]);
    assert_eq!(case.idoit.logbook()[0].object, 7001);
    let reason = case.reason(1).await;
    assert!(reason.contains("2 objects in i-doit"), "{reason}");
    let reason = case.reason(2).await;
    assert!(reason.contains("no object in i-doit"), "{reason}");
}

#[tokio::test]
async fn i_doit_is_reached_as_desks_are() {
    let mut case = Case::of(&["42"]).await;
    let port = case.idoit.addr().port();
    case.settings.url = format!("http://cmdb.example.org:{port}");
    case.settings.network = Network {
        proxy: Some("http://127.0.0.1:1".into()),
        ..case.settings.network.clone()
    };
    let (cmdb, mut breaker) = (case.cmdb(), Default::default());
    case.pass(&cmdb, &mut breaker).await;
    let reason = case.reason(0).await;
    assert!(reason.contains("proxy"), "{reason}");
    assert_eq!(case.states().await, [State::Waiting]);
    case.settings.network.ca_certificates = vec![b"none".to_vec()];
    case.settings.url = "https://cmdb.example.org".to_owned();
    let error = sgi_host::cmdb::IDoit::new(&case.settings).err().unwrap();
    assert!(error.to_string().contains("ca_certificates"), "{error}");
}
