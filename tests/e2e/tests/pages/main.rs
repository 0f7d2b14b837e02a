//! The pages of `sgi serve`, as a browser without scripts gets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod door;

use serde_json::json;
use sgi_e2e::browser::Browser;
use sgi_e2e::desks::{AnyDesk, SetUp, rt_and_itop, start, start_all};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::Fault;
use std::time::Duration;

fn config(desks: &[Box<dyn AnyDesk>]) -> String {
    desks.iter().map(|desk| desk.toml(desk.kind())).collect()
}

#[test]
fn the_tickets_of_an_object_are_there_in_three_languages() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    let lists = served.get("/api/v1/tickets?object=1001").json;
    let urls: Vec<&str> = lists["desks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|list| list["tickets"].as_array().unwrap())
        .map(|ticket| ticket["url"].as_str().unwrap())
        .collect();
    assert!(urls.len() > 20);
    for (language, title, open) in [
        ("fr-FR,fr;q=0.9", "Tickets de l’objet 1001", "Ouverts"),
        ("de", "Tickets des Objekts 1001", "Offen"),
        ("en", "Tickets of object 1001", "Open"),
    ] {
        let browser = Browser::new(&served).speaking(language);
        let page = browser.get("/tickets?object=1001");
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains(&format!("<h1>{title}</h1>")),
            "{}",
            page.text
        );
        assert!(page.text.contains(open));
        for url in &urls {
            let link = format!("href=\"{}\"", url.replace('&', "&amp;"));
            assert!(page.text.contains(&link), "{link}");
        }
    }
    let browser = Browser::new(&served);
    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    let all = rows(&browser.get("/tickets?object=1001").text);
    assert_eq!(all, urls.len());
    let open = rows(&browser.get("/tickets?object=1001&status=open").text);
    let closed = rows(&browser.get("/tickets?object=1001&status=closed").text);
    assert!(
        open > 0 && closed > 0 && open < all,
        "{open} {closed} {all}"
    );
    // Sorted by a click on a column, and the other way round by another.
    let up = browser
        .get("/tickets?object=1001&desk=rt&sort=subject")
        .text;
    let down = browser
        .get("/tickets?object=1001&desk=rt&sort=subject&reverse=true")
        .text;
    assert!(up.contains("aria-sort=\"ascending\"") && down.contains("aria-sort=\"descending\""));
    let order = |page: &str| -> Vec<String> {
        let cells = page.split("<th scope=\"row\">").skip(1);
        cells
            .map(|cell| cell.split("</th>").next().unwrap().to_owned())
            .collect()
    };
    let mut turned = order(&down);
    turned.reverse();
    assert_eq!(order(&up).len(), turned.len());
    assert_eq!(order(&up).first(), turned.first());
    // The language that somebody chooses stays, wherever they go.
    let mut browser = Browser::new(&served);
    let chosen = browser.follow("/language?to=de&back=/logbook");
    assert_eq!(chosen.text.matches("<h1>Logbuch</h1>").count(), 1);
    assert!(browser.get("/desks").text.contains("<h1>Servicedesks</h1>"));
}

#[test]
fn what_anybody_may_write_into_a_ticket_does_nothing() {
    let rt = start("rt", &SetUp::default());
    let hostile =
        "<script>alert(1)</script> \u{1b}[2J \u{202e}gpj.exe \"onload=x' &amp; javascript:alert(2)";
    rt.add(hostile, &["<b>9</b>", "4711"]);
    let sgi = Sgi::with_config(&rt.toml("rt"));
    let served = Served::start(&sgi);
    let browser = Browser::new(&served);
    for path in ["/tickets?object=4711", "/embed/tickets?object=4711"] {
        let page = browser.get(path).text;
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
        for bad in [
            "<script>a",
            "\u{1b}",
            "\u{202e}",
            "<b>9",
            "href=\"javascript",
        ] {
            assert!(!page.contains(bad), "{bad:?} {path}: {page}");
        }
    }
    served.until("/api/v1/logbook?object=4711", |page| {
        !page["entries"].as_array().unwrap().is_empty()
    });
    let page = browser.get("/logbook?object=4711").text;
    assert!(
        page.contains("&lt;script&gt;alert(1)") && !page.contains("\u{202e}"),
        "{page}"
    );
    // Nor may what stands in the address.
    let page = browser
        .get("/tickets?object=%22%3E%3Cscript%3E&title=%3Cimg%3E")
        .text;
    assert!(
        !page.contains("\"><script>") && !page.contains("<img>"),
        "{page}"
    );
    let away = browser.get("/language?to=de&back=//evil.example");
    assert_eq!(away.location, "/");
}

