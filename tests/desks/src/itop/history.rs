//! What was done to the objects: a `CMDBChange` for every request that writes, and below it a
//! `CMDBChangeOp` for everything that it did.

use std::collections::BTreeMap;

use super::data::{Data, LINK, LogEntry, Row};
use super::model::Kind;

/// Who changes something, and what for.
#[derive(Debug, Clone)]
pub(super) struct Author {
    pub(super) user: u64,
    pub(super) comment: String,
}

fn fields<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(code, value)| (code.to_owned(), value))
        .collect()
}

impl Data {
    /// Begins a change; gives its id.
    pub(super) fn begin(&mut self, author: &Author) -> u64 {
        let fields = fields([
            ("date", self.now()),
            ("userinfo", author.comment.clone()),
            ("user_id", author.user.to_string()),
            ("origin", "webservice-rest".to_owned()),
        ]);
        self.insert(Row {
            id: 0,
            class: "CMDBChange".to_owned(),
            fields,
            logs: BTreeMap::new(),
        })
    }

    fn operation<const N: usize>(
        &mut self,
        change: u64,
        class: &str,
        of: (&str, u64),
        more: [(&str, String); N],
    ) {
        let change_row = self
            .row("CMDBChange", change)
            .expect("a change that was begun");
        let user = change_row
            .fields
            .get("user_id")
            .cloned()
            .unwrap_or_default();
        let mut fields = fields(more);
        fields.insert("change".to_owned(), change.to_string());
        fields.insert("user_id".to_owned(), user);
        fields.insert("objclass".to_owned(), of.0.to_owned());
        fields.insert("objkey".to_owned(), of.1.to_string());
        let class = format!("CMDBChangeOp{class}");
        self.insert(Row {
            id: 0,
            class,
            fields,
            logs: BTreeMap::new(),
        });
    }

    /// Creates a ticket with its links to CIs; gives its id.
    pub(super) fn create_ticket(&mut self, change: u64, mut row: Row, cis: &[u64]) -> u64 {
        let class = row.class.clone();
        let now = self.now();
        let letter = match class.as_str() {
            "UserRequest" => 'R',
            "Incident" => 'I',
            "Problem" => 'P',
            _ => 'C',
        };
        row.fields
            .insert("ref".to_owned(), format!("{letter}-{:06}", self.next_ref));
        row.fields.insert("last_update".to_owned(), now.clone());
        if matches!(letter, 'R' | 'I') {
            row.fields.entry("start_date".to_owned()).or_insert(now);
        }
        self.next_ref += 1;
        let id = self.insert(row);
        for ci in cis {
            let link = self.insert_link(id, *ci);
            self.note_link(change, "added", None, (*ci, link));
        }
        self.operation(change, "Create", (&class, id), []);
        self.skip_id("CMDBChangeOp");
        id
    }

    /// Creates an object that is no ticket and no link; gives its id.
    pub(super) fn create_other(&mut self, change: u64, row: Row) -> u64 {
        let class = row.class.clone();
        let id = self.insert(row);
        self.operation(change, "Create", (&class, id), []);
        id
    }

    fn insert_link(&mut self, ticket: u64, ci: u64) -> u64 {
        let fields = fields([
            ("ticket_id", ticket.to_string()),
            ("functionalci_id", ci.to_string()),
            ("impact_code", "manual".to_owned()),
        ]);
        self.insert(Row {
            id: 0,
            class: LINK.to_owned(),
            fields,
            logs: BTreeMap::new(),
        })
    }

    /// Links a ticket and a CI; gives the id of the link. Moves the ticket's `last_update`.
    pub(super) fn link(&mut self, change: u64, ticket: u64, ci: u64) -> u64 {
        let link = self.insert_link(ticket, ci);
        self.note_link(change, "added", Some(ticket), (ci, link));
        self.touch(ticket);
        link
    }

    /// Deletes a link. Moves the ticket's `last_update`.
    pub(super) fn unlink(&mut self, change: u64, link: u64) {
        let row = self.row(LINK, link).expect("a link").clone();
        let name = self.friendly_name(&row);
        let key = |code: &str| row.fields[code].parse().expect("a key");
        let (ticket, ci): (u64, u64) = (key("ticket_id"), key("functionalci_id"));
        self.note_link(change, "removed", Some(ticket), (ci, link));
        let more = [("fclass", LINK.to_owned()), ("fname", name)];
        self.operation(change, "Delete", (LINK, link), more);
        self.tables.get_mut(LINK).expect("the links").remove(&link);
        self.touch(ticket);
    }

