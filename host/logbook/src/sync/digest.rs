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
        step.keep.push(out_of_sight(kept.clone()));
    }
    step
}

/// Whether an event of the history is in the logbook in a derived form.
fn covers(derived: &Derived, event: &Event) -> bool {
    event.at < derived.until
        || event.at == derived.until
            && derived
                .covered
                .as_ref()
                .is_none_or(|covered| covered.contains(&event.id))
}

fn has_ended(ticket: &Seen) -> bool {
    matches!(ticket.phase, Phase::Merged | Phase::Deleted)
}

/// Lets go of a ticket that is no ticket any more. What was derived of it stays known, since its history
/// may be told again, or later.
fn retire(kept: Kept, step: &mut Step) {
    match &kept.derived {
        None => step.forget.push(kept.seen.id),
        Some(_) => step.keep.push(out_of_sight(kept)),
    }
}

/// A ticket that is known and references nothing.
fn out_of_sight(mut kept: Kept) -> Kept {
    kept.seen.objects.clear();
    kept
}

impl Desk<'_> {
    fn by_history(&self, ticket: &Seen, told: &[&Event], known: Option<&Kept>, step: &mut Step) {
        let before = step.entries.len();
        let timeline = Timeline::new(&ticket.objects, told);
        // The kept objects are those at the end of the history, which is where the next one begins.
        let objects: BTreeSet<String> = timeline
            .at_the_end()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut derived = known.and_then(|known| known.derived.clone());
        if let Some(known) = known.filter(|known| !has_ended(&known.seen)) {
            let unsaid = self.unsaid(ticket, told, &timeline, known);
            if !unsaid.is_empty() {
                let mut counted = self.derived_now(Some(known), ticket);
                if let Some(before) = derived {
                    (counted.until, counted.covered) = (before.until, before.covered);
                } else {
                    // Nothing that the history tells was derived.
                    (counted.until, counted.covered) = (Timestamp::MIN, Some(Vec::new()));
                }
                derived = Some(counted);
                self.derived(ticket, unsaid, step);
            }
            if let Some(derived) = &mut derived
                && derived.covered.is_none()
            {
                let last = told.iter().filter(|event| event.at == derived.until);
                derived.covered = Some(last.map(|event| event.id.clone()).collect());
            }
        }
        self.told(&TicketRef::from(ticket), told, &timeline, known, step);
        let seen = Seen {
            objects,
            ..ticket.clone()
        };
        let kept = Kept { seen, derived };
        // One that never referenced an object is of no interest: desks have many.
        let of_interest = known.is_some() || step.entries.len() > before;
        if has_ended(ticket) {
            if of_interest {
                retire(kept, step);
            }
        } else if of_interest || !kept.seen.objects.is_empty() {
            step.keep.push(kept);
        }
    }

    /// References that came or went between what is kept and the history that is told, where the history
    /// begins too late or has a gap.
    fn unsaid(
        &self,
        ticket: &Seen,
        told: &[&Event],
        timeline: &Timeline<'_>,
        known: &Kept,
    ) -> Vec<Found> {
        let had = &known.seen.objects;
        let mut objects = timeline.all();
        objects.extend(had.iter().map(String::as_str));
        // Where the kept state was compared, the history is told from there on. Otherwise it overlaps with
        // what is in the logbook, and says nothing against what is kept.
        let compared = known.derived.as_ref().filter(|d| d.covered.is_none());
        let begin = compared.map(|derived| {
            let later = told.iter().position(|event| event.at > derived.until);
            later.unwrap_or(told.len())
        });
        let at = compared.map(|derived| derived.until).or(ticket.updated);
        let at = at.unwrap_or(self.now);
        objects
            .into_iter()
            .filter_map(|object| {
                let is = match begin {
                    Some(begin) => timeline.before(begin, object),
                    None if timeline.names(object) => return None,
                    None => timeline.at_the_end().contains(object),
                };
                let differs = is != had.contains(object);
                differs.then(|| compare::reference(known, ticket, object, is, at))
            })
            .collect()
    }

    fn by_comparing(&self, ticket: &Seen, known: Option<&Kept>, step: &mut Step) {
        let found = compare::compare(known, ticket, self.state.start, self.now);
        let changed = known.is_none_or(|known| known.seen != *ticket);
        self.derived(ticket, found, step);
        if !changed {
            return;
        }
        // Also without objects: otherwise one that comes later would look as if it had always been there.
        let kept = Kept {
            seen: ticket.clone(),
            derived: Some(self.derived_now(known, ticket)),
        };
        step.keep.push(if has_ended(ticket) {
            out_of_sight(kept)
        } else {
            kept
        });
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
            let seen = Seen {
                objects,
                phase: if ended {
                    Phase::Deleted
                } else {
                    known.seen.phase
                },
                ..known.seen.clone()
            };
            let derived = known.derived.clone();
            let kept = Kept { seen, derived };
            if ended {
                retire(kept, step);
            } else {
                step.keep.push(kept);
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
        let derived = known.and_then(|known| known.derived.as_ref());
        for (place, event) in told.iter().enumerate() {
            let early = self.state.start.is_some_and(|start| event.at < start);
            if early || derived.is_some_and(|derived| covers(derived, event)) {
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
        let before = known.and_then(|known| known.derived.as_ref());
        Derived {
            until: ticket.updated.or(ticket.created).unwrap_or(self.now),
            count: before.map_or(0, |before| before.count) + 1,
            covered: None,
        }
    }
}
