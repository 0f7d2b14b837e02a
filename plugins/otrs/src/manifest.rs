//! What this connector is, and where its requests carry a secret.

use crate::channel::{Operation, SESSION, SOAP_SESSION, Transport};
use crate::options;
use sgi_guest::connector::{Capture, Manifest, Place, Slot, System};

/// Name and version, as sent to OTRS.
pub(crate) const USER_AGENT: &str = concat!("sgi-connector-otrs/", env!("CARGO_PKG_VERSION"));

/// The web services of OTRS are below this; the star is the name of one.
const SERVICE: &str = "/nph-genericinterface.pl/Webservice/*";

pub(crate) fn manifest() -> Manifest {
    let system = |product: &str, versions: &str| System {
        product: product.to_owned(),
        versions: versions.to_owned(),
    };
    Manifest {
        id: "otrs".to_owned(),
        name: "OTRS, Znuny, OTOBO".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        systems: vec![
            system("((OTRS)) Community Edition", "6"),
            system("Znuny", "6.5 and 7"),
            system("OTOBO", "10 and later"),
        ],
        options: options::all(),
        slots: slots(),
        captures: captures(),
    }
}

/// The password goes into the login alone, the session into everything else. Each REST operation has
/// a path of its own; by SOAP all of them are sent to one.
fn slots() -> Vec<Slot> {
    let slot = |path: String, place: Place, secret: &str| Slot {
        method: "POST".to_owned(),
        path,
        place,
        secret: secret.to_owned(),
    };
    let mut slots = Vec::new();
    for operation in Operation::ALL {
        let path = format!("{SERVICE}{}", operation.route());
        slots.push(if operation == Operation::SessionCreate {
            slot(path, Place::JsonPointer("/Password".to_owned()), "password")
        } else {
            slot(path, Place::JsonPointer("/SessionID".to_owned()), SESSION)
        });
    }
    // The stock REST web service reads by GET alone, and takes a session in the query alone.
    let read = Operation::ALL
        .into_iter()
        .filter_map(Operation::read_by_get);
    slots.extend(read.map(|route| Slot {
        method: "GET".to_owned(),
        path: format!("{SERVICE}{route}"),
        place: Place::QueryParameter("SessionID".to_owned()),
        secret: SESSION.to_owned(),
    }));
    let element = |name: &str| Place::XmlElement(name.to_owned());
    slots.push(slot(SERVICE.to_owned(), element("Password"), "password"));
    slots.push(slot(SERVICE.to_owned(), element("SessionID"), SOAP_SESSION));
    slots
}

fn captures() -> Vec<Capture> {
    let capture = |transport: Transport, path: String, place: Place| Capture {
        name: transport.session().to_owned(),
        method: "POST".to_owned(),
        path,
        place,
    };
    vec![
        capture(
            Transport::Rest,
            format!("{SERVICE}{}", Operation::SessionCreate.route()),
            Place::JsonPointer("/SessionID".to_owned()),
        ),
        capture(
            Transport::Soap,
            SERVICE.to_owned(),
            Place::XmlElement("SessionID".to_owned()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_goes_into_the_login_and_nowhere_else() {
        let manifest = manifest();
        let carriers: Vec<&str> = manifest
            .slots
            .iter()
            .filter(|slot| slot.secret == "password")
            .map(|slot| slot.path.as_str())
            .collect();
        assert_eq!(carriers, [format!("{SERVICE}/Session").as_str(), SERVICE]);
    }

    #[test]
    fn every_session_that_is_used_is_captured() {
        let manifest = manifest();
        for slot in manifest
            .slots
            .iter()
            .filter(|slot| slot.secret != "password")
        {
            let names: Vec<&str> = manifest.captures.iter().map(|c| c.name.as_str()).collect();
            assert!(names.contains(&slot.secret.as_str()), "{}", slot.secret);
        }
    }

    #[test]
    fn options_have_their_texts_in_three_languages() {
        for option in manifest().options {
            for text in [option.label, option.help] {
                let languages: Vec<&str> = text.translations.iter().map(|t| t.0.as_str()).collect();
                assert_eq!(languages, ["de", "fr"], "{}", option.key);
                assert!(!text.en.is_empty(), "{}", option.key);
            }
        }
    }
}
