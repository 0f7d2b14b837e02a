//! Connectors are swapped while calls run: none fails, what fails to take over changes nothing, and the
//! logbook has everything once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::desks::{AnyDesk, SetUp, rt_and_itop, start};
use sgi_host::logbook::store::{Filter as Entries, Listed, SqliteStore, Step, Store, Work};
use sgi_host::{DeskSettings, Error, Filter, Fleet, Host, HostOptions, Object, Swap};
use sgi_test_desks::{Fault, When};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The name of the desk that is swapped.
const DESK: &str = "helpdesk";

struct Ground {
    fleet: Fleet,
    store: Arc<SqliteStore>,
    _folder: TempDir,
}

fn host() -> Host {
    let test = std::env::current_exe().unwrap();
    let cache = test.ancestors().nth(3).unwrap().join("tmp/fleet");
    Host::new(HostOptions {
        state_dir: Some(cache.join("state")),
        cache_dir: Some(cache.join("cache")),
        forget_checks: true,
        ..HostOptions::default()
    })
    .unwrap()
}

async fn ground() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("logbook.db"));
    let store = Arc::new(store.await.unwrap());
    Ground {
        fleet: Fleet::new(host(), Some(Arc::clone(&store)), false),
        store,
        _folder: folder,
    }
}

/// As `DESK`, looked at often.
fn settings(desk: &dyn AnyDesk) -> DeskSettings {
    let mut settings = desk.settings();
    settings.name = DESK.to_owned();
    settings.logbook.interval = Duration::from_millis(200);
    settings
}

