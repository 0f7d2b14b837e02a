//! Creating tickets: once, though answers get lost.

use sgi_e2e::Sgi;
use sgi_e2e::client::Client;
use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_host::{Draft, Object};
use sgi_test_desks::{Fault, When};
use std::time::Duration;

/// Where nothing is committed late, nothing has to be waited for.
const SHORT: Duration = Duration::from_millis(50);

fn client(desk: &dyn AnyDesk, settle_time: Duration) -> Client {
    let mut settings = desk.settings();
    settings.limits.settle_time = settle_time;
    settings.network.request_timeout = Duration::from_secs(2);
    let client = Client::open(settings);
    // What the check learns is known: the faults strike what they are meant for.
    client.check().unwrap();
    client.tickets("1002");
    client
}

fn draft(subject: &str) -> Draft {
    let mut draft = Draft::new(vec![Object::new("1002")], subject).unwrap();
    draft.text = "First line\nSecond <line> & more".to_owned();
    draft
}

/// How many tickets of that subject the object has.
fn made(client: &Client, subject: &str) -> usize {
    let tickets = client.tickets("1002");
    tickets
        .iter()
        .filter(|ticket| ticket.subject == subject)
        .count()
}

pub(crate) fn a_new_ticket_references_its_objects(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = client(desk.as_ref(), SHORT);
    let mut draft = draft("Größe prüfen & <b>melden</b>");
    draft.objects.push(Object::new("42"));
    let created = client.create(&draft).unwrap();
    assert!(created.created);
    assert_eq!(created.deviations, [], "{created:#?}");
    assert_eq!(created.ticket.subject, draft.subject);
    let mut objects = created.ticket.objects.clone();
    objects.sort();
    assert_eq!(objects, ["1002", "42"]);
    assert!(
        client
            .tickets("42")
            .iter()
            .any(|t| t.id == created.ticket.id)
    );
    assert_eq!(made(&client, &draft.subject), 1);
}

/// The connection is cut before the desk acts, after it, and within its answer.
pub(crate) fn a_ticket_is_created_once_wherever_the_answer_is_cut(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = client(desk.as_ref(), SHORT);
    let faults = [
        Fault::CloseWithoutAnswer,
        Fault::Reset,
        Fault::CloseAfterActing,
        Fault::ResetAfterActing,
        Fault::HangAfterActing,
        Fault::CutAfter(1),
        Fault::CutAfter(9),
        Fault::CutAfter(15),
        Fault::CutAfter(30),
        Fault::CutAfter(60),
        Fault::CutAfter(100),
        Fault::CutAfter(140),
        Fault::CutAfter(180),
        Fault::CutBodyAfter(0),
        Fault::CutBodyAfter(10),
        Fault::status(500, "broken"),
        Fault::status(503, "busy"),
        Fault::Garbage,
        Fault::TruncatedBody,
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        let what = format!("{fault:?}");
        let subject = format!("Cut {place}");
        desk.set_fault(None);
        desk.clear();
        desk.add_fault(When::Once(Box::new(desk.creating())), fault);
        let created = client
            .create(&draft(&subject))
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        desk.set_fault(None);
        let creating = desk
            .requests()
            .iter()
            .filter(|seen| desk.is_creating(seen))
            .count();
        assert!((1..=2).contains(&creating), "{what}: {creating}");
        assert_eq!(created.ticket.subject, subject, "{what}");
        assert_eq!(made(&client, &subject), 1, "{what}");
    }
}

/// The desk says that the ticket is there, and fails in whatever is asked after that.
pub(crate) fn a_ticket_that_cannot_be_read_back_is_told_and_not_made_again(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let settle_time = Duration::from_secs(60);
    let client = client(desk.as_ref(), settle_time);
    // The number of the creating request, by a ticket that is created undisturbed.
    desk.clear();
    client.create(&draft("First")).unwrap();
    let requests = desk.requests();
    let creating = requests.iter().position(|seen| desk.is_creating(seen));
    let until = u64::try_from(creating.unwrap()).unwrap() + 1;

    desk.clear();
    desk.add_fault(When::After(until), Fault::status(503, "gone"));
    let started = std::time::Instant::now();
    let created = client.create(&draft("Unread")).unwrap();
    assert!(started.elapsed() < settle_time, "nothing was waited for");
    let [deviation] = created.deviations.as_slice() else {
        panic!("{created:#?}")
    };
    assert_eq!(deviation.field, "ticket");
    desk.set_fault(None);
    assert_eq!(made(&client, "Unread"), 1);
    assert!(client.ticket(&created.ticket.id).is_ok());
}

