//! What iTop writes.

use crate::client::{answer, desk, here, reader};
use sgi_e2e::client::Client;
use sgi_host::Error;
use sgi_test_desks::itop::NewTicket;
use sgi_test_desks::{ITopDesk, When};

/// A desk that was looked over and then answers a search so.
fn searched(json: &str) -> (ITopDesk, Client) {
    let (desk, reader) = here();
    reader.check().unwrap();
    desk.add_fault(When::BodyContains("JOIN".to_owned()), answer(json));
    (desk, reader)
}

pub(crate) fn an_empty_result_is_null() {
    let (_desk, reader) = searched(r#"{"code":0,"message":"Found: 0","objects":null}"#);
    assert_eq!(reader.tickets("4"), []);
}

/// PHP writes an empty map as an empty list.
pub(crate) fn objects_can_be_an_empty_list_or_absent() {
    for json in [
        r#"{"code":0,"message":"Found: 0","objects":[]}"#,
        r#"{"code":0,"message":"Found: 0"}"#,
        r#"{"objects":{},"message":null,"code":0}"#,
    ] {
        let (_desk, reader) = searched(json);
        assert_eq!(reader.tickets("4"), [], "{json}");
    }
    // Errors may lack them, too.
    let (_desk, reader) = searched(r#"{"code":1,"message":"Error: Invalid login"}"#);
    assert!(matches!(reader.refusal("4"), Error::BadCredentials(_)));
}

pub(crate) fn ids_are_text_and_may_come_as_numbers() {
    for (key, found) in [("\"65\"", [65]), ("65", [65])] {
        let (_desk, reader) = searched(&format!(
            r#"{{"code":0,"message":"Found: 1","objects":{{"Incident::65":
                {{"code":0,"message":"","class":"Incident","key":{key},"fields":{{"id":"65"}}}}}}}}"#
        ));
        assert_eq!(reader.ids("4"), found, "{key}");
    }
    for key in ["\"\"", "\"x\"", "null", "-1", "6.5"] {
        let (_desk, reader) = searched(&format!(
            r#"{{"code":0,"message":"Found: 1","objects":{{"Incident::65":
                {{"code":0,"message":"","class":"Incident","key":{key},"fields":{{}}}}}}}}"#
        ));
        let refused = reader.refusal("4");
        assert!(matches!(refused, Error::Protocol(_)), "{key}: {refused}");
    }
}

/// Of a ticket without caller, agent and team, all of which are keys.
pub(crate) fn an_unset_key_is_zero() {
    let desk = desk();
    let id = desk.add_ticket(NewTicket {
        caller: None,
        ..NewTicket::of("142")
    });
    let reader = reader(&desk);
    let listed = reader.tickets("142").pop().unwrap();
    let single = reader.ticket(&id.to_string()).unwrap();
    for ticket in [listed, single] {
        assert!(ticket.requestors.is_empty(), "{ticket:?}");
        assert_eq!((&ticket.owner, &ticket.queue), (&None, &None));
        assert!(ticket.fields.iter().all(|field| field.name != "Service"));
    }
}

/// First name and surname with a blank between them, both empty.
pub(crate) fn nobody_is_a_blank() {
    let (desk, reader) = here();
    let tickets = reader.tickets("1001");
    let new = tickets.iter().find(|ticket| ticket.id == "1").unwrap();
    assert_eq!(new.owner, None);
    assert_eq!(reader.ticket("1").unwrap().owner, None);
    desk.set_agent(2, 0);
    assert_eq!(reader.ticket("2").unwrap().owner, None);
}

/// `agent_name` is the surname only.
pub(crate) fn people_are_named_in_full() {
    let (_desk, reader) = here();
    let ticket = reader.ticket("4").unwrap();
    assert_eq!(ticket.owner.as_deref(), Some("Anna Gavalda"));
    assert_eq!(ticket.requestors, ["Eugene Delacroix"]);
}

pub(crate) fn the_caller_is_not_the_owner() {
    let desk = desk();
    let id = desk.add_ticket(NewTicket {
        caller: Some(5),
        agent: None,
        ..NewTicket::of("142")
    });
    let reader = reader(&desk);
    let ticket = reader.ticket(&id.to_string()).unwrap();
    assert_eq!(
        (ticket.owner, ticket.requestors),
        (None, vec!["René Descartes".to_owned()])
    );
    desk.set_agent(id, 8);
    let ticket = reader.ticket(&id.to_string()).unwrap();
    assert_eq!(ticket.owner.as_deref(), Some("Frida Kahlo"));
    assert_eq!(ticket.requestors, ["René Descartes"]);
}

