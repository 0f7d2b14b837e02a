//! A connector that does what no connector should: what it tries is the name of its desk's account.
//!
//! `describe` has no account: what it tries stands in the component itself, where a test replaces it
//! (`DESCRIBES`).

mod attack;
#[cfg(feature = "wasi")]
mod wasi;

use sgi_guest::connector::{Manifest, OptionKind, OptionSpec, Place, Report, Slot, System, Text};
use sgi_guest::tickets::{Form, Page, Query};
use sgi_guest::types::{Error, Field, Object, StatusClass, Ticket};
use sgi_guest::{Settings, connector, fail, tickets};

/// What `describe` tries: `honest`, or what a test has put in its place, filled up with blanks.
static DESCRIBES: [u8; 24] = *b"describe: honest        ";

struct Guest;

impl connector::Guest for Guest {
    fn describe() -> Manifest {
        // SAFETY: it is a reference. Read as if it could change, so that the compiler keeps it.
        let text = unsafe { std::ptr::read_volatile(&DESCRIBES) };
        let text = String::from_utf8_lossy(&text).into_owned();
        let what = text.trim_start_matches("describe: ").trim();
        if what == "requests" {
            let _ = waki::Client::new().get("http://127.0.0.1:1/").send();
        } else if what != "odd-slot" {
            let _ = attack::run(what, "");
        }
        let path = match what {
            "odd-slot" => "/../\u{1b}[31m",
            _ => "/login",
        };
        let slot = |path: &str| Slot {
            method: "POST".to_owned(),
            path: path.to_owned(),
            place: Place::JsonPointer("/password".to_owned()),
            secret: "password".to_owned(),
        };
        let mut slots = vec![slot(path)];
        match what {
            "more-slots" => slots.push(slot("/elsewhere")),
            "fewer-slots" => slots.clear(),
            _ => {}
        }
        Manifest {
            id: "guest".to_owned(),
            name: "Test \u{1b}[31mguest".to_owned(),
            version: match what {
                "newer" => "2.0.0".to_owned(),
                _ => "1.0.0".to_owned(),
            },
            systems: vec![System {
                product: "None".to_owned(),
                versions: "at all".to_owned(),
            }],
            options: options(what),
            slots,
            captures: Vec::new(),
        }
    }

    fn check() -> Result<Report, Error> {
        let settings = Settings::current();
        attack::run(settings.username(), "check")?;
        Ok(Report {
            product: "None".to_owned(),
            version: "0".to_owned(),
            abilities: Vec::new(),
            findings: Vec::new(),
            learned: attack::learned(&settings),
        })
    }
}

/// One that a desk must set, or may.
fn options(what: &str) -> Vec<OptionSpec> {
    let text = |en: &str| Text {
        en: en.to_owned(),
        translations: Vec::new(),
    };
    let option = |required: bool| OptionSpec {
        key: "team".to_owned(),
        label: text("Team"),
        help: text("Whose tickets they are"),
        kind: OptionKind::Text,
        default: None,
        required,
    };
    match what {
        "needs-option" => vec![option(true)],
        "may-option" => vec![option(false)],
        _ => Vec::new(),
    }
}

impl tickets::Guest for Guest {
    fn of_object(query: Query) -> Result<Page, Error> {
        let settings = Settings::current();
        attack::run(settings.username(), "of-object")?;
        attack::page(&settings, &query)
    }

    fn get(id: String) -> Result<Ticket, Error> {
        let settings = Settings::current();
        attack::run(settings.username(), &id)?;
        attack::get(&settings, &id)
    }

    fn forms(_object: Object) -> Result<Vec<Form>, Error> {
        Err(fail::unsupported("there are none"))
    }
}

/// An honest ticket.
fn ticket(settings: &Settings, id: &str, subject: String, fields: Vec<Field>) -> Ticket {
    Ticket {
        id: id.to_owned(),
        number: id.to_owned(),
        subject,
        status: "open".to_owned(),
        status_class: StatusClass::Open,
        class: None,
        queue: None,
        priority: None,
        owner: None,
        requestors: Vec::new(),
        created: None,
        updated: None,
        starts: None,
        due: None,
        resolved: None,
        url: format!("{}/ticket/{id}", settings.link_url()),
        objects: Vec::new(),
        fields,
    }
}

sgi_guest::export!(Guest);
