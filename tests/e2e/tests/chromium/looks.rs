//! Every page can be used by everybody: light and dark, narrow and wide, in three languages.

use crate::{quiet, usable};
use sgi_e2e::Served;
use sgi_e2e::chromium::Chromium;

const PAGES: [&str; 11] = [
    "/",
    "/tickets?object=1001",
    "/tickets?object=1001&object=1002&status=open&sort=updated",
    "/tickets?object=nothing-is-about-this",
    "/desks/itop/tickets/new?object=1001&title=srv-db-01",
    "/logbook",
    "/desks",
    "/desks/new",
    "/desks/new?type=rt",
    "/connectors",
    "/login",
];

/// The demo, with something in its logbook.
fn lived_in(home: &tempfile::TempDir) -> Served {
    let served = Served::demo(home.path());
    served.until("/api/v1/logbook", |page| {
        page["entries"].as_array().is_some_and(|all| all.len() > 20)
    });
    served
}

#[test]
fn every_page_can_be_used_light_and_dark() {
    let home = tempfile::tempdir().unwrap();
    let served = lived_in(&home);
    let browser = Chromium::start();
    let tab = browser.tab();
    for path in PAGES.into_iter().chain(["/nowhere", "/tickets"]) {
        tab.is_dark(false);
        tab.open(&served.url(path));
        // Closed details hide what is in them from axe as from people.
        tab.eval("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        usable(&tab);
        let light = tab.eval("getComputedStyle(document.body).backgroundColor");
        tab.is_dark(true);
        let dark = tab.eval("getComputedStyle(document.body).backgroundColor");
        assert_ne!(light, dark, "{path}");
        usable(&tab);
        quiet(&tab);
    }
}

#[test]
fn a_narrow_window_shows_all_of_a_page() {
    let home = tempfile::tempdir().unwrap();
    let served = lived_in(&home);
    let browser = Chromium::start();
    let tab = browser.tab();
    tab.is_wide(320, 640);
    for path in PAGES {
        tab.open(&served.url(path));
        // Tables scroll in a frame of their own; the page does not (WCAG 1.4.10).
        let wide = tab.eval("document.documentElement.scrollWidth");
        assert!(wide.as_u64().unwrap() <= 320, "{path}: {wide}");
        quiet(&tab);
    }
}

#[test]
fn each_language_is_the_browsers_or_chosen() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    let browser = Chromium::start();
    let tab = browser.tab();
    for (language, heading) in [
        ("de-AT,de;q=0.9", "Tickets des Objekts 1001"),
        ("fr", "Tickets de l’objet 1001"),
        ("en-GB", "Tickets of object 1001"),
    ] {
        tab.speaks(language);
        tab.open(&served.url("/tickets?object=1001"));
        assert_eq!(tab.heading(), heading);
        assert_eq!(tab.eval("document.documentElement.lang"), language[..2]);
    }
    // By the keyboard: the first key leads past what all pages have.
    tab.press("Tab", 9);
    assert_eq!(tab.eval("document.activeElement.className"), "skip");
    tab.follow(".languages button[value=de]");
    assert_eq!(tab.place(), "/tickets?object=1001");
    assert_eq!(tab.heading(), "Tickets des Objekts 1001");
    tab.follow("header nav a[href='/logbook']");
    assert_eq!(tab.heading(), "Logbuch");
    quiet(&tab);
}
