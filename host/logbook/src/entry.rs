//! Entries of the logbook: one event at one object.

use crate::event::{Event, Kind, Seen};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What tells an entry from all others: made of the desk, its generation, the event and the object, so
/// that the same event read twice is the same entry. 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(String);

impl EntryId {
    /// The id of an event's entry at an object.
    ///
    /// Events whose ids differ in their last three characters alone (most desks count) have ids that
    /// begin alike: what happened at about the same time stands close together in a store's index. Were
    /// they all over it, each batch would have most of the index written.
    pub fn of(desk: &str, generation: i64, event: &str, object: &str) -> Self {
        let near = event.char_indices().nth_back(2).map_or(0, |(end, _)| end);
        let near = digest(generation, &[desk, event.get(..near).unwrap_or_default()]);
        let all = digest(generation, &[desk, event, object]);
        let mut id: String = near.chars().take(10).collect();
        id.extend(all.chars().take(22));
        Self(id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In hexadecimal digits.
fn digest(generation: i64, parts: &[&str]) -> String {
    let mut hash = blake3::Hasher::new_derive_key("sgi-logbook 2026-11 entry id");
    hash.update(&generation.to_le_bytes());
    for part in parts {
        // With its length, so that no two lists of parts make the same text.
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_hex().to_string()
}

impl From<String> for EntryId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ticket that an entry is about, as it was when the event was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRef {
    /// The desk's own key.
    pub id: String,
    /// The number that people see and say; where the desk no longer tells, the id.
    pub number: String,
    /// May be empty.
    pub subject: String,
    /// Its page in the desk; none where the ticket was never seen.
    pub url: Option<String>,
}

impl From<&Seen> for TicketRef {
    fn from(seen: &Seen) -> Self {
        Self {
            id: seen.id.clone(),
            number: seen.number.clone(),
            subject: seen.subject.clone(),
            url: Some(seen.url.clone()),
        }
    }
}

/// An event in the logbook of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// See [`EntryId`].
    pub id: EntryId,
    /// The desk, by its name in the settings.
    pub desk: String,
    /// The object's id in the CMDB; where `object_by` is set, the value of that attribute.
    pub object: String,
    /// The attribute of the object whose value `object` is; none: its id.
    pub object_by: Option<String>,
    /// The ticket.
    pub ticket: TicketRef,
    /// What happened.
    pub kind: Kind,
    /// What changed, where the kind does not say it.
    pub field: Option<String>,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// When it happened, UTC.
    pub at: Timestamp,
    /// Who did it; none where the desk does not say.
    pub actor: Option<String>,
    /// What was written.
    pub text: Option<String>,
    /// Whether it was found by comparing two states of the ticket: instant and actor are then not those
    /// of the change itself, and several changes in a row are seen as one.
    pub derived: bool,
}

impl Entry {
    /// The entry of an event at an object.
    pub fn new(
        desk: &str,
        generation: i64,
        ticket: TicketRef,
        event: &Event,
        object: &str,
        object_by: Option<&str>,
        derived: bool,
    ) -> Self {
        Self {
            id: EntryId::of(desk, generation, &event.id, object),
            desk: desk.to_owned(),
            object: object.to_owned(),
            object_by: object_by.map(str::to_owned),
            ticket,
            kind: event.kind.clone(),
            field: event.field.clone(),
            old: event.old.clone(),
            new: event.new.clone(),
            at: event.at,
            actor: event.actor.clone(),
            text: event.text.clone(),
            derived,
        }
    }
}

impl Entry {
    /// What happened, in words; `show` makes of foreign text what may stand in the place.
    pub fn what(&self, show: impl Fn(&str) -> String) -> String {
        let changed = |name: &str| match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{name} {} → {}", show(old), show(new)),
            (None, Some(new)) => format!("{name} {}", show(new)),
            (Some(old), None) => format!("{name} {} removed", show(old)),
            (None, None) => format!("{name} changed"),
        };
        match &self.kind {
            Kind::Created => "created".to_owned(),
            Kind::Replied => "reply".to_owned(),
            Kind::Commented => "internal comment".to_owned(),
            Kind::Status => changed("status"),
            Kind::Owner => changed("owner"),
            Kind::Queue => changed("queue"),
            Kind::Priority => changed("priority"),
            Kind::Subject => changed("subject"),
            Kind::Resolved => changed("resolved, status"),
            Kind::Merged(into) => format!("merged into {}", show(into)),
            Kind::Deleted => "deleted".to_owned(),
            Kind::Referenced(_) => "now references this object".to_owned(),
            Kind::Unreferenced(_) => "no longer references this object".to_owned(),
            Kind::Vanished => "no longer visible: deleted, merged or moved".to_owned(),
            Kind::Other(word) => match (self.field.as_deref(), &self.old, &self.new) {
                (Some(field), None, Some(new)) if word == "added" => {
                    format!("{} {} added", show(field), show(new))
                }
                (Some(field), None, None) if matches!(word.as_str(), "added" | "removed") => {
                    format!("{}: one {word}", show(field))
                }
                (Some(field), ..) => changed(&show(field)),
                (None, None, None) if word == "updated" => {
                    "changed; the desk does not say what".to_owned()
                }
                // Nothing has changed that has a value: the word says it all.
                (None, None, None) => show(&spoken(word)),
                (None, ..) => changed(&show(&spoken(word))),
            },
        }
    }
}

/// A desk's word for what happened, as people write: `ReminderSent` is "reminder sent".
fn spoken(word: &str) -> String {
    let mut spoken = String::new();
    let mut small = false;
    for c in word.chars() {
        if c.is_uppercase() && small {
            spoken.push(' ');
        }
        small = c.is_lowercase();
        spoken.extend(c.to_lowercase());
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_tell_entries_apart() {
        let mut seen = HashSet::new();
        let texts = ["", "1", "12", "123", "1234", "äöü", "äöüä", "a\0b"];
        for desk in texts {
            for event in texts {
                for object in texts {
                    for generation in [1, 2] {
                        let id = EntryId::of(desk, generation, event, object);
                        assert_eq!(id, EntryId::of(desk, generation, event, object));
                        assert_eq!(id.as_str().len(), 32);
                        assert!(id.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
                        assert!(seen.insert(id), "{desk} {generation} {event} {object}");
                    }
                }
            }
        }
    }

    fn what(word: &str, field: Option<&str>, old: Option<&str>, new: Option<&str>) -> String {
        let owned = |value: Option<&str>| value.map(str::to_owned);
        let event = Event {
            id: "1".to_owned(),
            ticket: "7".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            actor: None,
            kind: Kind::Other(word.to_owned()),
            field: owned(field),
            old: owned(old),
            new: owned(new),
            text: None,
        };
        let ticket = TicketRef {
            id: "7".to_owned(),
            number: "7".to_owned(),
            subject: String::new(),
            url: None,
        };
        Entry::new("rt", 1, ticket, &event, "a", None, true).what(str::to_owned)
    }

    #[test]
    fn what_has_no_word_of_its_own_is_told_in_words() {
        for (word, field, old, new, told) in [
            (
                "updated",
                None,
                None,
                None,
                "changed; the desk does not say what",
            ),
            ("visible again", None, None, None, "visible again"),
            ("ReminderSent", None, None, None, "reminder sent"),
            ("Merged", None, None, Some("17"), "merged 17"),
            (
                "updated",
                Some("Urgency"),
                Some("low"),
                Some("high"),
                "Urgency low → high",
            ),
            (
                "updated",
                Some("Urgency"),
                Some("low"),
                None,
                "Urgency low removed",
            ),
            (
                "updated",
                Some("Description"),
                None,
                None,
                "Description changed",
            ),
            ("added", Some("CIs"), None, Some("srv"), "CIs srv added"),
            ("removed", Some("CIs"), Some("srv"), None, "CIs srv removed"),
            ("removed", Some("CIs"), None, None, "CIs: one removed"),
        ] {
            assert_eq!(what(word, field, old, new), told);
        }
    }

    #[test]
    fn neighbours_stand_together() {
        let near = |desk, event| {
            let id = EntryId::of(desk, 1, event, "a");
            id.as_str().get(..10).unwrap().to_owned()
        };
        assert_eq!(near("rt", "81234"), near("rt", "81999"));
        assert_ne!(near("rt", "81234"), near("rt", "82234"));
        assert_ne!(near("rt", "81234"), near("otrs", "81234"));
    }
}
