//! New tickets: each once, and said to be there when it is.

use crate::client::{
    Client, body, desk, operation, parameter, refused, sent, settings, when, with,
};
use sgi_host::{Draft, Error, Object};
use sgi_test_desks::otrs::{NewTicket, READER, WRITER};
use sgi_test_desks::{Fault, OtrsDesk, When};
use std::time::{Duration, Instant};

const OBJECT: &str = "6001";

fn options(by: &str) -> [(&str, &str); 3] {
    [
        ("transport", by),
        ("create-queue", "Network"),
        ("create-customer", "kunde1"),
    ]
}

/// The writer who knows the desk already, and has a session.
fn writer(desk: &OtrsDesk, by: &str) -> Client {
    let client = with(desk, WRITER, &options(by));
    client.check().unwrap();
    client.tickets("999999");
    desk.clear();
    client
}

fn draft(subject: &str) -> Draft {
    let mut draft = Draft::new(vec![Object::new(OBJECT)], subject).unwrap();
    draft.text = "Erste Zeile\nZweite <Zeile> & mehr".to_owned();
    draft
}

pub(crate) fn a_new_ticket_is_told_by_id_and_number(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    let mut draft = draft("Größe \"prüfen\" & <b>melden</b>");
    draft.objects.push(Object::new("42"));
    let created = client.create(&draft).unwrap();
    assert_eq!(created.deviations, []);
    let ticket = &created.ticket;
    assert_ne!(ticket.number, ticket.id);
    assert_eq!(ticket.objects, [OBJECT, "42"]);
    assert_eq!(ticket.queue.as_deref(), Some("Network"));
    let made = &sent(&desk, "TicketCreate")[0];
    assert!(
        body(made).contains(",6001,42,"),
        "a comma at both ends: {}",
        body(made)
    );
    assert_eq!(client.ids(OBJECT), [ticket.id.parse::<u64>().unwrap()]);
    assert!(client.ids("42").len() == 4);
}

pub(crate) fn whether_tickets_can_be_created_is_asked_without_creating_one(by: &str) {
    let desk = desk();
    let before = desk.add_ticket(NewTicket::of("1"));
    let report = with(&desk, WRITER, &options(by)).check().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(
        report.abilities,
        ["read-tickets", "create-tickets", "read-history"]
    );
    assert_eq!(sent(&desk, "TicketCreate").len(), 1);
    assert_eq!(
        desk.add_ticket(NewTicket::of("1")),
        before + 1,
        "none in between"
    );
    // Without a queue nothing is asked, and no ability claimed.
    desk.clear();
    let report = with(&desk, WRITER, &[("transport", by)]).check().unwrap();
    assert_eq!(report.abilities, ["read-tickets", "read-history"]);
    assert_eq!(sent(&desk, "TicketCreate").len(), 0);
}

/// By Znuny's public source: so an article that is refused tells that all else is in order.
pub(crate) fn rights_are_looked_at_before_the_article(by: &str) {
    let desk = desk();
    for (account, queue, key) in [
        (READER, "Network", "create-queue"),
        (WRITER, "HR", "create-queue"),
        (WRITER, "Nope", "create-queue"),
        (WRITER, "Drucker & Büro", "create-queue"),
    ] {
        let client = with(
            &desk,
            account,
            &[("transport", by), ("create-queue", queue)],
        );
        let finding = client.finding();
        assert_eq!(finding.key.as_deref(), Some(key), "{queue}: {finding:?}");
        assert!(
            finding.message.contains("tickets cannot be created"),
            "{finding:?}"
        );
        assert_eq!(
            client.check().unwrap().abilities,
            ["read-tickets", "read-history"]
        );
    }
    let full = [
        ("transport", by),
        ("create-queue", "Service Desk::Drucker & Büro"),
    ];
    assert_eq!(with(&desk, WRITER, &full).check().unwrap().findings, []);
}

pub(crate) fn a_refusal_comes_with_http_200_and_creates_nothing(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    let with = |change: fn(&mut Draft)| {
        let mut draft = draft("Refused");
        change(&mut draft);
        client.create(&draft).unwrap_err()
    };
    let hidden = with(|draft| draft.queue = Some("HR".to_owned()));
    assert!(matches!(hidden, Error::Forbidden(_)), "{hidden:?}");
    for refused in [
        with(|draft| draft.queue = Some("Nope".to_owned())),
        with(|draft| draft.class = Some("Incident".to_owned())),
        with(|draft| draft.priority = Some("urgent".to_owned())),
    ] {
        assert!(matches!(refused, Error::InvalidInput(_)), "{refused:?}");
    }
    assert_eq!(sent(&desk, "TicketCreate").len(), 4, "each once");
    assert!(client.tickets(OBJECT).is_empty());
}

