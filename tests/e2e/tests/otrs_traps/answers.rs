//! What OTRS writes, and what it means.

use crate::client::{desk, desk_in, found, ids, known, reader, reader_with, refused, when};
use sgi_host::{Error, StatusClass, Ticket};
use sgi_test_desks::{Fault, When};

fn values(ticket: &Ticket, name: &str) -> Vec<String> {
    let mut fields = ticket.fields.iter();
    let field = fields.find(|field| field.name == name);
    field.map(|field| field.values.clone()).unwrap_or_default()
}

pub(crate) fn ids_are_text_in_searches_and_numbers_in_tickets(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let listed = &client.tickets("420")[0];
    assert_eq!(listed.id, "110");
    assert_eq!(client.ticket("110").unwrap().id, "110");
    // Ids of histories are texts once more.
    assert_eq!(client.ticket("5").unwrap().id, "8");
}

pub(crate) fn a_number_is_no_id(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let ticket = client.ticket("101").unwrap();
    assert_eq!(ticket.number, "2026011210000015");
    assert!(ticket.url.ends_with(";TicketID=101"), "{}", ticket.url);
    let by_number = client.ticket(&ticket.number).unwrap_err();
    assert!(matches!(by_number, Error::NotFound(_)), "{by_number:?}");
}

/// `{}` and an element that is nil; one text or element where others have a list.
pub(crate) fn nothing_found_has_no_list_and_one_found_is_none(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    assert_eq!(client.ids("999999"), [0; 0]);
    assert_eq!(client.ids("420"), [110]);
    assert_eq!(client.ids("42"), [102, 107, 108]);
}

pub(crate) fn nothing_is_an_empty_text_zero_or_null(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    // Created by a mail, without a customer: null.
    let welcome = client.ticket("1").unwrap();
    assert!(welcome.requestors.is_empty(), "{welcome:?}");
    assert_eq!(welcome.objects, [""; 0]);
    assert_eq!(
        (welcome.starts, welcome.due, welcome.resolved),
        (None, None, None)
    );
    // A customer that OTRS does not know: the company is an empty text.
    let unknown = client.ticket("103").unwrap();
    assert_eq!(unknown.requestors, ["erika.mustermann@kunde.example"]);
    for name in [
        "Customer",
        "Service",
        "SLA",
        "CMDBDue",
        "CMDBFlag",
        "CMDBMulti",
    ] {
        assert_eq!(values(&unknown, name), [""; 0], "{name}");
    }
}

pub(crate) fn values_of_every_kind_are_fields(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let listed = client.tickets("11");
    let ticket = listed.iter().find(|ticket| ticket.id == "9").unwrap();
    assert_eq!(values(ticket, "CMDBDue"), ["2026-12-24 18:00:00"], "a date");
    assert_eq!(values(ticket, "CMDBFlag"), ["1"], "a number");
    assert_eq!(values(ticket, "CMDBMulti"), ["11"], "a list");
    assert_eq!(values(ticket, "IDoitMandator"), ["1"], "a text");
    assert_eq!(values(ticket, "IDoitObjects"), [""; 0], "is in the objects");
    let several = client.ticket("7").unwrap();
    assert_eq!(values(&several, "CMDBMulti"), [""; 0]);
    let several = client.ticket("11").unwrap();
    assert_eq!(values(&several, "CMDBMulti"), ["1", "10"]);
}

pub(crate) fn keys_come_in_another_order_each_time() {
    let desk = desk();
    let client = reader(&desk, "rest");
    let first = serde_json::to_value(client.ticket("9").unwrap()).unwrap();
    for _ in 0..5 {
        let again = serde_json::to_value(client.ticket("9").unwrap()).unwrap();
        assert_eq!(again, first);
    }
}

pub(crate) fn root_is_nobody_and_a_customer_no_owner(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let tickets = client.tickets("1001");
    let owner = |place: usize| tickets[place].owner.as_deref();
    assert_eq!(
        (owner(0), owner(1), owner(3)),
        (Some("jiri"), Some("anna"), None)
    );
    assert_eq!(tickets[0].requestors, ["kunde1"]);
    assert_eq!(values(&tickets[0], "Customer"), ["ACME"]);
    assert_eq!(values(&tickets[0], "Responsible"), ["jiri"]);
    let of_root = client.ticket("9").unwrap();
    assert_eq!(of_root.owner, None);
    assert_eq!(values(&of_root, "Responsible"), [""; 0]);
}

