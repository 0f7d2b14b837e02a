//! What i-doit tells of objects, to whoever shows them.

use super::outbox::Case;
use sgi_host::{Network, Object};
use sgi_test_desks::Fault;
use sgi_test_desks::idoit::{API_KEY, IDoitOptions, ObjectRow, Quirks};
use std::time::Duration;

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn told(objects: &[Object]) -> Vec<(&str, &str)> {
    let told = objects.iter();
    told.map(|object| (object.id.as_str(), object.title.as_deref().unwrap_or("-")))
        .collect()
}

#[tokio::test]
async fn objects_are_known_by_their_ids_and_found_by_their_titles() {
    for quirks in [
        Quirks::default(),
        Quirks {
            strings: true,
            both: true,
            without_ids: true,
            ..Quirks::default()
        },
    ] {
        let options = IDoitOptions {
            web_path: "/i-doit".to_owned(),
            ..IDoitOptions::default()
        };
        let case = Case::with(options, Vec::new()).await;
        case.idoit.set_quirks(quirks);
        case.idoit.add_object(ObjectRow::new(4711, "srv-db-01"));
        case.idoit.add_object(ObjectRow::new(4712, "srv-db-01"));
        case.idoit.add_object(ObjectRow::new(4713, ""));
        let cmdb = case.cmdb();
        let one = cmdb.known(&ids(&["4711"])).await.unwrap();
        assert_eq!(told(&one), [("4711", "srv-db-01")]);
        assert_eq!(one[0].kind.as_deref(), Some("Server"));
        assert_eq!(
            one[0].url.as_deref().unwrap(),
            format!("{}/?objID=4711", case.idoit.url())
        );
        assert_eq!(
            one[0].attributes,
            [("sysid".to_owned(), "SYSID_4711".to_owned())]
        );
        // What can be no id of i-doit's is not asked for; what it does not know is missing.
        let several = ids(&["4711", "srv", "007", "99999", "4713", "1001"]);
        let mut known = cmdb.known(&several).await.unwrap();
        known.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(
            told(&known),
            [
                ("1001", "object 1001"),
                ("4711", "srv-db-01"),
                ("4713", "-")
            ]
        );
        assert!(cmdb.known(&ids(&["99999"])).await.unwrap().is_empty());
        assert!(cmdb.known(&ids(&["srv"])).await.unwrap().is_empty());
        let found = cmdb.titled("SRV-DB-01").await.unwrap();
        assert_eq!(told(&found), [("4711", "srv-db-01"), ("4712", "srv-db-01")]);
        assert!(cmdb.titled("nobody").await.unwrap().is_empty());
        assert_eq!(case.idoit.requests().len(), 5);
    }
}

#[tokio::test]
async fn what_keeps_it_from_answering_is_told_without_the_key() {
    let mut case = Case::of(&[]).await;
    case.settings.network = Network {
        request_timeout: Duration::from_millis(300),
        ..case.settings.network.clone()
    };
    for (fault, told) in [
        (Fault::status(404, "no"), "has no src/jsonrpc.php"),
        (Fault::status(200, "<html>"), "something else than JSON"),
        (
            Fault::status(200, "{\"id\":1,\"result\":\"no\"}"),
            "no objects",
        ),
        (Fault::Hang, "did not answer"),
    ] {
        case.idoit.set_fault(Some(fault));
        let trouble = case.cmdb().known(&ids(&["42"])).await.unwrap_err();
        assert!(trouble.reason.contains(told), "{}", trouble.reason);
        assert!(!trouble.reason.contains(API_KEY));
    }
    case.idoit.set_fault(None);
    case.settings.key = "another-secret-key".into();
    let trouble = case.cmdb().titled("x").await.unwrap_err();
    assert!(
        trouble.reason.contains("setting \"key\""),
        "{}",
        trouble.reason
    );
    assert!(!trouble.reason.contains("another-secret-key"));
}

/// An answer about another object is none about this one.
#[tokio::test]
async fn another_object_than_the_one_asked_for_is_not_believed() {
    let case = Case::of(&[]).await;
    let wrong = "{\"id\":1,\"result\":{\"id\":7,\"title\":\"x\",\"type_title\":\"Server\"}}";
    case.idoit.set_fault(Some(Fault::status(200, wrong)));
    assert!(case.cmdb().known(&ids(&["42"])).await.unwrap().is_empty());
}