async fn subjects(fleet: &Fleet) -> Result<BTreeSet<String>, Error> {
    let tickets = fleet
        .desk(DESK)?
        .tickets(&Object::new("1001"), Filter::All)
        .await?;
    Ok(tickets.into_iter().map(|ticket| ticket.subject).collect())
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let began = Instant::now();
    while !holds().await {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{what}: not within a minute"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn entries(store: &SqliteStore) -> Vec<Listed> {
    let mut all = Vec::new();
    let mut place = None;
    loop {
        let listed = store
            .entries(&Entries::default(), place.as_ref(), 1000)
            .await
            .unwrap();
        let Some(last) = listed.last() else { break };
        place = Some(last.place);
        all.extend(listed);
    }
    all
}

/// How often a ticket of this subject is told to have been created, at object 1001.
fn created(entries: &[Listed], subject: &str) -> usize {
    let of = entries.iter().filter(|listed| {
        let entry = &listed.entry;
        entry.kind.code() == "created" && entry.ticket.subject == subject && entry.object == "1001"
    });
    of.count()
}

fn memory() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_swaps_under_load_fail_no_request() {
    let Ground {
        fleet,
        store,
        _folder,
    } = ground().await;
    let (rt, itop) = rt_and_itop();
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    let (stop, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let (fleet, stop, asked) = (fleet.clone(), Arc::clone(&stop), Arc::clone(&asked));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let subjects = subjects(&fleet).await.expect("no request fails");
                    let whole =
                        subjects.contains("only in RT") != subjects.contains("only in iTop");
                    assert!(whole, "a list is of one desk: {subjects:?}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut after_ten = 0;
    for nth in 1..=50 {
        let (next, subject) = match nth % 2 {
            1 => (&itop, "only in iTop"),
            _ => (&rt, "only in RT"),
        };
        let standing = fleet.set(settings(&**next), Swap::Checked).await.unwrap();
        assert_eq!(standing.generation, nth + 1);
        assert_eq!(standing.serving.unwrap().id, next.kind());
        // What is asked from now on is answered by the new one.
        assert!(subjects(&fleet).await.unwrap().contains(subject));
        if nth == 10 {
            after_ten = memory();
        }
    }
    let grown = memory().saturating_sub(after_ten);
    stop.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) > 50, "{asked:?}");
    // A leaked desk has instances of some MiB each: forty of them would show.
    assert!(grown < 96 << 10, "{grown} KiB more after forty swaps");
    fleet.close().await;
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_to_take_over_changes_nothing() {
    let Ground { fleet, _folder, .. } = ground().await;
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    rt.add("only in RT", &["1001"]);
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    let mut wrong = settings(&*itop);
    wrong.password = "another-password".into();
    let mut unknown = settings(&*itop);
    unknown.kind = "jira".to_owned();
    let mut odd = settings(&*itop);
    odd.options.insert(
        "no-such-option".to_owned(),
        sgi_host::OptionValue::Text("x".to_owned()),
    );
    for (settings, code) in [
        (wrong, "bad-credentials"),
        (unknown, "unknown-type"),
        (odd, "invalid-setting"),
    ] {
        for how in [Swap::Checked, Swap::Forced] {
            if how == Swap::Forced && code == "bad-credentials" {
                // That one can be opened.
                continue;
            }
            let error = fleet.set(settings.clone(), how).await.unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            let standing = fleet.standing(DESK).unwrap();
            assert_eq!(standing.generation, 1);
            assert_eq!(standing.serving.unwrap().id, "rt");
            let refused = standing.refused.unwrap();
            assert_eq!(
                (refused.error.code(), refused.kind),
                (code, settings.kind.clone())
            );
            assert!(subjects(&fleet).await.unwrap().contains("only in RT"));
        }
    }
    // What was left alone meanwhile is followed again.
    rt.add("after the failed swaps", &["1001"]);
    until("followed again", || async {
        fleet.standing(DESK).unwrap().following.read.is_some()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_down_takes_over_only_where_that_is_forced() {
    let Ground { fleet, _folder, .. } = ground().await;
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    itop.set_fault(Some(Fault::CloseWithoutAnswer));
    let error = fleet
        .set(settings(&*itop), Swap::Checked)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert_eq!(fleet.standing(DESK).unwrap().serving.unwrap().id, "rt");
    let standing = fleet.set(settings(&*itop), Swap::Forced).await.unwrap();
    assert_eq!(standing.serving.unwrap().id, "itop");
    assert!(standing.refused.is_none());
    assert_eq!(subjects(&fleet).await.unwrap_err().code(), "unavailable");
    itop.set_fault(None);
    assert!(!subjects(&fleet).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_desk_is_not_asked_and_one_that_was_removed_is_not_there() {
    let Ground { fleet, _folder, .. } = ground().await;
    let rt = start("rt", &SetUp::default());
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    let mut inactive = settings(&*rt);
    inactive.active = false;
    let standing = fleet.set(inactive, Swap::Checked).await.unwrap();
    assert!(standing.serving.is_none() && !standing.active);
    tokio::time::sleep(Duration::from_millis(300)).await;
    rt.clear();
    assert_eq!(subjects(&fleet).await.unwrap_err().code(), "inactive");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(rt.requests().len(), 0, "it is not followed either");
    fleet.remove(DESK).await;
    assert!(fleet.standing(DESK).is_none());
    assert_eq!(subjects(&fleet).await.unwrap_err().code(), "not-found");
}

/// Tickets are made in RT before and while it is swapped for iTop, and in iTop after: each is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_logbook_has_everything_once_across_swaps() {
    let Ground {
        fleet,
        store,
        _folder,
    } = ground().await;
    let (rt, itop): (Arc<dyn AnyDesk>, Arc<dyn AnyDesk>) = (
        start("rt", &SetUp::default()).into(),
        start("itop", &SetUp::default()).into(),
    );
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    until("first pass", || async {
        fleet.standing(DESK).unwrap().following.read.is_some()
    })
    .await;
    // Through the fleet, as users do: what was begun on the old one is finished there.
    let made = Arc::new(AtomicU64::new(0));
    let swapped = Arc::new(AtomicBool::new(false));
    let makers: Vec<_> = (0..4)
        .map(|_| {
            let (fleet, made, swapped) = (fleet.clone(), Arc::clone(&made), Arc::clone(&swapped));
            tokio::spawn(async move {
                let mut subjects = Vec::new();
                let mut after = 0;
                while after < 3 {
                    after += u32::from(swapped.load(Ordering::Relaxed));
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let subject = format!("made {}", made.fetch_add(1, Ordering::Relaxed));
                    let draft = sgi_host::Draft::new(vec![Object::new("1001")], &subject).unwrap();
                    let created = fleet.desk(DESK).unwrap().create(&draft).await.unwrap();
                    subjects.push((subject, created.ticket.url));
                }
                subjects
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let standing = fleet.set(settings(&*itop), Swap::Checked).await.unwrap();
    assert_eq!(standing.serving.unwrap().id, "itop");
    swapped.store(true, Ordering::Relaxed);
    let mut all = Vec::new();
    for maker in makers {
        all.extend(maker.await.unwrap());
    }
    let of_rt = all
        .iter()
        .filter(|(_, url)| url.starts_with(&rt.url()))
        .count();
    assert!(of_rt > 0 && of_rt < all.len(), "{of_rt} of {}", all.len());
    until("all told", || async {
        let entries = entries(&store).await;
        all.iter()
            .all(|(subject, _)| created(&entries, subject) > 0)
    })
    .await;
    // Nothing comes twice later, nor when RT comes back; and what happened there meanwhile is told.
    rt.add("made in RT meanwhile", &["1001"]);
    all.push(("made in RT meanwhile".to_owned(), rt.url()));
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    until("what happened meanwhile", || async {
        created(&entries(&store).await, "made in RT meanwhile") > 0
    })
    .await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let entries = entries(&store).await;
    for (subject, url) in &all {
        assert_eq!(created(&entries, subject), 1, "{subject} {url}");
    }
    let ids: BTreeSet<_> = entries
        .iter()
        .map(|listed| listed.entry.id.clone())
        .collect();
    assert_eq!(ids.len(), entries.len());
    fleet.close().await;
}

/// As long as a call on the old one lasts, its last look waits: what happens in the new one meanwhile is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_ends_late_on_the_old_one_hides_nothing_of_the_new_one() {
    let Ground {
        fleet,
        store,
        _folder,
    } = ground().await;
    let (rt, itop) = (
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    );
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    until("first pass", || async {
        fleet.standing(DESK).unwrap().following.read.is_some()
    })
    .await;
    let hangs = When::TargetContains("/ticket/424242".to_owned());
    rt.add_fault(hangs, Fault::Hang);
    let old = fleet.desk(DESK).unwrap();
    let late = tokio::spawn(async move { old.ticket("424242").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    fleet.set(settings(&*itop), Swap::Checked).await.unwrap();
    rt.add("in RT, late", &["1001"]);
    itop.add("in iTop, at once", &["1001"]);
    // Longer than what connectors look back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(created(&entries(&store).await, "in RT, late"), 0);
    late.abort();
    until("both are told", || async {
        let entries = entries(&store).await;
        created(&entries, "in RT, late") > 0 && created(&entries, "in iTop, at once") > 0
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let entries = entries(&store).await;
    for subject in ["in RT, late", "in iTop, at once"] {
        assert_eq!(created(&entries, subject), 1, "{subject}");
    }
    fleet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_cannot_go_on_in_the_logbook_takes_over_only_where_that_is_forced() {
    let Ground {
        fleet,
        store,
        _folder,
    } = ground().await;
    let rt = start("rt", &SetUp::default());
    fleet.set(settings(&*rt), Swap::Checked).await.unwrap();
    until("first pass", || async {
        fleet.standing(DESK).unwrap().following.read.is_some()
    })
    .await;
    let before = entries(&store).await.len();
    assert!(before > 10);
    let mut unfollowed = settings(&*rt);
    unfollowed.logbook.active = false;
    fleet.set(unfollowed, Swap::Checked).await.unwrap();
    // As an earlier version might have left it.
    {
        let lease = store.lease(Work::Sync(DESK.to_owned())).await.unwrap();
        let step = Step {
            cursor: Some("=of another version".to_owned()),
            ..Step::default()
        };
        store.commit(&lease, &step).await.unwrap();
    }
    let error = fleet.set(settings(&*rt), Swap::Checked).await.unwrap_err();
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("cursor"), "{error}");
    fleet.set(settings(&*rt), Swap::Forced).await.unwrap();
    rt.add("after it was forced", &["1001"]);
    until("followed again", || async {
        created(&entries(&store).await, "after it was forced") == 1
    })
    .await;
    let after = entries(&store).await;
    assert_eq!(after.len(), before + 1, "nothing is doubled");
    fleet.close().await;
}
