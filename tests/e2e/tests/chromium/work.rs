//! Tickets, their details, new ones, and the logbook: with scripts and without.

use crate::quiet;
use sgi_e2e::chromium::{Chromium, Tab};
use sgi_e2e::desks::{AnyDesk, SetUp, start, start_all};
use sgi_e2e::{Served, Sgi};

fn config(desks: &[Box<dyn AnyDesk>]) -> String {
    desks.iter().map(|desk| desk.toml(desk.kind())).collect()
}

fn looks_and_creates(tab: &Tab<'_>, served: &Served, subject: &str) {
    tab.open(&served.url("/"));
    // The box has the keyboard from the beginning.
    tab.until("document.activeElement.id === 'q'");
    tab.fill("#q", "1001");
    tab.enter();
    assert_eq!(tab.place(), "/tickets?object=1001");
    let all = tab.count("tbody th");
    assert!(all > 20, "{}", tab.text());
    tab.follow(".tabs a[href*='status=open']");
    let open = tab.count("tbody th");
    assert!(open > 0 && open < all);
    tab.follow("thead a[href*='sort=updated']");
    assert_eq!(tab.count("th[aria-sort]"), 3, "{}", tab.text());
    // Details unfold, and a click opens the ticket in its desk, in a window that knows nothing of ours.
    assert!(
        !tab.eval("document.querySelector('.more details').open")
            .as_bool()
            .unwrap()
    );
    tab.click(".more summary");
    assert!(
        tab.eval("document.querySelector('.more details').open")
            .as_bool()
            .unwrap()
    );
    let link = tab.eval(
        "(() => { const a = document.querySelector('tbody th a'); return [a.target, a.rel]; })()",
    );
    assert_eq!(link, serde_json::json!(["_blank", "noopener noreferrer"]));

    tab.follow("a.action[href*='/desks/rt/tickets/new']");
    assert!(tab.heading().contains("1001"), "{}", tab.heading());
    assert!(
        tab.count("a[href*='Ticket/Create.html']") > 0,
        "{}",
        tab.text()
    );
    tab.fill("[name=subject]", subject);
    tab.fill("[name=text]", "It rattles.\nLoudly.");
    tab.follow("form.stack button");
    assert!(
        tab.text().contains("The ticket was created."),
        "{}",
        tab.text()
    );
    tab.follow("main p a[href^='/tickets']");
    assert!(tab.text().contains(subject), "{}", tab.text());
}

#[test]
fn tickets_are_found_opened_and_created_with_scripts_and_without() {
    let desks = start_all(&SetUp::default());
    let sgi = Sgi::with_config(&config(&desks));
    let served = Served::start(&sgi);
    let browser = Chromium::start();
    for (scripts, subject) in [(true, "A fan rattles"), (false, "Another fan rattles")] {
        let tab = browser.tab();
        tab.runs_scripts(scripts);
        looks_and_creates(&tab, &served, subject);
        quiet(&tab);
    }
    // A workstation and its components on one page: by a click, and back.
    let tab = browser.tab();
    tab.open(&served.url("/tickets?object=1001"));
    let alone = tab.count("tbody th");
    tab.fill(".objects [name=object]:not([type=hidden])", "1002");
    tab.follow(".objects button");
    assert_eq!(tab.place(), "/tickets?object=1001&object=1002");
    assert!(tab.count("tbody th") > alone, "{}", tab.text());
    tab.follow(".object a[href='/tickets?object=1001']");
    assert_eq!(tab.count("tbody th"), alone);
    tab.fill("#q", "1001, 1002");
    tab.enter();
    assert_eq!(tab.place(), "/tickets?object=1001&object=1002");
    // The logbook has it by itself, and shows it to who looks for that.
    served.until(
        "/api/v1/logbook?desk=rt&kind=created&object=1001&newest_first=true",
        |page| page.to_string().contains("Another fan rattles"),
    );
    tab.open(&served.url("/logbook"));
    tab.fill("[name=object]", "1001");
    tab.choose("[name=desk]", "rt");
    tab.choose("[name=kind]", "created");
    tab.follow("form.filter button");
    assert!(tab.place().contains("kind=created"), "{}", tab.place());
    let text = tab.text();
    assert!(
        text.contains("Another fan rattles") && !text.contains("itop #"),
        "{text}"
    );
    quiet(&tab);
}

#[test]
fn what_a_desk_is_asked_for_anew_comes_by_itself() {
    let rt = start(
        "rt",
        &SetUp {
            latency: std::time::Duration::from_millis(1500),
            ..SetUp::default()
        },
    );
    let sgi = Sgi::with_config(&rt.toml("rt"));
    let served = Served::start(&sgi);
    let browser = Chromium::start();
    let tab = browser.tab();
    // Not waited for: the page is there at once.
    tab.open(&served.url("/tickets?object=1001&wait=0"));
    assert_eq!(tab.count("tbody th"), 0, "{}", tab.text());
    tab.until("document.querySelectorAll('tbody th').length > 0");
    let shown = tab.count("tbody th").to_string();
    assert_eq!(
        tab.eval("document.querySelector('.tabs .count').innerText"),
        shown
    );
    quiet(&tab);
}
