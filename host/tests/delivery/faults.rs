//! Exactly once, whatever happens to a request.

use super::outbox::{Case, SETTLE};
use proptest::prelude::*;
use sgi_logbook::delivery::Breaker;
use sgi_logbook::store::State;
use sgi_test_desks::idoit::{API_KEY, IDoitOptions, Quirks};
use sgi_test_desks::{Fault, When};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

const OBJECTS: [&str; 5] = ["42", "43", "42", "42", "44"];

fn mangle(seed: u64) -> Fault {
    Fault::Mangle(Arc::new(AtomicU64::new(seed)))
}

fn late() -> Fault {
    Fault::ActLate(SETTLE / 4)
}

/// All of it at once: each case has an i-doit of its own.
async fn each_is_survived(faults: Vec<Fault>) {
    for some in faults.chunks(12) {
        let mut running = tokio::task::JoinSet::new();
        for fault in some.iter().cloned() {
            running.spawn(async move {
                let context = format!("{fault:?}");
                let case = Case::of(&OBJECTS).await;
                let create = Box::new(When::BodyContains("logbook.create".to_owned()));
                case.idoit.add_fault(When::Once(create), fault);
                case.finish().await;
                case.exactly_once(&context).await;
                assert_eq!(case.states().await, [State::Delivered; 5], "{context}");
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.unwrap();
        }
    }
}

#[tokio::test]
async fn connections_that_end_before_or_after_i_doit_acts() {
    each_is_survived(vec![
        Fault::CloseWithoutAnswer,
        Fault::Reset,
        Fault::CloseAfterActing,
        Fault::ResetAfterActing,
        Fault::Hang,
        Fault::HangAfterActing,
        late(),
        Fault::Garbage,
        Fault::Html,
        Fault::EndlessHeaders,
        Fault::TruncatedBody,
        Fault::GzipBody,
        Fault::WrongContentLength(-3),
        Fault::WrongContentLength(9),
        Fault::DripBody(Duration::from_millis(1)),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_are_cut_at_every_point() {
    let points = (0..900).step_by(37);
    let cuts = points.flat_map(|bytes| [Fault::CutAfter(bytes), Fault::CutBodyAfter(bytes)]);
    each_is_survived(cuts.collect()).await;
}

#[tokio::test]
async fn answers_that_are_damaged() {
    each_is_survived((0..48).map(mangle).collect()).await;
}

#[tokio::test]
async fn answers_of_others() {
    let told =
        format!(r#"{{"jsonrpc":"2.0","error":{{"code":-32099,"message":"{API_KEY}"}},"id":null}}"#);
    let mut faults: Vec<Fault> = [403, 408, 413, 429, 500, 502, 503, 504]
        .map(|code| Fault::status(code, told.clone()))
        .into();
    for body in [
        told.as_str(),
        "",
        "[]",
        "{}",
        "null",
        "[null]",
        r#"[{"id":1}]"#,
    ] {
        faults.push(Fault::Body(body.into()));
        faults.push(Fault::status(200, body));
    }
    each_is_survived(faults).await;
}

#[tokio::test]
async fn the_process_dies_at_any_moment() {
    let mut running = tokio::task::JoinSet::new();
    for milliseconds in (0..48).step_by(3) {
        running.spawn(async move {
            let options = IDoitOptions {
                latency: Duration::from_millis(15),
                ..IDoitOptions::default()
            };
            let entries = (0..).zip(OBJECTS);
            let entries = entries.map(|(n, o)| super::outbox::entry(n, o)).collect();
            let mut case = Case::with(options, entries).await;
            case.settings.network.request_timeout = Duration::from_millis(500);
            case.settings.batch = 3;
            // Connecting may take its time: the pass is dropped while it does.
            let mut breaker = Breaker::default();
            let cmdb = case.cmdb();
            let pass = case.pass(&cmdb, &mut breaker);
            let _ = tokio::time::timeout(Duration::from_millis(milliseconds), pass).await;
            case.finish().await;
            case.exactly_once(&format!("died after {milliseconds} ms"))
                .await;
            assert_eq!(case.states().await, [State::Delivered; 5]);
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

/// The limit of what can be promised, which the documentation names.
#[tokio::test]
async fn what_i_doit_writes_after_the_settle_time_is_there_twice() {
    let case = Case::of(&["42"]).await;
    case.idoit
        .add_fault(When::First(1), Fault::ActLate(3 * SETTLE));
    case.finish().await;
    assert_eq!(case.states().await, [State::Delivered]);
    tokio::time::sleep(4 * SETTLE).await;
    assert_eq!(case.counts().into_values().collect::<Vec<_>>(), [2]);
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::CloseWithoutAnswer),
        Just(Fault::CloseAfterActing),
        Just(Fault::ResetAfterActing),
        Just(late()),
        Just(Fault::HangAfterActing),
        Just(Fault::status(500, "")),
        Just(Fault::status(429, "")),
        Just(Fault::Html),
        (0_usize..900).prop_map(Fault::CutAfter),
    ]
}

fn quirks() -> impl Strategy<Value = Quirks> {
    let (flag, batch) = (any::<bool>, prop::option::of(1_usize..4));
    (flag(), flag(), flag(), flag(), batch, 0_usize..3).prop_map(
        |(strings, both, without_ids, reversed, largest_batch, done_before_500)| Quirks {
            strings,
            both,
            without_ids,
            reversed,
            largest_batch,
            done_before_500,
            ..Quirks::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 8, ..ProptestConfig::default() })]

    /// Any fault may strike any request, look-ups included; a damaged answer only what creates entries,
    /// for nothing helps against a look-up that lies.
    #[test]
    fn each_entry_is_in_i_doit_exactly_once_unless_it_is_undecided(
        objects in prop::collection::vec(prop_oneof![Just("42"), Just("43"), Just("object 44"), Just("9999")], 1..10),
        faults in prop::collection::vec((1_u64..8, fault()), 0..5),
        damage in prop::option::of(any::<u64>()),
        quirks in quirks(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut case = Case::of(&objects).await;
            case.settings.batch = 4;
            case.settings.network.request_timeout = Duration::from_millis(700);
            case.idoit.set_quirks(quirks.clone());
            for (number, fault) in &faults {
                case.idoit.add_fault(When::Nth(*number), fault.clone());
            }
            if let Some(seed) = damage {
                let create = Box::new(When::BodyContains("logbook.create".to_owned()));
                case.idoit.add_fault(When::Once(create), mangle(seed));
            }
            case.finish().await;
            case.exactly_once(&format!("{faults:?} {damage:?} {quirks:?}")).await;
        });
    }
}
