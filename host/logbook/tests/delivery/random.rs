//! Everything at once, at random.

use crate::cmdb::{Fake, Fate};
use crate::outbox::Outbox;
use proptest::prelude::*;
use sgi_logbook::delivery::{Breaker, Outcome};
use std::time::Duration;

fn fate() -> impl Strategy<Value = Fate> {
    let unknown = Outcome::Unknown {
        reason: "cryptic".to_owned(),
    };
    let retry = Outcome::Retry {
        reason: "busy".to_owned(),
        after: None,
    };
    let refused = |for_good| Outcome::Refused {
        reason: "no".to_owned(),
        for_good,
    };
    prop_oneof![
        4 => Just(Fate::Well),
        2 => Just(Fate::NotSent),
        3 => (0_usize..9).prop_map(Fate::LostAfter),
        2 => Just(Fate::Late),
        1 => (0_usize..9).prop_map(Fate::HangAfter),
        2 => (0_usize..9).prop_map(Fate::Fewer),
        1 => Just(Fate::Each(unknown.clone())),
        1 => Just(Fate::At("1", unknown)),
        1 => Just(Fate::At("2", retry)),
        1 => Just(Fate::At("1", refused(false))),
        1 => Just(Fate::At("2", refused(true))),
    ]
}

fn look_up() -> impl Strategy<Value = Result<bool, ()>> {
    prop_oneof![6 => Just(Ok(true)), 1 => Just(Ok(false)), 2 => Just(Err(()))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Also when the process dies in between, after a random while.
    #[test]
    fn each_entry_arrives_exactly_once_unless_it_is_undecided(
        objects in prop::collection::vec(prop_oneof![Just("1"), Just("2"), Just("3")], 1..16),
        fates in prop::collection::vec(fate(), 0..8),
        look_ups in prop::collection::vec(look_up(), 0..6),
        deaths in prop::collection::vec(0_u64..30, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let outbox = Outbox::of(&objects).await;
            let cmdb = Fake::new(fates).look_ups(look_ups);
            for death in deaths {
                let mut breaker = Breaker::default();
                let pass = outbox.pass(&cmdb, &mut breaker);
                let _ = tokio::time::timeout(Duration::from_millis(death), pass).await;
            }
            outbox.finish(&cmdb).await;
            outbox.exactly_once(&cmdb).await;
        });
    }
}
