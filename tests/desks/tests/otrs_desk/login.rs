//! Accounts, passwords and sessions.

use std::time::Duration;

use serde_json::{Value, json};
use sgi_test_desks::otrs::{Account, NO_RIGHTS, READER, WRITER};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::client::{desk, error, ids, post_as, stock_as, stock_body};

fn session(desk: &OtrsDesk, account: Account) -> String {
    let login = json!({"UserLogin": account.0, "Password": account.1});
    let answer = stock_body(desk, "POST", "Session", &login);
    answer["SessionID"].as_str().expect("a session").to_owned()
}

fn asks(desk: &OtrsDesk, session: &str) -> Value {
    stock_body(
        desk,
        "GET",
        &format!("Ticket?SessionID={session}&Limit=1"),
        &json!({}),
    )
}

#[test]
fn sessions_end_after_a_while_without_requests_or_all_at_once() {
    let desk = OtrsDesk::start(OtrsOptions {
        session_lifetime: Duration::from_secs(600),
        ..OtrsOptions::default()
    });
    desk.set_time("2026-11-24 08:00:00");
    let first = session(&desk, READER);
    desk.set_time("2026-11-24 08:09:00");
    assert_eq!(ids(&asks(&desk, &first)).len(), 1);
    desk.set_time("2026-11-24 08:18:59");
    assert_eq!(ids(&asks(&desk, &first)).len(), 1, "asking kept it alive");
    desk.set_time("2026-11-24 08:29:00");
    assert_eq!(error(&asks(&desk, &first)), "TicketSearch.AuthFail");

    let second = session(&desk, READER);
    desk.forget_sessions();
    assert_eq!(error(&asks(&desk, &second)), "TicketSearch.AuthFail");
}

#[test]
fn another_password_turns_logins_away_and_sessions_go_on() {
    let desk = desk();
    let open = session(&desk, READER);
    desk.set_password(READER.0, Some("another"));
    let answer = post_as(&desk, READER, "TicketSearch", json!({}));
    assert_eq!(error(&answer), "TicketSearch.AuthFail");
    assert_eq!(ids(&asks(&desk, &open)).len(), 1);
    let answer = post_as(
        &desk,
        (READER.0, "another"),
        "TicketSearch",
        json!({"Limit": 1}),
    );
    assert_eq!(ids(&answer).len(), 1);
}

#[test]
fn a_session_of_one_desk_is_worth_nothing_to_another() {
    let session = session(&desk(), READER);
    assert_eq!(session.len(), 32);
    assert_eq!(error(&asks(&desk(), &session)), "TicketSearch.AuthFail");
}

#[test]
fn an_account_without_rights_finds_nothing_without_a_word() {
    let answer = post_as(&desk(), NO_RIGHTS, "TicketSearch", json!({}));
    assert_eq!(answer, json!({}));
    let answer = stock_as(&desk(), NO_RIGHTS, "Ticket/101", &[]);
    assert_eq!(error(&answer), "TicketGet.AccessDenied");
}

#[test]
fn the_reader_cannot_write_but_may_set_an_open_state() {
    let desk = desk();
    let patch = |account: Account, mut body: Value| {
        body["UserLogin"] = json!(account.0);
        body["Password"] = json!(account.1);
        stock_body(&desk, "PATCH", "Ticket/102", &body)
    };
    let field = json!({"DynamicField": {"Name": "IDoitObjects", "Value": ",1,"}});
    assert_eq!(
        error(&patch(READER, field.clone())),
        "TicketUpdate.AccessDenied"
    );
    let closed = json!({"Ticket": {"State": "closed successful"}});
    assert_eq!(error(&patch(READER, closed)), "TicketUpdate.AccessDenied");
    assert_eq!(
        patch(READER, json!({"Ticket": {"State": "open"}}))["TicketID"],
        "102"
    );
    assert_eq!(patch(WRITER, field)["TicketID"], "102");
}

/// By Znuny's public source: whether it may create tickets, an account is told before its article is
/// looked at.
#[test]
fn rights_are_looked_at_after_the_ticket_and_before_the_article() {
    let desk = desk();
    let create = |account: Account, queue: &str| {
        let ticket = json!({"Title": "t", "Queue": queue, "State": "new", "Priority": "3 normal",
            "Type": "Unclassified", "CustomerUser": "kunde1"});
        let article =
            json!({"Subject": "s", "Body": "b", "ContentType": "text/plain; charset=nope"});
        let answer = stock_body(
            &desk,
            "POST",
            "Ticket",
            &json!({"UserLogin": account.0,
            "Password": account.1, "Ticket": ticket, "Article": article}),
        );
        error(&answer).to_owned()
    };
    assert_eq!(create(READER, "Nope"), "TicketCreate.InvalidParameter");
    assert_eq!(create(READER, "Network"), "TicketCreate.AccessDenied");
    assert_eq!(create(WRITER, "Network"), "TicketCreate.InvalidParameter");
}
