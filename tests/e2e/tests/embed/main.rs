//! Tickets in the CMDB's own page: as a piece of it, in a frame, and made with PHP; and what the CMDB tells of its
//! objects.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod frame;
mod objects;
mod php;
mod piece;

use sgi_e2e::Sgi;
use sgi_e2e::desks::AnyDesk;

/// The site of the CMDB.
const SITE: &str = "https://cmdb.example.org";

/// A user with these desks, whose tickets the CMDB may show in a frame.
fn framing(desks: &[Box<dyn AnyDesk>], more: &str) -> Sgi {
    let desks: String = desks.iter().map(|desk| desk.toml(desk.kind())).collect();
    Sgi::with_config(&format!(
        "{desks}[service]\nframe_ancestors = [{SITE:?}, \"http://localhost:8000\"]\n{more}"
    ))
}

/// A token that may read.
fn token(sgi: &Sgi) -> String {
    let ran = sgi.run(&["token", "create", "cmdb", "--role", "read", "--json"]);
    ran.json()["token"].as_str().unwrap().to_owned()
}

/// The values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let parts = html.split(start.as_str()).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}
