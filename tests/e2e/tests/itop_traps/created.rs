//! Creating tickets.

use crate::client::{
    Client, answer, desk, given, here, operations, queries, reader, refusal, with,
};
use serde_json::Value;
use sgi_host::{Created, Draft, Error, Marker, Object, Severity};
use sgi_test_desks::itop::READER;
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, When};
use std::time::{Duration, Instant};

fn draft(objects: &[&str], subject: &str) -> Draft {
    Draft::new(objects.iter().map(|id| Object::new(*id)).collect(), subject).unwrap()
}

/// The creations that were sent, without those that only try the right.
fn creations(desk: &ITopDesk) -> Vec<Value> {
    let mut operations = operations(desk);
    operations
        .retain(|all| all["operation"] == "core/create" && all["fields"].get("title").is_some());
    operations
}

fn fields(created: &Created) -> Vec<&str> {
    let deviations = created.deviations.iter();
    deviations.map(|one| one.field.as_str()).collect()
}

pub(crate) fn a_new_ticket_has_the_organization_of_its_configuration_item() {
    let (_desk, reader) = here();
    for (object, organization) in [("1001", "Demo"), ("2052", "IT Department")] {
        let created = reader.create(&draft(&[object], "Organization")).unwrap();
        assert_eq!(created.deviations, []);
        let fields = &created.ticket.fields;
        let found = fields.iter().find(|field| field.name == "Organization");
        assert_eq!(found.unwrap().values, [organization]);
        assert_eq!(created.ticket.objects, [object]);
    }
}

/// Without one iTop refuses; it is the author in iTop's history.
pub(crate) fn every_creation_has_a_comment() {
    let (desk, reader) = here();
    reader.check().unwrap();
    reader.create(&draft(&["1001"], "Comment")).unwrap();
    let writing = operations(&desk)
        .into_iter()
        .filter(|all| all["operation"] == "core/create");
    let comments: Vec<Value> = writing.map(|all| all["comment"].clone()).collect();
    assert!(comments.len() > 1);
    assert!(
        comments.iter().all(|comment| comment == "SGI (CMDB)"),
        "{comments:?}"
    );
}

/// An update of a ticket's list of links replaces the list: others' links would be gone.
pub(crate) fn nothing_is_ever_updated_or_deleted() {
    let (desk, reader) = here();
    reader.check().unwrap();
    let draft = draft(&["1001", "1002"], "Links");
    reader.create(&draft).unwrap();
    reader.find_created(&draft).unwrap();
    reader.create(&draft).unwrap();
    for operation in operations(&desk) {
        let verb = operation["operation"].as_str().unwrap();
        assert!(
            ["list_operations", "core/get", "core/create"].contains(&verb),
            "{verb}"
        );
    }
    let list = &creations(&desk)[0]["fields"]["functionalcis_list"];
    let ids: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["functionalci_id"])
        .collect();
    assert_eq!(ids, [32, 33]);
}

/// Scripts vanish and blanks move there; what looks like HTML in the text is no HTML.
pub(crate) fn a_description_comes_back_as_sanitised_html() {
    let desk = desk();
    let mut draft = draft(&["1001"], "<b>Größe</b> & 🖨️");
    draft.text =
        "Zeile 1\nZeile 2 <b>fett</b> & <script>alert(1)</script>\n\n\n  3 &amp; \"4\"".to_owned();
    let created = reader(&desk).create(&draft).unwrap();
    assert_eq!(created.deviations, []);
    assert_eq!(created.ticket.subject, draft.subject, "a title is raw text");
    let sent = &creations(&desk)[0]["fields"]["description"];
    let sent = sent.as_str().unwrap();
    assert!(sent.starts_with("<p>Zeile 1<br>Zeile 2 &lt;b&gt;fett&lt;/b&gt; &amp; &lt;script&gt;"));
    assert!(
        sent.ends_with(&format!("<p>Reference: sgi-{}</p>", draft.marker)),
        "{sent}"
    );
}

pub(crate) fn a_priority_follows_from_impact_and_urgency() {
    let (desk, reader) = here();
    for (asked, made) in [
        ("1", "1 critical"),
        ("high", "2 high"),
        ("3 medium", "3 medium"),
    ] {
        let mut draft = draft(&["1001"], "Priority");
        draft.priority = Some(asked.to_owned());
        let created = reader.create(&draft).unwrap();
        assert_eq!(created.ticket.priority.as_deref(), Some(made));
        assert_eq!(created.deviations, []);
    }
    for fields in creations(&desk).iter().map(|all| &all["fields"]) {
        assert!(fields.get("priority").is_none() && fields.get("urgency").is_some());
    }
}