pub(crate) fn an_ended_session_creates_nothing_and_one_ticket_is_made(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    desk.forget_sessions();
    let created = client.create(&draft("Renewed")).unwrap();
    assert_eq!(created.deviations, []);
    let requests = desk.requests();
    let operations: Vec<&str> = requests.iter().map(operation).collect();
    let expected = ["TicketCreate", "SessionCreate", "TicketCreate", "TicketGet"];
    assert_eq!(operations, expected);
    assert_eq!(client.tickets(OBJECT).len(), 1);
}

/// MySQL's old UTF-8 has no room for them: OTRS stores a replacement.
pub(crate) fn letters_beyond_the_first_plane_are_lost_and_that_is_told(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    let mut draft = draft("Drucker brennt 🔥");
    draft.text = "🔥🔥".to_owned();
    let created = client.create(&draft).unwrap();
    assert_eq!(created.ticket.subject, "Drucker brennt \u{fffd}");
    let fields: Vec<&str> = created
        .deviations
        .iter()
        .map(|d| d.field.as_str())
        .collect();
    assert_eq!(fields, ["subject", "text"]);
    // The marker stands all the same.
    assert!(client.find_created(&draft).unwrap().is_some());
}

pub(crate) fn a_marker_counts_where_it_is_not_quoted(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    let draft = draft("Marked");
    let line = format!("Reference: sgi-{}", draft.marker);
    let other = desk.add_ticket(NewTicket::of(OBJECT));
    desk.add_note(
        other,
        "AW: Marked",
        &format!("> {line}\n{line}0\nsee {line}"),
    );
    assert!(client.find_created(&draft).unwrap().is_none());
    let created = client.create(&draft).unwrap();
    let id: u64 = created.ticket.id.parse().unwrap();
    desk.add_note(id, "AW: Marked", "ok");
    assert_eq!(
        client.find_created(&draft).unwrap().unwrap().ticket.id,
        created.ticket.id
    );
    let read = sent(&desk, "TicketGet").pop().unwrap();
    assert_eq!(parameter(&read, "AllArticles").as_deref(), Some("1"));
}

/// Its answer was lost, and somebody has changed its objects since.
pub(crate) fn a_ticket_is_looked_for_with_every_object(by: &str) {
    let desk = desk();
    let client = writer(&desk, by);
    let mut draft = draft("Changed");
    let created = client.create(&draft).unwrap();
    draft.objects = vec![Object::new("999999"), Object::new(OBJECT)];
    let found = client.find_created(&draft).unwrap().unwrap();
    assert_eq!(found.ticket.id, created.ticket.id);
}

/// By OTRS's public source: the article is written after the ticket, and the fields after the article.
pub(crate) fn a_ticket_without_its_article_is_not_created_again(by: &str) {
    const LOST: &str = "Article could not be created, please contact the system administrator";
    let desk = desk();
    let client = writer(&desk, by);
    let body = match by {
        "rest" => LOST.to_owned(),
        _ => format!(
            "<e:Envelope xmlns:e='u'><e:Body><Fault><faultstring>{LOST}</faultstring></Fault></e:Body>\
             </e:Envelope>"
        ),
    };
    desk.add_fault(when(by, "TicketCreate"), Fault::status(500, body));
    let started = Instant::now();
    let error = client.create(&draft("Torn")).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error:?}");
    assert!(error.to_string().contains("created the ticket"), "{error}");
    assert_eq!(sent(&desk, "TicketCreate").len(), 1);
    // It is not looked for, which would take 35 seconds.
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// As a script of an administrator may have it.
pub(crate) fn a_ticket_that_is_named_beside_an_error_is_there() {
    let desk = desk();
    let client = writer(&desk, "rest");
    let torn = b"{\"TicketID\":\"101\",\"TicketNumber\":\"1\",\"Error\":{\"ErrorCode\":\"TicketCreate.X\",\
                 \"ErrorMessage\":\"no article\"}}";
    desk.add_fault(when("rest", "TicketCreate"), Fault::Body(torn.to_vec()));
    let created = client.create(&draft("Named")).unwrap();
    assert_eq!(created.ticket.id, "101");
    let mut told = created.deviations.iter();
    assert!(told.any(|d| d.field == "text" && d.message.contains("reported an error")));
}

