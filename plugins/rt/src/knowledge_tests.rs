use super::*;
use crate::draft::tests::{knowledge, settings};

const MINUTE: Instant = 60 * SECOND;

#[test]
fn what_was_learned_is_believed_for_a_time_that_a_check_is_worth() {
    let mut known = knowledge();
    for (queues, minutes) in [(0, 10), (20, 10), (100, 50), (500, 250)] {
        known.looked_at = queues;
        assert_eq!(known.trust(), minutes * MINUTE, "{queues}");
    }
    let of = |age: Instant| {
        let learned = knowledge().to_bytes().unwrap();
        let settings = settings_with(learned);
        Knowledge::trusted(&settings, knowledge().at + age).is_ok()
    };
    assert_eq!(
        [of(-1), of(0), of(9 * MINUTE), of(10 * MINUTE)],
        [false, true, true, false]
    );
}

fn settings_with(learned: Vec<u8>) -> Settings {
    Settings::given(sgi_guest::DeskSettings {
        url: String::new(),
        link_url: String::new(),
        username: String::new(),
        password: String::new(),
        options: Vec::new(),
        learned: Some(learned),
    })
}

#[test]
fn evidence_leads_to_a_new_check_and_never_to_two() {
    let known = knowledge();
    let stale = |evidence, age| known.bears(evidence, known.at + age).is_err();
    let long = 100 * MINUTE;
    assert!(!stale(None, long));
    for (evidence, just_checked, soon, later) in [
        (Evidence::Proof, false, true, true),
        (Evidence::Hint, false, false, true),
    ] {
        let evidence = Some(evidence);
        assert_eq!(stale(evidence, SECOND), just_checked);
        assert_eq!(stale(evidence, 3 * SECOND), soon);
        assert_eq!(stale(evidence, MINUTE), later);
    }
}

#[test]
fn what_is_learned_fits_whatever_the_queues_are_called() {
    let queue = |id: u64| Queue {
        id,
        name: format!("{id:03}{}", "ü".repeat(196)),
        objects: Some(2),
        tenant: Some(3),
    };
    for (count, all_fit) in [(20, true), (500, false)] {
        let mut known = knowledge();
        known.queues = (0..count).map(queue).collect();
        let dropped = known.fit().unwrap();
        assert_eq!(dropped == 0, all_fit, "{count}");
        assert_eq!(
            known.queues.len() + dropped,
            usize::try_from(count).unwrap()
        );
        assert_eq!(known.queues[0].id, 0, "the first ones stay");
        let bytes = known.to_bytes().unwrap();
        assert!(bytes.len() <= MAX_BYTES, "{}", bytes.len());
        let read: Knowledge = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.queues.len(), known.queues.len());
    }
}

#[test]
fn many_names_are_not_all_said() {
    let all: Vec<String> = (1..=12).map(|number| number.to_string()).collect();
    let said = |count: usize| names(all.iter().take(count).map(String::as_str));
    assert_eq!(said(0), "none");
    assert_eq!(said(2), r#""1", "2""#);
    assert!(said(12).ends_with(r#""10" and 2 more"#), "{}", said(12));
}

#[test]
fn both_fields_are_read_as_the_settings_name_them() {
    let (settings, known) = (settings(&[]), knowledge());
    let fields = known.fields(&settings);
    assert_eq!(fields.objects.ids(), [2]);
    assert_eq!(
        fields.evidence(9, "i-doit tenant"),
        None,
        "it does not matter"
    );
    assert_eq!(fields.evidence(9, "i-doit objects"), Some(Evidence::Hint));
}