/// iTop finds others by the same text; a name is compared again, an address in any case is the same.
pub(crate) fn people_and_teams_are_told_by_their_exact_names() {
    let (desk, reader) = here();
    let create = |requestor: &str, queue: &str| {
        let mut draft = draft(&["1001"], "People");
        draft.requestor = Some(requestor.to_owned());
        draft.queue = Some(queue.to_owned());
        reader.create(&draft)
    };
    for requestor in ["René Descartes", "Rene.Descartes@DEMO.com"] {
        let created = create(requestor, "Network support").unwrap();
        assert_eq!(created.deviations, []);
        assert_eq!(created.ticket.requestors, ["René Descartes"]);
        assert_eq!(created.ticket.queue.as_deref(), Some("Network support"));
    }
    for (requestor, queue) in [
        ("Rene Descartes", "Helpdesk"),
        ("' OR 1=1 -- ", "Helpdesk"),
        ("René Descartes", "helpdesk"),
        ("René Descartes", "%"),
    ] {
        let refused = create(requestor, queue).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{requestor} {queue}: {refused}"
        );
    }
    assert_eq!(creations(&desk).len(), 2);
}

pub(crate) fn an_object_without_a_configuration_item_gets_no_ticket() {
    let desk = desk();
    let refused = reader(&desk)
        .create(&draft(&["1001", "99999"], "Unknown"))
        .unwrap_err();
    assert!(matches!(refused, Error::InvalidInput(_)), "{refused}");
    assert!(
        refused.to_string().contains("object \"99999\""),
        "{refused}"
    );
    assert!(creations(&desk).is_empty());
}

/// It is needed for new tickets only, and found out before the first.
pub(crate) fn an_organization_that_does_not_exist_is_found_out_by_the_check() {
    let desk = desk();
    let named = |name| with(&desk, READER, &[("organization", name)]);
    assert_eq!(named("IT Department").check().unwrap().findings, []);
    // iTop finds "Demo" for the second.
    for name in ["Atlantis", "DEMO"] {
        let client = named(name);
        let finding = client.finding();
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.key.as_deref(), Some("organization"));
        assert!(finding.message.contains(name), "{finding:?}");
        assert_eq!(client.ids("4"), [65, 69]);
    }
    let no_right =
        "The current user does not have enough permissions for reading data of class Organization";
    desk.add_fault(
        When::BodyContains("SELECT%20Organization".to_owned()),
        refusal(1, no_right),
    );
    let finding = named("Demo").finding();
    assert_eq!(finding.key.as_deref(), Some("organization"));
    assert!(
        finding.message.contains("class Organization"),
        "{finding:?}"
    );
}

/// Mandatory attributes, foreign keys and values are code 100, and the text quotes what was sent.
pub(crate) fn what_the_data_model_wants_is_told_without_values() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for (said, names) in [
        (
            "Error: Unexpected value for attribute 'Service' (service_id) : Null not allowed: issues = {0=>Unexpected value for attribute 'Service' (service_id) : Null not allowed}, class = UserRequest, id = -1",
            "(attributes: service_id)",
        ),
        (
            "Error: caller_id: Invalid object Person::geheim",
            "(attributes: caller_id)",
        ),
        // A rule of the data model's own.
        (
            "Error: Nicht geheim: issues = {0=>Nicht geheim}, class = UserRequest, id = -1",
            "refuses the new ticket of the class UserRequest:",
        ),
    ] {
        desk.set_fault(None);
        let creating = When::BodyContains("core%2Fcreate".to_owned());
        desk.add_fault(creating, refusal(100, said));
        let refused = reader.create(&draft(&["1001"], "Refused")).unwrap_err();
        assert!(matches!(refused, Error::InvalidInput(_)), "{refused}");
        let shown = format!("{refused} {:?}", refused.detail());
        assert!(
            shown.contains(names) && !shown.contains("geheim"),
            "{shown}"
        );
    }
    desk.set_fault(None);
    assert_eq!(creations(&desk).len(), 3, "once each");
    assert_eq!(reader.ids("1001").len(), 22);
}

