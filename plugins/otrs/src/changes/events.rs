//! The history of a ticket as the contract's events.
//!
//! What was written is not brought: the history has no texts, and the articles of a hundred tickets with
//! their attachments' names are megabytes.

use super::row::{self, FieldChange, Names, Told};
use super::wall::Wall;
use crate::object::objects_in;
use crate::reply::{Entry, RawTicket};
use crate::ticket::Reader;
use sgi_guest::changes::{Event, Kind};
use sgi_guest::types::Instant;
use std::collections::{HashMap, HashSet};

/// What belongs to the creation of a ticket is written with it or a moment later, in milliseconds.
const CREATION: i64 = 2000;
/// By so much clocks are put back, in milliseconds.
const HOUR: i64 = 3_600_000;

/// What happened to a ticket.
pub(super) struct Story {
    pub(super) events: Vec<Event>,
    /// Whether that is all since the second that was asked for.
    pub(super) complete: bool,
}

/// The story of a ticket, from its beginning: what customers write twice in a row does not count as a
/// change, and is told with the next one.
///
/// A list of objects that OTRS has cut in its history, because it is long, cannot be told, and so is
/// nothing before it: which objects the ticket had then is not known. If that happened after `from`, the
/// story is not complete.
pub(super) fn story(
    reader: &Reader<'_>,
    ticket: &RawTicket,
    rows: &[Entry],
    names: &Names<'_>,
    from: Wall,
) -> Story {
    let id = ticket.id.0;
    let dated: Vec<Dated<'_>> = rows
        .iter()
        .filter_map(|row| when(reader, ticket, row))
        .collect();
    // A date that cannot be read.
    let mut complete = dated.len() == rows.len();
    let rows = in_order(dated);
    let objects = objects(reader, ticket, &rows);
    let creation = Creation::of(&rows);
    let mut keys = Keys::default();
    let mut events = Vec::new();
    let mut owner = None;
    let mut fields = HashSet::new();
    for (dated, objects) in rows.iter().zip(objects) {
        let Dated { row, wall, at } = *dated;
        let before = std::mem::replace(&mut owner, row.owner.0);
        let key = keys.of(id, row);
        let field = FieldChange::of(row).map(|change| change.name);
        let first = field.is_none_or(|name| fields.insert(name));
        if first
            && creation
                .as_ref()
                .is_some_and(|creation| creation.has(row, at))
        {
            continue;
        }
        let actor = row.create_by.0;
        let actor = actor.and_then(|id| names.people.get(&id)).cloned();
        let event = |key: String, told: Told| Event {
            id: key,
            ticket: id.to_string(),
            at,
            actor: actor.clone(),
            kind: told.kind.into(),
            field: told.field,
            old: told.old,
            new: told.new,
            text: None,
        };
        match objects {
            Objects::NotTouched => {
                if let Some(told) = row::told(row, id, before, names) {
                    events.push(event(key, told));
                }
            }
            Objects::Unknown => {
                events.clear();
                complete &= wall < from;
            }
            Objects::Changed { old, new } => {
                let reference = |kind: fn(String) -> Kind, object: &str| Event {
                    id: format!("{key}-{object}"),
                    ticket: id.to_string(),
                    at,
                    actor: actor.clone(),
                    kind: kind(object.to_owned()),
                    field: None,
                    old: None,
                    new: None,
                    text: None,
                };
                for gone in old.iter().filter(|object| !new.contains(object)) {
                    events.push(reference(Kind::Unreferenced, gone));
                }
                for come in new.iter().filter(|object| !old.contains(object)) {
                    events.push(reference(Kind::Referenced, come));
                }
            }
        }
    }
    Story { events, complete }
}

/// A row, and when it was written: on the wall and in truth.
#[derive(Clone, Copy)]
struct Dated<'a> {
    row: &'a Entry,
    wall: Wall,
    at: Instant,
}

fn when<'a>(reader: &Reader<'_>, ticket: &RawTicket, row: &'a Entry) -> Option<Dated<'a>> {
    let date = row.create_time.as_str()?;
    let created = ticket.created.as_str().unwrap_or_default();
    let at = reader.clock.changed(date, created, ticket.age.0)?;
    let wall = Wall::read(date)?;
    Some(Dated { row, wall, at })
}

