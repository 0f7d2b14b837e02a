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