pub(crate) fn the_reference_is_not_the_id() {
    let (desk, reader) = here();
    for ticket in reader.tickets("1001") {
        assert_ne!(ticket.number, ticket.id);
        assert!(ticket.number.ends_with(&ticket.id), "{ticket:?}");
        let refused = reader.ticket(&ticket.number).unwrap_err();
        assert!(matches!(refused, Error::InvalidInput(_)), "{refused}");
    }
    // A creation that fails uses up a number: from then on the two differ.
    let incident = r#"{"code":0,"message":"Found: 1","objects":{"Incident::65":{"code":0,"message":"","class":"Incident","key":"65","fields":{"ref":"I-000068","title":"x","status":"new","operational_status":"ongoing","functionalcis_list":[{"functionalci_id":"60","functionalci_name":"srv-app-04","impact_code":"manual"}]}}}}"#;
    desk.add_fault(When::BodyContains("t.id".to_owned()), answer(incident));
    let ticket = reader.ticket("65").unwrap();
    assert_eq!(
        (ticket.id.as_str(), ticket.number.as_str()),
        ("65", "I-000068")
    );
    assert!(ticket.url.ends_with("&id=65"), "{}", ticket.url);
}

pub(crate) fn a_title_is_raw_text_and_may_look_like_html() {
    let (_desk, reader) = here();
    let subject = |id| reader.ticket(id).unwrap().subject;
    assert_eq!(subject("33"), "<b>HTML im Titel</b> & Co (srv-db-01)");
    assert_eq!(
        subject("64"),
        "🔥 Server brennt 🚒 – <b>très urgent</b> & naïve façade"
    );
    assert_eq!(
        subject("10"),
        "日本語のチケット (srv-db-01, srv-dup, srv-web-01)"
    );
}

pub(crate) fn text_is_passed_on_as_it_is() {
    let (desk, reader) = here();
    for title in [
        "",
        "Status: offen: \"nein\"",
        "/weg/\\\\srv\\share 100% {{x}} &amp; ",
        "الخادم لا يستجيب",
    ] {
        let id = desk.add_ticket(NewTicket {
            title: title.to_owned(),
            ..NewTicket::of("142")
        });
        assert_eq!(reader.ticket(&id.to_string()).unwrap().subject, title);
    }
}

/// A number alone does not say which end is urgent. Classes without one have none.
pub(crate) fn a_priority_is_a_number_and_gets_its_word() {
    let (_desk, reader) = here();
    let priority = |id| reader.ticket(id).unwrap().priority;
    assert_eq!(priority("63").as_deref(), Some("2 high"));
    assert_eq!(priority("64").as_deref(), Some("1 critical"));
    assert_eq!(priority("51"), None, "a change");
}

/// Allowed organizations hide tickets without a word.
pub(crate) fn a_missing_and_a_hidden_ticket_are_alike() {
    let (_desk, reader) = here();
    let missing = reader.ticket("999999").unwrap_err();
    assert!(matches!(missing, Error::NotFound(_)), "{missing}");
    assert!(
        missing.to_string().contains("allowed organizations"),
        "{missing}"
    );
}

pub(crate) fn a_ticket_that_is_gone_between_two_calls_is_left_out() {
    let (desk, reader) = searched(
        r#"{"code":0,"message":"Found: 2","objects":{
            "Incident::65":{"code":0,"message":"","class":"Incident","key":"65","fields":{"id":"65"}},
            "Incident::65000":{"code":0,"message":"","class":"Incident","key":"65000","fields":{"id":"65000"}}}}"#,
    );
    assert_eq!(reader.ids("4"), [65]);
    desk.delete_ticket(65);
    assert_eq!(reader.tickets("4"), []);
}

/// Somebody took it out by hand: iTop keeps the link and says that it has no impact.
pub(crate) fn a_link_without_impact_is_none() {
    let (desk, reader) = here();
    reader.check().unwrap();
    let link = |ci: u64, impact: &str| {
        format!(
            r#"{{"functionalci_id":"{ci}","functionalci_name":"ci {ci}","impact_code":"{impact}"}}"#
        )
    };
    let links = [link(60, "computed"), link(61, "not_impacted")].join(",");
    let incident = format!(
        r#"{{"code":0,"message":"Found: 1","objects":{{"Incident::65":{{"code":0,"message":"","class":"Incident","key":"65","fields":{{"functionalcis_list":[{links}]}}}}}}}}"#
    );
    desk.add_fault(When::BodyContains("t.id".to_owned()), answer(&incident));
    assert_eq!(reader.ticket("65").unwrap().objects, ["4"]);
}