/// OTRS sorts by what the clock on the wall showed. In the hour that comes twice that is not the order in
/// which things happened; where a row seems older than the ticket, it was in the second of the two hours,
/// and the order is put right. (What was written may be older: it came from a ticket that was merged.) Of
/// other rows of that hour it is not known.
fn in_order(mut rows: Vec<Dated<'_>>) -> Vec<Dated<'_>> {
    if let Some(created) = rows
        .iter()
        .find(|dated| is_creation(dated.row))
        .map(|dated| dated.at)
    {
        for dated in &mut rows {
            let written = dated.row.article.0.is_some_and(|article| article > 0);
            if !written && dated.at < created {
                dated.at = dated.at.saturating_add(HOUR);
            }
        }
    }
    rows.sort_by_key(|dated| dated.at);
    rows
}

fn is_creation(row: &Entry) -> bool {
    row.history_type.as_str() == Some("NewTicket")
}

/// What belongs to the creation itself.
struct Creation {
    by: Option<i64>,
    at: Instant,
}

impl Creation {
    fn of(rows: &[Dated<'_>]) -> Option<Self> {
        let Dated { row, at, .. } = *rows.iter().find(|dated| is_creation(dated.row))?;
        let by = row.create_by.0;
        Some(Self { by, at })
    }

    /// Whether a row says with which fields the ticket was created: as recorded, these come right after
    /// `NewTicket`, by the same user and without an old value.
    fn has(&self, row: &Entry, at: Instant) -> bool {
        let at_once = (0..=CREATION).contains(&at.saturating_sub(self.at));
        let first = match FieldChange::of(row) {
            Some(change) => change.old == Some(""),
            None => matches!(
                row.history_type.as_str(),
                Some("TypeUpdate" | "ServiceUpdate" | "SLAUpdate" | "CustomerUpdate")
            ),
        };
        at_once && first && row.create_by.0 == self.by
    }
}

/// What a row says of the ticket's objects.
enum Objects {
    NotTouched,
    Unknown,
    Changed { old: Vec<String>, new: Vec<String> },
}

/// For each row what it says of the objects. A value that was cut is known all the same where the next
/// change repeats it in full, or where it is the one that the ticket still has.
fn objects(reader: &Reader<'_>, ticket: &RawTicket, rows: &[Dated<'_>]) -> Vec<Objects> {
    let name = reader.references.objects.as_str();
    let changes: Vec<Option<FieldChange<'_>>> = rows
        .iter()
        .map(|dated| FieldChange::of(dated.row).filter(|change| change.name == name))
        .collect();
    let whole = |value: &str| (!row::is_cut(value)).then(|| objects_in(&[value.to_owned()]));
    // From the last to the first: the value after each change.
    let mut after: Vec<Option<Vec<String>>> = Vec::with_capacity(rows.len());
    let mut later: Option<Option<&str>> = None;
    for (change, dated) in changes.iter().zip(rows).rev() {
        after.push(change.as_ref().and_then(|change| {
            let repeated = match later {
                Some(old) => old.and_then(whole),
                None => current(ticket, name, dated.wall, change.new),
            };
            later = Some(change.old);
            whole(change.new).or(repeated)
        }));
    }
    after.reverse();
    let mut known: Option<Vec<String>> = Some(Vec::new());
    let mut told = Vec::with_capacity(rows.len());
    for (change, after) in changes.iter().zip(after) {
        let Some(change) = change else {
            told.push(Objects::NotTouched);
            continue;
        };
        let old = change.old.and_then(whole).or(known);
        told.push(match (old, &after) {
            (Some(old), Some(new)) => Objects::Changed {
                old,
                new: new.clone(),
            },
            _ => Objects::Unknown,
        });
        known = after;
    }
    told
}

/// The ticket's value, where it is the one that this last change has set: it was set before the ticket
/// was read, and begins as it does.
fn current(ticket: &RawTicket, name: &str, set: Wall, cut: &str) -> Option<Vec<String>> {
    let changed = Wall::read(ticket.changed.as_str()?)?;
    let values = ticket.values(name)?;
    let begins = cut.strip_suffix("[...]")?;
    let same = set <= changed && values.join(", ").starts_with(begins);
    same.then(|| objects_in(&values))
}

/// Ids for rows, whose own OTRS does not tell. The same row has the same id in every answer: it is made
/// of what never changes in it, and of a number among those that are alike in all of this.
#[derive(Default)]
struct Keys(HashMap<String, u32>);

impl Keys {
    fn of(&mut self, ticket: u64, row: &Entry) -> String {
        // What was written goes with its article when a ticket is merged into another.
        let whose = match row.article.0.filter(|article| *article > 0) {
            Some(article) => format!("article{article}"),
            None => ticket.to_string(),
        };
        let time = row.create_time.as_str().unwrap_or_default();
        let time: String = time.chars().filter(char::is_ascii_digit).take(14).collect();
        let what = hash([
            row.history_type.as_str().unwrap_or_default(),
            row.name.as_str().unwrap_or_default(),
            &row.create_by.0.unwrap_or_default().to_string(),
        ]);
        let key = format!("hist-{whose}-{time}-{what:016x}");
        let count = self.0.entry(key.clone()).or_default();
        let number = *count;
        *count = count.saturating_add(1);
        format!("{key}-{number}")
    }
}

/// FNV-1a: the same for ever, and enough for the few rows that a ticket has in a second.
fn hash(parts: [&str; 3]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::object::References;
    use crate::reply::Histories;
    use crate::samples;
    use serde_json::{Value, json};

    const FULL: &str = include_str!("../../../../tests/recordings/otrs/152-history-full.json");
    const MERGED: &str = include_str!("../../../../tests/recordings/otrs/153-history-merged.json");

    fn recorded(file: &str) -> Vec<Entry> {
        let file: Value = serde_json::from_str(file).unwrap();
        let body = file["response"]["body"].as_str().unwrap();
        let read: Histories = serde_json::from_str(body).unwrap();
        read.histories.0.into_iter().next().unwrap().entries.0
    }

    fn rows(rows: &[(&str, &str, &str)]) -> Vec<Entry> {
        let row = |(time, what, name): &(&str, &str, &str)| {
            let row = json!({
                "CreateTime": format!("2026-11-23 {time}"), "HistoryType": what, "Name": name,
                "CreateBy": 2, "OwnerID": 1, "ArticleID": 0,
            });
            serde_json::from_value(row).unwrap()
        };
        rows.iter().map(row).collect()
    }

    fn told(ticket: Value, rows: &[Entry], from: &str) -> Story {
        let settings = samples::settings(&[("time-zone", "UTC")]);
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, None, samples::NOW).unwrap(),
        };
        let ticket: RawTicket = serde_json::from_value(ticket).unwrap();
        let people = HashMap::from([(2, "cmdb".to_owned()), (6, "jiri".to_owned())]);
        let names = Names {
            people: &people,
            state_types: &HashMap::new(),
        };
        story(&reader, &ticket, rows, &names, Wall::read(from).unwrap())
    }

    fn text(event: &Event) -> String {
        let kind = format!("{:?}", event.kind);
        let kind = kind.rsplit("Kind::").next().unwrap();
        let value = |value: &Option<String>| value.clone().unwrap_or_default();
        let (field, old, new) = (value(&event.field), value(&event.old), value(&event.new));
        format!("{kind} {field}: {old} -> {new}")
    }

    fn texts(story: &Story) -> Vec<String> {
        story.events.iter().map(text).collect()
    }

    const LONG_AGO: &str = "2026-01-01 00:00:00";

    #[test]
    fn a_history_is_told_as_recorded() {
        let story = told(samples::ticket(12, "closed", ""), &recorded(FULL), LONG_AGO);
        assert!(story.complete);
        assert_eq!(
            texts(&story),
            [
                "Created : -> ",
                "Replied : -> ",
                "Owner :  -> jiri",
                "Other(\"ResponsibleUpdate\") Responsible:  -> jiri",
                "Referenced(\"1\") :  -> ",
                "Referenced(\"77\") :  -> ",
                "Unreferenced(\"1\") :  -> ",
                "Unreferenced(\"77\") :  -> ",
                "Commented :  -> ",
                "Status : closed successful -> open",
                "Resolved : open -> closed successful",
                "Priority : 1 very low -> 5 very high",
                "Subject : Drucker im 3. OG druckt nicht – Größe A3 #11 -> Neuer Titel",
                "Queue : Service Desk -> Network",
                "Other(\"CustomerUpdate\") Customer:  -> kunde2",
                "Priority : 5 very high -> 2 low",
            ]
            .map(|line| line.replace(" : -> ", " :  -> "))
        );
        assert!(
            story
                .events
                .iter()
                .all(|event| event.actor.as_deref() == Some("cmdb"))
        );
        let at: Vec<i64> = story.events.iter().map(|event| event.at).collect();
        assert!(at.is_sorted());
        assert_eq!(
            at[0],
            sgi_guest::time::rfc3339("2026-11-23T21:10:23Z").unwrap()
        );
    }

    #[test]
    fn fields_of_the_creation_are_no_changes_and_a_merge_names_the_other() {
        let story = told(
            samples::ticket(5, "merged", ",1,4,103,"),
            &recorded(MERGED),
            LONG_AGO,
        );
        assert_eq!(
            texts(&story),
            [
                "Created :  -> ",
                "Commented :  -> ",
                "Merged(\"8\") :  -> 2026112310000075",
                "Other(\"TicketLinkAdd\") Link:  -> 2026112310000075",
                "Status : closed successful -> merged",
            ]
        );
        // Nobody: it was OTRS's own user.
        assert_eq!(story.events[2].actor, None);
        // Of what came into a ticket its history says so, too.
        let story = told(samples::ticket(8, "open", ""), &recorded(MERGED), LONG_AGO);
        assert_eq!(texts(&story)[2], "Other(\"Merged\") :  -> 2026112310000048");
    }

    #[test]
    fn work_ends_once_and_closing_otherwise_is_a_status() {
        let rows = rows(&[
            ("21:00:00", "NewTicket", "%%1%%Raw%%3 normal%%new%%1"),
            ("21:00:01", "StateUpdate", "%%new%%closed unsuccessful%%"),
            (
                "21:00:02",
                "StateUpdate",
                "%%closed unsuccessful%%closed successful%%",
            ),
            ("21:00:03", "StateUpdate", "%%closed successful%%open%%"),
            ("21:00:04", "StateUpdate", "%%open%%closed successful%%"),
        ]);
        let story = told(samples::ticket(1, "closed", ",3,"), &rows, LONG_AGO);
        assert_eq!(
            texts(&story)[1..],
            [
                "Resolved : new -> closed unsuccessful",
                "Status : closed unsuccessful -> closed successful",
                "Status : closed successful -> open",
                "Resolved : open -> closed successful",
            ]
        );
    }

    #[test]
    fn ids_are_of_the_rows_and_never_the_same() {
        let all = recorded(FULL);
        let ids = |rows: &[Entry]| -> Vec<String> {
            let story = told(samples::ticket(12, "closed", ""), rows, LONG_AGO);
            story.events.into_iter().map(|event| event.id).collect()
        };
        let first = ids(&all);
        let different: HashSet<&String> = first.iter().collect();
        assert_eq!(different.len(), first.len());
        assert!(
            first
                .iter()
                .all(|id| id.len() <= 200 && id.starts_with("hist-"))
        );
        // With fewer rows after them they are the same.
        assert_eq!(ids(&all[..16]), first[..9]);
        let same = rows(&[
            ("21:00:00", "FollowUp", "%%1"),
            ("21:00:00", "FollowUp", "%%1"),
        ]);
        let story = told(samples::ticket(12, "open", ""), &same, LONG_AGO);
        assert_ne!(story.events[0].id, story.events[1].id);
    }

    const FIELD: &str = "TicketDynamicFieldUpdate";

    #[test]
    fn objects_come_and_go_with_the_field() {
        let rows = rows(&[
            ("21:00:00", "NewTicket", "%%1%%Raw%%3 normal%%new%%1"),
            (
                "21:00:01",
                FIELD,
                "%%FieldName%%IDoitObjects%%Value%%,1,%%OldValue%%",
            ),
            (
                "21:00:02",
                FIELD,
                "%%FieldName%%IDoitObjects%%Value%%,1, 2,x,07,%%OldValue%%,1,",
            ),
            (
                "21:00:02",
                FIELD,
                "%%FieldName%%IDoitObjects%%Value%%,3,%%OldValue%%,1, 2,x,07,",
            ),
            (
                "21:00:02",
                FIELD,
                "%%FieldName%%IDoitObjects%%Value%%%%OldValue%%,3,",
            ),
            (
                "21:00:02",
                FIELD,
                "%%FieldName%%IDoitObjects%%Value%%,3,%%OldValue%%",
            ),
            (
                "21:00:09",
                FIELD,
                "%%FieldName%%CMDBFlag%%Value%%1%%OldValue%%",
            ),
        ]);
        let story = told(samples::ticket(1, "new", ",3,"), &rows, LONG_AGO);
        assert_eq!(
            texts(&story),
            [
                "Created :  -> ",
                "Referenced(\"2\") :  -> ",
                "Unreferenced(\"1\") :  -> ",
                "Unreferenced(\"2\") :  -> ",
                "Referenced(\"3\") :  -> ",
                "Unreferenced(\"3\") :  -> ",
                "Referenced(\"3\") :  -> ",
                "Other(\"TicketDynamicFieldUpdate\") CMDBFlag:  -> 1",
            ]
        );
        let ids: HashSet<&str> = story.events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), story.events.len());
    }

    #[test]
    fn a_list_that_was_cut_is_known_by_what_follows_or_not_told() {
        let cut = |new: &str, old: &str| {
            format!("%%FieldName%%IDoitObjects%%Value%%{new}%%OldValue%%{old}")
        };
        let first = cut(",1,2,3,4[...]", ",1,");
        let (next, lost) = (cut(",1,", ",1,2,3,45,"), cut(",1,", ",1,2,3,4[...]"));
        let new = ("21:00:00", "NewTicket", "%%1%%Raw%%3 normal%%new%%1");
        let begin = cut(",1,", "");
        let begin = ("21:00:00", FIELD, begin.as_str());
        let come = ("21:10:00", FIELD, first.as_str());
        // The ticket has it still.
        let mut ticket = samples::ticket(1, "new", ",1,2,3,45,");
        let story = told(ticket.clone(), &rows(&[new, begin, come]), LONG_AGO);
        assert!(story.complete);
        let all = [
            "Referenced(\"2\")",
            "Referenced(\"3\")",
            "Referenced(\"45\")",
        ];
        let all = all.map(|word| format!("{word} :  -> "));
        assert_eq!(texts(&story)[1..], all);
        // The ticket was read before it.
        ticket["Changed"] = "2026-11-23 21:09:59".into();
        let story = told(ticket.clone(), &rows(&[new, begin, come]), LONG_AGO);
        assert!(!story.complete);
        // The next change repeats it.
        let story = told(
            ticket.clone(),
            &rows(&[new, begin, come, ("21:20:00", FIELD, &next)]),
            LONG_AGO,
        );
        assert!(story.complete);
        assert_eq!(texts(&story)[1..4], all);
        // Nothing does.
        let rows = rows(&[
            new,
            begin,
            come,
            ("21:20:00", FIELD, &lost),
            ("21:30:00", "AddNote", "%%Note"),
        ]);
        let story = told(ticket.clone(), &rows, LONG_AGO);
        assert!(!story.complete);
        // That was before what is asked for.
        let story = told(ticket, &rows, "2026-11-23 21:25:00");
        assert!(story.complete);
        assert_eq!(texts(&story), ["Commented :  -> "]);
    }

    #[test]
    fn what_nobody_worked_on_is_left_out() {
        for what in [
            "Lock",
            "Unlock",
            "Misc",
            "SendAutoReply",
            "EscalationUpdateTimeStart",
            "TimeAccounting",
        ] {
            let story = told(
                samples::ticket(1, "new", ""),
                &rows(&[("21:00:00", what, "%%x")]),
                LONG_AGO,
            );
            assert!(story.events.is_empty() && story.complete, "{what}");
        }
        let story = told(
            samples::ticket(1, "new", ""),
            &rows(&[("21:00:00", "Bounce", "%%x")]),
            LONG_AGO,
        );
        assert_eq!(texts(&story), ["Other(\"Bounce\") :  -> "]);
    }

    #[test]
    fn a_date_that_cannot_be_read_leaves_the_ticket_to_be_compared() {
        let mut rows = rows(&[("21:00:00", "AddNote", "%%Note")]);
        rows.extend(serde_json::from_value::<Entry>(
            json!({ "HistoryType": "AddNote" }),
        ));
        assert!(!told(samples::ticket(1, "new", ""), &rows, LONG_AGO).complete);
    }
}
