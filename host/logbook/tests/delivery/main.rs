//! The outbox, against a CMDB that does everything wrong that one can do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cmdb;
mod embedded;
mod outbox;
mod random;

use cmdb::{Fake, Fate};
use outbox::Outbox;
use sgi_logbook::delivery::{Breaker, Decision, Outcome, ResolveError, resolve};
use sgi_logbook::store::{State, Store as _};
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

fn refused(for_good: bool) -> Outcome {
    Outcome::Refused {
        reason: "the object does not exist".to_owned(),
        for_good,
    }
}

#[tokio::test]
async fn all_is_delivered_in_batches_and_in_order() {
    let outbox = Outbox::of(&["1"; 20]).await;
    let cmdb = Fake::new([]);
    let told = outbox.pass(&cmdb, &mut Breaker::default()).await;
    assert_eq!((told.delivered, told.again), (20, None));
    assert_eq!(cmdb.calls(), [8, 8, 4]);
    let log: Vec<String> = cmdb.log().into_iter().map(|(_, id)| id).collect();
    let ids: Vec<String> = outbox.ids.iter().map(ToString::to_string).collect();
    assert_eq!(log, ids);
    outbox.exactly_once(&cmdb).await;
}

#[tokio::test]
async fn whatever_became_of_a_batch_each_entry_arrives_once() {
    for fate in [
        Fate::NotSent,
        Fate::LostAfter(0),
        Fate::LostAfter(3),
        Fate::LostAfter(8),
        Fate::Late,
        Fate::HangAfter(0),
        Fate::HangAfter(5),
        Fate::Fewer(0),
        Fate::Fewer(5),
        Fate::Each(Outcome::Retry {
            reason: "busy".to_owned(),
            after: None,
        }),
        Fate::Each(Outcome::Unknown {
            reason: "cryptic".to_owned(),
        }),
        Fate::Each(refused(false)),
    ] {
        let outbox = Outbox::of(&["1", "2", "1", "3", "1", "2", "2", "1", "9", "9"]).await;
        let cmdb = Fake::new([fate.clone(), fate.clone()]);
        outbox.finish(&cmdb).await;
        outbox.exactly_once(&cmdb).await;
        assert_eq!(outbox.states().await, [State::Delivered; 10], "{fate:?}");
    }
}

