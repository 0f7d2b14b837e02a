//! Pictures of the pages, with the demo's desks: `cargo screenshots`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is broken must fail loudly"
)]

use sgi_e2e::Served;
use sgi_e2e::chromium::Chromium;
use std::path::PathBuf;

/// Name, address, whether it is dark, language, width and height.
const PICTURES: [(&str, &str, bool, &str, u32, u32); 9] = [
    ("first", "/", false, "en", 1000, 560),
    (
        "tickets",
        "/tickets?object=1001&status=open&title=srv-db-01",
        false,
        "en",
        1000,
        600,
    ),
    (
        "tickets-dark",
        "/tickets?object=1001&object=1002&sort=updated",
        true,
        "de",
        1000,
        600,
    ),
    (
        "new-ticket",
        "/desks/rt/tickets/new?object=1001&title=srv-db-01",
        false,
        "fr",
        1000,
        760,
    ),
    ("logbook", "/logbook", false, "en", 1000, 600),
    ("desks", "/desks", true, "en", 1000, 760),
    ("settings", "/desks/new?type=otrs", false, "de", 1000, 760),
    ("connectors", "/connectors", false, "en", 1000, 760),
    (
        "narrow",
        "/tickets?object=1001&status=open",
        true,
        "fr",
        380,
        760,
    ),
];

fn main() {
    let folder = std::env::args()
        .nth(1)
        .expect("the folder for the pictures");
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).expect("a writable folder");
    let home = tempfile::tempdir().expect("a temporary folder");
    let served = Served::demo(home.path());
    served.until("/api/v1/logbook?kind=created&newest_first=true", |page| {
        let entries = page["entries"].as_array().into_iter().flatten();
        let recent = entries.filter(|entry| entry["ticket"]["subject"] == "Fan rattles");
        recent.count() > 0
    });
    for desk in ["rt", "otrs", "itop"] {
        served.post(
            &format!("/api/v1/desks/{desk}/check"),
            &serde_json::json!({}),
        );
    }
    let browser = Chromium::start();
    let tab = browser.tab();
    for (name, path, dark, language, width, height) in PICTURES {
        tab.speaks(language);
        tab.is_dark(dark);
        tab.is_wide(width, height);
        tab.open(&served.url(path));
        let picture = tab.picture();
        println!("{name}.png: {} KiB", picture.len().div_ceil(1024));
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a writable folder");
    }
}
