//! With the option `tenant` a ticket references objects only while it has that tenant, as in the lists.
//! A change of the tenant is then one of all references, and a change of a reference in another
//! tenant's ticket is none.
//!
//! What a ticket had when something happened is found backwards from what it has now.

use super::event::{References, is_of, references};
use super::history::Transaction;
use crate::fields::Fields;
use sgi_guest::object::is_number;
use std::collections::BTreeSet;

/// A ticket as it was read, before its history was.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeSet<String>,
    pub(crate) tenants: BTreeSet<String>,
}

/// What became of the references by each of a ticket's transactions, which stand in their order.
pub(crate) fn of_each(
    rows: &[&Transaction],
    state: State,
    fields: &Fields<'_>,
    tenant: &str,
) -> Vec<Option<References>> {
    let tenant_fields = fields.tenant.ids();
    let is_tenant = |row: &Transaction| is_of(row, &tenant_fields);
    let mut state = state;
    // What was changed after it was read.
    for row in rows {
        let set = if is_tenant(row) {
            &mut state.tenants
        } else if references(row, fields).is_some() {
            &mut state.objects
        } else {
            continue;
        };
        step(set, row.old.as_ref(), row.new.as_ref());
    }
    let mut all: Vec<Option<References>> = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let counts = state.tenants.contains(tenant);
        if is_tenant(row) {
            step(&mut state.tenants, row.new.as_ref(), row.old.as_ref());
            let counted = state.tenants.contains(tenant);
            let objects = state.objects.iter().filter(|value| is_number(value));
            let objects: Vec<String> = objects.cloned().collect();
            all.push(match (counted, counts) {
                (true, false) => Some(References {
                    lost: objects,
                    won: Vec::new(),
                }),
                (false, true) => Some(References {
                    lost: Vec::new(),
                    won: objects,
                }),
                _ => None,
            });
        } else {
            let change = references(row, fields);
            if change.is_some() {
                step(&mut state.objects, row.new.as_ref(), row.old.as_ref());
            }
            all.push(change.filter(|_| counts));
        }
    }
    all.reverse();
    all
}

fn step(set: &mut BTreeSet<String>, from: Option<&String>, to: Option<&String>) {
    if let Some(from) = from {
        set.remove(from);
    }
    set.extend(to.cloned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{Known, Role};

    fn rows(changes: &[(&str, &str, &str)]) -> Vec<Transaction> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let row = |(id, (field, old, new)): (u64, &(&str, &str, &str))| Transaction {
            id,
            ticket: 5,
            what: "CustomField".to_owned(),
            actor: None,
            at: 0,
            field: some(field),
            old: some(old),
            new: some(new),
        };
        (1..).zip(changes).map(row).collect()
    }

    /// What becomes of the references for tenant 1: `+1001`, `-1001`.
    fn told(objects: &[&str], tenants: &[&str], changes: &[(&str, &str, &str)]) -> Vec<String> {
        let known = |id, name: &str| {
            [Known {
                id,
                name: name.to_owned(),
            }]
        };
        let (objects_field, tenant_field) = (known(2, "objects"), known(3, "tenant"));
        let role = |known| Role { known, meant: None };
        let fields = Fields {
            objects: role(&objects_field),
            tenant: role(&tenant_field),
            tenant_matters: true,
        };
        let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let state = State {
            objects: set(objects),
            tenants: set(tenants),
        };
        let rows = rows(changes);
        let rows: Vec<&Transaction> = rows.iter().collect();
        let one = |references: Option<References>| {
            let References { lost, won } = references.unwrap_or_default();
            let lost = lost.into_iter().map(|id| format!("-{id}"));
            let all: Vec<String> = lost
                .chain(won.into_iter().map(|id| format!("+{id}")))
                .collect();
            all.join("")
        };
        let all = of_each(&rows, state, &fields, "1");
        all.into_iter().map(one).collect()
    }

    #[test]
    fn a_ticket_references_its_objects_while_it_has_the_tenant() {
        let changes = [
            ("2", "", "1002"),
            ("3", "1", "2"),
            ("2", "1001", ""),
            ("2", "", "1003"),
            ("3", "2", "1"),
            ("2", "1002", ""),
        ];
        assert_eq!(
            told(&["1003"], &["1"], &changes),
            ["+1002", "-1001-1002", "", "", "+1002+1003", "-1002"]
        );
    }

    #[test]
    fn what_was_changed_after_the_ticket_was_read_counts() {
        let changes = [("3", "", "1"), ("2", "", "1001")];
        assert_eq!(told(&[], &[], &changes), ["", "+1001"]);
        assert_eq!(told(&["7"], &[], &changes), ["+7", "+1001"]);
    }

    #[test]
    fn another_tenants_ticket_references_nothing() {
        assert_eq!(
            told(&["7"], &["2"], &[("2", "", "7"), ("3", "3", "2")]),
            ["", ""]
        );
    }
}