#[test]
fn every_page_tells_the_browser_what_it_may_do() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    let browser = Browser::new(&served);
    for path in [
        "/",
        "/tickets?object=1001",
        "/desks/rt/tickets/new?object=1001",
        "/logbook",
        "/desks",
        "/connectors",
        "/login",
        "/tickets",
        "/desks/nowhere/tickets/new?object=1",
    ] {
        let page = browser.get(path);
        assert!(
            page.policy.starts_with("default-src 'none'"),
            "{path}: {}",
            page.policy
        );
        assert!(page.policy.contains("frame-ancestors 'none'") && !page.policy.contains("unsafe"));
        assert!(
            page.text.contains("<main") && page.text.contains("lang=\"en\""),
            "{path}"
        );
        assert!(
            !page.text.contains(" style=") && !page.text.contains("<style"),
            "{path}"
        );
        assert!(
            !page.text.contains(" onclick") && !page.text.contains("<script>"),
            "{path}"
        );
        assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
    }
    assert_eq!(browser.get("/tickets").status, 422);
    assert_eq!(
        browser.get("/desks/nowhere/tickets/new?object=1").status,
        404
    );
    assert_eq!(browser.get("/assets/pages.css").status, 200);
}

#[test]
fn a_desk_that_fails_stands_beside_the_others() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    desks[0].set_fault(Some(Fault::CloseWithoutAnswer));
    let browser = Browser::new(&served).speaking("de");
    let page = browser.get("/tickets?object=1001").text;
    assert!(
        page.contains("Der Servicedesk ist im Moment nicht erreichbar."),
        "{page}"
    );
    assert!(page.contains("id=\"desk-itop\"") && page.matches("<th scope=\"row\">").count() > 10);
    let piece = browser.get("/embed/tickets?object=1001&lang=fr").text;
    assert!(
        piece.contains("Les tickets de rt ne sont pas disponibles"),
        "{piece}"
    );
    let checked = browser.post("/desks/rt/check", &[]);
    assert_eq!(checked.status, 503);
    assert!(checked.text.contains("<main"), "{}", checked.text);
    assert_eq!(
        browser.post("/desks/itop/check", &[]).location,
        "/desks#desk-itop"
    );
    assert!(browser.get("/desks").text.contains("in Ordnung"));
}

#[test]
fn a_ticket_is_created_once_however_often_its_form_is_sent() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let served = Served::start(&sgi);
    let browser = Browser::new(&served);
    let form = browser
        .get("/desks/helpdesk/tickets/new?object=1001&title=srv-01")
        .text;
    assert!(
        form.contains("New ticket for object 1001 (srv-01)"),
        "{form}"
    );
    assert!(
        form.contains("Ticket/Create.html?"),
        "the desk's own form: {form}"
    );
    let marker = form.split("name=\"marker\" value=\"").nth(1).unwrap();
    let marker = marker.split('"').next().unwrap();
    let fields = [
        ("marker", marker),
        ("object", "1001"),
        ("subject", "Disk full"),
        ("text", "one\r\ntwo"),
        ("queue", ""),
    ];
    let made = browser.post("/desks/helpdesk/tickets", &fields);
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(
        made.text.contains("The ticket was created."),
        "{}",
        made.text
    );
    let again = browser.post("/desks/helpdesk/tickets", &fields).text;
    assert!(again.contains("The ticket was there already"), "{again}");
    let creating = rt.requests();
    assert_eq!(
        creating.iter().filter(|seen| rt.is_creating(seen)).count(),
        1
    );
    let nothing = browser.post(
        "/desks/helpdesk/tickets",
        &[("object", "1001"), ("marker", marker)],
    );
    assert_eq!(nothing.status, 422, "{}", nothing.text);
}

#[test]
fn a_piece_for_the_page_of_a_cmdb_needs_nothing_else() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let ran = sgi.run(&["token", "create", "cmdb", "--role", "read", "--json"]);
    let token = ran.json()["token"].as_str().unwrap().to_owned();
    let served = Served::start(&sgi).with_token(&token);
    let piece = served
        .get("/embed/tickets?object=1001&status=open&lang=de")
        .text;
    assert!(
        piece.starts_with("<div class=\"sgi-tickets\" lang=\"de\">"),
        "{piece}"
    );
    assert!(!piece.contains("<script") && !piece.contains("style=") && !piece.contains("<html"));
    for class in piece.split("class=\"").skip(1) {
        let classes = class.split('"').next().unwrap().split(' ');
        assert!(
            classes.into_iter().all(|class| class.starts_with("sgi-")),
            "{piece}"
        );
    }
    for link in piece.split("href=\"").skip(1) {
        assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    }
    // The limit is of what is shown.
    let few = served.get("/embed/tickets?object=1001&status=closed&limit=1");
    assert_eq!(few.text.matches("<td><a ").count(), 1, "{}", few.text);
    assert_eq!(served.get("/embed/tickets?object=1001&lang=xx").status, 422);
    assert_eq!(
        served.post("/embed/tickets?object=1001", &json!({})).status,
        403
    );
    rt.set_fault(Some(Fault::Hang));
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(served.get("/embed/tickets?object=1001").status, 200);
}

