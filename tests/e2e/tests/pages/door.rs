//! Who is let in, for how long, and what whoever goes astray is told.

use sgi_e2e::browser::Browser;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};

#[test]
fn people_log_in_and_may_what_their_role_says() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let account = |name: &str, role: &str, password: &str| {
        let ran = sgi.run_with(
            &["account", "add", name, "--role", role, "--password-stdin"],
            password,
        );
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    account("anna", "read", "correct horse battery");
    account("otto", "operate", "correct horse battery");
    let served = Served::start(&sgi);
    let mut browser = Browser::new(&served);
    let turned = browser.get("/tickets?object=1001&status=open");
    assert_eq!(turned.status, 303);
    assert_eq!(
        turned.location,
        "/login?next=%2Ftickets%3Fobject%3D1001%26status%3Dopen"
    );
    assert!(browser.get("/login").text.contains("type=\"password\""));
    let wrong = browser.post("/login", &[("name", "anna"), ("password", "wrong")]);
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("do not fit"), "{}", wrong.text);
    let log_in = |browser: &mut Browser, name: &str| {
        let fields = [
            ("name", name),
            ("password", "correct horse battery"),
            ("next", "/tickets?object=1001"),
        ];
        let page = browser.post_and_follow("/login", &fields);
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains("Tickets of object 1001"),
            "{}",
            page.text
        );
    };
    log_in(&mut browser, "anna");
    let fields = [
        ("object", "1001"),
        ("subject", "x"),
        ("marker", "0123456789abcdef"),
    ];
    let create = |browser: &Browser| browser.post("/desks/helpdesk/tickets", &fields).status;
    assert_eq!(create(&browser), 403);
    assert!(
        !browser
            .get("/desks/helpdesk/tickets/new?object=1001")
            .text
            .contains("<textarea")
    );
    let cookie = browser.cookie("sgi_session").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    // Of another site, even with the cookie.
    let forged = browser.clone().saying("Origin", "https://evil.example");
    assert_eq!(forged.post("/logout", &[]).status, 403);
    let mut other = Browser::new(&served);
    log_in(&mut other, "otto");
    assert_eq!(create(&other), 200);
    // Which connectors run is for who administers.
    assert_eq!(other.get("/connectors").status, 200);
    let digest = format!("/connectors/sha256:{}", "0".repeat(64));
    assert_eq!(other.get(&digest).status, 403);
    assert_eq!(other.post(&format!("{digest}/approve"), &[]).status, 403);
    assert_eq!(
        other
            .post("/logbook/0c91", &[("decision", "give-up")])
            .status,
        403
    );
    // Another password ends what was begun with the old one; so does logging out.
    let ran = sgi.run_with(
        &["account", "password", "otto", "--password-stdin"],
        "another long password",
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(other.get("/desks").status, 303);
    assert_eq!(browser.get("/desks").status, 200);
    let old = browser.clone();
    assert_eq!(browser.post_and_follow("/logout", &[]).status, 200);
    assert_eq!(old.get("/desks").status, 303);
    // Programs are told as programs are.
    assert_eq!(Browser::new(&served).get("/api/v1/desks").status, 401);
    assert_eq!(
        Browser::new(&served)
            .get("/embed/tickets?object=1001")
            .status,
        401
    );
}

#[test]
fn whoever_has_logged_in_stays_so_when_the_service_starts_anew() {
    let sgi = Sgi::without_config();
    let add = [
        "account",
        "add",
        "anna",
        "--role",
        "read",
        "--password-stdin",
    ];
    assert_eq!(sgi.run_with(&add, "correct horse battery").status, 0);
    let served = Served::start(&sgi);
    let mut browser = Browser::new(&served);
    let fields = [("name", "anna"), ("password", "correct horse battery")];
    assert_eq!(browser.post_and_follow("/login", &fields).status, 200);
    let cookie = browser.cookie("sgi_session").unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(served.stop(), 0);
    let served = Served::start(&sgi);
    let same = Browser::new(&served).saying("Cookie", &cookie);
    assert_eq!(same.get("/desks").status, 200);
    assert_eq!(Browser::new(&served).get("/desks").status, 303);
    assert_eq!(same.post("/logout", &[]).location, "/login");
    assert_eq!(same.get("/desks").status, 303);
}

#[test]
fn what_cannot_be_done_is_told_as_a_page_in_the_visitors_language() {
    let sgi = Sgi::without_config();
    let served = Served::start(&sgi);
    let browser = Browser::new(&served).speaking("de");
    let large = "x".repeat(3 << 20);
    for (page, status, words) in [
        (browser.get("/nowhere"), 404, "Diese Seite gibt es nicht."),
        (browser.get("/logout"), 405, "Diese Adresse ist keine Seite"),
        (
            browser.get("/desks/no/settings"),
            404,
            "Einen Servicedesk dieses Namens gibt es nicht.",
        ),
        (
            browser.post("/login", &[("name", "anna")]),
            422,
            "Das Eingegebene lässt sich nicht verwenden.",
        ),
        (
            browser.post("/login", &[("name", &large)]),
            413,
            "höchstens 2 MiB",
        ),
        (
            browser.get("/language"),
            422,
            "Das Eingegebene lässt sich nicht verwenden.",
        ),
        (
            browser
                .clone()
                .saying("Origin", "https://evil.example")
                .post("/desks", &[]),
            403,
            "Eine andere Website hat Ihren Browser das senden lassen",
        ),
    ] {
        assert_eq!(page.status, status, "{words}: {}", page.text);
        assert!(
            page.text.contains(words) && page.text.contains("<main"),
            "{words}: {}",
            page.text
        );
        assert!(
            page.policy.contains("style-src 'self'"),
            "{words}: {}",
            page.policy
        );
    }
    // What was typed is not told again: it may be a password.
    let wrong = browser.post("/login", &[("password", "s3cret-typed")]);
    assert!(!wrong.text.contains("s3cret"), "{}", wrong.text);
    // Programs are told as programs are.
    let told = served.get("/api/v1/nothing");
    assert_eq!(
        (told.status, told.kind.as_str()),
        (404, "application/problem+json")
    );
}
