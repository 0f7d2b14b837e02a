//! What pauses everything, what is refused, and what a person must decide.

use super::outbox::{Case, SETTLE};
use sgi_host::cmdb::IDoit;
use sgi_logbook::delivery::Breaker;
use sgi_logbook::store::State;
use sgi_test_desks::idoit::{API_KEY, Quirks};
use sgi_test_desks::{Fault, When};
use std::time::Duration;

#[tokio::test]
async fn a_wrong_key_pauses_everything_and_refuses_nothing() {
    let mut case = Case::of(&["42", "43", "object 44"]).await;
    case.settings.key = "another-secret-key".into();
    let (cmdb, mut breaker) = (case.cmdb(), Breaker::default());
    let told = case.pass(&cmdb, &mut breaker).await;
    assert!(told.again.is_some());
    let reason = breaker.reason().unwrap();
    assert!(reason.contains("setting \"key\""), "{reason}");
    assert!(!reason.contains("another-secret-key"), "{reason}");
    assert_eq!(case.states().await, [State::Waiting; 3]);
    assert!(case.idoit.logbook().is_empty());
    case.settings.key = API_KEY.into();
    case.finish().await;
    case.exactly_once("key").await;
    assert_eq!(case.states().await, [State::Delivered; 3]);
}

#[tokio::test]
async fn an_i_doit_out_of_reach_or_a_web_server_that_says_no_pauses_everything() {
    for (fault, told) in [
        (Fault::status(401, "no"), "does not let us in"),
        (Fault::status(404, "no"), "has no src/jsonrpc.php"),
        (
            Fault::Redirect("https://x.example/".to_owned()),
            "redirects",
        ),
        (Fault::RateLimited("1".to_owned()), "fewer requests"),
    ] {
        let case = Case::of(&["42", "43"]).await;
        case.idoit.set_fault(Some(fault.clone()));
        let mut breaker = Breaker::default();
        case.pass(&case.cmdb(), &mut breaker).await;
        let reason = breaker.reason().unwrap();
        assert!(reason.contains(told), "{reason}");
        assert_eq!(case.states().await, [State::Waiting; 2]);
        if matches!(fault, Fault::RateLimited(_)) {
            let wait = breaker
                .until()
                .unwrap()
                .duration_since(jiff::Timestamp::now());
            assert!(wait.as_millis() > 500, "{wait:?}");
        }
    }
    let mut case = Case::of(&["42"]).await;
    case.settings.url = "http://127.0.0.1:1".to_owned();
    let mut breaker = Breaker::default();
    case.pass(&case.cmdb(), &mut breaker).await;
    assert!(breaker.reason().unwrap().contains("no connection"));
    assert_eq!(case.states().await, [State::Waiting]);
}

#[tokio::test]
async fn an_object_that_is_gone_is_refused_and_the_rest_arrives() {
    for gone_is_system_error in [false, true] {
        let case = Case::of(&["42", "43", "0", "42"]).await;
        case.idoit.purge(43);
        case.idoit.set_quirks(Quirks {
            gone_is_system_error,
            ..Quirks::default()
        });
        case.finish().await;
        case.exactly_once("gone").await;
        use State::{Delivered, Refused};
        assert_eq!(
            case.states().await,
            [Delivered, Refused, Refused, Delivered]
        );
        let reason = case.reason(1).await;
        assert!(reason.contains("Object does not exist"), "{reason}");
        let reason = case.reason(2).await;
        assert!(reason.contains("is no id of an object"), "{reason}");
        assert_eq!(case.sizes(), [3]);
    }
}

/// An entry that was written, and then so many others; then it is looked up.
async fn looked_up_behind(others: usize, quirks: Quirks) -> Case {
    let case = Case::of(&["42"]).await;
    case.idoit
        .add_fault(When::First(1), Fault::CloseAfterActing);
    case.pass(&case.cmdb(), &mut Breaker::default()).await;
    assert_eq!(case.states().await, [State::Sending]);
    case.idoit.chatter(42, others);
    case.idoit.set_quirks(quirks);
    tokio::time::sleep(SETTLE).await;
    case.finish().await;
    case.exactly_once("chatter").await;
    case
}

#[tokio::test]
async fn a_look_up_that_hits_its_limit_is_narrowed_or_leaves_the_entry_undecided() {
    let case = looked_up_behind(999, Quirks::default()).await;
    assert_eq!(case.states().await, [State::Delivered]);
    let case = looked_up_behind(3000, Quirks::default()).await;
    assert_eq!(case.states().await, [State::Delivered]);
    let case = looked_up_behind(10_000, Quirks::default()).await;
    assert_eq!(case.states().await, [State::Undecided]);
    let reason = case.reason(0).await;
    assert!(reason.contains("10000 could be seen"), "{reason}");
    // i-doit has a limit of its own, and does not say so.
    let quirks = Quirks {
        most_rows: Some(1000),
        ..Quirks::default()
    };
    let case = looked_up_behind(1500, quirks).await;
    assert_eq!(case.states().await, [State::Undecided]);
}

#[tokio::test]
async fn php_that_prints_warnings_is_told_and_nothing_is_sent_twice() {
    let case = Case::of(&["42", "43"]).await;
    case.idoit.set_quirks(Quirks {
        php_warning: true,
        ..Quirks::default()
    });
    let (cmdb, mut breaker) = (case.cmdb(), Breaker::default());
    case.pass(&cmdb, &mut breaker).await;
    tokio::time::sleep(SETTLE + Duration::from_millis(50)).await;
    for _ in 0..3 {
        case.pass(&cmdb, &mut breaker).await;
        tokio::time::sleep(Duration::from_millis(45)).await;
    }
    assert!(breaker.reason().unwrap().contains("display_errors"));
    assert_eq!(case.sizes(), [2]);
    case.idoit.set_quirks(Quirks::default());
    case.finish().await;
    case.exactly_once("warning").await;
    assert_eq!(case.sizes(), [2]);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let mut settings = sgi_host::CmdbSettings::new("cmdb.example.org", "key".into());
    let error = IDoit::new(&settings).err().unwrap().to_string();
    assert!(
        error.contains("\"url\"") && error.contains("protocol"),
        "{error}"
    );
    settings.url = "https://cmdb.example.org".to_owned();
    settings.user = Some(("a\nb".to_owned(), "x".into()));
    let error = IDoit::new(&settings).err().unwrap().to_string();
    assert!(error.contains("\"username\""), "{error}");
}
