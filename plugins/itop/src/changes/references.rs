//! Which objects a ticket references, operation by operation.
//!
//! iTop links configuration items, and several of them may stand for one object: the object comes with
//! the first and goes with the last of them.

use super::details::{Operation, What};
use std::collections::{BTreeMap, BTreeSet};

/// The list of a ticket's configuration items.
pub(super) const LIST: &str = "functionalcis_list";

/// What an operation on that list comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// It belongs to the creation or the deletion of the ticket, which say it all; or it is not to be seen.
    Part,
    /// An object comes.
    Comes(String),
    /// An object goes.
    Goes(String),
    /// No object does: the configuration item stands for none, or not alone.
    None,
}

/// What each operation on the list comes to, by its id. `operations` are those of one ticket, by id, and
/// `linked` its configuration items as they were when it was read, before them; none: it could not be read.
///
/// What was added last and is not there when the ticket is read was linked as such without impact, or came
/// after that; then the next pass tells it.
pub(super) fn turns(
    operations: &[Operation],
    linked: Option<&[u64]>,
    objects: &BTreeMap<u64, String>,
) -> BTreeMap<u64, Turn> {
    let whole =
        |operation: &&Operation| matches!(operation.what, What::Created | What::Deleted { .. });
    let whole: BTreeSet<u64> = operations
        .iter()
        .filter(whole)
        .map(|operation| operation.change)
        .collect();
    let mut turns = BTreeMap::new();
    let mut moves = Vec::new();
    for operation in operations {
        let Some((ci, added)) = moved(operation) else {
            continue;
        };
        if whole.contains(&operation.change) {
            turns.insert(operation.id, Turn::Part);
        } else {
            moves.push((operation.id, ci, added));
        }
    }
    if let Some(linked) = linked {
        let last: BTreeMap<u64, (u64, bool)> = moves
            .iter()
            .map(|(id, ci, added)| (*ci, (*id, *added)))
            .collect();
        let unseen =
            |id: &u64, ci: &u64| last.get(ci) == Some(&(*id, true)) && !linked.contains(ci);
        moves.retain(|(id, ci, _)| {
            let told = !unseen(id, ci);
            if !told {
                turns.insert(*id, Turn::Part);
            }
            told
        });
    }
    // What is first added was not there, and what is first removed was; what is not named stayed.
    let mut first: BTreeMap<u64, bool> = BTreeMap::new();
    for (_, ci, added) in &moves {
        first.entry(*ci).or_insert(*added);
    }
    let linked = linked.unwrap_or_default();
    let stayed = linked.iter().filter(|ci| !first.contains_key(ci));
    let removed = first.iter().filter(|(_, added)| !**added);
    let mut now: BTreeSet<u64> = stayed.chain(removed.map(|(ci, _)| ci)).copied().collect();
    for (id, ci, added) in moves {
        let changed = if added {
            now.insert(ci)
        } else {
            now.remove(&ci)
        };
        let alone = |object: &&String| {
            let others = now.iter().filter(|other| **other != ci);
            !others
                .clone()
                .any(|other| objects.get(other) == Some(*object))
        };
        let object = objects.get(&ci).filter(|_| changed).filter(alone);
        let turn = match (object, added) {
            (Some(object), true) => Turn::Comes(object.clone()),
            (Some(object), false) => Turn::Goes(object.clone()),
            (None, _) => Turn::None,
        };
        turns.insert(id, turn);
    }
    turns
}

/// The configuration item that an operation adds or removes.
pub(super) fn moved(operation: &Operation) -> Option<(u64, bool)> {
    match &operation.what {
        What::Link {
            code, id, added, ..
        } if code == LIST => Some((*id, *added)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(id: u64, change: u64, what: What) -> Operation {
        Operation {
            id,
            change,
            date: String::new(),
            user: None,
            who: Vec::new(),
            class: "UserRequest".to_owned(),
            ticket: 63,
            what,
        }
    }

    fn link(id: u64, ci: u64, added: bool) -> Operation {
        let what = What::Link {
            code: LIST.to_owned(),
            class: "FunctionalCI".to_owned(),
            id: ci,
            added,
        };
        operation(id, id, what)
    }

    fn objects() -> BTreeMap<u64, String> {
        [(1, "1001"), (2, "1001"), (3, "1003")]
            .map(|(ci, object)| (ci, object.to_owned()))
            .into()
    }

    fn told(operations: &[Operation], linked: &[u64]) -> Vec<(u64, String)> {
        let turns = turns(operations, Some(linked), &objects());
        let text = |turn| match turn {
            Turn::Part => "part".to_owned(),
            Turn::None => "none".to_owned(),
            Turn::Comes(object) => format!("+{object}"),
            Turn::Goes(object) => format!("-{object}"),
        };
        turns
            .into_iter()
            .map(|(id, turn)| (id, text(turn)))
            .collect()
    }

    fn expected(all: &[(u64, &str)]) -> Vec<(u64, String)> {
        all.iter()
            .map(|(id, text)| (*id, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn an_object_comes_with_its_first_and_goes_with_its_last_configuration_item() {
        let operations = [
            link(5, 1, true),
            link(6, 2, true),
            link(7, 1, false),
            link(8, 2, false),
        ];
        assert_eq!(
            told(&operations, &[]),
            expected(&[(5, "+1001"), (6, "none"), (7, "none"), (8, "-1001")])
        );
        // The other one was there all the while.
        assert_eq!(told(&[link(5, 1, false)], &[2]), expected(&[(5, "none")]));
        assert_eq!(told(&[link(5, 3, true)], &[3]), expected(&[(5, "+1003")]));
    }

    #[test]
    fn a_configuration_item_of_no_object_and_one_added_twice_change_nothing() {
        assert_eq!(told(&[link(5, 9, true)], &[9]), expected(&[(5, "none")]));
        assert_eq!(
            told(&[link(5, 3, true), link(6, 3, true)], &[3]),
            expected(&[(5, "+1003"), (6, "none")])
        );
    }

    #[test]
    fn links_that_are_made_with_the_ticket_or_go_with_it_are_no_events_of_their_own() {
        let mut first = link(4, 3, true);
        first.change = 9;
        let created = operation(5, 9, What::Created);
        let mut last = link(7, 3, false);
        last.change = 10;
        let deleted = operation(
            8,
            10,
            What::Deleted {
                name: String::new(),
            },
        );
        assert_eq!(
            told(&[first, created, last, deleted], &[]),
            expected(&[(4, "part"), (7, "part")])
        );
    }
}
