//! Steps: what is committed, and what is there afterwards.

use crate::backend::Backend;
use crate::samples::*;
use jiff::Timestamp;
use sgi_logbook::store::{Filter, Kept, Step};
use sgi_logbook::{Kind, Store};

pub(crate) async fn empty<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let before = store.desk(DESK).await.unwrap();
    assert_eq!(store.commit(&lease, &Step::default()).await.unwrap(), 0);
    assert_eq!(store.desk(DESK).await.unwrap(), before);
}

pub(crate) async fn all_of_it<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let derived = Kept {
        seen: seen("2", &["b", "a"]),
        derived: Some(derived(9)),
    };
    let first = entry(DESK, "1", "e1", "a", at(1));
    let mut second = entry_of(DESK, 1, "2", "e2", "b", at(2), Kind::Merged("1".to_owned()));
    second.object_by = Some("Asset tag".to_owned());
    second.text = Some("\"quoted\"\n{\"json\": [1, 2.50, null]}\u{0}\u{1}\u{2028}'".to_owned());
    second.ticket.url = None;
    second.derived = true;
    let step = Step {
        keep: vec![kept("1", &["a"]), derived.clone()],
        forget: vec![],
        entries: vec![first.clone(), second.clone()],
        deliver: false,
        cursor: Some("c".to_owned()),
        synced: Some(at(3)),
        reconciled: Some(at(4)),
    };
    let before = Timestamp::now();
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 2);
    let after = Timestamp::now();

    let desk = store.desk(DESK).await.unwrap().unwrap();
    assert_eq!(desk.cursor.as_deref(), Some("c"));
    assert_eq!((desk.synced, desk.reconciled), (Some(at(3)), Some(at(4))));
    let asked = ["2", "1", "1", "nothing"].map(str::to_owned);
    let found = store.kept(&lease, &asked).await.unwrap();
    assert_eq!(found, [kept("1", &["a"]), derived]);
    let listed = all(&store, &Filter::default(), 10).await;
    let found: Vec<_> = listed.iter().map(|listed| &listed.entry).collect();
    assert_eq!(found, [&first, &second]);
    for listed in &listed {
        assert!((before..=after).contains(&listed.recorded));
        assert_eq!(listed.place.at, listed.entry.at);
        assert_eq!(listed.state, None);
    }
}

pub(crate) async fn state_that_stays<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = |cursor: Option<&str>, synced, reconciled| Step {
        cursor: cursor.map(str::to_owned),
        synced,
        reconciled,
        ..Step::default()
    };
    for step in [
        step(Some("1"), None, None),
        step(None, Some(at(1)), None),
        step(None, None, Some(at(2))),
        Step::default(),
    ] {
        store.commit(&lease, &step).await.unwrap();
    }
    let desk = store.desk(DESK).await.unwrap().unwrap();
    assert_eq!(desk.cursor.as_deref(), Some("1"));
    assert_eq!((desk.synced, desk.reconciled), (Some(at(1)), Some(at(2))));
}

/// A call that is cancelled at some instant has kept all of its step or nothing, and nothing is stuck.
pub(crate) async fn all_or_nothing<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let mut kept_steps = 0;
    for n in 0..60_u64 {
        let step = Step {
            keep: vec![kept(&n.to_string(), &["a"])],
            entries: (0..20)
                .map(|e| entry(DESK, &n.to_string(), &format!("{n}-{e}"), "a", at(e)))
                .collect(),
            cursor: Some(n.to_string()),
            deliver: true,
            ..Step::default()
        };
        let patience = std::time::Duration::from_micros(n * 50);
        let done = tokio::time::timeout(patience, store.commit(&lease, &step)).await;
        let known = store.kept(&lease, &[n.to_string()]).await.unwrap();
        if let Ok(done) = done {
            assert_eq!(done.unwrap(), 20);
            assert_eq!(known.len(), 1);
        }
    }
    // What was on its way has come to an end by now.
    store.commit(&lease, &Step::default()).await.unwrap();
    for n in 0..60 {
        let n = n.to_string();
        let filter = Filter {
            ticket: Some(n.clone()),
            ..Filter::default()
        };
        let entries = all(&store, &filter, 100).await.len();
        let tickets = store.kept(&lease, &[n]).await.unwrap().len();
        assert!((entries, tickets) == (20, 1) || (entries, tickets) == (0, 0));
        kept_steps += tickets;
    }
    let lease = {
        drop(lease);
        store
            .lease(sgi_logbook::store::Work::Delivery)
            .await
            .unwrap()
    };
    let due = store.due(&lease, at(0), 10_000).await.unwrap();
    assert_eq!(due.len(), kept_steps * 20);
}