pub(crate) fn a_lost_answer_makes_no_second_ticket(by: &str) {
    for fault in [Fault::CloseAfterActing, Fault::CutBodyAfter(5)] {
        let desk = desk();
        let mut settings = settings(&desk.url(), WRITER, &options(by));
        settings.limits.settle_time = Duration::from_millis(200);
        let client = Client::open(settings);
        client.check().unwrap();
        desk.clear();
        desk.add_fault(When::Once(Box::new(when(by, "TicketCreate"))), fault);
        let created = client.create(&draft("Lost")).unwrap();
        assert_eq!(created.deviations, []);
        assert_eq!(sent(&desk, "TicketCreate").len(), 1);
        assert_eq!(client.tickets(OBJECT).len(), 1);
    }
}

/// That the ticket is told of at once, from the desk's word and the draft, and that there is but one.
fn assert_told(desk: &OtrsDesk, client: &Client, what: &str) {
    let started = Instant::now();
    let draft = draft(what);
    let created = client
        .create(&draft)
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    // To look for it would take 35 seconds.
    assert!(started.elapsed() < Duration::from_secs(20), "{what}");
    let fields: Vec<&str> = created
        .deviations
        .iter()
        .map(|d| d.field.as_str())
        .collect();
    assert_eq!(fields, ["ticket"], "{what}");
    assert_eq!(sent(desk, "TicketCreate").len(), 1, "{what}");
    let said = &created.deviations[0].message;
    assert!(
        said.contains(&format!("the id {}", created.ticket.id)),
        "{said}"
    );
    desk.set_fault(None);
    let mine = client.tickets(OBJECT);
    let mine: Vec<_> = mine
        .iter()
        .filter(|ticket| ticket.subject == what)
        .collect();
    assert_eq!(mine.len(), 1, "{what}");
    let (told, there) = (&created.ticket, mine[0]);
    let known = |ticket: &sgi_host::Ticket| {
        let mut ticket = ticket.clone();
        // Only the desk knows these.
        (ticket.created, ticket.updated, ticket.owner) = (None, None, None);
        ticket.fields.clear();
        serde_json::to_value(ticket).unwrap()
    };
    assert_eq!(known(told), known(there), "{what}");
    assert_eq!(told.created, None);
}

pub(crate) fn a_ticket_that_cannot_be_read_back_is_there_all_the_same(by: &str) {
    let faults = [
        Fault::CloseWithoutAnswer,
        Fault::Reset,
        Fault::CutBodyAfter(10),
        Fault::TruncatedBody,
        Fault::status(503, "busy"),
        Fault::status(404, "<html>gone</html>"),
        Fault::Redirect("https://login.example.org/".to_owned()),
    ];
    let desk = desk();
    let client = writer(&desk, by);
    for fault in faults {
        desk.clear();
        let what = format!("{fault:?}");
        // The first creates it, the second reads it back.
        desk.add_fault(When::Nth(2), fault);
        assert_told(&desk, &client, &what);
    }
}

/// Errors, too, that make the host check the desk again, and ask anew by what it learns.
pub(crate) fn whatever_the_second_answer_is_no_second_ticket_is_made() {
    let another = b"{\"Ticket\":[{\"TicketID\":101,\"Title\":\"another\"}]}";
    let no_route = "HTTP::REST Error while determine Operation for request URI '/TicketList'.";
    let desk = desk();
    let client = writer(&desk, "rest");
    let faults = [
        ("Denied", Fault::Body(refused("TicketGet", "AccessDenied"))),
        ("No session", Fault::Body(refused("TicketGet", "AuthFail"))),
        ("Nonsense", Fault::Body(refused("TicketGet", "Nonsense"))),
        ("Nothing", Fault::Body(b"{}".to_vec())),
        ("A list", Fault::Body(b"[]".to_vec())),
        ("Another", Fault::Body(another.to_vec())),
        ("No route", Fault::status(500, no_route)),
        ("Too many", Fault::RateLimited("3600".to_owned())),
    ];
    for (what, fault) in faults {
        desk.clear();
        desk.add_fault(when("rest", "TicketGet"), fault);
        assert_told(&desk, &client, what);
    }
    // OTRS hangs.
    let mut settings = settings(&desk.url(), WRITER, &options("rest"));
    settings.network.request_timeout = Duration::from_millis(800);
    let client = Client::open(settings);
    client.check().unwrap();
    desk.clear();
    desk.add_fault(When::Nth(2), Fault::Hang);
    assert_told(&desk, &client, "Hang");
}
