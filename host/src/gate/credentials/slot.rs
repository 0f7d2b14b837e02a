//! What a connector's manifest declares about secrets, checked.

use super::path::PathPattern;
use super::place::{Place, clip};
use http::Method;
use std::fmt;

/// The name by which a slot means the desk's password.
pub(super) const PASSWORD: &str = "password";
/// How many slots a manifest may declare: as many as a person can still read through.
const MOST_SLOTS: usize = 64;
/// How many captures a manifest may declare.
const MOST_CAPTURES: usize = 8;
/// The longest name of a capture.
const LONGEST_NAME: usize = 64;

/// What is wrong with a slot or a capture of a manifest: for whoever wrote the connector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidSlot(String);

impl InvalidSlot {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Where a request may carry which secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    method: Method,
    path: PathPattern,
    place: Place,
    secret: String,
}

impl Slot {
    /// A slot of a manifest. That a capture has the secret's name, [`Declared::new`] checks.
    pub(crate) fn new(
        method: &str,
        path: &str,
        place: Place,
        secret: &str,
    ) -> Result<Self, InvalidSlot> {
        if secret != PASSWORD {
            check_capture_name(secret)?;
        } else if let Place::Query(name) = &place {
            return Err(InvalidSlot::new(format!(
                "the password may not go into the query ({name}), which ends up in logs: name a header or \
                 a body"
            )));
        }
        Ok(Self {
            method: read_method(method)?,
            path: PathPattern::new(path)?,
            place,
            secret: secret.to_owned(),
        })
    }

    /// Where in the request.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// `password`, or the name of a capture.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path.matches(path)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            place,
            secret,
        } = self;
        let joint = match place {
            Place::Basic => "as",
            _ => "in",
        };
        write!(f, "{method} {path}: {secret} {joint} {place}")
    }
}

/// Where an answer hands out a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture {
    name: String,
    method: Method,
    path: PathPattern,
    place: Place,
}

impl Capture {
    /// A capture of a manifest.
    pub(crate) fn new(
        name: &str,
        method: &str,
        path: &str,
        place: Place,
    ) -> Result<Self, InvalidSlot> {
        check_capture_name(name)?;
        if matches!(place, Place::Basic | Place::FormField(_) | Place::Query(_)) {
            return Err(InvalidSlot::new(format!(
                "the capture {name} is declared at {place}, which no answer has: \
                 name a header, a JSON pointer or an XML element"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            method: read_method(method)?,
            path: PathPattern::new(path)?,
            place,
        })
    }

    /// What slots call the secret.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where in the answer.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            method,
            path,
            place,
        } = self;
        write!(f, "{method} {path}: the answer hands out {name} in {place}")
    }
}

/// All that one manifest declares about secrets. Consistent in itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    slots: Vec<Slot>,
    captures: Vec<Capture>,
}

impl Declared {
    /// Checks slots and captures against each other.
    pub(crate) fn new(slots: Vec<Slot>, captures: Vec<Capture>) -> Result<Self, InvalidSlot> {
        if slots.len() > MOST_SLOTS {
            return Err(InvalidSlot::new(format!(
                "the manifest declares {} slots; {MOST_SLOTS} are allowed",
                slots.len()
            )));
        }
        if captures.len() > MOST_CAPTURES {
            return Err(InvalidSlot::new(format!(
                "the manifest declares {} captures; {MOST_CAPTURES} are allowed",
                captures.len()
            )));
        }
        for (position, capture) in captures.iter().enumerate() {
            let mut before = captures.iter().take(position);
            if before.any(|other| other.name == capture.name) {
                return Err(InvalidSlot::new(format!(
                    "the capture {} is declared twice",
                    capture.name
                )));
            }
        }
        for slot in &slots {
            let known = slot.secret == PASSWORD
                || captures.iter().any(|capture| capture.name == slot.secret);
            if !known {
                return Err(InvalidSlot::new(format!(
                    "the slot \"{slot}\" names the secret {}, which is neither password nor a \
                     declared capture",
                    slot.secret
                )));
            }
        }
        Ok(Self { slots, captures })
    }

    /// All of them, in words.
    pub(crate) fn in_words(&self) -> (Vec<String>, Vec<String>) {
        let slots = self.slots.iter().map(ToString::to_string).collect();
        let captures = self.captures.iter().map(ToString::to_string).collect();
        (slots, captures)
    }

    pub(super) fn slots_for(&self, method: &Method, path: &str) -> Vec<&Slot> {
        let fits = |slot: &&Slot| slot.matches(method, path);
        self.slots.iter().filter(fits).collect()
    }

