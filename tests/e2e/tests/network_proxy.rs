//! A proxy between the host and its desk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::{Authority, Front, Proxy, Ran, Rule, Sgi};
use sgi_test_desks::{RtDesk, RtOptions};

/// `Basic` of `u:pr@xy-s3cret`.
const AUTHORIZATION: &str = "Basic dTpwckB4eS1zM2NyZXQ=";
/// As it is written in an address.
const CREDENTIALS: &str = "u:pr%40xy-s3cret@";

/// Only the proxy knows where that is.
const HTTP: &str = "http://desk.invalid/";
const HTTPS: &str = "https://desk.invalid/";

/// Lists tickets through a proxy.
fn tickets_at(url: &str, proxy: &Proxy, credentials: &str, ca: &str) -> Ran {
    let address = format!("http://{credentials}{}", proxy.addr());
    let more = format!("proxy = {address:?}\nca_certificates = [\"ca.pem\"]");
    let sgi = Sgi::with_rt(url, "cmdb", "cmdb-secret-1", &more);
    sgi.write("ca.pem", ca);
    let ran = sgi.run(&["tickets", "1001", "--verbose"]);
    for secret in ["s3cret", "dTpwckB4", "cmdb-secret-1"] {
        assert!(
            !ran.out.contains(secret) && !ran.err.contains(secret),
            "{ran:?}"
        );
    }
    assert!(!ran.err.contains("<no/>"), "a raw page: {ran:?}");
    ran
}

#[test]
fn a_desk_is_reached_through_a_proxy() {
    let rt = RtDesk::start(RtOptions::default());
    let authority = Authority::new();
    let ca = authority.pem();
    let tls = Front::tls(rt.addr(), &authority.certify("desk.invalid"));
    for (url, desk) in [(HTTP, rt.addr()), (HTTPS, tls.addr())] {
        for (rule, credentials) in [(Rule::Open, ""), (Rule::For(AUTHORIZATION), CREDENTIALS)] {
            let proxy = Proxy::start(desk, rule);
            let ran = tickets_at(url, &proxy, credentials, &ca);
            assert_eq!(ran.status, 0, "{ran:?}");
            assert!(!proxy.seen().is_empty());
        }
    }
    // The proxy's password is the proxy's alone.
    for seen in rt.requests() {
        assert_eq!(seen.header("host"), Some("desk.invalid"));
    }
}

#[test]
fn a_tunnel_hides_the_password_from_the_proxy() {
    let rt = RtDesk::start(RtOptions::default());
    let authority = Authority::new();
    let tls = Front::tls(rt.addr(), &authority.certify("desk.invalid"));
    let proxy = Proxy::start(tls.addr(), Rule::Open);
    let ran = tickets_at(HTTPS, &proxy, "", &authority.pem());
    assert_eq!(ran.status, 0, "{ran:?}");
    for head in proxy.seen() {
        assert!(
            head.starts_with("CONNECT desk.invalid:443 HTTP/1.1"),
            "{head}"
        );
        assert!(
            !head.to_lowercase().contains("\r\nauthorization:"),
            "{head}"
        );
    }
    for seen in rt.requests() {
        assert_eq!(seen.header("proxy-authorization"), None);
    }
}

#[test]
fn a_proxy_that_wants_credentials_is_told_from_the_desk() {
    let rt = RtDesk::start(RtOptions::default());
    for url in [HTTP, HTTPS] {
        let proxy = Proxy::start(rt.addr(), Rule::For("Basic of somebody else"));
        for credentials in ["", CREDENTIALS] {
            let ran = tickets_at(url, &proxy, credentials, &Authority::new().pem());
            assert_eq!(ran.status, 3, "{ran:?}");
            assert!(
                ran.err.contains("wants a user name and a password"),
                "{ran:?}"
            );
            assert!(ran.err.contains(&proxy.addr().to_string()), "{ran:?}");
        }
    }
    assert!(rt.requests().is_empty());
}

#[test]
fn a_proxy_that_makes_no_tunnel_says_why() {
    let rt = RtDesk::start(RtOptions::default());
    for (refusal, status, message) in [
        (403, 3, "its rules must allow it"),
        (502, 6, "made no connection to desk.invalid (HTTP 502)"),
    ] {
        let proxy = Proxy::start(rt.addr(), Rule::Refuse(refusal));
        let ran = tickets_at(HTTPS, &proxy, "", &Authority::new().pem());
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.err.contains(message), "{ran:?}");
    }
}

#[test]
fn a_proxy_that_is_down_or_none_is_named() {
    let rt = RtDesk::start(RtOptions::default());
    for url in [HTTP, HTTPS] {
        let gone = {
            let proxy = Proxy::start(rt.addr(), Rule::Open);
            proxy.addr()
        };
        let more = format!("proxy = \"http://{CREDENTIALS}{gone}\"");
        let ran = Sgi::with_rt(url, "cmdb", "cmdb-secret-1", &more).run(&["tickets", "1001"]);
        assert_eq!(ran.status, 6, "{ran:?}");
        let message = format!("no connection to the proxy {gone}");
        assert!(ran.err.contains(&message), "{ran:?}");
        assert!(!ran.err.contains("s3cret"), "{ran:?}");
    }
}

#[test]
fn an_answer_that_may_be_the_proxys_own_is_not_blamed_on_the_desk_alone() {
    let rt = RtDesk::start(RtOptions::default());
    for refusal in [401, 403, 502, 503] {
        let proxy = Proxy::start(rt.addr(), Rule::Refuse(refusal));
        let ran = tickets_at(HTTP, &proxy, "", &Authority::new().pem());
        assert_ne!(ran.status, 0, "{ran:?}");
        let told = format!("the proxy {} is in between", proxy.addr());
        assert!(ran.err.contains(&told), "{ran:?}");
    }
    assert!(rt.requests().is_empty());
}

#[test]
fn who_hangs_is_told() {
    // Takes connections, and never says a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = listener.local_addr().unwrap();
    let ask = |url: &str, more: &str| {
        let more = format!("connect_timeout = \"1s\"\n{more}");
        let ran = Sgi::with_rt(url, "cmdb", "cmdb-secret-1", &more).run(&["tickets", "1001"]);
        assert_eq!(ran.status, 6, "{ran:?}");
        ran.err
    };
    let told = ask(&format!("https://{hanging}"), "");
    assert!(told.contains("was reached and did not begin TLS"), "{told}");
    let told = ask(HTTPS, &format!("proxy = \"http://{hanging}\""));
    let words = format!("through the proxy {hanging} within 1 s");
    assert!(told.contains(&words), "{told}");
    // A proxy that makes the tunnel, and a desk behind it that hangs.
    let proxy = Proxy::start(hanging, Rule::Open);
    let told = ask(HTTPS, &format!("proxy = \"http://{}\"", proxy.addr()));
    let words = format!("was reached through the proxy {} and did not", proxy.addr());
    assert!(told.contains(&words), "{told}");
}
