//! Changing what is in the desk while it runs: tests play the service desk's agents with it.
//!
//! Every change does what a change in OTRS does: `Changed` is now, `ChangeBy` the agent jiri, and
//! the history has the rows of it.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::data::{Data, ROOT_ID, priority_id, state_id};
use super::record::{Draft, Message};
use super::ticket::{By, LOCK};
use super::{OtrsDesk, clock};

/// Who changes tickets.
const AGENT: u64 = 6;
/// Where a [`NewTicket`] goes unless it says otherwise, and the extra tickets.
const QUEUE: &str = "Service Desk";

/// A ticket to create.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The name of its queue, in full (`Service Desk::Drucker & Büro`).
    pub queue: String,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: String,
    /// Its priority.
    pub priority: String,
    /// The login of its customer, or an address that is none.
    pub customer: String,
    /// The login of its owner; without one it is the agent's who creates it, unlocked.
    pub owner: Option<String>,
    /// The objects that it references.
    pub objects: Vec<String>,
    /// The text of its first article; none makes no article, as when tickets were imported.
    pub text: Option<String>,
}

impl NewTicket {
    /// A new ticket in the queue `Service Desk` that references an object.
    pub fn of(object: impl Into<String>) -> Self {
        let object = object.into();
        NewTicket {
            queue: QUEUE.to_owned(),
            title: format!("New ticket of object {object}"),
            state: "new".to_owned(),
            priority: "3 normal".to_owned(),
            customer: "kunde1".to_owned(),
            owner: None,
            objects: vec![object],
            text: Some("Guten Tag".to_owned()),
        }
    }
}

impl OtrsDesk {
    /// Stops the desk's clock at this time (in UTC, as OTRS writes it, e.g. `2026-11-24 08:00:00`):
    /// all changes from now on happen then, and ages count to it.
    pub fn set_time(&self, utc: &str) {
        let time = clock::read(utc, &TimeZone::UTC).expect("a time such as 2026-11-24 08:00:00");
        self.data().clock = Some(time);
    }

    /// Lets the clock run again, as it does in the world outside.
    pub fn run_time(&self) {
        self.data().clock = None;
    }

    /// Changes `OTRSTimeZone`: all dates are written and read in this zone from now on.
    pub fn set_time_zone(&self, name: &str) {
        self.data().zone = TimeZone::get(name).expect("a zone of the IANA data base");
    }

    /// Creates a ticket; gives its id.
    pub fn add_ticket(&self, ticket: NewTicket) -> u64 {
        let mut data = self.data();
        let by = data.agent();
        data.add(&ticket, by)
    }

    /// Makes a ticket reference an object, beside those that it references.
    pub fn add_reference(&self, ticket: u64, object: &str) {
        self.references(ticket, |objects| {
            if !objects.iter().any(|known| known == object) {
                objects.push(object.to_owned());
            }
        });
    }

    /// Takes the reference to an object from a ticket.
    pub fn remove_reference(&self, ticket: u64, object: &str) {
        self.references(ticket, |objects| objects.retain(|known| known != object));
    }

    fn references(&self, ticket: u64, change: impl FnOnce(&mut Vec<String>)) {
        let mut data = self.data();
        let (by, field) = (data.agent(), data.objects_field.clone());
        let ticket = data.ticket(ticket);
        let value = ticket.fields.get(&field).and_then(Value::as_str);
        let parts = value.unwrap_or_default().split(',');
        let mut objects: Vec<String> = parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        change(&mut objects);
        ticket.set_field(&field, &references(&objects), by);
    }

    /// Sets a dynamic field to a value as OTRS holds it, e.g. the references to what somebody
    /// typed by hand.
    pub fn set_field(&self, ticket: u64, name: &str, value: impl Into<Value>) {
        let mut data = self.data();
        assert!(data.field(name).is_some(), "no field {name} in the desk");
        let by = data.agent();
        data.ticket(ticket).set_field(name, &value.into(), by);
    }

    /// Changes the state of a ticket, e.g. to `closed successful` or `removed`.
    pub fn set_state(&self, ticket: u64, state: &str) {
        let mut data = self.data();
        let by = data.agent();
        let state = state_id(state).expect("a state of the desk");
        data.ticket(ticket).set_state(state, by);
    }

    /// Changes the title of a ticket.
    pub fn set_title(&self, ticket: u64, title: &str) {
        let mut data = self.data();
        let by = data.agent();
        data.ticket(ticket).set_title(title, by);
    }

    /// Changes the priority of a ticket, e.g. to `4 high`.
    pub fn set_priority(&self, ticket: u64, priority: &str) {
        let mut data = self.data();
        let by = data.agent();
        let priority = priority_id(priority).expect("a priority of the desk");
        data.ticket(ticket).set_priority(priority, by);
    }