    /// Changes what a link says of the impact: as the public source has it, noted at the link, and at the
    /// ticket without what it was.
    pub(super) fn set_impact(&mut self, change: u64, link: u64, impact: &str) {
        let row = self.row(LINK, link).expect("a link").clone();
        let values = fields([("impact_code", impact.to_owned())]);
        if !self.modify(change, (LINK, link), &values) {
            return;
        }
        let ticket: u64 = row.fields["ticket_id"].parse().expect("a key");
        let class = self.row("Ticket", ticket).expect("a ticket").class.clone();
        let more = [
            ("attcode", "functionalcis_list".to_owned()),
            ("item_class", "FunctionalCI".to_owned()),
            ("item_id", row.fields["functionalci_id"].clone()),
            ("link_id", link.to_string()),
        ];
        self.operation(change, "SetAttributeLinksTune", (&class, ticket), more);
        self.touch(ticket);
    }

    /// The operations on both sides of a link. While a ticket is created nothing is noted on its
    /// side: so the recorded ids and the history of a ticket suggest, which also leave one id unused.
    fn note_link(&mut self, change: u64, what: &str, ticket: Option<u64>, (ci, link): (u64, u64)) {
        const OP: &str = "SetAttributeLinksAddRemove";
        if let Some(ticket) = ticket {
            let class = self.row("Ticket", ticket).expect("a ticket").class.clone();
            let more = [
                ("attcode", "functionalcis_list".to_owned()),
                ("item_class", "FunctionalCI".to_owned()),
                ("item_id", ci.to_string()),
                ("type", what.to_owned()),
            ];
            self.operation(change, OP, (&class, ticket), more);
        }
        let class = self.row("FunctionalCI", ci).expect("a CI").class.clone();
        let ticket = &self.row(LINK, link).expect("a link").fields["ticket_id"];
        let more = [
            ("attcode", "tickets_list".to_owned()),
            ("item_class", "Ticket".to_owned()),
            ("item_id", ticket.clone()),
            ("type", what.to_owned()),
        ];
        self.operation(change, OP, (&class, ci), more);
        if what == "added" {
            self.operation(change, "Create", (LINK, link), []);
        }
    }

    /// Changes attributes of an object, in the order of its class. Gives whether any did change.
    pub(super) fn modify(
        &mut self,
        change: u64,
        (class, id): (&str, u64),
        new: &BTreeMap<String, String>,
    ) -> bool {
        let row = self.row(class, id).expect("the object to change").clone();
        let mut changed = false;
        let attributes = self.class(&row.class).shown.clone();
        for attribute in attributes {
            let Some(value) = new.get(&attribute.code) else {
                continue;
            };
            let stored = row.fields.get(&attribute.code).cloned();
            let old = match attribute.kind {
                Kind::Key(_) => stored.unwrap_or_else(|| "0".to_owned()),
                _ => stored.unwrap_or_default(),
            };
            if old == *value {
                continue;
            }
            changed = true;
            let code = ("attcode", attribute.code.clone());
            let of = (row.class.as_str(), id);
            if matches!(attribute.kind, Kind::Html) {
                self.operation(change, "SetAttributeHTML", of, [code, ("prevdata", old)]);
            } else {
                let more = [code, ("oldvalue", old), ("newvalue", value.clone())];
                self.operation(change, "SetAttributeScalar", of, more);
            }
            self.row_mut(class, id)
                .fields
                .insert(attribute.code, value.clone());
        }
        if changed && self.model.is_a(&row.class, "Ticket") {
            self.touch(id);
        }
        changed
    }

    /// Adds an entry to a case log of a ticket.
    pub(super) fn add_to_log(&mut self, change: u64, ticket: u64, code: &str, entry: LogEntry) {
        let row = self.row_mut("Ticket", ticket);
        let class = row.class.clone();
        let log = row.logs.entry(code.to_owned()).or_default();
        log.push(entry);
        let last = (log.len() - 1).to_string();
        let more = [("attcode", code.to_owned()), ("lastentry", last)];
        self.operation(change, "SetAttributeCaseLog", (&class, ticket), more);
        self.touch(ticket);
    }

    /// Deletes an object, and with a ticket its links.
    pub(super) fn delete(&mut self, change: u64, class: &str, id: u64) {
        if class == LINK {
            return self.unlink(change, id);
        }
        let row = self.row(class, id).expect("the object to delete").clone();
        let key = if self.model.is_a(&row.class, "Ticket") {
            "ticket_id"
        } else {
            "functionalci_id"
        };
        let links: Vec<u64> = self.links(key, id).iter().map(|link| link.id).collect();
        for link in links {
            self.unlink(change, link);
        }
        let root = self.class(&row.class).root.clone();
        let more = [
            ("fclass", row.class.clone()),
            ("fname", self.friendly_name(&row)),
        ];
        self.operation(change, "Delete", (&row.class, id), more);
        self.tables.get_mut(&root).expect("the table").remove(&id);
    }

    fn touch(&mut self, ticket: u64) {
        let now = self.now();
        self.row_mut("Ticket", ticket)
            .fields
            .insert("last_update".to_owned(), now);
    }
}