    /// Whether an answer may hand out a secret of that name.
    pub(crate) fn captures_a(&self, name: &str) -> bool {
        self.captures.iter().any(|capture| capture.name == name)
    }

    pub(super) fn captures_for(&self, method: &Method, path: &str) -> Vec<&Capture> {
        let fits = |capture: &&Capture| capture.method == *method && capture.path.matches(path);
        self.captures.iter().filter(fits).collect()
    }
}

fn check_capture_name(name: &str) -> Result<(), InvalidSlot> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if letters && !name.is_empty() && name.len() <= LONGEST_NAME && name != PASSWORD {
        return Ok(());
    }
    Err(InvalidSlot::new(format!(
        "{:?} cannot name a capture: lower case and hyphens, at most {LONGEST_NAME}, not {PASSWORD}",
        clip(name)
    )))
}

/// TRACE answers with the request, CONNECT leaves HTTP: neither carries a secret.
fn read_method(method: &str) -> Result<Method, InvalidSlot> {
    let plain = method.bytes().all(|byte| byte.is_ascii_uppercase()) && method.len() <= 16;
    Method::from_bytes(method.as_bytes())
        .ok()
        .filter(|read| plain && *read != Method::TRACE && *read != Method::CONNECT)
        .ok_or_else(|| {
            InvalidSlot::new(format!(
                "{:?} is no method that can carry a secret (GET, POST …, in capitals)",
                clip(method)
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: fmt::Debug>(result: Result<T, InvalidSlot>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_administrator_can_read_a_slot() {
        let slot = Slot::new("GET", "/REST/2.0/*", Place::Basic, "password").unwrap();
        assert_eq!(
            slot.to_string(),
            "GET /REST/2.0/*: password as HTTP Basic credentials"
        );
        let place = Place::json_pointer("/SessionID").unwrap();
        let slot = Slot::new("POST", "/TicketSearch", place.clone(), "session").unwrap();
        assert_eq!(
            slot.to_string(),
            "POST /TicketSearch: session in the JSON value /SessionID"
        );
        let capture = Capture::new("session", "POST", "/Session", place).unwrap();
        assert_eq!(
            capture.to_string(),
            "POST /Session: the answer hands out session in the JSON value /SessionID"
        );
    }

    #[test]
    fn a_method_is_written_in_capitals_and_returns_no_request() {
        for method in ["", "get", "TRACE", "CONNECT", "GET POST", "G\nT", "PÖST"] {
            assert!(Slot::new(method, "/", Place::Basic, "password").is_err());
        }
        assert!(Slot::new("PROPFIND", "/", Place::Basic, "password").is_ok());
    }

    #[test]
    fn a_slot_names_the_password_or_a_capture() {
        let slot = Slot::new("GET", "/", Place::Basic, "session").unwrap();
        assert!(
            message(Declared::new(vec![slot.clone()], vec![]))
                .contains("neither password nor a declared capture")
        );
        let place = Place::json_pointer("/SessionID").unwrap();
        let capture = Capture::new("session", "POST", "/Session", place).unwrap();
        assert!(Declared::new(vec![slot], vec![capture.clone()]).is_ok());
        assert!(message(Declared::new(vec![], vec![capture.clone(), capture])).contains("twice"));
    }

    #[test]
    fn no_answer_holds_basic_credentials_or_a_form() {
        assert!(Capture::new("session", "POST", "/", Place::Basic).is_err());
        let form = Place::form_field("a").unwrap();
        assert!(Capture::new("session", "POST", "/", form).is_err());
    }

    #[test]
    fn a_capture_has_a_name_of_its_own() {
        for name in ["", "password", "Session", "a b", "a1", "é"] {
            let place = Place::header("X-Session").unwrap();
            assert!(Capture::new(name, "POST", "/", place).is_err(), "{name}");
        }
    }

    #[test]
    fn nobody_reads_through_a_hundred_slots() {
        let slot = Slot::new("GET", "/", Place::Basic, "password").unwrap();
        assert!(Declared::new(vec![slot; 100], vec![]).is_err());
    }

    #[test]
    fn a_slot_fits_its_method_and_path_alone() {
        let slot = Slot::new("GET", "/a/*", Place::Basic, "password").unwrap();
        let declared = Declared::new(vec![slot], vec![]).unwrap();
        assert_eq!(declared.slots_for(&Method::GET, "/a/b").len(), 1);
        assert!(declared.slots_for(&Method::POST, "/a/b").is_empty());
        assert!(declared.slots_for(&Method::GET, "/a").is_empty());
        let lower = Method::from_bytes(b"get").unwrap();
        assert!(declared.slots_for(&lower, "/a/b").is_empty());
    }
}
