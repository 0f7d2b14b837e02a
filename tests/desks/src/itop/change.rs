//! Changing what is in the desk while it runs: tests play the service desk's agents with it.
//!
//! Every change does what a change in iTop does: it moves `last_update` and is noted in the history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use super::data::{Data, LogEntry, Mode, Row};
use super::history::Author;
use super::stimulus::moved;
use super::{lock, write};

/// The organisation of all that is made here.
const ORGANISATION: &str = "3";

/// A ticket to create.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Its class, such as `UserRequest`, `Incident`, `Problem` or `NormalChange`.
    pub class: String,
    /// Its title.
    pub title: String,
    /// Its status.
    pub status: String,
    /// The objects that it references. An object without a CI gets one.
    pub objects: Vec<String>,
    /// The id of the person who called, if anyone did.
    pub caller: Option<u64>,
    /// The id of the person who works on it, if anyone does.
    pub agent: Option<u64>,
}

impl NewTicket {
    /// A new user request that references an object, called in by Pablo Picasso, without an agent.
    pub fn of(object: impl Into<String>) -> Self {
        let object = object.into();
        NewTicket {
            class: "UserRequest".to_owned(),
            title: format!("New ticket of object {object}"),
            status: "new".to_owned(),
            objects: vec![object],
            caller: Some(2),
            agent: None,
        }
    }
}

/// The people who work with a desk: they change what is in it while it runs.
#[derive(Debug, Clone)]
pub struct Staff(Arc<Mutex<Data>>);

/// An operation on a ticket, as the history has it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id.
    pub id: u64,
    /// The id of what was done at once.
    pub change: u64,
    /// The id of the ticket.
    pub ticket: u64,
    /// Its class: `CMDBChangeOpCreate` …
    pub class: String,
    /// The code of the attribute, if it is about one.
    pub attribute: String,
}

/// What was done and is not yet seen by others: a transaction of iTop's database.
#[derive(Debug)]
pub struct Open(Vec<(String, u64, Option<Row>)>);

impl Staff {
    pub(super) fn of(data: Arc<Mutex<Data>>) -> Self {
        Staff(data)
    }

