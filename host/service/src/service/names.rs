//! Desks by their names alone.

use crate::registry::view;
use std::collections::BTreeSet;

/// What is known of desks by their names alone.
#[derive(Default)]
pub(super) struct Names {
    /// Those that were made through the service.
    pub(super) made: BTreeSet<String>,
    /// Those that are a Request Tracker: their entries have that source in the CMDB.
    pub(super) rt: BTreeSet<String>,
}

impl Names {
    /// One was made, or changed.
    pub(super) fn made(&mut self, desk: &str, rt: bool) {
        self.made.insert(desk.to_owned());
        match rt {
            true => self.rt.insert(desk.to_owned()),
            false => self.rt.remove(desk),
        };
    }

    pub(super) fn gone(&mut self, desk: &str) {
        self.made.remove(desk);
        self.rt.remove(desk);
    }

    /// These are all; what is known of those that stay goes on.
    pub(super) fn are(&mut self, desks: &[view::KnownDesk], stay: &BTreeSet<String>) {
        self.made.retain(|name| stay.contains(name));
        self.rt.retain(|name| stay.contains(name));
        for desk in desks {
            if desk.is_stored() {
                self.made.insert(desk.name.clone());
            }
            if desk.is_rt() {
                self.rt.insert(desk.name.clone());
            }
        }
    }
}