/// An exception of iTop's that names nothing in the data model may have come after the ticket was written.
pub(crate) fn a_failure_inside_itop_leaves_open_what_became_of_the_ticket() {
    let desk = desk();
    let mut settings = given(&desk.url(), READER, &[]);
    settings.limits.settle_time = Duration::from_millis(50);
    let client = Client::open(settings);
    client.check().unwrap();
    let creating = || When::Once(Box::new(When::BodyContains("core%2Fcreate".to_owned())));
    let said = "Error: Failed to issue SQL query: query = INSERT geheim, mysql_errno = 1205";
    let written = answer(&format!(r#"{{"code":100,"message":"{said}"}}"#));
    for (subject, fault, made_at_once) in [
        ("Written", written, false),
        ("Unwritten", refusal(100, said), true),
    ] {
        desk.set_fault(None);
        desk.add_fault(creating(), fault);
        let created = client.create(&draft(&["1001"], subject)).unwrap();
        assert_eq!(created.created, made_at_once, "{subject}");
        assert_eq!(created.deviations, []);
        let tickets = client.tickets("1001");
        let same = tickets.iter().filter(|ticket| ticket.subject == subject);
        assert_eq!(same.count(), 1, "{subject}");
    }
}

/// The pattern finds longer ones, too; the date spares iTop all older texts.
pub(crate) fn a_marker_is_found_whole_and_by_a_date_of_itops() {
    let (desk, reader) = here();
    let marked = |marker: &str| {
        let mut draft = draft(&["1001"], marker);
        draft.marker = Marker::parse(marker).unwrap();
        draft
    };
    let long = reader.create(&marked("0123456789abcdef-long")).unwrap();
    assert!(
        reader
            .find_created(&marked("0123456789abcdef"))
            .unwrap()
            .is_none()
    );
    desk.clear();
    let found = reader
        .find_created(&marked("0123456789abcdef-long"))
        .unwrap();
    assert_eq!(found.unwrap().ticket.id, long.ticket.id);
    let query = &queries(&desk)[0];
    let (pattern, date) = query.split_once(" AND t.last_update >= '").unwrap();
    let expected = "SELECT Ticket AS t WHERE t.description LIKE '%sgi-0123456789abcdef-long%'";
    assert_eq!(pattern, expected);
    let shape: String = date
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00 00:00:00'", "{query}");
}

/// Long enough to see whether it was waited for.
const SETTLE: Duration = Duration::from_secs(60);

fn patient(desk: &ITopDesk) -> Client {
    let mut settings = given(&desk.url(), READER, &[]);
    settings.limits.settle_time = SETTLE;
    let client = Client::open(settings);
    client.check().unwrap();
    client
}

/// The requests that read one ticket.
fn reading_one() -> When {
    When::BodyContains("t.id".to_owned())
}

/// No second ticket is made, and nobody waits for what the desk may still do: iTop has said it.
pub(crate) fn a_ticket_that_exists_is_never_an_error() {
    let no_right =
        "The current user does not have enough permissions for reading data of class UserRequest";
    for (fault, said) in [
        (
            refusal(1, no_right),
            "may not read objects of the class UserRequest",
        ),
        (
            refusal(1, "Error: Invalid login"),
            "does not accept the account",
        ),
        (
            refusal(100, "Error: Query failed to execute"),
            "does not understand",
        ),
        (
            answer(r#"{"code":0,"message":"Found: 0","objects":null}"#),
            "allowed organizations",
        ),
        (Fault::status(503, "busy"), ""),
        (Fault::status(404, "gone"), "not the base address"),
        (Fault::CloseWithoutAnswer, ""),
        (Fault::TruncatedBody, ""),
        (Fault::Html, ""),
    ] {
        let desk = ITopDesk::start(ITopOptions::default());
        let client = patient(&desk);
        desk.add_fault(reading_one(), fault.clone());
        let mut draft = draft(&["1001", "42"], "Größe prüfen");
        draft.requestor = Some("Pablo Picasso".to_owned());
        draft.queue = Some("Helpdesk".to_owned());
        draft.priority = Some("high".to_owned());
        let started = Instant::now();
        let created = client.create(&draft);
        let created = created.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(started.elapsed() < SETTLE / 2, "{fault:?}");
        assert_eq!(fields(&created), ["ticket"], "{fault:?}");
        let told = &created.deviations[0].message;
        assert!(told.contains(said), "{fault:?}: {told}");
        assert!(told.contains(&created.ticket.id), "{told}");
        assert_eq!(creations(&desk).len(), 1, "{fault:?}");

        // What is told of it is true.
        desk.set_fault(None);
        let ticket = client.ticket(&created.ticket.id).unwrap();
        let mut objects = ticket.objects.clone();
        objects.sort();
        assert_eq!(objects, ["1001", "42"]);
        assert_eq!(created.ticket.objects, objects);
        let essence = |ticket: &sgi_host::Ticket| {
            let told = [&ticket.number, &ticket.subject, &ticket.status, &ticket.url];
            let more = [&ticket.class, &ticket.queue, &ticket.priority];
            (
                told.map(String::clone),
                more.map(Clone::clone),
                ticket.requestors.clone(),
            )
        };
        assert_eq!(essence(&created.ticket), essence(&ticket));
        let same = client.tickets("42");
        assert_eq!(
            same.iter()
                .filter(|one| one.subject == draft.subject)
                .count(),
            1
        );
    }
}

pub(crate) fn a_ticket_that_is_found_and_not_read_is_no_error_either() {
    let desk = desk();
    let client = with(&desk, READER, &[]);
    let draft = draft(&["1001"], "Found");
    let created = client.create(&draft).unwrap();
    desk.add_fault(reading_one(), Fault::status(503, "busy"));
    let found = client.find_created(&draft).unwrap().unwrap();
    assert_eq!(fields(&found), ["ticket"]);
    assert_eq!(found.ticket.number, created.ticket.number);
    assert_eq!(found.ticket.created, created.ticket.created);
    assert_eq!(found.ticket.objects, ["1001"]);
}