pub(crate) fn a_late_commit_is_found_and_not_doubled(kind: &str) {
    let desk = start(kind, &SetUp::default());
    // The desk commits long before the host looks, on a slow machine, too.
    let client = client(desk.as_ref(), Duration::from_secs(3));
    let fault = Fault::ActLate(Duration::from_millis(200));
    desk.add_fault(When::Once(Box::new(desk.creating())), fault);
    let created = client.create(&draft("Late")).unwrap();
    assert_eq!(created.ticket.subject, "Late");
    assert!(!created.created, "it was found");
    assert_eq!(made(&client, "Late"), 1);
}

pub(crate) fn a_marker_that_is_there_creates_nothing(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = client(desk.as_ref(), SHORT);
    let draft = draft("Marked");
    assert!(client.find_created(&draft).unwrap().is_none());
    let created = client.create(&draft).unwrap();
    let found = client.find_created(&draft).unwrap().unwrap();
    assert_eq!(found.ticket.id, created.ticket.id);
    assert_eq!((created.created, found.created), (true, false));
    assert_eq!(found.deviations, []);
    let other = self::draft("Marked");
    assert!(client.find_created(&other).unwrap().is_none());
}

/// By the program, to people and to programs. The desk is not to blame for what differs from a draft that
/// it never saw.
pub(crate) fn a_ticket_that_is_found_is_told_as_found(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("desk"));
    let marker = "order-2026-11-25-0001";
    let create = |subject: &str, more: &[&str]| {
        let arguments = ["create", "1002", "--marker", marker, "--subject", subject];
        sgi.run(&[&arguments, more].concat())
    };
    let made = create("First", &["--json"]).json();
    assert_eq!(
        (&made["created"], &made["marker"]),
        (&true.into(), &marker.into())
    );
    assert_eq!(
        made["deviations"].as_array().map(Vec::len),
        Some(0),
        "{made}"
    );
    let found = create("Second", &["--json"]).json();
    assert_eq!(found["created"], false);
    assert_eq!(found["ticket"]["id"], made["ticket"]["id"]);
    assert_eq!(found["deviations"][0]["field"], "subject", "{found}");
    let told = create("Second", &[]);
    assert_eq!(told.status, 0, "{told:?}");
    for words in [
        "sgi: found by its marker order-2026-11-25-0001",
        "nothing new was",
        "subject differs from what was asked: ",
    ] {
        assert!(told.err.contains(words), "{words}: {told:?}");
    }
    let same = create("First", &[]);
    assert!(!same.err.contains("differs"), "{same:?}");
}

pub(crate) fn an_outcome_that_stays_unknown_is_told_as_such(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = client(desk.as_ref(), SHORT);
    let draft = draft("Unknown");
    // From the creating request on, the desk is gone.
    desk.add_fault(
        When::Once(Box::new(desk.creating())),
        Fault::CloseAfterActing,
    );
    desk.clear();
    let started = std::time::Instant::now();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let begun = || desk.requests().iter().any(|seen| desk.is_creating(seen));
            while !begun() && started.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(1));
            }
            desk.add_fault(When::Always, Fault::status(503, "gone"));
        });
        client.create(&draft).unwrap_err()
    });
    assert_eq!(error.code(), "undecided", "{error:?}");
    assert!(error.to_string().contains(draft.marker.as_str()), "{error}");
    desk.set_fault(None);
    assert!(client.find_created(&draft).unwrap().is_some());
    assert_eq!(made(&client, "Unknown"), 1);
}

pub(crate) fn what_the_desk_refuses_is_told_and_creates_nothing(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = client(desk.as_ref(), SHORT);
    let mut draft = draft("Refused");
    if kind == "itop" {
        draft.class = Some("NoSuchClass".to_owned());
    } else {
        draft.queue = Some("No such queue".to_owned());
    }
    let error = client.create(&draft).unwrap_err();
    assert!(
        matches!(error.code(), "invalid-input" | "forbidden"),
        "{error:?}"
    );
    assert_eq!(made(&client, "Refused"), 0);
}
