//! The page for a frame.

use super::{SITE, framing, token, values};
use serde_json::{Value, json};
use sgi_e2e::browser::Browser;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::Fault;

fn address(served: &Served, shown: &Value) -> String {
    let answer = served.post("/api/v1/embed/url", shown);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expires: jiff::Timestamp = answer.json["expires"].as_str().unwrap().parse().unwrap();
    assert!(expires > jiff::Timestamp::now());
    answer.json["path"].as_str().unwrap().to_owned()
}

#[test]
fn a_signed_address_shows_the_tickets_of_its_object_and_nothing_else() {
    let desks = [
        start("rt", &SetUp::default()),
        start("itop", &SetUp::default()),
    ];
    desks[0].add("only of 4711 <b>", &["4711"]);
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let served = Served::start(&sgi).with_token(&token);
    let shown = json!({
        "objects": ["4711"], "desks": ["rt"], "title": "srv <i>", "url": "https://cmdb.example.org/?objID=4711",
    });
    let path = address(&served, &shown);
    // A browser within a frame shows neither token nor cookie.
    let browser = Browser::new(&served);
    let page = browser.get(&path);
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains("only of 4711 &lt;b&gt;") && page.text.contains("4711 (srv &lt;i&gt;)")
    );
    assert!(
        page.text
            .contains("href=\"https://cmdb.example.org/?objID=4711\"")
    );
    assert!(
        !page.text.contains(&desks[1].url()),
        "not of that desk: {}",
        page.text
    );
    assert!(!page.text.contains("<script") && !page.text.contains(" style="));
    let policy = &page.policy;
    let ancestors = format!("frame-ancestors {SITE} http://localhost:8000");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'") && policy.ends_with(&ancestors),
        "{policy}"
    );
    assert!(
        policy.contains("form-action 'none'")
            && !policy.contains("unsafe")
            && !policy.contains("script-src")
    );
    // It leads to its own filters and to the desk, and each of its addresses works.
    for link in values(&page.text, "href") {
        let link = link.replace("&amp;", "&");
        if link.starts_with("/embed/") {
            assert_eq!(browser.get(&link).status, 200, "{link}");
        } else {
            let desk = desks[0].url();
            let outside = [desk.as_str(), "https://cmdb.example.org/", "data:,"];
            assert!(
                outside.iter().any(|start| link.starts_with(*start)),
                "{link}"
            );
        }
    }
    let closed = browser.get(&format!("{path}&status=closed&lang=de"));
    assert!(
        !closed.text.contains("only of 4711") && closed.text.contains("lang=\"de\""),
        "{}",
        closed.text
    );
    // What lets it in lets nothing else in.
    let pass = path.split_once("pass=").unwrap().1;
    for elsewhere in [
        "/tickets?object=4711",
        "/embed/tickets?object=4711",
        "/api/v1/tickets?object=4711",
        "/desks",
    ] {
        let status = browser
            .get(&format!("{elsewhere}&pass={pass}").replacen("desks&", "desks?", 1))
            .status;
        assert!(status == 401 || status == 303, "{elsewhere}: {status}");
        let bearer = browser
            .clone()
            .saying("Authorization", &format!("Bearer {pass}"));
        assert_eq!(bearer.get("/api/v1/desks").status, 401);
    }
    assert_eq!(browser.get(&format!("{path}&object=1001")).status, 422);
    // Other pages are in no frame.
    let other = Browser::new(&served).get("/login");
    assert!(other.policy.contains("frame-ancestors 'none'"));
}

