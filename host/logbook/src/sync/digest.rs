//! What a batch comes to: entries, and what is kept of the tickets. No clock, no store, no network.

use super::compare::{self, Found};
use super::timeline::Timeline;
use crate::entry::{Entry, TicketRef};
use crate::event::{Event, Kind, Phase, Seen};
use crate::source::Batch;
use crate::store::{Derived, DeskState, Kept, Step};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
        let known = kept.get(&ticket.id).map(in_sight);
        let known = known.as_ref();
        if let Some(known) = known.filter(|known| was_lost(known)) {
            let returned = compare::returned(known, ticket, desk.now);
            desk.derived(ticket, [returned], &mut step);
        }
        let ticket = &with_the_last_words(ticket, known);
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
        let known = kept.get(ticket).map(in_sight);
        desk.of_a_lost_one(ticket, &told, known.as_ref(), &mut step);
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
        // It is no ticket of its own, and that was told.
        if has_ended(&kept.seen) {
            continue;
        }
        desk.derived(&kept.seen, [compare::vanished(kept, desk.now)], &mut step);
        step.keep.push(out_of_sight(kept.clone()));
    }
    step
}

/// A ticket as it is; of a deleted one a desk may say little more than that, and then what it said before
/// counts.
fn with_the_last_words(ticket: &Seen, known: Option<&Kept>) -> Seen {
    let mut ticket = ticket.clone();
    if let Some(Kept { seen, .. }) = known
        && ticket.phase == Phase::Deleted
        && ticket.subject.is_empty()
    {
        ticket.subject.clone_from(&seen.subject);
        ticket.url.clone_from(&seen.url);
        ticket.number.clone_from(&seen.number);
        ticket.updated = ticket.updated.or(seen.updated);
    }
    ticket
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

/// Objects whose references came or went without a word of the history, and so at an unknown moment.
#[derive(Default)]
struct Silent {
    /// They had the reference when the ticket was last looked at: what was done since then may be theirs.
    gone: BTreeSet<String>,
    since: Option<Timestamp>,
    /// What happened before that is not theirs.
    came: BTreeMap<String, Timestamp>,
}

impl Silent {
    /// `known` is the ticket as it was looked at before.
    fn of(unsaid: &[Found], known: Option<&Kept>) -> Self {
        let mut silent = Self::default();
        let Some(known) = known else { return silent };
        if let Some(derived) = &known.derived {
            silent.came.clone_from(&derived.came);
        }
        silent.since = known.seen.updated;
        for found in unsaid {
            match (&found.event.kind, silent.since) {
                (Kind::Unreferenced(object), _) => {
                    silent.gone.insert(object.clone());
                }
                (Kind::Referenced(object), Some(since)) => {
                    silent.came.insert(object.clone(), since);
                }
                _ => {}
            }
        }
        silent
    }

    /// The objects of an event, where the history has `told` these.
    fn objects(&self, event: &Event, told: BTreeSet<&str>) -> BTreeSet<String> {
        // In that second itself nobody knows; but a ticket that was known was created before.
        let created = event.kind == Kind::Created;
        let late = |object: &str| match self.came.get(object) {
            Some(came) => event.at > *came || event.at == *came && !created,
            None => true,
        };
        let mut objects: BTreeSet<String> = told
            .into_iter()
            .filter(|object| late(object))
            .map(str::to_owned)
            .collect();
        let of_gone = match event.kind {
            // The ticket was known before.
            Kind::Created | Kind::Referenced(_) | Kind::Unreferenced(_) => false,
            _ => self.since.is_none_or(|since| event.at >= since),
        };
        if of_gone {
            objects.extend(self.gone.iter().filter(|gone| late(gone)).cloned());
        }
        objects
    }

    /// What is to be kept of it.
    fn came(self) -> BTreeMap<String, Timestamp> {
        let mut came = self.came;
        came.retain(|object, _| !self.gone.contains(object));
        came
    }
}

/// A ticket that nobody is to look for: it references nothing, and what it referenced is noted.
fn out_of_sight(mut kept: Kept) -> Kept {
    let mut derived = kept.derived.unwrap_or_else(nothing_derived);
    derived.count += 1;
    derived.lost = Some(std::mem::take(&mut kept.seen.objects));
    kept.derived = Some(derived);
    kept
}

/// The same ticket with what it referenced.
fn in_sight(kept: &Kept) -> Kept {
    let mut kept = kept.clone();
    if let Some(lost) = kept
        .derived
        .as_ref()
        .and_then(|derived| derived.lost.as_ref())
    {
        kept.seen.objects.clone_from(lost);
    }
    kept
}

/// Whether the account no longer saw a ticket that had not ended.
fn was_lost(kept: &Kept) -> bool {
    let derived = kept.derived.as_ref();
    !has_ended(&kept.seen) && derived.is_some_and(|derived| derived.lost.is_some())
}

/// Nothing that a history tells was derived.
fn nothing_derived() -> Derived {
    Derived {
        until: Timestamp::MIN,
        count: 0,
        covered: Some(Vec::new()),
        came: BTreeMap::new(),
        lost: None,
    }
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
        let mut silent = Silent::of(&[], known);
        let mut gone = Vec::new();
        if let Some(known) = known {
            let unsaid = self.unsaid(ticket, told, &timeline, known);
            silent = Silent::of(&unsaid, Some(known));
            if !unsaid.is_empty() {
                let mut counted = derived.unwrap_or_else(nothing_derived);
                counted.count += 1;
                derived = Some(counted);
                // A reference that is gone is told after what was done while it was there.
                let came: Vec<Found>;
                (gone, came) = unsaid
                    .into_iter()
                    .partition(|found| matches!(found.event.kind, Kind::Unreferenced(_)));
                self.derived(ticket, came, step);
            }
            if let Some(derived) = &mut derived
                && derived.covered.is_none()
            {
                let last = told.iter().filter(|event| event.at == derived.until);
                derived.covered = Some(last.map(|event| event.id.clone()).collect());
            }
        }
        let of = TicketRef::from(ticket);
        self.told(&of, told, &timeline, known, &silent, step);
        self.derived(ticket, gone, step);
        if let Some(derived) = &mut derived {
            (derived.came, derived.lost) = (silent.came(), None);
        }
        let seen = Seen {
            objects,
            ..ticket.clone()
        };
        let kept = Kept { seen, derived };
        // One that never referenced an object is of no interest: desks have many.
        let of_interest = known.is_some() || step.entries.len() > before;
        // Also one that was merged or deleted and is still shown: it may be told of again.
        if of_interest || !kept.seen.objects.is_empty() {
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
        let mut unsaid: Vec<Found> = objects
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
            .collect();
        // Where an object takes another's place in what tickets name, the history says of it what it said
        // of the other one.
        let gone = |found: &Found| matches!(found.event.kind, Kind::Unreferenced(_));
        if begin.is_none() && unsaid.iter().any(gone) {
            let old = |event: &&&Event| known.seen.updated.is_some_and(|seen| event.at < seen);
            let ended = timeline.at_the_end().into_iter();
            for object in ended.filter(|object| timeline.names(object) && !had.contains(*object)) {
                let mut naming = told.iter().filter(|event| match &event.kind {
                    Kind::Referenced(of) | Kind::Unreferenced(of) => of == object,
                    _ => false,
                });
                if naming.all(|event| old(&event)) {
                    unsaid.push(compare::reference(known, ticket, object, true, at));
                }
            }
        }
        unsaid
    }

    fn by_comparing(&self, ticket: &Seen, known: Option<&Kept>, step: &mut Step) {
        let mut found = compare::compare(known, ticket, self.state.start, self.now);
        if known.is_some_and(was_lost) {
            // That it is back was told, and it may be all that was changed.
            found.retain(|found| !found.says_nothing_more());
        }
        let lost = |known: &Kept| known.derived.as_ref().is_some_and(|d| d.lost.is_some());
        let changed = known.is_none_or(|known| known.seen != *ticket || lost(known));
        self.derived(ticket, found, step);
        if !changed {
            return;
        }
        // Also without objects: otherwise one that comes later would look as if it had always been there.
        // And with those of a ticket that was merged or deleted and is still shown: it has them as before.
        let kept = Kept {
            seen: ticket.clone(),
            derived: Some(self.derived_now(known, ticket)),
        };
        step.keep.push(kept);
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
        let silent = Silent::of(&[], known);
        self.told(&ticket, told, &timeline, known, &silent, step);
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
                let lost = known.derived.as_ref().is_some_and(|d| d.lost.is_some());
                step.keep.push(if lost { out_of_sight(kept) } else { kept });
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
        silent: &Silent,
        step: &mut Step,
    ) {
        let derived = known.and_then(|known| known.derived.as_ref());
        for (place, event) in told.iter().enumerate() {
            let early = self.state.start.is_some_and(|start| event.at < start);
            if early || derived.is_some_and(|derived| covers(derived, event)) {
                continue;
            }
            for object in silent.objects(event, timeline.objects(place, event)) {
                step.entries.push(self.entry(
                    ticket.clone(),
                    event,
                    &object,
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
            came: before.map(|before| before.came.clone()).unwrap_or_default(),
            lost: None,
        }
    }
}
