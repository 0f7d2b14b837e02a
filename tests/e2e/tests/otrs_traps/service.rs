//! Which web service heeds a search: the stock REST one drops a filter by a dynamic field, and every
//! ticket comes.

use crate::client::{
    desk, found, known, operation, parameter, reader, reader_with, refused, sent, settings, when,
    with,
};
use serde_json::Value;
use sgi_e2e::client::Client;
use sgi_host::{Error, Filter, Severity, Ticket};
use sgi_test_desks::otrs::{READER, STOCK_REST, STOCK_SOAP};
use sgi_test_desks::{Fault, OtrsDesk, OtrsOptions, Seen, When};
use std::time::Duration;

/// The key of the setting that is wrong, and what is said about it.
fn wrong(error: &Error) -> (&str, String) {
    let Error::InvalidSetting { key, problem } = error else {
        panic!("{error:?}")
    };
    (key, problem.to_string())
}

fn option(by: &str) -> &'static str {
    match by {
        "rest" => "rest-service",
        _ => "soap-service",
    }
}

pub(crate) fn rest_with_post_routes_is_taken_where_it_is() {
    let desk = desk();
    let report = with(&desk, READER, &[]).check().unwrap();
    assert_eq!(report.findings, []);
    assert!(report.version.contains("by REST"), "{report:?}");
    assert_eq!(report.abilities, ["read-tickets", "read-history"]);
}

pub(crate) fn soap_is_taken_where_no_rest_service_has_post_routes() {
    let desk = OtrsDesk::start(OtrsOptions {
        post_service: None,
        ..OtrsOptions::default()
    });
    let client = with(&desk, READER, &[]);
    let report = client.check().unwrap();
    assert!(report.version.contains("by SOAP"), "{report:?}");
    assert_eq!(client.ids("420"), [110]);
    // Never without a word.
    let [rest, soap] = report.findings.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(rest.severity, Severity::Warning);
    assert_eq!(rest.key.as_deref(), Some("rest-service"));
    assert!(rest.message.contains("\"CMDBTicketConnector\""), "{rest:?}");
    assert!(rest.message.contains("CMDBTicketConnector.yml"), "{rest:?}");
    assert_eq!(soap.key.as_deref(), Some("soap-service"));
    for told in ["password", "debug threshold", STOCK_SOAP] {
        assert!(soap.message.contains(told), "{soap:?}");
    }
    // Who wants SOAP knows.
    assert_eq!(reader(&desk, "soap").check().unwrap().findings, []);
}

/// The stock SOAP service writes passwords into its log.
pub(crate) fn by_soap_nothing_is_sent_where_rest_is_there_and_in_trouble() {
    let desk = desk();
    let never = Fault::Body(refused("TicketSearch", "AuthFail"));
    for (operation, fault, told) in [
        ("TicketSearch", never, "SessionCheckRemoteIP"),
        ("SessionCreate", Fault::status(503, "busy"), "HTTP 503"),
        (
            "SessionCreate",
            Fault::Redirect("https://login.example.org/".to_owned()),
            "HTTP 302",
        ),
        (
            "SessionCreate",
            Fault::Body(b"{\"SessionID\":\"\"}".to_vec()),
            "gave no session",
        ),
        (
            "SessionCreate",
            Fault::Body(b"{\"SessionID\":17}".to_vec()),
            "should hand out session",
        ),
        ("SessionCreate", Fault::EndlessBody, "max_response"),
        ("SessionCreate", Fault::Hang, "request_timeout"),
    ] {
        desk.clear();
        desk.set_fault(None);
        desk.add_fault(when("rest", operation), fault);
        let mut settings = settings(&desk.url(), READER, &[]);
        settings.network.request_timeout = Duration::from_millis(1500);
        settings.network.max_response = 64 << 10;
        let error = Client::open(settings).check().unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        let soap = |seen: &Seen| seen.header("soapaction").is_some();
        assert!(!desk.requests().iter().any(soap), "{told}");
    }
}