pub(crate) async fn duplicates<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let of = |numbers: std::ops::Range<i64>| {
        let entry = |n| entry(DESK, "1", &format!("e{n}"), "a", at(n));
        entries(numbers.map(entry).collect())
    };
    assert_eq!(store.commit(&lease, &of(0..3)).await.unwrap(), 3);
    assert_eq!(store.commit(&lease, &of(0..3)).await.unwrap(), 0);
    assert_eq!(store.commit(&lease, &of(1..5)).await.unwrap(), 2);
    // What was committed first stays: its place in the order, too.
    let before = all(&store, &Filter::default(), 10).await;
    let mut changed = of(0..5);
    for entry in &mut changed.entries {
        entry.text = Some("changed".to_owned());
        entry.at = at(99);
    }
    changed.deliver = true;
    assert_eq!(store.commit(&lease, &changed).await.unwrap(), 0);
    assert_eq!(all(&store, &Filter::default(), 10).await, before);
    assert_eq!(store.next_due().await.unwrap(), None);
    // The same event at another object is another entry.
    let other = entries(vec![entry(DESK, "1", "e0", "b", at(0))]);
    assert_eq!(store.commit(&lease, &other).await.unwrap(), 1);
}

pub(crate) async fn new_generation<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let of = |generation| {
        let entry = entry_of(DESK, generation, "1", "e1", "a", at(1), Kind::Created);
        entries(vec![entry])
    };
    assert_eq!(store.commit(&lease, &of(1)).await.unwrap(), 1);
    let state = store.open(&lease, "itop", None).await.unwrap();
    assert_eq!(
        store.commit(&lease, &of(state.generation)).await.unwrap(),
        1
    );
    assert_eq!(
        store.commit(&lease, &of(state.generation)).await.unwrap(),
        0
    );
    assert_eq!(all(&store, &Filter::default(), 10).await.len(), 2);
}

pub(crate) async fn keep_and_forget<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = keep(vec![kept("1", &["a"]), kept("2", &["a"]), kept("3", &[])]);
    store.commit(&lease, &step).await.unwrap();
    let mut changed = kept("1", &["b"]);
    changed.seen.subject = "Another".to_owned();
    changed.derived = Some(derived(3));
    store
        .commit(&lease, &keep(vec![changed.clone()]))
        .await
        .unwrap();
    let step = forget(&["2", "3", "nothing"]);
    store.commit(&lease, &step).await.unwrap();
    let asked = ["1", "2", "3"].map(str::to_owned);
    assert_eq!(store.kept(&lease, &asked).await.unwrap(), [changed]);
    assert!(store.tickets_of(DESK, "a").await.unwrap().is_empty());
    assert_eq!(ids(&store.tickets_of(DESK, "b").await.unwrap()), ["1"]);
}

