//! What others write into tickets is shown, and does nothing.

use crate::quiet;
use serde_json::Value;
use sgi_e2e::chromium::Chromium;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};

const SUBJECTS: [&str; 6] = [
    "<script>alert('script')</script>",
    "<img src=x onerror=\"alert('img')\"><svg onload=alert('svg')>",
    "\"><a href=\"javascript:alert('link')\">click</a>",
    "javascript:alert('word')",
    "\u{1b}]8;;javascript:alert('esc')\u{7}link\u{1b}]8;;\u{7}\u{1b}[2J",
    "\u{202e}gpj.exe\u{2066} mirrored \u{200f}",
];

#[test]
fn what_is_written_into_tickets_is_shown_and_does_nothing() {
    let rt = start("rt", &SetUp::default());
    let tickets: Vec<String> = SUBJECTS
        .iter()
        .map(|subject| rt.add(subject, &["4711", "<b onclick=alert('object')>b</b>"]))
        .collect();
    rt.rename(&tickets[0], "</td><script>alert('renamed')</script>");
    let sgi = Sgi::with_config(&rt.toml("rt"));
    let served = Served::start(&sgi);
    served.until("/api/v1/logbook?object=4711", |page| {
        page["entries"]
            .as_array()
            .is_some_and(|all| all.len() >= SUBJECTS.len())
    });
    let browser = Chromium::start();
    let tab = browser.tab();
    for path in [
        "/tickets?object=4711",
        "/logbook?object=4711",
        "/embed/tickets?object=4711",
        "/desks/rt/tickets/new?object=4711&title=%3Cscript%3Ealert(1)%3C/script%3E",
        "/tickets?object=%22%3E%3Cscript%3Ealert(2)%3C/script%3E&title=%3Cimg%20src=x%20onerror=alert(3)%3E",
        "/login?next=javascript:alert(4)",
        "/language?to=de&back=javascript:alert(5)",
    ] {
        tab.open(&served.url(path));
        tab.eval("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        // What links lead to is the desk or a page of ours; only our own script is there.
        let links = tab.eval("[...document.links].map((link) => link.protocol)");
        let links = links.as_array().unwrap();
        assert!(
            links.iter().all(|link| link == "http:"),
            "{path}: {links:?}"
        );
        let foreign = tab.eval(
            "document.querySelectorAll('script:not([src=\"/assets/pages.js\"]), img, svg, b, [onclick], [onerror], [onload]').length",
        );
        assert_eq!(foreign, 0, "{path}");
        let text = tab.text();
        for bad in ['\u{1b}', '\u{7}', '\u{202e}', '\u{2066}'] {
            assert!(!text.contains(bad), "{path}: {bad:?}: {text}");
        }
        quiet(&tab);
    }
    tab.open(&served.url("/tickets?object=4711"));
    tab.eval("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    let text = tab.text();
    for shown in [
        "</td><script>alert('renamed')</script>",
        "<img src=x onerror=\"alert('img')\"><svg onload=alert('svg')>",
        "\"><a href=\"javascript:alert('link')\">click</a>",
        "javascript:alert('word')",
        "gpj.exe",
        "<b onclick=alert('object')>b</b>",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    // Where each row begins, its own words stay: nothing is mirrored beyond its place.
    let whole = tab.eval("[...document.querySelectorAll('tbody th bdi')].length");
    assert_eq!(whole, Value::from(SUBJECTS.len()));
}
