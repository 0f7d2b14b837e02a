//! What i-doit calls its objects stands in the pages; without i-doit, they go on.

use serde_json::json;
use sgi_e2e::browser::Browser;
use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_e2e::{Served, Sgi};
use sgi_test_desks::idoit::{API_KEY, IDoitOptions, ObjectRow};
use sgi_test_desks::{Fault, IDoit, ITopDesk, ITopOptions};
use std::time::{Duration, Instant};

fn idoit() -> IDoit {
    let idoit = IDoit::start(IDoitOptions {
        web_path: "/i-doit".to_owned(),
        ..IDoitOptions::default()
    });
    idoit.add_object(ObjectRow::new(4711, "srv <b>db</b>"));
    idoit.add_object(ObjectRow::new(4712, "twice"));
    idoit.add_object(ObjectRow::new(4713, "Twice"));
    idoit
}

fn with(desk: &dyn AnyDesk, idoit: &IDoit) -> Sgi {
    Sgi::with_config(&format!(
        "{}[cmdb]\nkind = \"i-doit\"\nurl = {:?}\nkey = {API_KEY:?}\ninterval = \"1h\"\n",
        desk.toml("helpdesk"),
        idoit.url()
    ))
}

/// How often it was asked what an object is called.
fn asked(idoit: &IDoit) -> usize {
    let seen = idoit.requests();
    let bodies = seen
        .iter()
        .map(|seen| String::from_utf8_lossy(&seen.body).into_owned());
    bodies.filter(|body| body.contains("cmdb.object")).count()
}