    pub(super) fn data(&self) -> MutexGuard<'_, Data> {
        lock(&self.0)
    }

    /// Does something of which others see nothing before it is [committed](Self::commit). The ids are
    /// taken and the dates are noted now.
    pub fn begin(&self, what: impl FnOnce(&Staff)) -> Open {
        let before = self.data().tables.clone();
        what(self);
        let mut data = self.data();
        let after = std::mem::replace(&mut data.tables, before);
        let mut changed = Vec::new();
        for table in data
            .tables
            .keys()
            .chain(after.keys())
            .collect::<BTreeSet<_>>()
        {
            let (old, new) = (data.tables.get(table), after.get(table));
            let ids = old.into_iter().chain(new).flat_map(BTreeMap::keys);
            for id in ids.collect::<BTreeSet<_>>() {
                let new = new.and_then(|rows| rows.get(id));
                if old.and_then(|rows| rows.get(id)) != new {
                    changed.push((table.clone(), *id, new.cloned()));
                }
            }
        }
        Open(changed)
    }

    /// Lets all see what was done.
    pub fn commit(&self, open: Open) {
        let mut data = self.data();
        for (table, id, row) in open.0 {
            let rows = data.tables.entry(table).or_default();
            match row {
                Some(row) => drop(rows.insert(id, row)),
                None => drop(rows.remove(&id)),
            }
        }
    }

    /// Stops the desk's clock at this time (in UTC, e.g. `2026-11-23T21:14:00Z`): all changes from
    /// now on happen then, and the header `Date` says so.
    pub fn set_time(&self, time: &str) {
        self.data().clock = Some(time.parse().expect("a time such as 2026-11-23T21:14:00Z"));
    }

    /// Puts the whole of iTop in another state.
    pub fn set_mode(&self, mode: Mode) {
        self.data().mode = mode;
    }

    /// Creates a ticket; gives its id.
    pub fn add_ticket(&self, ticket: NewTicket) -> u64 {
        self.write(|data, change| data.add_new(change, ticket))
    }

    /// Makes a ticket reference an object, beside those that it references. An object without a CI
    /// gets one.
    pub fn add_reference(&self, ticket: u64, object: &str) {
        self.write(|data, change| {
            let ci = data.ci_of(object);
            if data.links_to(ticket, object).is_empty() {
                data.link(change, ticket, ci);
            }
        });
    }

    /// Takes the references to an object from a ticket.
    pub fn remove_reference(&self, ticket: u64, object: &str) {
        self.write(|data, change| {
            for link in data.links_to(ticket, object) {
                data.unlink(change, link);
            }
        });
    }

    /// Changes the status of a ticket, e.g. to `resolved` or `closed`, and all that goes with it.
    pub fn set_status(&self, ticket: u64, status: &str) {
        self.write(|data, change| {
            let values = moved(data, "Ticket", ticket, status);
            data.modify(change, ("Ticket", ticket), &values);
        });
    }

    /// Changes the title of a ticket.
    pub fn set_subject(&self, ticket: u64, subject: &str) {
        self.set(("Ticket", ticket), "title", subject);
    }

    /// Changes an attribute of a ticket; a key is an id.
    pub fn set_value(&self, ticket: u64, code: &str, value: &str) {
        self.set(("Ticket", ticket), code, value);
    }

    /// Writes into a case log of a ticket: `public_log` or `private_log`.
    pub fn write_log(&self, ticket: u64, code: &str, text: &str) {
        self.write(|data, change| {
            let entry = LogEntry {
                date: data.now(),
                user_login: "My first name My last name".to_owned(),
                user_id: "1".to_owned(),
                message: text.to_owned(),
                message_html: format!("<p>{text}</p>"),
            };
            data.add_to_log(change, ticket, code, entry);
        });
    }

    /// Moves the date of a ticket's last change, as an import does that writes into the database.
    pub fn set_last_update(&self, ticket: u64, date: &str) {
        let mut data = self.data();
        let fields = &mut data.row_mut("Ticket", ticket).fields;
        fields.insert("last_update".to_owned(), date.to_owned());
    }

    /// The ids of all tickets.
    pub fn tickets(&self) -> Vec<u64> {
        self.data().rows("Ticket").map(|row| row.id).collect()
    }

    /// The operations on tickets that the history has, by id.
    pub fn operations(&self) -> Vec<Operation> {
        let data = self.data();
        let text = |row: &Row, code: &str| row.fields.get(code).cloned().unwrap_or_default();
        let operations = data
            .rows("CMDBChangeOp")
            .filter(|row| data.model.is_a(&text(row, "objclass"), "Ticket"));
        operations
            .map(|row| Operation {
                id: row.id,
                change: text(row, "change").parse().expect("an id"),
                ticket: text(row, "objkey").parse().expect("an id"),
                class: row.class.clone(),
                attribute: text(row, "attcode"),
            })
            .collect()
    }

    /// Gives a ticket to a person, or to nobody with 0.
    pub fn set_agent(&self, ticket: u64, person: u64) {
        self.set(("Ticket", ticket), "agent_id", &person.to_string());
    }

    /// Deletes a ticket with its links.
    pub fn delete_ticket(&self, ticket: u64) {
        self.write(|data, change| data.delete(change, "Ticket", ticket));
    }

    /// Adds a CI that claims to be an object, a second one if there is one already; gives its id.
    pub fn add_ci(&self, object: &str, name: &str) -> u64 {
        self.data().add_ci(object, name)
    }

    /// Gives a CI another name.
    pub fn rename_ci(&self, ci: u64, name: &str) {
        self.set(("FunctionalCI", ci), "name", name);
    }

    /// Links a ticket to a CI, whatever object that is.
    pub fn link(&self, ticket: u64, ci: u64) {
        self.write(|data, change| data.link(change, ticket, ci));
    }

    /// Says of the links of a ticket to the CIs of an object what impact the ticket has on them: `manual`,
    /// `computed`, or `not_impacted` for one that is taken out by hand.
    pub fn set_impact(&self, ticket: u64, object: &str, impact: &str) {
        self.write(|data, change| {
            for link in data.links_to(ticket, object) {
                data.set_impact(change, link, impact);
            }
        });
    }

    /// Gives an object's CI to another object: the attribute that holds the object's id is changed.
    pub fn replace_object(&self, object: &str, by: &str) {
        self.write(|data, change| {
            let code = data.object_code();
            let ci = data.ci_of(object);
            let values = BTreeMap::from([(code, by.to_owned())]);
            data.modify(change, ("FunctionalCI", ci), &values);
        });
    }

    /// Deletes the CIs of an object, with their links to tickets.
    pub fn delete_object(&self, object: &str) {
        self.write(|data, change| {
            for ci in data.cis_of(object) {
                data.delete(change, "FunctionalCI", ci);
            }
        });
    }

    /// Deletes a CI with its links to tickets.
    pub fn delete_ci(&self, ci: u64) {
        self.write(|data, change| data.delete(change, "FunctionalCI", ci));
    }

    /// Gives an account another password, or none that would do.
    pub fn set_password(&self, account: &str, password: Option<&str>) {
        let mut data = self.data();
        let user = data.users.iter_mut().find(|user| user.login == account);
        user.expect("an account of the desk").password = password.map(str::to_owned);
    }

    fn set(&self, of: (&str, u64), code: &str, value: &str) {
        let values = BTreeMap::from([(code.to_owned(), value.to_owned())]);
        self.write(|data, change| data.modify(change, of, &values));
    }

    /// Does something as the administrator, noted as one change.
    fn write<T>(&self, what: impl FnOnce(&mut Data, u64) -> T) -> T {
        let mut data = self.data();
        let change = data.begin(&Author {
            user: 1,
            comment: "My first name My last name".to_owned(),
        });
        what(&mut data, change)
    }
}

