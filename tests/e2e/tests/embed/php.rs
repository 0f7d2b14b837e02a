//! The page that a CMDB makes with PHP, as the example has it: whatever happens, the rest of the page is there.

use super::{framing, token, values};
use sgi_e2e::browser::Browser;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, php_page};
use sgi_test_desks::Fault;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

const SORRY: &str = "<p class=\"sgi-none\">The tickets are not available at the moment.</p>";

/// A page, with all that is the CMDB's own.
fn page(url: &str, token: &str, more: &[(&str, &str)]) -> String {
    let variables = [&[("SGI_URL", url), ("SGI_TOKEN", token)], more].concat();
    let page = php_page("1001", &variables);
    for own in [
        "<h1>srv-db-01</h1>",
        "<td>1001</td>",
        "Rack 7",
        "Jane Doe, operations",
        "</html>",
    ] {
        assert!(page.contains(own), "{page}");
    }
    page
}

#[test]
fn tickets_are_in_the_page_and_in_a_frame() {
    let desks = [
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    ];
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let served = Served::start(&sgi).with_token(&token);
    // Known by now, so that nobody has to wait for the desks.
    assert_eq!(
        served
            .get("/embed/tickets?object=1001&title=srv-db-01")
            .status,
        200
    );
    let url = served.url("");
    let german = [
        ("SGI_LANGUAGE", "de"),
        ("SGI_PUBLIC_URL", "https://sgi.example.org"),
        ("SGI_PATIENCE", "40"),
    ];
    let whole = page(&url, &token, &german);
    assert!(
        whole.contains("<div class=\"sgi-tickets\" lang=\"de\">"),
        "{whole}"
    );
    assert!(
        whole.contains(&desks[0].url()) && whole.contains(&desks[1].url()),
        "{whole}"
    );
    assert!(
        !whole.contains(&token),
        "nobody's browser gets the token: {whole}"
    );
    let source = values(&whole, "src")[0].replace("&amp;", "&");
    let path = source.strip_prefix("https://sgi.example.org").unwrap();
    let frame = Browser::new(&served).get(path);
    assert_eq!(frame.status, 200);
    assert!(
        frame.text.contains("1001 (srv-db-01)") && frame.text.contains("lang=\"de\""),
        "{}",
        frame.text
    );

    // A desk that fails has its sentence, and the other its tickets.
    desks[0].set_fault(Some(Fault::CloseWithoutAnswer));
    let other = "/embed/tickets?object=1002&title=srv-db-01";
    assert_eq!(served.get(other).status, 200);
    let variables = [
        ("SGI_URL", url.as_str()),
        ("SGI_TOKEN", token.as_str()),
        ("SGI_PATIENCE", "40"),
    ];
    let failing = php_page("1002", &variables);
    assert!(
        failing.contains("The tickets of rt are not available at the moment."),
        "{failing}"
    );
    assert!(
        failing.contains(&desks[1].url()) && failing.contains("<iframe"),
        "{failing}"
    );
    assert!(failing.contains("Jane Doe, operations"));

    // Nobody is let in by another token.
    let stranger = page(&url, "sgi_wrong", &[]);
    assert_eq!(stranger.matches(SORRY).count(), 2, "{stranger}");

    // The service is gone.
    assert_eq!(served.stop(), 0);
    let gone = page(&url, &token, &[]);
    assert_eq!(gone.matches(SORRY).count(), 2, "{gone}");
    let french = page(&url, &token, &[("SGI_LANGUAGE", "fr")]);
    assert!(
        french.contains("Les tickets ne sont pas disponibles"),
        "{french}"
    );
}

/// As the README has it.
#[test]
fn the_example_works_with_the_demo() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    assert_eq!(served.get("/embed/tickets?object=1001").status, 200);
    let page = page(&served.url(""), "", &[("SGI_PATIENCE", "40")]);
    assert!(
        page.contains("<div class=\"sgi-tickets\"") && !page.contains(SORRY),
        "{page}"
    );
    let source = values(&page, "src")[0].replace("&amp;", "&");
    let frame = Browser::new(&served).get(source.strip_prefix(&served.url("")).unwrap());
    assert_eq!(frame.status, 200);
    let sites = "frame-ancestors http://127.0.0.1:8000 http://localhost:8000";
    assert!(frame.policy.ends_with(sites), "{}", frame.policy);
}

/// Answers each connection with this, and then keeps it open; the address. Without `again` nothing follows.
fn odd(once: &'static str, again: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(once.as_bytes());
                while !again.is_empty() && stream.write_all(again.as_bytes()).is_ok() {
                    if again.len() < 100 {
                        thread::sleep(std::time::Duration::from_millis(20));
                    }
                }
                // To the end of the other side.
                let _ = stream.read(&mut request);
            });
        }
    });
    url
}

/// Each page comes within a minute (or there is none), though the service never comes to an end.
#[test]
fn a_service_that_hangs_or_answers_what_it_should_not_breaks_nothing() {
    const LOGIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 38\r\nConnection: close\r\n\r\n<html><form>Log in to proxy</form>...\n";
    const FAILED: &str =
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const BEGUN: &str =
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n<div class=\"sgi-tickets\">";
    const ELSEWHERE: &str =
        "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let flood: &'static str = Box::leak("x".repeat(64 << 10).into_boxed_str());
    let pages = [
        ("it never answers", "", ""),
        ("it trickles", BEGUN, "x"),
        ("it floods", BEGUN, flood),
        ("it says no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "x"),
        ("a proxy answers", LOGIN, ""),
        ("it fails", FAILED, ""),
        ("it leads elsewhere", ELSEWHERE, ""),
    ];
    let made = pages.map(|(what, once, again)| {
        thread::spawn(move || {
            (
                what,
                page(&odd(once, again), "sgi_token", &[("SGI_PATIENCE", "1")]),
            )
        })
    });
    for made in made {
        let (what, page) = made.join().unwrap();
        assert_eq!(page.matches(SORRY).count(), 2, "{what}: {page}");
        assert!(
            !page.contains("Log in to proxy") && !page.contains("xxx"),
            "{what}: {page}"
        );
    }
}
