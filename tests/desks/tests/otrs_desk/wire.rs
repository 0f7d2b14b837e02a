//! Web services, transport errors and manners on the wire.

use serde_json::json;
use sgi_test_desks::otrs::{READER, STOCK_SOAP};
use sgi_test_desks::{Fault, OtrsDesk, OtrsOptions, When};

use crate::client::{desk, of, request};
use crate::support::{Answer, exchange, owned, parse, send};

fn soap(desk: &OtrsDesk, action: &str, operation: &str, inner: &str) -> Answer {
    let (login, password) = READER;
    let body = format!(
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:tic=\"http://www.otrs.org/TicketConnector/\"><soapenv:Body><tic:{operation}>\
         <UserLogin>{login}</UserLogin><Password>{password}</Password>{inner}</tic:{operation}>\
         </soapenv:Body></soapenv:Envelope>"
    );
    let length = body.len().to_string();
    let headers = [
        ("Host", "desk"),
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", action),
        ("Content-Length", &length),
    ];
    let head = format!("POST /otrs/nph-genericinterface.pl/Webservice/{STOCK_SOAP}");
    send(desk.addr(), &head, &owned(&headers), body.as_bytes())
}

#[test]
fn soap_answers_to_the_exact_action_only() {
    let desk = desk();
    let action = "\"http://www.otrs.org/TicketConnector/#TicketSearch\"";
    let like = "<DynamicField_IDoitObjects><Like>*,420,*</Like></DynamicField_IDoitObjects>";
    let answer = soap(&desk, action, "TicketSearch", like);
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("<TicketID>110</TicketID>"),
        "{}",
        answer.text()
    );
    for wrong in [
        "",
        "TicketSearch",
        "\"http://www.otrs.org/TicketConnector/#TicketGet\"",
    ] {
        assert_eq!(
            soap(&desk, wrong, "TicketSearch", like).status,
            500,
            "{wrong}"
        );
    }
}

#[test]
fn soap_brings_histories_too() {
    let action = "\"http://www.otrs.org/TicketConnector/#TicketHistoryGet\"";
    let answer = soap(
        &desk(),
        action,
        "TicketHistoryGet",
        "<TicketID>110</TicketID>",
    )
    .text();
    assert!(
        answer.contains("<HistoryType>NewTicket</HistoryType>"),
        "{answer}"
    );
    roxmltree::Document::parse(&answer).expect("an envelope");
}

#[test]
fn before_otrs_6_there_are_no_histories() {
    let desk = OtrsDesk::start(OtrsOptions {
        histories: false,
        ..OtrsOptions::default()
    });
    let action = "\"http://www.otrs.org/TicketConnector/#TicketHistoryGet\"";
    let inner = "<TicketID>110</TicketID>";
    assert_eq!(soap(&desk, action, "TicketHistoryGet", inner).status, 500);
    let path = "/nph-genericinterface.pl/Webservice/GenericTicketConnectorREST/TicketHistory/110";
    assert_eq!(request(&desk, &format!("GET {path}"), "").status, 500);
}

#[test]
fn a_web_service_that_is_not_there_closes_the_connection_without_a_byte() {
    let desk = OtrsDesk::start(OtrsOptions {
        stock_rest: false,
        stock_soap: false,
        post_service: Some("Ours".to_owned()),
        ..OtrsOptions::default()
    });
    let get = |name: &str| {
        let path = format!("/otrs/nph-genericinterface.pl/Webservice/{name}/Ticket");
        exchange(
            desk.addr(),
            format!("GET {path} HTTP/1.1\r\nHost: desk\r\n\r\n").as_bytes(),
        )
    };
    for gone in [
        "GenericTicketConnectorREST",
        "GenericTicketConnector",
        "CMDBTicketConnector",
    ] {
        assert_eq!(get(gone), b"", "{gone}");
    }
    assert_eq!(parse(&get("Ours")).status, 200);
}