impl Data {
    /// The attribute by which the desk tells objects.
    fn object_code(&self) -> String {
        self.object_attribute
            .clone()
            .unwrap_or_else(|| "name".to_owned())
    }

    fn cis_of(&self, object: &str) -> Vec<u64> {
        let code = self.object_code();
        let of = |row: &&Row| row.fields.get(&code).is_some_and(|value| value == object);
        self.rows("FunctionalCI")
            .filter(of)
            .map(|row| row.id)
            .collect()
    }

    /// The first CI of an object, made if there is none.
    fn ci_of(&mut self, object: &str) -> u64 {
        match self.cis_of(object).first() {
            Some(ci) => *ci,
            None => self.add_ci(object, &format!("ci-{object}")),
        }
    }

    fn add_ci(&mut self, object: &str, name: &str) -> u64 {
        let mut fields = BTreeMap::from([("name".to_owned(), name.to_owned())]);
        fields.insert("org_id".to_owned(), ORGANISATION.to_owned());
        fields.insert(self.object_code(), object.to_owned());
        self.insert(Row {
            id: 0,
            class: "Server".to_owned(),
            fields,
            logs: BTreeMap::new(),
        })
    }

    /// The links of a ticket to the CIs of an object.
    fn links_to(&self, ticket: u64, object: &str) -> Vec<u64> {
        let cis: Vec<String> = self.cis_of(object).iter().map(u64::to_string).collect();
        let links = self.links("ticket_id", ticket);
        let to = links
            .iter()
            .filter(|link| cis.contains(&link.fields["functionalci_id"]));
        to.map(|link| link.id).collect()
    }

    /// A second CI for an object, with a ticket of its own.
    pub(super) fn duplicate(&mut self, object: &str) {
        let ci = self.add_ci(object, &format!("ci-{object}-again"));
        let change = self.begin(&Author {
            user: 1,
            comment: "seed".to_owned(),
        });
        let title = format!("Ticket of the second CI of object {object}");
        let ticket = NewTicket {
            title,
            objects: Vec::new(),
            ..NewTicket::of(object)
        };
        let ticket = self.add_new(change, ticket);
        self.link(change, ticket, ci);
    }

    pub(super) fn add_new(&mut self, change: u64, ticket: NewTicket) -> u64 {
        let cis: Vec<u64> = ticket
            .objects
            .iter()
            .map(|object| self.ci_of(object))
            .collect();
        let mut fields: BTreeMap<String, String> = write::defaults(&ticket.class)
            .iter()
            .map(|(code, value)| ((*code).to_owned(), (*value).to_owned()))
            .collect();
        let text = format!(
            "<p>{}</p>",
            ticket.title.replace('&', "&amp;").replace('<', "&lt;")
        );
        let mut set = |code: &str, value: String| drop(fields.insert(code.to_owned(), value));
        set("org_id", ORGANISATION.to_owned());
        set("description", text);
        set("title", ticket.title);
        set("caller_id", ticket.caller.unwrap_or(0).to_string());
        set("agent_id", ticket.agent.unwrap_or(0).to_string());
        let row = Row {
            id: 0,
            class: ticket.class,
            fields,
            logs: BTreeMap::new(),
        };
        let id = self.create_ticket(change, row, &cis);
        if ticket.status != "new" {
            let values = moved(self, "Ticket", id, &ticket.status);
            self.row_mut("Ticket", id).fields.extend(values);
        }
        id
    }
}