    /// Gives a ticket to an agent (a login), and locks it.
    pub fn set_owner(&self, ticket: u64, login: &str) {
        let mut data = self.data();
        let by = data.agent();
        let owner = data.user_id(login).expect("an agent of the desk");
        data.set_owner(ticket, owner, by);
        data.ticket(ticket).set_lock(LOCK, by);
    }

    /// Moves a ticket into another queue, e.g. into `HR`, which the connector does not see.
    pub fn move_ticket(&self, ticket: u64, queue: &str) {
        let mut data = self.data();
        let by = data.agent();
        let queue = data.queue_id(queue).expect("a queue of the desk");
        data.move_to(ticket, queue, by);
    }

    /// Adds a note that the customer does not see; gives the id of the article.
    pub fn add_note(&self, ticket: u64, subject: &str, body: &str) -> u64 {
        let mut data = self.data();
        let by = data.agent();
        let note = Message {
            visible_for_customer: false,
            history: Some(("AddNote".to_owned(), "%%Note".to_owned())),
            ..Message::note(subject, body)
        };
        data.add_article(ticket, note, by)
    }

    /// Adds an answer to the customer by mail; gives the id of the article.
    pub fn add_reply(&self, ticket: u64, subject: &str, body: &str) -> u64 {
        let mut data = self.data();
        let by = data.agent();
        let customer = data
            .ticket(ticket)
            .customer_user
            .clone()
            .unwrap_or_default();
        let reply = Message {
            channel: "Email".to_owned(),
            history: Some(("SendAnswer".to_owned(), format!("%%{customer}"))),
            ..Message::note(subject, body)
        };
        data.add_article(ticket, reply, by)
    }

    /// Adds a mail of the customer; gives the id of the article. By the public source it is no change of the
    /// ticket where the customer wrote last, too, and the state stays: `Changed` stays as it is.
    pub fn add_follow_up(&self, ticket: u64, subject: &str, body: &str) -> u64 {
        let mut data = self.data();
        let by = By {
            user: ROOT_ID,
            at: data.now(),
        };
        let to = data.ticket(ticket);
        let (changed, number) = ((to.changed, to.changed_by), to.number.clone());
        let again = to
            .articles
            .last()
            .is_some_and(|last| last.sender == "customer");
        let mail = Message {
            channel: "Email".to_owned(),
            sender: "customer".to_owned(),
            history: Some(("FollowUp".to_owned(), format!("%%{number}%%"))),
            ..Message::note(subject, body)
        };
        let id = data.add_article(ticket, mail, by);
        if again {
            let to = data.ticket(ticket);
            (to.changed, to.changed_by) = changed;
        }
        id
    }

    /// Merges a ticket into another: it stays, and can be found, with the state `merged`.
    pub fn merge(&self, ticket: u64, into: u64) {
        let mut data = self.data();
        let by = data.agent();
        data.merge(ticket, into, by);
    }

    /// Deletes a ticket. Nothing tells of it: it is no longer found.
    pub fn delete(&self, ticket: u64) {
        let gone = self.data().tickets.remove(&ticket);
        assert!(gone.is_some(), "no ticket {ticket} in the desk");
    }

    /// Gives an account another password, or none that would do. Its sessions go on.
    pub fn set_password(&self, account: &str, password: Option<&str>) {
        let mut data = self.data();
        let user = data.users.iter_mut().find(|user| user.login == account);
        user.expect("an account of the desk").password = password.map(str::to_owned);
    }

    /// Ends all sessions, as an administrator can.
    pub fn forget_sessions(&self) {
        self.data().sessions.clear();
    }
}

/// References as the field holds them: `,1,42,`.
fn references(objects: &[String]) -> Value {
    match objects {
        [] => Value::Null,
        objects => Value::from(format!(",{},", objects.join(","))),
    }
}

impl Data {
    fn agent(&self) -> By {
        By {
            user: AGENT,
            at: self.now(),
        }
    }

    pub(super) fn add(&mut self, new: &NewTicket, by: By) -> u64 {
        let queue = self.queue_id(&new.queue).expect("a queue of the desk");
        let owner = new.owner.as_ref().map(|login| {
            self.user_id(login)
                .unwrap_or_else(|| panic!("no agent {login} in the desk"))
        });
        let draft = Draft {
            state: state_id(&new.state).expect("a state of the desk"),
            priority: priority_id(&new.priority).expect("a priority of the desk"),
            customer: Some(new.customer.clone()),
            owner,
            fields: vec![(self.objects_field.clone(), references(&new.objects))],
            article: new
                .text
                .as_ref()
                .map(|text| Message::phone(&new.title, text)),
            ..Draft::of(&new.title, queue)
        };
        self.create(draft, by).0
    }
}
