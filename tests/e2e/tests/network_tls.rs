//! Whose certificates are believed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::{Authority, Certificate, Front, Ran, Sgi};
use sgi_test_desks::{RtDesk, RtOptions};
use std::io::{Read, Write};
use std::net::TcpListener;

/// Lists tickets from a desk that shows this certificate, with `ca.pem` beside the configuration.
fn tickets_of(certificate: &Certificate, more: &str, ca: &str) -> Ran {
    let rt = RtDesk::start(RtOptions::default());
    let tls = Front::tls(rt.addr(), certificate);
    let url = format!("https://{}", tls.addr());
    let sgi = Sgi::with_rt(&url, "cmdb", "cmdb-secret-1", more);
    sgi.write("ca.pem", ca);
    let ran = sgi.run(&["tickets", "1001"]);
    if ran.status != 0 {
        assert!(rt.requests().is_empty(), "nothing is told to a stranger");
    }
    ran
}

const WITH_CA: &str = "ca_certificates = [\"ca.pem\"]";

fn refused(ran: &Ran, message: &str) {
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.err.contains(message), "{message}: {ran:?}");
}

#[test]
fn an_authority_of_ones_own_is_believed_when_it_is_named() {
    let authority = Authority::new();
    let certificate = authority.certify("127.0.0.1");
    let ran = tickets_of(&certificate, WITH_CA, &authority.pem());
    assert_eq!(ran.status, 0, "{ran:?}");
    let advice = "add the authority's certificate to ca_certificates";
    refused(&tickets_of(&certificate, "", ""), advice);
    let other = Authority::new();
    refused(&tickets_of(&certificate, WITH_CA, &other.pem()), advice);
}

#[test]
fn several_authorities_may_stand_in_one_file() {
    let (one, other) = (Authority::new(), Authority::new());
    let both = format!("{}{}", one.pem(), other.pem());
    let ran = tickets_of(&other.certify("127.0.0.1"), WITH_CA, &both);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_certificate_of_another_name_or_an_expired_one_is_told() {
    let authority = Authority::new();
    let ca = authority.pem();
    let ran = tickets_of(&authority.certify("desk.example"), WITH_CA, &ca);
    refused(&ran, "is for another name");
    let ran = tickets_of(&authority.certify_until_2020("127.0.0.1"), WITH_CA, &ca);
    refused(&ran, "has expired: it must be renewed");
}

#[test]
fn a_self_signed_certificate_is_named_itself() {
    let certificate = Certificate::self_signed("127.0.0.1", false);
    let ran = tickets_of(&certificate, WITH_CA, certificate.pem());
    assert_eq!(ran.status, 0, "{ran:?}");
    let certificate = Certificate::self_signed("127.0.0.1", true);
    let ran = tickets_of(&certificate, WITH_CA, certificate.pem());
    refused(&ran, "CA:FALSE");
}

#[test]
fn any_certificate_is_accepted_on_demand_and_the_check_warns_of_it() {
    let rt = RtDesk::start(RtOptions::default());
    let expired = Authority::new().certify_until_2020("desk.example");
    let tls = Front::tls(rt.addr(), &expired);
    let url = format!("https://{}", tls.addr());
    let sgi = Sgi::with_rt(
        &url,
        "cmdb",
        "cmdb-secret-1",
        "accept_any_certificate = true",
    );
    let ran = sgi.run(&["check"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let warnings = ran.out.matches("any certificate is accepted").count();
    assert_eq!(warnings, 1, "{ran:?}");
    assert_eq!(sgi.run(&["tickets", "1001"]).status, 0);
}

#[test]
fn http_and_https_are_told_apart() {
    let rt = RtDesk::start(RtOptions::default());
    let url = format!("https://{}", rt.addr());
    let ran = Sgi::with_rt(&url, "cmdb", "cmdb-secret-1", "").run(&["tickets", "1001"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(ran.err.contains("is it http rather than https?"), "{ran:?}");

    let tls = Front::tls(rt.addr(), &Certificate::self_signed("127.0.0.1", false));
    let url = format!("http://{}", tls.addr());
    let ran = Sgi::with_rt(&url, "cmdb", "cmdb-secret-1", "").run(&["tickets", "1001"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("https"), "{ran:?}");
    assert!(rt.requests().is_empty());
}

/// A server that speaks nothing newer than TLS 1.0 says so in an alert, or begins with its own version.
#[test]
fn a_desk_of_an_old_protocol_is_not_spoken_to() {
    const ALERT: &[u8] = &[0x15, 3, 1, 0, 2, 2, 70];
    let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    for answer in [ALERT, &hello] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let sgi = Sgi::with_rt(&url, "cmdb", "cmdb-secret-1", "");
        let ran = std::thread::scope(|scope| {
            let server = scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 5];
                stream.read_exact(&mut head).unwrap();
                stream.write_all(answer).unwrap();
                let mut told = Vec::new();
                let _ = stream.read_to_end(&mut told);
                told
            });
            let ran = sgi.run(&["tickets", "1001"]);
            let told = server.join().unwrap();
            assert!(!told.windows(4).any(|part| part == b"HTTP"), "{told:?}");
            ran
        });
        assert_eq!(ran.status, 6, "{ran:?}");
        assert!(ran.err.contains("neither TLS 1.3 nor TLS 1.2"), "{ran:?}");
    }
}
