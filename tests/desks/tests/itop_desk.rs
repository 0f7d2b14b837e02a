//! iTop as its users see it: the objects that every test desk has, options, changes, faults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::json;
use sgi_test_desks::itop::{ADMIN, Mode, NewTicket, READER};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, When};
use support::itop::{
    LIST, REST, dechunked, desk, form, ids, of, post, query, rest, rest_as, tickets_of,
};
use support::{owned, send};

fn with(options: ITopOptions) -> ITopDesk {
    ITopDesk::start(options)
}

fn get(desk: &ITopDesk, path: &str) -> (u16, String) {
    let headers = owned(&[("Host", "desk"), ("Connection", "close")]);
    let answer = send(desk.addr(), &format!("GET {path}"), &headers, b"");
    (answer.status, dechunked(&answer))
}

fn field(desk: &ITopDesk, ticket: u64, code: &str) -> String {
    let answer = rest(
        desk,
        &json!({"operation": "core/get", "class": "Ticket", "key": ticket, "output_fields": code}),
    );
    let objects = answer["objects"].as_object().expect("a ticket");
    let ticket = objects.values().next().expect("a ticket");
    ticket["fields"][code].as_str().expect("a text").to_owned()
}

#[test]
fn the_objects_that_every_test_desk_has_are_there() {
    let desk = desk();
    let statuses = tickets_of(&desk, "idoit_id", "1001").to_string();
    assert!(of(&desk, "1001").len() >= 4);
    assert!(statuses.contains("\"closed\"") && statuses.contains("\"ongoing\""));
    let (four, forty_two) = (of(&desk, "4"), of(&desk, "42"));
    assert!(!four.is_empty() && !forty_two.is_empty());
    for other in ["42", "420", "142"] {
        assert!(
            of(&desk, other).iter().all(|id| !four.contains(id)),
            "4 and {other}"
        );
    }
    assert_eq!(of(&desk, "7777").len(), 130);
    assert!(of(&desk, "999999").is_empty());
    let several = of(&desk, "1001")
        .into_iter()
        .filter(|id| of(&desk, "1002").contains(id) && forty_two.contains(id));
    assert_eq!(several.count(), 1);
    let titles = tickets_of(&desk, "idoit_id", "1002").to_string();
    assert!(titles.contains("🔥 Server brennt 🚒 – <b>très urgent</b> & naïve façade"));
    assert!(
        statuses.contains(r#""agent_id_friendlyname":" ""#),
        "one has no agent"
    );
    let person = query(&desk, "Person", "SELECT Person WHERE id = 2", "email").to_string();
    assert!(person.contains("pablo.picasso@demo.com"), "{person}");
}

#[test]
fn the_attribute_with_the_object_id_has_the_name_that_it_is_given() {
    let own = with(ITopOptions {
        object_attribute: Some("cmdb_ref".to_owned()),
        ..ITopOptions::default()
    });
    assert_eq!(
        ids(&tickets_of(&own, "cmdb_ref", "1001")),
        of(&desk(), "1001")
    );
    let answer = tickets_of(&own, "idoit_id", "1001");
    let message = answer["message"].as_str().unwrap();
    assert_eq!(answer["code"], 100);
    assert!(
        message.contains("Unknown filter code - found 'idoit_id'"),
        "{message}"
    );

    let stock = with(ITopOptions {
        object_attribute: Some("asset_number".to_owned()),
        ..ITopOptions::default()
    });
    let text = "SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id=t.id \
                JOIN PhysicalDevice AS c ON l.functionalci_id=c.id WHERE c.asset_number='1001'";
    assert_eq!(
        ids(&query(&stock, "Ticket", text, "ref")),
        of(&desk(), "1001")
    );
    assert_eq!(tickets_of(&stock, "idoit_id", "1001")["code"], 100);
    assert_eq!(
        tickets_of(&stock, "asset_number", "1001")["code"],
        100,
        "not of every CI"
    );
}

#[test]
fn options_add_tickets_and_a_second_ci_of_an_object() {
    let desk = with(ITopOptions {
        extra: vec![("31337".to_owned(), 7), ("4".to_owned(), 3)],
        duplicated: Some("1001".to_owned()),
        ..ITopOptions::default()
    });
    assert_eq!(of(&desk, "31337").len(), 7);
    assert_eq!(of(&desk, "4").len(), 5);
    let cis = query(
        &desk,
        "FunctionalCI",
        "SELECT FunctionalCI WHERE idoit_id = '1001'",
        "name",
    );
    assert_eq!(ids(&cis).len(), 2);
    assert_eq!(
        of(&desk, "1001").len(),
        of(&support::itop::desk(), "1001").len() + 1
    );
}

#[test]
fn dates_are_local_in_the_zone_of_the_options_and_the_header_is_not() {
    for (zone, local) in [
        ("Europe/Berlin", "2026-11-23 22:14:00"),
        ("UTC", "2026-11-23 21:14:00"),
        ("+05:30", "2026-11-24 02:44:00"),
    ] {
        let desk = with(ITopOptions {
            time_zone: zone.to_owned(),
            ..ITopOptions::default()
        });
        desk.set_time("2026-11-23T21:14:00Z");
        let ticket = desk.add_ticket(NewTicket::of("4"));
        assert_eq!(field(&desk, ticket, "last_update"), local);
        let since = format!("SELECT Ticket WHERE last_update >= '{local}'");
        assert_eq!(ids(&query(&desk, "Ticket", &since, "ref")), [ticket]);
        let answer = post(&desk, REST, &[], "");
        assert_eq!(answer.header("date"), Some("Mon, 23 Nov 2026 21:14:00 GMT"));
    }
}

#[test]
fn every_change_moves_the_last_update_and_is_noted_in_the_history() {
    let desk = desk();
    desk.set_time("2026-11-24T08:00:00Z");
    let ticket = desk.add_ticket(NewTicket {
        class: "Incident".to_owned(),
        ..NewTicket::of("4")
    });
    let minute = std::cell::Cell::new(0);
    let moved = |what: &str, change: &dyn Fn(&ITopDesk)| {
        let now = minute.get() + 1;
        minute.set(now);
        desk.set_time(&format!("2026-11-24T08:{now:02}:00Z"));
        change(&desk);
        assert_eq!(
            field(&desk, ticket, "last_update"),
            format!("2026-11-24 09:{now:02}:00"),
            "{what}"
        );
    };
    moved("a reference", &|desk| desk.add_reference(ticket, "5555"));
    assert_eq!(of(&desk, "5555"), [ticket]);
    moved("a reference less", &|desk| {
        desk.remove_reference(ticket, "5555")
    });
    assert!(of(&desk, "5555").is_empty());
    moved("a status", &|desk| desk.set_status(ticket, "resolved"));
    assert_eq!(field(&desk, ticket, "operational_status"), "resolved");
    moved("a title", &|desk| desk.set_subject(ticket, "Anders"));
    moved("an agent", &|desk| desk.set_agent(ticket, 12));
    assert_eq!(field(&desk, ticket, "agent_id_friendlyname"), "Jules Verne");

    let key = format!("SELECT CMDBChangeOp WHERE objclass='Incident' AND objkey={ticket}");
    let history = json!({"operation": "core/get", "class": "CMDBChangeOp", "key": key, "output_fields": "*+"});
    let seen = rest_as(&desk, ADMIN, &history).to_string();
    for part in [
        r#""type":"added""#,
        r#""type":"removed""#,
        r#""newvalue":"Anders""#,
        r#""newvalue":"resolved""#,
    ] {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    assert_eq!(
        rest(&desk, &history)["code"],
        1,
        "a plain account does not see it"
    );

    desk.delete_ticket(ticket);
    assert!(!of(&desk, "4").contains(&ticket));
    let ci = desk.add_ci("4", "srv-app-04-neu");
    desk.rename_ci(ci, "srv-app-05");
    let renamed = query(
        &desk,
        "Server",
        "SELECT Server WHERE name = 'srv-app-05'",
        "idoit_id",
    );
    assert_eq!(ids(&renamed), [ci]);
}

#[test]
fn under_a_path_nothing_else_is_there_and_pages_open() {
    let desk = with(ITopOptions {
        web_path: "/itop".to_owned(),
        ..ITopOptions::default()
    });
    assert!(desk.url().ends_with("/itop"));
    let page = "/pages/UI.php?operation=details&class=UserRequest&id=1";
    assert_eq!(get(&desk, &format!("/itop{page}")).0, 200);
    assert_eq!(get(&desk, page).0, 404);
    assert_eq!(get(&desk, "/itop/webservices/rest").0, 404);
    let (status, html) = get(&desk, "/");
    assert_eq!(status, 404);
    assert!(html.contains("<h1>404 Not Found</h1>"), "{html}");
    let body = form(&[
        ("auth_user", READER.0),
        ("auth_pwd", READER.1),
        ("json_data", LIST),
    ]);
    assert_eq!(post(&desk, &format!("/itop{REST}"), &[], &body).status, 200);
}

#[test]
fn the_whole_of_it_can_be_down() {
    let desk = desk();
    for (mode, status) in [
        (Mode::Maintenance, 503),
        (Mode::DatabaseDown, 500),
        (Mode::ReadOnly, 200),
        (Mode::Normal, 200),
    ] {
        desk.set_mode(mode);
        assert_eq!(get(&desk, REST).0, status, "{mode:?}");
        assert_eq!(get(&desk, "/pages/UI.php").0, status, "{mode:?}");
    }
    desk.set_fault(Some(Fault::Html));
    assert!(get(&desk, REST).1.contains("<html"));
}

#[test]
fn faults_strike_one_operation_and_give_back_the_password_of_a_form() {
    let desk = desk();
    desk.add_fault(
        When::BodyContains("core%2Fget".to_owned()),
        Fault::EchoSecret,
    );
    assert_eq!(
        rest(&desk, &json!({"operation": "list_operations"}))["code"],
        0
    );
    let echoed = tickets_of(&desk, "idoit_id", "4");
    assert!(
        echoed["message"].as_str().unwrap().contains(READER.1),
        "{echoed}"
    );
}