fn fields<'a>(
    desk: &dyn AnyDesk,
    url: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(String, String)> {
    let (username, password) = desk.account();
    let mut fields = vec![
        ("type", desk.kind()),
        ("name", "helpdesk"),
        ("active", "true"),
        ("url", url),
        ("username", username),
        ("password", password),
    ];
    fields.extend(more);
    let mut fields: Vec<(String, String)> = fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for (key, value) in desk.options() {
        fields.push((format!("option.{key}"), (*value).to_owned()));
    }
    fields
}

#[test]
fn a_desk_is_set_up_changed_and_removed_in_a_form() {
    let (rt, itop) = rt_and_itop();
    let sgi = Sgi::with_config("");
    let served = Served::start(&sgi);
    let browser = Browser::new(&served);
    assert!(
        browser
            .get("/")
            .text
            .contains("No service desk is set up yet")
    );
    let german = Browser::new(&served).speaking("de");
    let chosen = german.get("/desks/new").text;
    for kind in ["rt", "otrs", "itop"] {
        assert!(
            chosen.contains(&format!("/desks/new?type={kind}")),
            "{chosen}"
        );
    }
    let form = german.get("/desks/new?type=rt").text;
    assert!(
        form.contains("name=\"option.queues\"") && form.contains("URL mit Protokoll"),
        "{form}"
    );

    let send = |path: &str, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        browser.post(path, &fields)
    };
    let url = rt.url();
    // A wrong password changes nothing, and nobody sees it again.
    let mut wrong = fields(&*rt, &url, &[]);
    wrong[5].1 = "not-the-password".to_owned();
    let refused = send("/desks", &wrong);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(
        refused
            .text
            .contains("does not accept username and password"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains(&format!("value=\"{url}\""))
            && !refused.text.contains("not-the-password")
    );
    assert!(
        browser
            .get("/desks")
            .text
            .contains("No service desk is set up yet")
    );
    let made = send(
        "/desks",
        &fields(&*rt, &url, &[("option.queues", "General")]),
    );
    assert_eq!(made.location, "/desks#desk-helpdesk", "{}", made.text);
    assert!(
        browser
            .get("/tickets?object=1001")
            .text
            .contains("only in RT")
    );
    let form = browser.get("/desks/helpdesk/settings").text;
    let (_, password) = rt.account();
    assert!(
        form.contains("name=\"option.queues\" value=\"Incidents\"") && !form.contains(password),
        "{form}"
    );
    // The same name again is refused.
    assert_eq!(send("/desks", &fields(&*rt, &url, &[])).status, 409);
    // From RT to iTop: the next page comes from there, nothing restarted.
    let form = browser.get("/desks/helpdesk/settings?type=itop").text;
    assert!(
        form.contains("name=\"type\" value=\"itop\"") && !form.contains("option.queues"),
        "{form}"
    );
    let revision = form.split("name=\"revision\" value=\"").nth(1).unwrap();
    let revision = revision.split('"').next().unwrap();
    let url = itop.url();
    let changed = fields(&*itop, &url, &[("revision", revision)]);
    let answer = send("/desks/helpdesk/settings", &changed);
    assert_eq!(answer.location, "/desks#desk-helpdesk", "{}", answer.text);
    let page = browser.get("/tickets?object=1001").text;
    assert!(
        page.contains("only in iTop") && !page.contains("only in RT"),
        "{page}"
    );
    // Somebody else's change is not written over.
    assert_eq!(send("/desks/helpdesk/settings", &changed).status, 412);
    let audit = served.get("/api/v1/audit").text;
    assert!(
        audit.contains("desk.update") && !audit.contains(password),
        "{audit}"
    );
    assert_eq!(
        browser.post("/desks/helpdesk/remove", &[]).location,
        "/desks"
    );
    assert_eq!(browser.get("/desks/helpdesk/settings").status, 404);
}
