//! A ticket that is to be created, and what came of it.

use crate::error::{Error, Problem};
use crate::model::{Object, Ticket};
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Longer subjects are cut or refused by every desk.
const MAX_SUBJECT: usize = 255;
/// Far above what a person writes, far below what a request may hold.
const MAX_TEXT: usize = 1 << 20;

/// A ticket that is to be.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The objects that it shall reference; at least one.
    pub objects: Vec<Object>,
    /// Where it goes, by the name that people know; none: the desk's or the connector's default.
    pub queue: Option<String>,
    /// Incident, request …, where the desk has classes; none: the connector's default.
    pub class: Option<String>,
    /// One line, at most 255 characters.
    pub subject: String,
    /// Plain text; may be empty.
    pub text: String,
    /// Who asks: an address or a name that the desk knows; none: the account itself.
    pub requestor: Option<String>,
    /// As the desk calls it; none: the desk's default.
    pub priority: Option<String>,
    /// What tells this ticket from all others, in every attempt to create it.
    pub marker: Marker,
}

impl Draft {
    /// A draft with a marker of its own and nothing else.
    pub fn new(objects: Vec<Object>, subject: impl Into<String>) -> Result<Self, Error> {
        Ok(Self {
            objects,
            queue: None,
            class: None,
            subject: subject.into(),
            text: String::new(),
            requestor: None,
            priority: None,
            marker: Marker::new()?,
        })
    }

    /// Whether it can be created at all.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let invalid = |what: &str| Err(Error::InvalidInput(Problem::new(what)));
        let mut ids: Vec<&str> = self
            .objects
            .iter()
            .map(|object| object.id.as_str())
            .collect();
        ids.sort_unstable();
        if ids.is_empty() {
            return invalid("the new ticket references no object: name at least one");
        }
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return invalid("the new ticket references an object twice: name each once");
        }
        if self.subject.trim().is_empty() {
            return invalid("the new ticket has no subject");
        }
        if self.subject.chars().any(char::is_control) {
            return invalid("the subject of the new ticket is not one line of plain text");
        }
        if self.subject.chars().count() > MAX_SUBJECT {
            return invalid("the subject of the new ticket is longer than 255 characters");
        }
        if self.text.len() > MAX_TEXT {
            return invalid("the text of the new ticket is longer than 1 MiB");
        }
        Ok(())
    }
}

/// What tells a new ticket from all others, so that it is found again when an answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker(String);

impl Marker {
    /// A marker that no other draft has; it remembers when it was made.
    pub fn new() -> Result<Self, Error> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| {
            Error::Host(
                Problem::new("this machine gives no random numbers").with_detail(error.to_string()),
            )
        })?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        Ok(Self(format!(
            "{millis:012x}-{:016x}",
            u64::from_le_bytes(random)
        )))
    }

    /// A marker from an earlier attempt, or one of the caller's own: 16 to 64 lower-case letters,
    /// digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (16..=64).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::InvalidInput(Problem::new(
            "a marker consists of 16 to 64 lower-case letters, digits and hyphens",
        )))
    }

    /// The marker as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When it was made; none if it is of the caller's own.
    pub(crate) fn made(&self) -> Option<Timestamp> {
        let (millis, random) = self.0.split_once('-')?;
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if millis.len() != 12 || random.len() != 16 || !hex(millis) || !hex(random) {
            return None;
        }
        let made = Timestamp::from_millisecond(i64::from_str_radix(millis, 16).ok()?).ok()?;
        // A caller's own may look like one of ours.
        (made <= Timestamp::now()).then_some(made)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ticket of a draft.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Created {
    /// Whether the desk has just said that it made the ticket. False: it was found by its marker, and an
    /// earlier attempt made it, be it one of the same call whose answer was lost.
    pub created: bool,
    /// As read back from the desk.
    pub ticket: Ticket,
    /// In what the ticket is otherwise than the draft asks. Of one that was found this need not be the
    /// desk's doing: it may have been made from another draft, or changed since.
    pub deviations: Vec<Deviation>,
}

/// Something that is otherwise than the draft asks; the ticket is there all the same.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The field of the draft: `objects`, `queue`, `class`, `subject`, `text`, `requestor`, `priority`;
    /// `ticket` where nothing could be compared.
    pub field: String,
    /// What is otherwise, and why as far as is known.
    pub message: String,
    /// More of it, for a log.
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_remembers_when_it_was_made() {
        let marker = Marker::new().unwrap();
        let age = Timestamp::now().duration_since(marker.made().unwrap());
        assert!(age.as_secs() < 60);
        assert_eq!(Marker::parse(marker.as_str()).unwrap(), marker);
        assert_ne!(Marker::new().unwrap(), marker);
        let own = Marker::parse("order-2026-11-25-0001").unwrap();
        assert_eq!(own.made(), None);
        let future = Marker::parse("ffffffffffff-0123456789abcdef").unwrap();
        assert_eq!(future.made(), None);
    }

    #[test]
    fn what_is_no_marker_is_refused() {
        for text in [
            "",
            "short",
            "UPPER-CASE-0123456789",
            "with blank 0123456789",
            "ä0123456789012345",
        ] {
            assert!(Marker::parse(text).is_err(), "{text}");
        }
        assert!(Marker::parse(&"a".repeat(65)).is_err());
    }

    #[test]
    fn a_draft_that_cannot_be_created_says_why() {
        let good = Draft::new(vec![Object::new("1001")], "Disk full").unwrap();
        assert!(good.check().is_ok());
        let with = |change: &dyn Fn(&mut Draft)| {
            let mut draft = good.clone();
            change(&mut draft);
            draft.check().unwrap_err().to_string()
        };
        assert!(with(&|d| d.objects.clear()).contains("no object"));
        assert!(with(&|d| d.objects.push(Object::new("1001"))).contains("twice"));
        assert!(with(&|d| d.subject = "  ".to_owned()).contains("no subject"));
        assert!(with(&|d| d.subject = "a\nb".to_owned()).contains("one line"));
        assert!(with(&|d| d.subject = "a".repeat(256)).contains("255"));
        assert!(with(&|d| d.text = "a".repeat(MAX_TEXT + 1)).contains("1 MiB"));
    }
}