#[tokio::test]
async fn a_process_may_die_at_every_moment() {
    let mut finished = false;
    for polls in 1.. {
        let outbox = Outbox::of(&["1", "2", "1"]).await;
        let cmdb = Fake::new([Fate::LostAfter(1)]);
        // Once each while it sends, and while it looks up.
        for _ in 0..2 {
            let mut breaker = Breaker::default();
            let mut pass = pin!(outbox.pass(&cmdb, &mut breaker));
            let mut count = 0;
            finished = std::future::poll_fn(|context| {
                if count == polls {
                    return Poll::Ready(false);
                }
                count += 1;
                let polled = pass.as_mut().poll(context).map(|_| true);
                context.waker().wake_by_ref();
                polled
            })
            .await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        outbox.finish(&cmdb).await;
        outbox.exactly_once(&cmdb).await;
        assert_eq!(outbox.states().await, [State::Delivered; 3], "{polls}");
        if finished {
            assert!(polls > 3, "{polls}");
            break;
        }
    }
    assert!(finished);
}

#[tokio::test]
async fn a_cmdb_out_of_reach_pauses_everything_and_nothing_is_held_against_the_entries() {
    let outbox = Outbox::of(&["1"; 12]).await;
    let cmdb = Fake::new([]).always(Fate::NotSent);
    let mut breaker = Breaker::default();
    for round in 1..=10 {
        let told = outbox.pass(&cmdb, &mut breaker).await;
        assert_eq!(breaker.reason(), Some("as it was told"));
        assert_eq!(told.again, breaker.until());
        assert_eq!(cmdb.calls().len(), round);
        // It is not asked again before the pause is over.
        outbox.pass(&cmdb, &mut breaker).await;
        assert_eq!(cmdb.calls().len(), round);
        tokio::time::sleep(Duration::from_millis(11)).await;
    }
    assert_eq!(cmdb.calls()[..3], [8, 1, 1]);
    let delivery = outbox.store.delivery(&outbox.lease, &outbox.ids[0]).await;
    let delivery = delivery.unwrap().unwrap();
    assert_eq!((delivery.attempts, delivery.sent), (0, None));
    let listed = outbox.listed().await;
    assert_eq!(listed[0].reason.as_deref(), Some("as it was told"));
    assert_eq!(outbox.states().await, [State::Waiting; 12]);
}

#[tokio::test]
async fn an_object_that_is_gone_is_refused_at_once_and_the_others_go_on() {
    let outbox = Outbox::of(&["1", "2", "1"]).await;
    let cmdb = Fake::new([]).always(Fate::At("1", refused(true)));
    outbox.finish(&cmdb).await;
    use State::{Delivered, Refused};
    assert_eq!(outbox.states().await, [Refused, Delivered, Refused]);
    let reason = outbox.listed().await.remove(0).reason.unwrap();
    assert_eq!(reason, "the object does not exist");
    assert_eq!(cmdb.calls(), [3]);
}

#[tokio::test]
async fn what_is_refused_again_and_again_is_given_up() {
    let outbox = Outbox::of(&["1", "2"]).await;
    let cmdb = Fake::new([]).always(Fate::At("1", refused(false)));
    outbox.finish(&cmdb).await;
    use State::{Delivered, Refused};
    assert_eq!(outbox.states().await, [Refused, Delivered]);
    let reason = outbox.listed().await.remove(0).reason.unwrap();
    assert_eq!(
        reason,
        "given up after 4 attempts: the object does not exist"
    );
    assert_eq!(cmdb.calls(), [2, 1, 1, 1]);
}

#[tokio::test]
async fn the_entries_of_an_object_wait_for_the_one_before() {
    let outbox = Outbox::of(&["1"]).await;
    let cmdb = Fake::new([Fate::LostAfter(0), Fate::Well, Fate::Well]);
    let mut breaker = Breaker::default();
    outbox.pass(&cmdb, &mut breaker).await;
    breaker.reset();
    let desk = sgi_logbook::store::Work::Sync("helpdesk".into());
    let desk = outbox.store.lease(desk).await.unwrap();
    let step = sgi_logbook::store::Step {
        entries: vec![outbox::entry(7, "1"), outbox::entry(8, "2")],
        deliver: true,
        ..Default::default()
    };
    outbox.store.commit(&desk, &step).await.unwrap();
    let told = outbox.pass(&cmdb, &mut breaker).await;
    assert_eq!(told.delivered, 1);
    assert!(told.again.is_some_and(|at| at > jiff::Timestamp::now()));
    outbox.finish(&cmdb).await;
    let objects: Vec<String> = cmdb.log().into_iter().map(|(object, _)| object).collect();
    assert_eq!(objects, ["2", "1", "1"]);
    let last = cmdb.log().remove(2).1;
    assert_eq!(last, outbox::entry(7, "1").id.to_string());
}

#[tokio::test]
async fn what_failed_is_sent_in_smaller_batches() {
    let outbox = Outbox::of(&["1", "2", "3", "4", "5", "6", "7", "8"]).await;
    let unknown = Fate::LostAfter(0);
    let cmdb = Fake::new([unknown.clone()]);
    outbox.finish(&cmdb).await;
    outbox.exactly_once(&cmdb).await;
    // All eight; then one to see whether it works again; of the rest half as many at once.
    assert_eq!(cmdb.calls(), [8, 1, 4, 3]);
    let outbox = Outbox::of(&["1", "2"]).await;
    let cmdb = Fake::new([unknown.clone(), unknown.clone(), unknown]);
    outbox.finish(&cmdb).await;
    outbox.exactly_once(&cmdb).await;
    assert_eq!(cmdb.calls()[..3], [2, 1, 1]);
}

#[tokio::test]
async fn a_look_up_that_fails_is_made_again() {
    let outbox = Outbox::of(&["1", "2"]).await;
    let cmdb = Fake::new([Fate::LostAfter(1)]).look_ups([Err(()), Err(())]);
    outbox.finish(&cmdb).await;
    outbox.exactly_once(&cmdb).await;
    assert_eq!(outbox.states().await, [State::Delivered; 2]);
}

#[tokio::test]
async fn what_cannot_be_told_is_undecided_until_a_person_decides() {
    let outbox = Outbox::of(&["1", "2", "3", "4"]).await;
    let cmdb =
        Fake::new([Fate::LostAfter(2)]).look_ups([Ok(false), Ok(false), Ok(false), Ok(false)]);
    outbox.finish(&cmdb).await;
    assert_eq!(outbox.states().await, [State::Undecided; 4]);
    assert_eq!(cmdb.calls(), [4]);
    let decide = |number: usize, decision: Decision| {
        resolve(&outbox.store, &outbox.lease, &outbox.ids[number], decision)
    };
    let there = || Decision::IsThere {
        remote: Some("135".to_owned()),
    };
    decide(0, there()).await.unwrap();
    decide(1, there()).await.unwrap();
    decide(2, Decision::SendAgain).await.unwrap();
    decide(3, Decision::GiveUp).await.unwrap();
    let error = decide(1, Decision::SendAgain).await.unwrap_err();
    assert!(matches!(error, ResolveError::NotOpen { .. }));
    assert!(error.to_string().contains("has been delivered"), "{error}");
    outbox.finish(&cmdb).await;
    outbox.exactly_once(&cmdb).await;
    use State::{Delivered, Refused};
    assert_eq!(
        outbox.states().await,
        [Delivered, Delivered, Delivered, Refused]
    );
    assert_eq!(
        outbox.listed().await.remove(0).remote.as_deref(),
        Some("135")
    );
    // A person may think again.
    decide(3, Decision::SendAgain).await.unwrap();
    outbox.finish(&cmdb).await;
    assert_eq!(outbox.states().await, [State::Delivered; 4]);
    let nobody = "0".repeat(32).into();
    let error = resolve(&outbox.store, &outbox.lease, &nobody, Decision::GiveUp).await;
    assert!(matches!(error, Err(ResolveError::NoSuch(_))));
}
