//! Tickets and entries to put into stores.

use jiff::Timestamp;
use sgi_logbook::store::{Derived, Filter, Kept, Listed, Step, StoreError, Work};
use sgi_logbook::{Entry, Event, Kind, Phase, Seen, Store, TicketRef};

pub(crate) const DESK: &str = "helpdesk";

pub(crate) fn sync(desk: &str) -> Work {
    Work::Sync(desk.to_owned())
}

/// Seconds after an instant of 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

pub(crate) fn seen(id: &str, objects: &[&str]) -> Seen {
    Seen {
        id: id.to_owned(),
        number: format!("2026-{id}"),
        subject: "Drucker im Büro druckt nur noch leere Seiten".to_owned(),
        url: format!("https://desk.example/ticket/{id}"),
        status: "open".to_owned(),
        phase: Phase::Active,
        queue: Some("Incidents".to_owned()),
        priority: None,
        owner: Some("zoe".to_owned()),
        created: Some(at(0)),
        updated: Some(at(60)),
        objects: objects.iter().map(|&object| object.to_owned()).collect(),
        objects_by: None,
    }
}

pub(crate) fn kept(id: &str, objects: &[&str]) -> Kept {
    Kept {
        seen: seen(id, objects),
        derived: None,
    }
}

/// An event of a ticket at an object.
pub(crate) fn entry(desk: &str, ticket: &str, event: &str, object: &str, at: Timestamp) -> Entry {
    entry_of(desk, 1, ticket, event, object, at, Kind::Status)
}

pub(crate) fn entry_of(
    desk: &str,
    generation: i64,
    ticket: &str,
    event: &str,
    object: &str,
    at: Timestamp,
    kind: Kind,
) -> Entry {
    let event = Event {
        id: event.to_owned(),
        ticket: ticket.to_owned(),
        at,
        actor: Some("zoe".to_owned()),
        kind,
        field: None,
        old: Some("new".to_owned()),
        new: Some("open".to_owned()),
        text: None,
    };
    let ticket = TicketRef::from(&seen(ticket, &[]));
    Entry::new(desk, generation, ticket, &event, object, None, false)
}

pub(crate) fn entries(entries: Vec<Entry>) -> Step {
    Step {
        entries,
        ..Step::default()
    }
}

pub(crate) fn derived(until: i64) -> Derived {
    Derived {
        until: at(until),
        count: 2,
        covered: Some(vec!["e1".to_owned()]),
        came: [("a".to_owned(), at(until - 1))].into(),
        lost: Some(["b".to_owned()].into()),
    }
}

pub(crate) fn keep(keep: Vec<Kept>) -> Step {
    Step {
        keep,
        ..Step::default()
    }
}

pub(crate) fn forget(ids: &[&str]) -> Step {
    Step {
        forget: ids.iter().map(|&id| id.to_owned()).collect(),
        ..Step::default()
    }
}

/// The lease of a desk that is open.
pub(crate) async fn opened<S: Store>(store: &S, desk: &str) -> S::Lease {
    let lease = store.lease(sync(desk)).await.unwrap();
    store
        .open(&lease, "rt https://rt.example", None)
        .await
        .unwrap();
    lease
}

/// All entries, read in pages.
pub(crate) async fn all<S: Store>(store: &S, filter: &Filter, page: u32) -> Vec<Listed> {
    let mut all: Vec<Listed> = Vec::new();
    loop {
        let after = all.last().map(|last| last.place);
        let next = store.entries(filter, after.as_ref(), page).await.unwrap();
        assert!(next.len() <= page as usize);
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

/// What the entries' events were called, by their objects.
pub(crate) fn objects(listed: &[Listed]) -> Vec<&str> {
    listed
        .iter()
        .map(|listed| listed.entry.object.as_str())
        .collect()
}

pub(crate) fn ids(kept: &[Kept]) -> Vec<&str> {
    kept.iter().map(|kept| kept.seen.id.as_str()).collect()
}

#[track_caller]
pub(crate) fn assert_lost<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::LeaseLost(_))),
        "{result:?}"
    );
}

#[track_caller]
pub(crate) fn assert_unusable<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Unusable { .. })),
        "{result:?}"
    );
}