/// The page once it says this: i-doit is not waited for long.
fn until(browser: &Browser<'_>, path: &str, says: &str) -> String {
    let began = Instant::now();
    loop {
        let page = browser.get(path).text;
        if page.contains(says) {
            return page;
        }
        assert!(
            began.elapsed().as_secs() < 60,
            "{says:?} not within a minute: {page}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_object_is_called_what_i_doit_calls_it() {
    let (rt, idoit) = (start("rt", &SetUp::default()), idoit());
    let ticket = rt.add("Disk full", &["4711"]);
    let sgi = with(&*rt, &idoit);
    let served = Served::start(&sgi);
    let browser = Browser::new(&served);
    let page = until(
        &browser,
        "/tickets?object=4711",
        "4711 (srv &lt;b&gt;db&lt;/b&gt;)",
    );
    let home = format!("href=\"{}/?objID=4711\"", idoit.url());
    assert!(
        page.contains("Server") && page.contains(&home) && page.contains("Disk full"),
        "{page}"
    );
    // Programs are told, too, and nobody is asked again.
    let before = asked(&idoit);
    let lists = served.get("/api/v1/tickets?object=4711").json;
    let url = format!("{}/?objID=4711", idoit.url());
    let about = json!([{ "id": "4711", "title": "srv <b>db</b>", "url": url, "kind": "Server" }]);
    assert_eq!(lists["about"], about);
    // What is given goes before it; what i-doit does not know is as it was given.
    let given = browser.get("/tickets?object=4711&title=mine").text;
    assert!(
        given.contains("4711 (mine)") && given.contains(&home),
        "{given}"
    );
    // Whoever made a link to the page may have been anybody.
    let lured = browser
        .get("/tickets?object=4711&url=https://evil.example/")
        .text;
    assert!(!lured.contains("href=\"https://evil.example"), "{lured}");
    assert_eq!(asked(&idoit), before);
    let unknown = browser.get("/tickets?object=99999").text;
    assert!(
        unknown.contains("<h1>Tickets of object 99999</h1>"),
        "{unknown}"
    );
    // The form of the desk has it filled in.
    let form = browser.get("/desks/helpdesk/tickets/new?object=4711").text;
    assert!(
        form.contains("New ticket for object 4711 (srv &lt;b&gt;"),
        "{form}"
    );
    // RT takes it for HTML, so it is escaped there.
    assert!(form.contains("srv%20%26lt%3Bb%26gt%3Bdb"), "{form}");
    assert!(form.contains("objID%3D4711"), "{form}");
    // So does the logbook.
    served.until("/api/v1/logbook?object=4711", |page| {
        !page["entries"].as_array().unwrap().is_empty()
    });
    let logbook = until(
        &browser,
        &format!("/logbook?ticket={ticket}"),
        "srv &lt;b&gt;db",
    );
    assert!(logbook.contains("<bdi>4711</bdi>"), "{logbook}");
    let of_object = browser.get("/logbook?object=4711").text;
    assert!(
        of_object.contains("Logbook of object 4711 (srv &lt;b&gt;"),
        "{of_object}"
    );
}

/// The page leads there: i-doit is not waited for long.
fn leads(browser: &Browser<'_>, path: &str, to: &str) {
    let began = Instant::now();
    while browser.get(path).location != to {
        assert!(began.elapsed().as_secs() < 60, "not within a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_object_is_searched_by_its_title() {
    let (rt, idoit) = (start("rt", &SetUp::default()), idoit());
    let sgi = with(&*rt, &idoit);
    let served = Served::start(&sgi);
    let browser = Browser::new(&served);
    assert!(browser.get("/").text.contains("its id or its title"));
    assert_eq!(
        browser.get("/?q=4711+4712").location,
        "/tickets?object=4711&object=4712"
    );
    leads(
        &browser,
        "/?q=SRV+%3Cb%3Edb%3C/b%3E",
        "/tickets?object=4711",
    );
    let several = until(&browser, "/?q=twice", "href=\"/tickets?object=4712\"");
    assert!(
        several.contains("href=\"/tickets?object=4713\""),
        "{several}"
    );
    let none = until(
        &browser,
        "/?q=%3Ci%3Enobody",
        "No object of the CMDB has the title “&lt;i&gt;nobody”.",
    );
    assert!(
        none.contains("href=\"/tickets?object=%3Ci%3Enobody\""),
        "{none}"
    );
    // Where nobody can tell, it is an id.
    idoit.set_fault(Some(Fault::CloseWithoutAnswer));
    assert_eq!(browser.get("/?q=twice").location, "/tickets?object=twice");
}

#[test]
fn without_i_doit_the_pages_go_on() {
    let (rt, idoit) = (start("rt", &SetUp::default()), idoit());
    rt.add("Disk full", &["4711"]);
    for fault in [
        Fault::CloseWithoutAnswer,
        Fault::Hang,
        Fault::Html,
        Fault::status(500, "no"),
    ] {
        let sgi = with(&*rt, &idoit);
        let served = Served::start(&sgi);
        let browser = Browser::new(&served);
        idoit.set_fault(Some(fault.clone()));
        let page = browser.get("/tickets?object=4711").text;
        assert!(
            page.contains("<h1>Tickets of object 4711</h1>"),
            "{fault:?}: {page}"
        );
        assert!(page.contains("Disk full"), "{fault:?}: {page}");
        assert!(
            browser
                .get("/desks/helpdesk/tickets/new?object=4711")
                .text
                .contains("object 4711</h1>")
        );
        assert_eq!(browser.get("/logbook?object=4711").status, 200);
        assert!(
            browser
                .get("/embed/tickets?object=4711")
                .text
                .contains("Disk full")
        );
        idoit.set_fault(None);
        if matches!(fault, Fault::Html) {
            // It is left alone for a moment, and then asked again.
            until(&browser, "/tickets?object=4711", "4711 (srv &lt;b&gt;");
        }
    }
}

/// A desk that knows objects by their titles finds those of which only the id is given.
#[test]
fn a_desk_that_goes_by_titles_finds_what_i_doit_knows() {
    let idoit = idoit();
    let itop = ITopDesk::start(ITopOptions::default());
    let table = AnyDesk::toml(&itop, "helpdesk");
    let head = table.split("[desks.helpdesk.options]").next().unwrap();
    let config = format!(
        "{head}[desks.helpdesk.options]\nobjects-attribute = \"name\"\n[cmdb]\nkind = \"i-doit\"\n\
         url = {:?}\nkey = {API_KEY:?}\ninterval = \"1h\"\n",
        idoit.url()
    );
    let lists = || {
        let sgi = Sgi::with_config(&config);
        let served = Served::start(&sgi);
        served.get("/api/v1/tickets?object=4711").json["desks"][0].clone()
    };
    // On the command line, too.
    let run = || Sgi::with_config(&config).run(&["tickets", "4711"]);
    let (found, ran) = (lists(), run());
    assert!(found["problem"].is_null(), "{found}");
    assert_eq!(ran.status, 0, "{ran:?}");
    idoit.set_fault(Some(Fault::CloseWithoutAnswer));
    let (without, ran) = (lists(), run());
    let detail = without["problem"]["detail"].as_str().unwrap();
    assert!(detail.contains("title"), "{without}");
    assert!(ran.status != 0 && ran.err.contains("title"), "{ran:?}");
}
