//! Who asks: a password once, then a session, which the connector never sees.

use crate::client::{
    body, desk, known, operation, parameter, reader, reader_with, refused, sent, when, with,
};
use sgi_host::Error;
use sgi_test_desks::otrs::READER;
use sgi_test_desks::{Fault, OtrsDesk, OtrsOptions, When};
use std::time::Duration;

fn logins(desk: &OtrsDesk) -> usize {
    sent(desk, "SessionCreate").len()
}

pub(crate) fn a_wrong_password_comes_with_http_200(by: &str) {
    let desk = desk();
    let account = (READER.0, "wrong-password-1");
    let client = with(&desk, account, &[("transport", by)]);
    for error in [client.check().unwrap_err(), client.refusal("1001")] {
        assert!(matches!(error, Error::BadCredentials(_)), "{error:?}");
        let said = error.to_string();
        assert!(
            said.contains(READER.0) && said.contains("an agent"),
            "{said}"
        );
        assert!(!format!("{error:?}").contains("wrong-password-1"));
    }
    assert_eq!(desk.requests().len(), logins(&desk), "nothing but logins");
}

pub(crate) fn a_session_serves_all_calls(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    client.check().unwrap();
    for object in ["1001", "42", "7777", "999999"] {
        client.tickets(object);
    }
    client.ticket("5").unwrap();
    assert_eq!(logins(&desk), 1);
}

pub(crate) fn an_ended_session_is_renewed_once(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    desk.forget_sessions();
    assert_eq!(client.ids("42"), [102, 107, 108]);
    let requests = desk.requests();
    let operations: Vec<&str> = requests.iter().map(operation).collect();
    let expected = ["TicketSearch", "SessionCreate", "TicketSearch", "TicketGet"];
    assert_eq!(operations, expected);
}

pub(crate) fn a_session_that_ends_within_a_list_is_renewed() {
    let desk = desk();
    let client = known(&desk, "rest");
    let ended = Fault::Body(refused("TicketGet", "AuthFail"));
    desk.add_fault(When::Once(Box::new(when("rest", "TicketGet"))), ended);
    assert_eq!(client.ids("7777").len(), 130);
    assert_eq!(logins(&desk), 1);
}

pub(crate) fn an_ended_session_has_the_code_of_a_wrong_password(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    desk.forget_sessions();
    desk.set_password(READER.0, Some("another-password-1"));
    let error = client.refusal("42");
    assert!(matches!(error, Error::BadCredentials(_)), "{error:?}");
    assert_eq!(logins(&desk), 1, "and no more: OTRS may lock accounts");
    desk.set_password(READER.0, Some(READER.1));
    assert_eq!(client.ids("42"), [102, 107, 108]);
}

pub(crate) fn a_session_outlives_the_password(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    desk.set_password(READER.0, Some("another-password-1"));
    assert_eq!(client.ids("42"), [102, 107, 108]);
    // A check logs in, whether there is a session or not: it is to say whether the password is right.
    let error = client.check().unwrap_err();
    assert!(matches!(error, Error::BadCredentials(_)), "{error:?}");
}

/// As where OTRS checks the address of sessions, or its front ends do not share them.
pub(crate) fn a_session_that_is_never_accepted_is_not_renewed_for_ever() {
    let desk = desk();
    let client = known(&desk, "rest");
    let never = Fault::Body(refused("TicketSearch", "AuthFail"));
    desk.add_fault(when("rest", "TicketSearch"), never);
    let error = client.refusal("42");
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(
        error.to_string().contains("SessionCheckRemoteIP"),
        "{error}"
    );
    assert_eq!(logins(&desk), 1);
}

/// Those that wait for their turn meanwhile take the new session, and of the two that lost the old one
/// together one logs in.
pub(crate) fn instances_that_lose_their_session_together_log_in_once(by: &str) {
    const INSTANCES: usize = 12;
    let desk = OtrsDesk::start(OtrsOptions {
        latency: Duration::from_millis(20),
        ..OtrsOptions::default()
    });
    let client = known(&desk, by);
    for _ in 0..4 {
        desk.forget_sessions();
        desk.clear();
        // None fails.
        client.ask_at_once("42", INSTANCES);
        assert_eq!(logins(&desk), 1);
        desk.clear();
        client.ask_at_once("42", INSTANCES);
        assert_eq!(logins(&desk), 0, "that one serves all");
    }
}

/// OTRS may lock the account.
pub(crate) fn instances_that_lose_their_session_together_try_a_wrong_password_once(by: &str) {
    const INSTANCES: usize = 12;
    let desk = OtrsDesk::start(OtrsOptions {
        latency: Duration::from_millis(20),
        ..OtrsOptions::default()
    });
    let client = known(&desk, by);
    desk.set_password(READER.0, Some("another-password-1"));
    for _ in 0..3 {
        desk.forget_sessions();
        desk.clear();
        for outcome in client.outcomes_at_once("42", INSTANCES) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::BadCredentials(_)), "{error:?}");
        }
        assert_eq!(logins(&desk), 1);
    }
    desk.set_password(READER.0, Some(READER.1));
    assert_eq!(client.ids("42"), [102, 107, 108]);
}

pub(crate) fn the_password_goes_into_the_login_and_the_session_into_all_else(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    client.check().unwrap();
    client.tickets("7777");
    client.ticket("5").unwrap();
    let mut sessions = Vec::new();
    for seen in desk.requests() {
        let (text, login) = (body(&seen), operation(&seen) == "SessionCreate");
        assert_eq!(text.contains(READER.1), login, "{}", seen.target);
        assert_eq!(text.contains("UserLogin"), login, "{}", seen.target);
        let session = parameter(&seen, "SessionID");
        assert_eq!(session.is_some(), !login, "{}", seen.target);
        sessions.extend(session);
        // What the connector has in their place.
        assert!(!text.contains("sgi-secret-"), "{text}");
        let headers: String = seen
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        let sent = format!("{}{headers}", seen.target);
        assert!(!sent.contains(READER.1) && !sent.contains(&sessions.concat()) || login);
    }
    sessions.dedup();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].len(), 32, "OTRS's own");
}

pub(crate) fn a_session_that_otrs_repeats_is_never_shown(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    client.tickets("42");
    let session = sent(&desk, "TicketSearch")
        .last()
        .and_then(|seen| parameter(seen, "SessionID"));
    let session = session.unwrap();
    desk.set_title(107, &format!("before {session} behind"));
    for ticket in [
        client.tickets("42").remove(1),
        client.ticket("107").unwrap(),
    ] {
        assert_eq!(ticket.id, "107");
        assert_eq!(ticket.subject, "before *removed* behind");
    }
    assert_eq!(logins(&desk), 1);
}

pub(crate) fn basic_authentication_is_ignored_and_not_sent(by: &str) {
    let desk = desk();
    let client = reader_with(&desk, by, &[]);
    client.check().unwrap();
    client.tickets("42");
    for seen in desk.requests() {
        assert_eq!(seen.header("authorization"), None);
        assert_eq!(seen.header("cookie"), None);
    }
}
