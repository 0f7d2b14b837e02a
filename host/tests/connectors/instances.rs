//! Instances stay warm between calls, belong to one desk, and are never used again after a fault.

use crate::support::{Place, calls, open, settings};
use sgi_host::DeskSettings;
use sgi_test_desks::rt::READER;
use sgi_test_desks::{RtDesk, RtOptions};

#[tokio::test]
async fn an_instance_serves_one_call_after_the_other_for_its_desk_only() {
    let host = Place::with_guest().host();
    let one = open(&host, settings("honest")).await;
    let other = open(&host, settings("honest")).await;
    for expected in ["call 1", "call 2", "call 3"] {
        assert_eq!(calls(&one, "1").await.unwrap(), expected);
    }
    assert_eq!(calls(&other, "1").await.unwrap(), "call 1");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_failed_is_dropped_and_the_next_call_works() {
    let host = Place::with_guest().host();
    for (what, fatal) in [
        ("traps-on-demand", "trap"),
        ("loops-on-demand", "loop"),
        ("sleeps-on-demand", "sleep"),
    ] {
        let mut settings = settings(what);
        settings.limits.compute_timeout = std::time::Duration::from_millis(300);
        let desk = open(&host, settings).await;
        assert_eq!(calls(&desk, "1").await.unwrap(), "call 1");
        assert_eq!(calls(&desk, "1").await.unwrap(), "call 2");
        let error = calls(&desk, fatal).await.unwrap_err();
        assert_eq!(error.code(), "connector", "{error}");
        assert_eq!(calls(&desk, "1").await.unwrap(), "call 1", "{what}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_instance_with_it() {
    let host = Place::with_guest().host();
    let desk = open(&host, settings("sleeps-on-demand")).await;
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 1");
    let slow = calls(&desk, "sleep");
    let soon = tokio::time::sleep(std::time::Duration::from_millis(50));
    tokio::select! {
        biased;
        ended = slow => panic!("{ended:?}"),
        () = soon => {}
    }
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 1");
}

#[tokio::test]
async fn an_instance_retires_after_its_calls() {
    let host = Place::with_guest().host();
    let mut settings = settings("honest");
    settings.limits.instance_calls = 2;
    let desk = open(&host, settings).await;
    for expected in ["call 1", "call 2", "call 1", "call 2", "call 1"] {
        assert_eq!(calls(&desk, "1").await.unwrap(), expected);
    }
}

#[tokio::test]
async fn an_instance_that_has_grown_large_retires() {
    let host = Place::with_guest().host();
    // It takes 70 MiB of 128.
    let desk = open(&host, settings("grows-once")).await;
    for (id, expected) in [
        ("1", "call 1"),
        ("1", "call 2"),
        ("grow", "call 3"),
        ("1", "call 1"),
    ] {
        assert_eq!(calls(&desk, id).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_request_leaves_nothing_behind_in_its_instance() {
    let rt = RtDesk::start(RtOptions {
        keep_alive: true,
        ..RtOptions::default()
    });
    let host = Place::with(&[]).host();
    let mut settings = DeskSettings::new("rt", "rt", rt.url(), READER.0, READER.1.into());
    settings.limits.instance_calls = u32::MAX;
    let desk = open(&host, settings).await;
    // More than an instance can hold handles.
    for _ in 0..1_100 {
        desk.ticket("1").await.unwrap();
    }
}