pub(crate) async fn said_twice<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let first = entry(DESK, "1", "e1", "a", at(1));
    let mut second = first.clone();
    second.text = Some("second".to_owned());
    let step = Step {
        keep: vec![kept("1", &["a"]), kept("2", &["a"]), kept("1", &["b"])],
        forget: vec!["2".to_owned(), "2".to_owned()],
        entries: vec![first.clone(), second],
        deliver: true,
        ..Step::default()
    };
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 1);
    assert!(store.tickets_of(DESK, "a").await.unwrap().is_empty());
    assert_eq!(
        store.tickets_of(DESK, "b").await.unwrap(),
        [kept("1", &["b"])]
    );
    assert_eq!(all(&store, &Filter::default(), 10).await[0].entry, first);
}

pub(crate) async fn references<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = keep(vec![
        kept("10", &["a", "b"]),
        kept("9", &["a"]),
        kept("1", &[]),
    ]);
    store.commit(&lease, &step).await.unwrap();
    let of = async |object: &str| store.tickets_of(DESK, object).await.unwrap();
    assert_eq!(of("a").await, [kept("10", &["a", "b"]), kept("9", &["a"])]);
    assert_eq!(ids(&of("b").await), ["10"]);
    assert!(of("c").await.is_empty());
    assert!(store.tickets_of("other", "a").await.unwrap().is_empty());
    // Those that reference nothing are kept, but of no use to who looks for vanished ones.
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["10", "9"]);
    store
        .commit(&lease, &keep(vec![kept("10", &[])]))
        .await
        .unwrap();
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["9"]);
    assert_eq!(ids(&of("a").await), ["9"]);
}

pub(crate) async fn known_in_pages<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let tickets: Vec<String> = (0..25)
        .map(|n| format!("T{n}é"))
        .chain(["".into()])
        .collect();
    let step = keep(
        tickets
            .iter()
            .map(|id| kept(id, &["a", "b", "c"]))
            .collect(),
    );
    store.commit(&lease, &step).await.unwrap();
    let mut expected = tickets;
    expected.sort();
    for page in [1, 7, 26, 100] {
        let mut found: Vec<String> = Vec::new();
        loop {
            let after = found.last().map(String::as_str);
            let next = store.known(&lease, after, page).await.unwrap();
            assert!(next.len() <= page as usize);
            if next.is_empty() {
                break;
            }
            found.extend(next);
        }
        assert_eq!(found, expected, "in pages of {page}");
    }
    assert_eq!(store.known(&lease, Some("T9"), 10).await.unwrap(), ["T9é"]);
}

pub(crate) async fn many_tickets<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let ids: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    let step = Step {
        keep: ids.iter().map(|id| kept(id, &["a"])).collect(),
        entries: ids
            .iter()
            .map(|id| entry(DESK, id, id, "a", at(1)))
            .collect(),
        ..Step::default()
    };
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 5_000);
    assert_eq!(store.kept(&lease, &ids).await.unwrap().len(), 5_000);
    let step = Step {
        forget: ids,
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    assert!(store.known(&lease, None, 1).await.unwrap().is_empty());
}