pub(crate) fn of_two_missing_web_services_the_better_one_is_asked_for() {
    let desk = OtrsDesk::start(OtrsOptions {
        post_service: None,
        stock_soap: false,
        ..OtrsOptions::default()
    });
    let error = with(&desk, READER, &[]).check().unwrap_err();
    let (key, said) = wrong(&error);
    assert_eq!(key, "rest-service");
    assert!(said.contains("closes the connection"), "{said}");
}

/// Late, too great, or unclear.
pub(crate) fn an_answer_that_cannot_be_taken_is_not_a_missing_web_service(by: &str) {
    let desk = desk();
    let session = match by {
        "rest" => &b"{\"SessionID\":17}"[..],
        _ => b"<e><Body><SessionCreateResponse><SessionID><x/></SessionID></SessionCreateResponse></Body></e>",
    };
    for (fault, told) in [
        (Fault::Hang, "request_timeout"),
        (Fault::EndlessBody, "max_response"),
        (Fault::Body(session.to_vec()), "should hand out"),
        (Fault::CutBodyAfter(5), "in the middle"),
    ] {
        desk.set_fault(None);
        desk.add_fault(when(by, "SessionCreate"), fault);
        let mut settings = settings(&desk.url(), READER, &[("transport", by)]);
        settings.network.request_timeout = Duration::from_millis(1500);
        settings.network.max_response = 64 << 10;
        let client = Client::open(settings);
        for error in [client.check().unwrap_err(), client.refusal("1001")] {
            assert!(error.to_string().contains(told), "{told}: {error}");
            assert!(!error.to_string().contains("web service"), "{error}");
        }
    }
}

/// By SOAP all operations have one address.
pub(crate) fn an_answer_to_something_else_is_not_nothing_found() {
    let desk = desk();
    let client = known(&desk, "soap");
    let other = b"<e:Envelope xmlns:e='u'><e:Body><TicketGetResponse/></e:Body></e:Envelope>";
    desk.add_fault(when("soap", "TicketSearch"), Fault::Body(other.to_vec()));
    let error = client.refusal("1001");
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(
        error.to_string().contains("TicketSearchResponse"),
        "{error}"
    );
}

/// All of a ticket but the name that the desk has in the test.
fn told(ticket: Ticket) -> Value {
    let mut told = serde_json::to_value(ticket).unwrap();
    told.as_object_mut().unwrap().remove("desk").unwrap();
    told
}

pub(crate) fn both_web_services_bring_the_same() {
    let desk = desk();
    let brought = ["rest", "soap"].map(|by| {
        let client = reader(&desk, by);
        let lists = ["1001", "42", "11"]
            .into_iter()
            .flat_map(|object| client.tickets(object));
        let single = client.ticket("9").unwrap();
        lists.chain([single]).map(told).collect::<Vec<_>>()
    });
    assert_eq!(brought[0].len(), 5 + 3 + 6 + 1);
    assert_eq!(brought[0], brought[1]);
}

pub(crate) fn the_stock_rest_service_cannot_search_and_that_is_told() {
    let desk = OtrsDesk::start(OtrsOptions {
        post_service: None,
        ..OtrsOptions::default()
    });
    let client = reader_with(&desk, "rest", &[("rest-service", STOCK_REST)]);
    for error in [client.check().unwrap_err(), client.refusal("1001")] {
        let (key, said) = wrong(&error);
        assert_eq!(key, "rest-service");
        assert!(said.contains("no route \"POST /TicketSearch\""), "{said}");
        assert!(said.contains("CMDBTicketConnector.yml"), "{said}");
    }
    assert_eq!(
        sent(&desk, "TicketGet").len(),
        0,
        "nobody's tickets are read"
    );
}

/// What an older way of asking, or another program in between, makes of the search.
pub(crate) fn a_filter_that_is_dropped_is_found_out_and_nothing_is_shown() {
    let desk = desk();
    let everybodys = Fault::Body(found(&[101, 102, 109, 110]));
    desk.add_fault(
        When::BodyContains("DynamicField_IDoitObjects".to_owned()),
        everybodys,
    );
    let client = reader(&desk, "rest");
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Blocking);
    assert_eq!(finding.key.as_deref(), Some("objects-field"));
    assert!(
        finding.message.contains("brings all tickets"),
        "{finding:?}"
    );
    assert!(client.check().unwrap().abilities.is_empty());
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        let error = client.ask("1001", filter).unwrap_err();
        assert_eq!(wrong(&error).0, "objects-field");
    }
    // The other web service is tried before anything is given up.
    let either = with(&desk, READER, &[]);
    assert!(either.check().unwrap().version.contains("by REST"));
    assert!(
        sent(&desk, "SessionCreate")
            .iter()
            .any(|seen| seen.header("soapaction").is_some())
    );
}

