//! What is sent, as it arrives.

use crate::client::{Client, reader, with};
use sgi_host::{Filter, Object};
use sgi_test_desks::rt::{READER, READER_TOKEN, basic};
use sgi_test_desks::{Fault, RtDesk, RtOptions, Seen, When};
use std::time::Duration;

/// All kinds of requests that there are.
fn ask_everything(client: &Client) {
    client.check().unwrap();
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        client.ask("7777", filter).unwrap();
    }
    client.ticket("2").unwrap();
    client.forms(&Object::new("1001"));
}

fn everything() -> Vec<Seen> {
    let desk = RtDesk::start(RtOptions::default());
    ask_everything(&with(&desk.url(), READER, &[("tenant", "")]));
    desk.requests()
}

fn parameter(seen: &Seen, name: &str) -> Option<String> {
    let (_, query) = seen.target.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(n, value)| (n == name).then(|| value.into_owned()))
}

/// The searches for tickets of an object, in TicketSQL.
fn searches(requests: &[Seen]) -> Vec<String> {
    let queries: Vec<String> = requests
        .iter()
        .filter_map(|seen| parameter(seen, "query"))
        .filter(|query| query.contains("CF."))
        .collect();
    assert!(!queries.is_empty());
    queries
}

pub(crate) fn every_request_is_a_get_that_names_the_connector() {
    for seen in everything() {
        assert_eq!(seen.method, "GET");
        assert!(seen.body.is_empty());
        let agent = seen.header("user-agent").unwrap();
        assert!(agent.starts_with("sgi-connector-rt/"), "{agent}");
        assert_eq!(seen.header("authorization"), Some(basic(READER).as_str()));
        assert!(!seen.target.contains("secret"), "{}", seen.target);
    }
}

pub(crate) fn no_cookie_is_kept() {
    let desk = RtDesk::start(RtOptions::default());
    let with_cookie = Fault::Status {
        code: 200,
        headers: vec![(
            "Set-Cookie".to_owned(),
            "RT_SID_rt.local=1; path=/".to_owned(),
        )],
        body: br#"{"Version":"5.0.3"}"#.to_vec(),
    };
    desk.add_fault(When::Target("/REST/2.0/rt".to_owned()), with_cookie);
    ask_everything(&reader(&desk.url()));
    for seen in desk.requests() {
        assert_eq!(seen.header("cookie"), None);
    }
}

/// RT answers `If-Modified-Since` with HTTP 500 or, for lists, with 304 whatever has happened.
pub(crate) fn nothing_is_asked_conditionally() {
    for seen in everything() {
        for name in [
            "if-modified-since",
            "if-none-match",
            "if-match",
            "if-unmodified-since",
        ] {
            assert_eq!(seen.header(name), None, "{name}");
        }
    }
}

pub(crate) fn a_field_is_addressed_by_its_id() {
    let desk = RtDesk::start(RtOptions {
        objects_field: "CMDB-Objekte".to_owned(),
        tenant_field: "Mandant".to_owned(),
        ..RtOptions::default()
    });
    let options = [
        ("objects-field", "CMDB-Objekte"),
        ("tenant-field", "Mandant"),
        ("tenant", "1"),
    ];
    assert_eq!(with(&desk.url(), READER, &options).ids("4"), [6]);
    assert_eq!(
        searches(&desk.requests()),
        ["CF.{2} = '4' AND CF.{3} = '1'"]
    );
}

pub(crate) fn a_search_is_exact_for_one_object_and_without_dates() {
    let desk = RtDesk::start(RtOptions::default());
    let reader = reader(&desk.url());
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        reader.ask("42", filter).unwrap();
    }
    let expected = [
        "CF.{2} = '42'",
        "CF.{2} = '42' AND Status = '__Active__'",
        "CF.{2} = '42' AND Status = '__Inactive__'",
    ];
    assert_eq!(searches(&desk.requests()), expected);
}

pub(crate) fn every_search_is_ordered_by_id() {
    let requests = everything();
    let mut searches = requests
        .iter()
        .filter(|seen| seen.target.contains("/tickets?"))
        .peekable();
    assert!(searches.peek().is_some());
    for seen in searches {
        assert_eq!(parameter(seen, "orderby").as_deref(), Some("id"));
        assert_ne!(parameter(seen, "order").as_deref(), Some("DESC"));
    }
}

/// Neither by RT's `next_page` nor by a page number: each ticket that drops out in the meantime would
/// push another one onto the page already read. The next page begins after the last ticket.
pub(crate) fn pages_are_counted_by_the_connector() {
    let desk = RtDesk::start(RtOptions::default());
    let reader = reader(&desk.url());
    let last = reader.ids("7777")[99];
    let after = format!("CF.{{2}} = '7777' AND id > {last}");
    let requests = desk.requests();
    assert_eq!(searches(&requests), ["CF.{2} = '7777'", &after]);
    for seen in requests
        .iter()
        .filter(|seen| seen.target.contains("/tickets?"))
    {
        assert_eq!(parameter(seen, "page"), None);
        assert_eq!(parameter(seen, "per_page").as_deref(), Some("100"));
    }
}

pub(crate) fn parameters_are_form_encoded() {
    let desk = RtDesk::start(RtOptions::default());
    let tenant = "a&b+c d%20=;ü#?/\"x";
    let client = with(&desk.url(), READER, &[("tenant", tenant)]);
    assert_eq!(client.ids("4"), [0; 0]);
    let expected = format!("CF.{{2}} = '4' AND CF.{{3}} = '{tenant}'");
    assert_eq!(searches(&desk.requests()), [expected]);
    for seen in desk.requests() {
        assert!(
            seen.target.bytes().all(|byte| byte.is_ascii_graphic()),
            "{}",
            seen.target
        );
    }
}

pub(crate) fn a_token_goes_by_the_scheme_token() {
    let desk = RtDesk::start(RtOptions::default());
    let account = (READER.0, READER_TOKEN);
    ask_everything(&with(&desk.url(), account, &[("credential", "token")]));
    let expected = format!("token {READER_TOKEN}");
    for seen in desk.requests() {
        assert_eq!(seen.header("authorization"), Some(expected.as_str()));
    }
}

pub(crate) fn two_requests_at_once_are_enough() {
    let desk = RtDesk::start(RtOptions {
        latency: Duration::from_millis(50),
        ..RtOptions::default()
    });
    let reader = reader(&desk.url());
    reader.check().unwrap();
    desk.clear();
    reader.ask_at_once("4", 8);
    assert_eq!(desk.requests().len(), 8);
    assert!(desk.busiest() <= 2, "{}", desk.busiest());
}

pub(crate) fn each_request_has_a_connection_of_its_own() {
    let requests = everything();
    let mut connections: Vec<usize> = requests.iter().map(|seen| seen.connection).collect();
    connections.dedup();
    assert_eq!(connections.len(), requests.len(), "RT closes each");
}