pub(crate) async fn unicode<B: Backend>() {
    let texts = [
        "Ärger mit Zoë Lefèvre",
        "日本語",
        "👩‍👩‍👧‍👦",
        "עברית",
        "e\u{301}",
        "é",
        "\u{feff}",
        "\u{0}",
        "a\u{0}b",
        "\u{10ffff}",
        "'; DROP TABLE entry; --",
        "%_",
        "\\",
        "\"",
        " ",
        "$.a[0]",
        "null",
        "1",
        "1.0",
        "\u{2028}",
        "\u{7f}",
        "\r\n\t",
    ];
    let backend = B::fresh();
    let store = backend.open().await;
    for desk in ["Störung 日本", "a/b"] {
        let lease = opened(&store, desk).await;
        let tickets: Vec<Kept> = texts.iter().map(|text| kept(text, &[text])).collect();
        let step = Step {
            keep: tickets.clone(),
            entries: texts
                .iter()
                .map(|text| entry(desk, text, text, text, at(1)))
                .collect(),
            cursor: Some(texts.concat()),
            ..Step::default()
        };
        assert_eq!(
            store.commit(&lease, &step).await.unwrap(),
            texts.len() as u64
        );
        let state = store.desk(desk).await.unwrap().unwrap();
        assert_eq!(state.cursor, Some(texts.concat()));
        for (text, ticket) in texts.iter().zip(&tickets) {
            let found = store.kept(&lease, &[text.to_string()]).await.unwrap();
            assert_eq!(&found, std::slice::from_ref(ticket));
            assert_eq!(store.tickets_of(desk, text).await.unwrap(), found);
            let filter = Filter {
                object: Some(text.to_string()),
                ticket: Some(text.to_string()),
                desk: Some(desk.to_owned()),
                ..Filter::default()
            };
            let found = store.entries(&filter, None, 10).await.unwrap();
            assert_eq!(found.len(), 1, "{text:?}");
            assert_eq!(found[0].entry, entry(desk, text, text, text, at(1)));
        }
        let mut sorted = texts;
        sorted.sort_unstable();
        assert_eq!(store.known(&lease, None, 100).await.unwrap(), sorted);
        assert_eq!(store.commit(&lease, &step).await.unwrap(), 0);
        let step = forget(&texts);
        store.commit(&lease, &step).await.unwrap();
        assert!(store.known(&lease, None, 100).await.unwrap().is_empty());
    }
}

pub(crate) async fn very_long<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let long = "Ä\"\\\n".repeat(1 << 20);
    let mut ticket = kept("1", &["a"]);
    ticket.seen.subject.clone_from(&long);
    let mut entry = entry(DESK, "1", "e1", "a", at(1));
    entry.text = Some(long.clone());
    let step = Step {
        keep: vec![ticket.clone()],
        entries: vec![entry.clone()],
        cursor: Some(long.clone()),
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    assert!(store.kept(&lease, &["1".to_owned()]).await.unwrap() == [ticket]);
    assert!(all(&store, &Filter::default(), 1).await[0].entry == entry);
    assert!(store.desk(DESK).await.unwrap().unwrap().cursor == Some(long));
}

pub(crate) async fn reopened<B: Backend>() {
    let backend = B::fresh();
    let step = Step {
        keep: vec![kept("1", &["a"])],
        entries: vec![entry(DESK, "1", "e1", "a", at(1))],
        deliver: true,
        cursor: Some("c".to_owned()),
        ..Step::default()
    };
    let (state, listed) = {
        let store = backend.open().await;
        let lease = opened(&store, DESK).await;
        store.commit(&lease, &step).await.unwrap();
        let state = store.desk(DESK).await.unwrap();
        (state, all(&store, &Filter::default(), 10).await)
    };
    let store = backend.open().await;
    assert_eq!(store.desk(DESK).await.unwrap(), state);
    assert_eq!(all(&store, &Filter::default(), 10).await, listed);
    let lease = opened(&store, DESK).await;
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["1"]);
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 0);
    assert!(store.next_due().await.unwrap().is_some());
}

pub(crate) async fn extreme_instants<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let fine: Timestamp = "2026-01-01T00:00:00.123456789Z".parse().unwrap();
    let finer: Timestamp = "2026-01-01T00:00:00.123456788Z".parse().unwrap();
    let instants = [
        Timestamp::MAX,
        fine,
        Timestamp::MIN,
        finer,
        Timestamp::UNIX_EPOCH,
    ];
    let entry = |(n, &at): (usize, &Timestamp)| entry(DESK, "1", &n.to_string(), "a", at);
    let step = entries(instants.iter().enumerate().map(entry).collect());
    store.commit(&lease, &step).await.unwrap();
    let found: Vec<_> = all(&store, &Filter::default(), 1)
        .await
        .iter()
        .map(|listed| listed.entry.at)
        .collect();
    let mut expected = instants;
    expected.sort();
    assert_eq!(found, expected);
}