pub(crate) fn a_filter_that_is_dropped_later_shows_nothing_either() {
    let desk = desk();
    let client = known(&desk, "rest");
    let everybodys = Fault::Body(found(&[101, 102, 109]));
    desk.add_fault(when("rest", "TicketSearch"), everybodys);
    let refused = client.refusal("1001");
    assert!(matches!(refused, Error::Protocol(_)), "{refused:?}");
    assert!(refused.to_string().contains("ticket 109"), "{refused}");
}

pub(crate) fn the_probe_is_for_an_object_that_cannot_be(by: &str) {
    let desk = desk();
    reader(&desk, by).check().unwrap();
    let requests = desk.requests();
    let operations: Vec<&str> = requests.iter().map(operation).collect();
    assert_eq!(operations[..2], ["SessionCreate", "TicketSearch"]);
    let probe = &requests[1];
    assert_eq!(parameter(probe, "Limit").as_deref(), Some("1"));
    let text = crate::client::body(probe);
    assert!(text.contains("*,99999999999999999999,*"), "{text}");
}

pub(crate) fn an_unknown_web_service_closes_the_connection(by: &str) {
    let desk = desk();
    let client = reader_with(&desk, by, &[(option(by), "Nope")]);
    for error in [client.check().unwrap_err(), client.refusal("1001")] {
        let (key, said) = wrong(&error);
        assert_eq!(key, option(by));
        assert!(said.contains("closes the connection"), "{said}");
        assert!(said.contains("\"Nope\""), "{said}");
    }
}

pub(crate) fn a_server_that_is_down_closes_it_too(by: &str) {
    let desk = desk();
    desk.set_fault(Some(Fault::CloseWithoutAnswer));
    let error = reader(&desk, by).check().unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(!error.to_string().contains("web service"), "{error}");
}

pub(crate) fn a_web_service_of_the_other_kind_is_told() {
    let desk = desk();
    for (by, other) in [("rest", STOCK_SOAP), ("soap", "CMDBTicketConnector")] {
        let client = reader_with(&desk, by, &[(option(by), other)]);
        let error = client.check().unwrap_err();
        assert_eq!(wrong(&error).0, option(by));
    }
}

pub(crate) fn an_old_otrs_reads_bodies_of_gets_and_is_asked_as_any(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        get_bodies: true,
        ..OtrsOptions::default()
    });
    let client = reader(&desk, by);
    assert_eq!(client.check().unwrap().findings, []);
    assert_eq!(client.ids("42"), [102, 107, 108]);
    assert!(desk.requests().iter().all(|seen| seen.method == "POST"));
}

pub(crate) fn znuny_and_otobo_live_below_paths_of_their_own(by: &str) {
    for path in ["/znuny", "/otobo", "/it/service/desk"] {
        let desk = OtrsDesk::start(OtrsOptions {
            web_path: path.to_owned(),
            ..OtrsOptions::default()
        });
        let client = reader(&desk, by);
        assert_eq!(client.ids("420"), [110], "{path}");
        assert!(client.tickets("420")[0].url.contains(path));
        let program = format!("{path}/nph-genericinterface.pl/Webservice/");
        for seen in desk.requests() {
            assert!(seen.target.starts_with(&program), "{}", seen.target);
        }
        let elsewhere = settings(
            &format!("http://{}", desk.addr()),
            READER,
            &[("transport", by)],
        );
        let error = Client::open(elsewhere).check().unwrap_err();
        let (key, said) = wrong(&error);
        assert_eq!(key, "url");
        assert!(said.contains("is not the address of an OTRS"), "{said}");
    }
}