#[test]
fn routes_of_the_other_web_service_are_not_there() {
    let route = "POST /nph-genericinterface.pl/Webservice/GenericTicketConnectorREST/TicketSearch";
    let answer = request(&desk(), route, "{\"Limit\":1}");
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=UTF-8")
    );
    assert_eq!(
        answer.text(),
        "HTTP::REST Error while determine Operation for request URI '/TicketSearch'."
    );
}

#[test]
fn the_url_wins_over_the_body_and_a_semicolon_separates() {
    let desk = desk();
    let path = "POST /nph-genericinterface.pl/Webservice/CMDBTicketConnector/TicketSearch";
    let (login, password) = READER;
    let found = |query: &str, limit: u32| {
        let body = json!({"UserLogin": login, "Password": password, "Limit": limit}).to_string();
        let answer = request(&desk, &format!("{path}{query}"), &body).json();
        answer["TicketID"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(found("", 3), 3);
    assert_eq!(found("?Limit=2", 3), 2);
    assert_eq!(found("?Nonsense=1;Limit=2", 3), 2);
    assert_eq!(found("?Password=wrong", 3), 0);
}

#[test]
fn a_first_line_that_is_too_long_is_refused() {
    let desk = desk();
    let ids = "%2C101".repeat(1400);
    let path = "/nph-genericinterface.pl/Webservice/GenericTicketConnectorREST/TicketList";
    let answer = request(&desk, &format!("GET {path}?TicketID=101{ids}"), "");
    assert_eq!(answer.status, 414);
}

#[test]
fn pages_open_and_nothing_is_outside_of_the_path() {
    let desk = OtrsDesk::start(OtrsOptions {
        web_path: "/support".to_owned(),
        ..OtrsOptions::default()
    });
    assert!(desk.url().ends_with("/support"));
    for page in [
        "index.pl?Action=AgentTicketZoom;TicketID=17",
        "index.pl?Action=AgentTicketPhone;DynamicField_IDoitObjects=,42,",
    ] {
        let answer = request(&desk, &format!("GET /{page}"), "");
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains("<h1>Login</h1>"));
    }
    assert_eq!(request(&desk, "GET /elsewhere", "").status, 404);
    let outside = send(
        desk.addr(),
        "GET /otrs/index.pl",
        &owned(&[("Host", "desk")]),
        b"",
    );
    assert_eq!(outside.status, 404);
}

#[test]
fn keys_come_in_another_order_in_every_answer() {
    let desk = desk();
    let body =
        json!({"UserLogin": READER.0, "Password": READER.1, "TicketID": 101, "DynamicFields": 1});
    let path = "POST /nph-genericinterface.pl/Webservice/CMDBTicketConnector/TicketGet";
    desk.set_time("2026-11-24 08:00:00");
    let answers: Vec<_> = (0..8)
        .map(|_| request(&desk, path, &body.to_string()))
        .collect();
    assert!(
        answers
            .iter()
            .any(|answer| answer.text() != answers[0].text())
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.json() == answers[0].json())
    );
}

#[test]
fn faults_strike_and_requests_are_logged() {
    let desk = desk();
    desk.add_fault(
        When::TargetContains("index.pl".to_owned()),
        Fault::status(503, "down"),
    );
    assert_eq!(request(&desk, "GET /index.pl", "").status, 503);
    assert_eq!(of(&desk, "420"), [110]);
    let seen = desk.requests();
    assert_eq!(seen.len(), 2);
    assert!(
        seen[1]
            .target
            .ends_with("/CMDBTicketConnector/TicketSearch")
    );
    desk.clear();
    assert!(desk.requests().is_empty());
}

#[test]
fn a_credential_in_the_body_comes_back_where_a_fault_says_so() {
    let desk = desk();
    desk.set_fault(Some(Fault::EchoSecret));
    let body = json!({"UserLogin": READER.0, "Password": READER.1}).to_string();
    let path = "POST /nph-genericinterface.pl/Webservice/CMDBTicketConnector/TicketSearch";
    let answer = request(&desk, path, &body);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains(READER.1), "{}", answer.text());
}
