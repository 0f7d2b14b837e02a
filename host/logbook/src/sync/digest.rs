//! What a batch comes to: entries, and what is kept of the tickets. No clock, no store, no network.

use super::compare::{self, Found};
use super::timeline::Timeline;
use crate::entry::{Entry, TicketRef};
use crate::event::{Event, Kind, Phase, Seen};
use crate::source::Batch;
use crate::store::{Derived, DeskState, Kept, Step};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Where entries belong.
pub(super) struct Desk<'a> {
    pub(super) name: &'a str,
    pub(super) state: &'a DeskState,
    pub(super) objects_by: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// The step that a batch comes to. `kept` has what is kept of all tickets that it names.
pub(super) fn digest(desk: &Desk<'_>, batch: &Batch, kept: &HashMap<String, Kept>) -> Step {
    let mut events: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in &batch.events {
        events.entry(&event.ticket).or_default().push(event);
    }
    let mut step = Step::default();
    for ticket in &batch.tickets {
        let told = events.remove(ticket.id.as_str()).unwrap_or_default();
        let known = kept.get(&ticket.id);
        if batch.complete.contains(&ticket.id) {
            desk.by_history(ticket, &told, known, &mut step);
        } else {
            desk.by_comparing(ticket, known, &mut step);
        }
    }
    // Tickets that are no tickets any more: of them only the history tells.
    let mut rest: Vec<_> = events.into_iter().collect();
    rest.sort_unstable_by_key(|(ticket, _)| *ticket);
    for (ticket, told) in rest {
        desk.of_a_lost_one(ticket, &told, kept.get(ticket), &mut step);
    }
    step
}

/// The step for known tickets that the account no longer sees.
pub(super) fn digest_vanished<'k>(
    desk: &Desk<'_>,
    gone: impl IntoIterator<Item = &'k Kept>,
) -> Step {
    let mut step = Step::default();
    for kept in gone {
        desk.derived(&kept.seen, [compare::vanished(kept, desk.now)], &mut step);
        step.forget.push(kept.seen.id.clone());
    }
    step
}

impl Desk<'_> {
    fn by_history(&self, ticket: &Seen, told: &[&Event], known: Option<&Kept>, step: &mut Step) {
        let timeline = Timeline::new(&ticket.objects, told);
        self.told(&TicketRef::from(ticket), told, &timeline, known, step);
        // The kept objects are those at the end of the history, which is where the next one begins.
        let objects: BTreeSet<String> = timeline
            .at_the_end()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut derived = known.and_then(|known| known.derived);
        if let Some(known) = known {
            let unsaid: Vec<Found> = known
                .seen
                .objects
                .symmetric_difference(&objects)
                .filter(|object| !timeline.names(object))
                .map(|object| {
                    let is = objects.contains(object);
                    compare::reference(known, ticket, object, is, self.now)
                })
                .collect();
            if !unsaid.is_empty() {
                derived = Some(self.derived_now(Some(known), ticket));
                self.derived(ticket, unsaid, step);
            }
        }
        if objects.is_empty() || matches!(ticket.phase, Phase::Merged | Phase::Deleted) {
            if known.is_some() {
                step.forget.push(ticket.id.clone());
            }
            return;
        }
        step.keep.push(Kept {
            seen: Seen {
                objects,
                ..ticket.clone()
            },
            derived,
        });
    }

    fn by_comparing(&self, ticket: &Seen, known: Option<&Kept>, step: &mut Step) {
        let found = compare::compare(known, ticket, self.state.start, self.now);
        let changed = known.is_none_or(|known| known.seen != *ticket);
        self.derived(ticket, found, step);
        if matches!(ticket.phase, Phase::Merged | Phase::Deleted) {
            step.forget.push(ticket.id.clone());
        } else if changed {
            // Also without objects: otherwise one that comes later would look as if it had always been
            // there.
            step.keep.push(Kept {
                seen: ticket.clone(),
                derived: Some(self.derived_now(known, ticket)),
            });
        }
    }

    fn of_a_lost_one(&self, id: &str, told: &[&Event], known: Option<&Kept>, step: &mut Step) {
        let objects = known
            .map(|known| known.seen.objects.clone())
            .unwrap_or_default();
        let ticket = known.map_or_else(
            || TicketRef {
                id: id.to_owned(),
                number: id.to_owned(),
                subject: String::new(),
                url: None,
            },
            |known| TicketRef::from(&known.seen),
        );
        let timeline = Timeline::new(&objects, told);
        self.told(&ticket, told, &timeline, known, step);
        let ended = told
            .iter()
            .any(|event| matches!(event.kind, Kind::Merged(_) | Kind::Deleted));
        if let Some(known) = known {
            let objects: BTreeSet<String> = timeline
                .at_the_end()
                .into_iter()
                .map(str::to_owned)
                .collect();
            if ended || objects.is_empty() {
                step.forget.push(id.to_owned());
            } else {
                let seen = Seen {
                    objects,
                    ..known.seen.clone()
                };
                let derived = known.derived;
                step.keep.push(Kept { seen, derived });
            }
        }
    }

    /// Entries of true events.
    fn told(
        &self,
        ticket: &TicketRef,
        told: &[&Event],
        timeline: &Timeline<'_>,
        known: Option<&Kept>,
        step: &mut Step,
    ) {
        let derived_until = known.and_then(|known| known.derived).map(|d| d.until);
        for (place, event) in told.iter().enumerate() {
            let early = self.state.start.is_some_and(|start| event.at < start);
            if early || derived_until.is_some_and(|until| event.at <= until) {
                continue;
            }
            for object in timeline.objects(place, event) {
                step.entries.push(self.entry(
                    ticket.clone(),
                    event,
                    object,
                    self.objects_by,
                    false,
                ));
            }
        }
    }

    /// Entries of derived events.
    fn derived(&self, ticket: &Seen, found: impl IntoIterator<Item = Found>, step: &mut Step) {
        let by = ticket.objects_by.as_deref();
        for Found { event, objects } in found {
            for object in &objects {
                step.entries
                    .push(self.entry(TicketRef::from(ticket), &event, object, by, true));
            }
        }
    }

    fn entry(
        &self,
        ticket: TicketRef,
        event: &Event,
        object: &str,
        object_by: Option<&str>,
        derived: bool,
    ) -> Entry {
        let generation = self.state.generation;
        Entry::new(
            self.name, generation, ticket, event, object, object_by, derived,
        )
    }

    fn derived_now(&self, known: Option<&Kept>, ticket: &Seen) -> Derived {
        let before = known.and_then(|known| known.derived);
        Derived {
            until: ticket.updated.or(ticket.created).unwrap_or(self.now),
            count: before.map_or(0, |before| before.count) + 1,
        }
    }
}
