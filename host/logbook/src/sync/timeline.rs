//! Which objects a ticket referenced at each moment of its history.
//!
//! An object that the events name has its times from them alone: from a `referenced` to the next
//! `unreferenced`, and before its first event the opposite of that event. One that they do not name kept
//! its state all the while, and the ticket tells it. This is exact where the ticket was read before its
//! history, whatever happened in between: an object whose reference changed then is one that the events
//! name.

use crate::event::{Event, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// A ticket's references over its events, which stand in the order in which they happened.
pub(super) struct Timeline<'a> {
    /// Objects that no event names, and that the ticket references.
    steady: BTreeSet<&'a str>,
    /// For each object that events name: at which places, and whether it is referenced from there on.
    turns: BTreeMap<&'a str, Vec<(usize, bool)>>,
}

impl<'a> Timeline<'a> {
    /// `objects` are those of the ticket as it was read before its history.
    pub(super) fn new(objects: &'a BTreeSet<String>, events: &'a [&'a Event]) -> Self {
        let mut turns: BTreeMap<&str, Vec<(usize, bool)>> = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            match &event.kind {
                Kind::Referenced(object) => turns.entry(object).or_default().push((place, true)),
                Kind::Unreferenced(object) => turns.entry(object).or_default().push((place, false)),
                _ => {}
            }
        }
        let steady = objects
            .iter()
            .map(String::as_str)
            .filter(|object| !turns.contains_key(object))
            .collect();
        Self { steady, turns }
    }

    /// The objects whose logbook the event at a place belongs to: a reference that comes or goes to its
    /// own object, anything else to all that are referenced at that moment.
    pub(super) fn objects(&self, place: usize, event: &'a Event) -> BTreeSet<&'a str> {
        match &event.kind {
            Kind::Referenced(object) | Kind::Unreferenced(object) => {
                BTreeSet::from([object.as_str()])
            }
            _ => self.at(place),
        }
    }

    /// The objects that are referenced after the last event.
    pub(super) fn at_the_end(&self) -> BTreeSet<&'a str> {
        self.at(usize::MAX)
    }

    /// Whether the object was referenced just before the event at a place.
    pub(super) fn before(&self, place: usize, object: &str) -> bool {
        self.at(place).contains(object)
    }

    /// Whether any event names the object.
    pub(super) fn names(&self, object: &str) -> bool {
        self.turns.contains_key(object)
    }

    /// All objects that were referenced at any time.
    pub(super) fn all(&self) -> BTreeSet<&'a str> {
        let named = self.turns.keys().copied();
        self.steady.iter().copied().chain(named).collect()
    }

    fn at(&self, place: usize) -> BTreeSet<&'a str> {
        let mut objects = self.steady.clone();
        for (object, turns) in &self.turns {
            let last = turns.iter().rev().find(|(turn, _)| *turn < place);
            let referenced = match (last, turns.first()) {
                (Some((_, referenced)), _) => *referenced,
                (None, Some((_, first))) => !first,
                (None, None) => false,
            };
            if referenced {
                objects.insert(object);
            }
        }
        objects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(kinds: &[Kind]) -> Vec<Event> {
        kinds
            .iter()
            .enumerate()
            .map(|(n, kind)| Event {
                id: n.to_string(),
                ticket: "1".to_owned(),
                at: jiff::Timestamp::UNIX_EPOCH,
                actor: None,
                kind: kind.clone(),
                field: None,
                old: None,
                new: None,
                text: None,
            })
            .collect()
    }

    fn told(now: &[&str], kinds: &[Kind]) -> (Vec<Vec<String>>, Vec<String>) {
        let now = now.iter().map(|o| (*o).to_owned()).collect();
        let events = events(kinds);
        let events: Vec<&Event> = events.iter().collect();
        let timeline = Timeline::new(&now, &events);
        let text = |objects: BTreeSet<&str>| objects.into_iter().map(str::to_owned).collect();
        let at = events
            .iter()
            .enumerate()
            .map(|(n, event)| text(timeline.objects(n, event)))
            .collect();
        (at, text(timeline.at_the_end()))
    }

    #[test]
    fn an_object_that_no_event_names_was_always_there() {
        let (at, end) = told(&["7"], &[Kind::Created, Kind::Replied]);
        assert_eq!(at, [["7"], ["7"]]);
        assert_eq!(end, ["7"]);
    }

    #[test]
    fn a_removed_reference_belongs_to_the_object_that_lost_it() {
        let gone = Kind::Unreferenced("7".to_owned());
        let (at, end) = told(&["8"], &[Kind::Created, gone, Kind::Status]);
        assert_eq!(at, [vec!["7", "8"], vec!["7"], vec!["8"]]);
        assert_eq!(end, ["8"]);
    }

    #[test]
    fn what_happened_before_a_reference_is_not_the_objects() {
        let came = Kind::Referenced("7".to_owned());
        let (at, end) = told(&["7"], &[Kind::Created, came, Kind::Status]);
        assert_eq!(at, [vec![], vec!["7"], vec!["7"]]);
        assert_eq!(end, ["7"]);
    }

    #[test]
    fn a_reference_that_changed_after_the_ticket_was_read_is_told_by_its_event() {
        // Read with 7; then 7 went, and somebody replied, before the history was read.
        let gone = Kind::Unreferenced("7".to_owned());
        let (at, end) = told(&["7"], &[Kind::Status, gone, Kind::Replied]);
        assert_eq!(at, [vec!["7"], vec!["7"], vec![]]);
        assert!(end.is_empty());
    }

    #[test]
    fn an_object_may_come_and_go_several_times() {
        let came = || Kind::Referenced("7".to_owned());
        let gone = || Kind::Unreferenced("7".to_owned());
        let (at, end) = told(
            &[],
            &[
                gone(),
                Kind::Status,
                came(),
                Kind::Owner,
                gone(),
                Kind::Replied,
            ],
        );
        assert_eq!(
            at,
            [vec!["7"], vec![], vec!["7"], vec!["7"], vec!["7"], vec![]]
        );
        assert!(end.is_empty());
    }
}