pub(crate) fn unclassified_is_no_class(by: &str) {
    assert_eq!(reader(&desk(), by).ticket("101").unwrap().class, None);
}

pub(crate) fn a_state_means_what_its_type_means(by: &str) {
    use StatusClass::{Closed, Deleted, New, Open, Pending};
    let desk = desk();
    let client = reader(&desk, by);
    for (state, class) in [
        ("new", New),
        ("open", Open),
        ("pending reminder", Pending),
        ("pending auto close+", Pending),
        ("pending auto close-", Pending),
        ("closed successful", Closed),
        ("closed unsuccessful", Closed),
        ("removed", Deleted),
    ] {
        desk.set_state(110, state);
        for ticket in [
            client.ticket("110").unwrap(),
            client.tickets("420").remove(0),
        ] {
            assert_eq!(
                (ticket.status.as_str(), ticket.status_class),
                (state, class)
            );
        }
    }
}

/// `RealTillTimeNotUsed`, whatever the server's zone is.
pub(crate) fn a_ticket_that_waits_is_due_by_an_epoch(by: &str) {
    for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu"] {
        let desk = desk_in(zone);
        let client = reader_with(&desk, by, &[("time-zone", zone)]);
        let due = || client.ticket("104").unwrap().due.map(|due| due.to_string());
        assert_eq!(due().as_deref(), Some("2027-03-27T17:30:00Z"), "{zone}");
        desk.set_state(104, "open");
        assert_eq!(due(), None, "it waits no longer");
    }
}

pub(crate) fn text_is_passed_on_as_it_is(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let ticket = client.ticket("103").unwrap();
    assert_eq!(
        ticket.subject,
        "<b>Server \"srv-01\"</b> & <script>alert(1)</script> – très urgent, 打印机, ﷽"
    );
    assert_eq!(
        ticket.queue.as_deref(),
        Some("Service Desk::Drucker & Büro")
    );
    for title in [
        "&amp; &lt;b&gt; &#65; %2C",
        "]]> <![CDATA[x]]> <!-- -->",
        "Error",
        "{\"Error\":{\"ErrorCode\":\"TicketGet.AuthFail\"}}",
        "xsi:nil=\"true\"",
        "%%new%%open%%",
        "\\ \\n \\u0041 'x'",
    ] {
        desk.set_title(107, title);
        assert_eq!(client.ticket("107").unwrap().subject, title);
        assert_eq!(client.tickets("42")[1].subject, title);
    }
}

/// With HTTP 200 and the same words.
pub(crate) fn a_missing_ticket_and_a_forbidden_one_are_alike(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    for id in ["999999", "62", "106"] {
        let error = client.ticket(id).unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
        assert!(error.to_string().contains("may not see it"), "{error}");
    }
}

pub(crate) fn errors_of_the_transport_are_plain_texts_with_http_500() {
    let desk = desk();
    let client = known(&desk, "rest");
    let asked = |code: u16, text: &str| {
        desk.set_fault(Some(Fault::status(code, text)));
        client.refusal("42")
    };
    for text in [
        "Error while decoding request content.",
        "Unsupported request content structure.",
    ] {
        let error = asked(500, text);
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        assert!(
            error.to_string().contains("could not read the request"),
            "{error}"
        );
    }
    let route = "HTTP::REST Error while determine Operation for request URI '/TicketSearch'.";
    let error = asked(500, route);
    assert!(
        matches!(&error, Error::InvalidSetting { key, .. } if key == "rest-service"),
        "{error:?}"
    );
    // Apache's own page, which is none of OTRS's.
    let error = asked(
        414,
        "<html><body>Request-URI Too Long /usr/share/otrs</body></html>",
    );
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("/usr/share"), "{error:?}");
    desk.set_fault(None);
    // An error in the answer counts, whatever stands beside it.
    let mut both = found(&[102]);
    both.pop();
    both.extend_from_slice(b",");
    both.extend_from_slice(&refused("TicketSearch", "Unknown")[1..]);
    desk.add_fault(
        When::Once(Box::new(when("rest", "TicketSearch"))),
        Fault::Body(both),
    );
    let error = client.refusal("42");
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert_eq!(ids(&client.tickets("420")), [110]);
}