#[test]
fn an_address_that_is_altered_or_too_old_says_so_in_the_frame() {
    let desks = [start("rt", &SetUp::default())];
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let served = Served::start(&sgi).with_token(&token);
    let browser = Browser::new(&served).speaking("fr");
    // Before anything was signed there is no key, and nobody from outside makes one.
    assert_eq!(browser.get("/embed/frame?pass=a.b").status, 403);
    let path = address(&served, &json!({ "objects": ["1001"], "seconds": 10 }));
    let (before, last) = path.split_at(path.len() - 20);
    let swapped = format!("{before}{}{}", &last[1..], &last[..1]);
    let longer = format!("{path}A");
    for wrong in [
        "/embed/frame",
        "/embed/frame?pass=",
        &path[..path.len() - 1],
        longer.as_str(),
        swapped.as_str(),
    ] {
        let page = browser.get(wrong);
        assert_eq!(page.status, 403, "{wrong}");
        assert!(
            page.text.contains("Cette adresse n’affiche aucun ticket"),
            "{}",
            page.text
        );
        assert!(
            page.policy.contains(&format!("frame-ancestors {SITE}")),
            "{}",
            page.policy
        );
    }
    let began = std::time::Instant::now();
    let late = loop {
        let page = browser.get(&path);
        if page.status != 200 {
            break page;
        }
        assert!(began.elapsed().as_secs() < 60, "it never expires");
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    assert_eq!(late.status, 403);
    assert!(late.text.contains("a expiré"), "{}", late.text);
    assert!(late.policy.contains(&format!("frame-ancestors {SITE}")));
    // The key stays where the service is started anew.
    let path = address(&served, &json!({ "objects": ["1001"] }));
    assert_eq!(served.stop(), 0);
    let served = Served::start(&sgi);
    assert_eq!(Browser::new(&served).get(&path).status, 200);
    // With another key, what the old one signed is nothing.
    let key = sgi.home().join(".local/state/sgi/settings.key");
    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    assert_eq!(Browser::new(&served).get(&path).status, 403);
    // A desk that is gone by now, or fails, leaves a sentence.
    let served = served.with_token(&token);
    let path = address(&served, &json!({ "objects": ["1002"] }));
    desks[0].set_fault(Some(Fault::CloseWithoutAnswer));
    let page = Browser::new(&served).get(&path);
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("The tickets of rt are not available"),
        "{}",
        page.text
    );
}

#[test]
fn who_may_ask_for_an_address_and_for_what() {
    let desks = [start("rt", &SetUp::default())];
    let sgi = framing(&desks, "");
    let token = token(&sgi);
    let mut served = Served::start(&sgi);
    let fine = json!({ "objects": ["1001"] });
    assert_eq!(served.post("/api/v1/embed/url", &fine).status, 401);
    served.set_token(&token);
    for (wrong, status, told) in [
        (json!({ "objects": [] }), 422, "1 to 100 objects"),
        (json!({ "objects": [""] }), 422, "1 to 100 objects"),
        (
            json!({ "objects": ["1"], "desks": ["nowhere"] }),
            404,
            "nowhere",
        ),
        (
            json!({ "objects": ["1"], "seconds": 86400 }),
            422,
            "10 to 3600",
        ),
        (
            json!({ "objects": ["1", "2"], "title": "x" }),
            422,
            "one object",
        ),
        (
            json!({ "objects": ["1"], "title": "x".repeat(1001) }),
            422,
            "1000 characters",
        ),
        (
            json!({ "objects": ["1"], "role": "administer" }),
            422,
            "role",
        ),
    ] {
        let answer = served.post("/api/v1/embed/url", &wrong);
        assert_eq!(answer.status, status, "{wrong}: {}", answer.text);
        assert!(
            answer.json["detail"].as_str().unwrap().contains(told),
            "{}",
            answer.text
        );
    }
    // An object and its components.
    let path = address(&served, &json!({ "objects": ["1001", "1002"] }));
    assert!(Browser::new(&served).get(&path).text.contains("1001, 1002"));
    // What is no address of a page is no link.
    let path = address(
        &served,
        &json!({ "objects": ["1001"], "url": "javascript:alert(1)" }),
    );
    assert!(
        !Browser::new(&served)
            .get(&path)
            .text
            .contains("javascript:")
    );

    // Where no site is named, there is no frame.
    let none = Sgi::with_config(&desks[0].toml("rt"));
    let served = Served::start(&none);
    let answer = served.post("/api/v1/embed/url", &fine);
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("frame_ancestors"), "{}", answer.text);
    let page = Browser::new(&served).get("/embed/frame?pass=a.b");
    assert_eq!(page.status, 403);
    assert!(
        page.policy.contains("frame-ancestors 'none'"),
        "{}",
        page.policy
    );
}
