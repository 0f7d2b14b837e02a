//! Changing what is in the desk while it runs: tests play the service desk's agents with it.
//!
//! Every change does what a change in RT does to the record: `LastUpdated` is now, `LastUpdatedBy`
//! the agent huber, and the `ETag` a new transaction.

use std::collections::BTreeMap;

use super::data::{Data, NOBODY, Ticket};
use super::{RtDesk, RtOptions, Transaction, dates};

/// The custom fields of the seed that the i-doit extension for RT defines.
const OBJECTS: u64 = 2;
const TENANT: u64 = 3;
/// Who changes tickets.
const AGENT: &str = "huber";
/// Where a [`NewTicket`] goes unless it says otherwise, and the extra tickets.
const QUEUE: &str = "Incidents";

/// A ticket to create.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// The name of its queue.
    pub queue: String,
    /// Its subject.
    pub subject: String,
    /// Its status.
    pub status: String,
    /// The objects that it references.
    pub objects: Vec<String>,
    /// Its tenant; none leaves the field empty.
    pub tenant: Option<String>,
}

impl NewTicket {
    /// A new ticket in the queue `Incidents` that references an object, of tenant 1.
    pub fn of(object: impl Into<String>) -> Self {
        let object = object.into();
        NewTicket {
            queue: QUEUE.to_owned(),
            subject: format!("New ticket of object {object}"),
            status: "new".to_owned(),
            objects: vec![object],
            tenant: Some("1".to_owned()),
        }
    }
}

/// Something that is being written.
#[derive(Debug)]
#[must_use = "nobody sees it before it is committed"]
pub struct InFlight {
    id: u64,
    ticket: u64,
    at: i64,
}

fn written(ticket: u64, kind: &str) -> Transaction {
    Transaction {
        ticket,
        kind: kind.to_owned(),
        data: "No Subject".to_owned(),
        creator: AGENT.to_owned(),
        ..Transaction::default()
    }
}

impl RtDesk {
    /// Stops the desk's clock at this time (as RT writes it, e.g. `2024-11-06T08:00:00Z`): all
    /// changes from now on happen then.
    pub fn set_time(&self, time: &str) {
        let time = dates::parse_answer(time).expect("a time such as 2024-11-06T08:00:00Z");
        self.data().clock = Some(time);
    }

    /// Creates a ticket; gives its id.
    pub fn add_ticket(&self, ticket: NewTicket) -> u64 {
        let mut data = self.data();
        let now = data.now();
        data.create(ticket, now)
    }

    /// Makes a ticket reference an object, beside those that it references.
    pub fn add_reference(&self, ticket: u64, object: &str) {
        self.data().change(ticket, |ticket| {
            let objects = ticket.custom.entry(OBJECTS).or_default();
            if !objects.iter().any(|known| known == object) {
                objects.push(object.to_owned());
            }
        });
    }

    /// Takes the reference to an object from a ticket.
    pub fn remove_reference(&self, ticket: u64, object: &str) {
        self.data().change(ticket, |ticket| {
            ticket
                .custom
                .entry(OBJECTS)
                .or_default()
                .retain(|known| known != object)
        });
    }

    /// Changes the status of a ticket, e.g. to `resolved` or `deleted`.
    pub fn set_status(&self, ticket: u64, status: &str) {
        let mut data = self.data();
        let now = dates::format_answer(data.now());
        data.change(ticket, |ticket| {
            status.clone_into(&mut ticket.status);
            if matches!(status, "resolved" | "rejected") {
                ticket.resolved = Some(now);
            }
        });
    }

    /// Changes the subject of a ticket.
    pub fn set_subject(&self, ticket: u64, subject: &str) {
        self.data()
            .change(ticket, |ticket| subject.clone_into(&mut ticket.subject));
    }

    /// Moves a ticket into another queue, e.g. into one that the account does not see.
    pub fn move_ticket(&self, ticket: u64, queue: &str) {
        let mut data = self.data();
        let queue = data.queue(queue).expect("a queue of the desk").id;
        data.change(ticket, |ticket| ticket.queue = queue);
    }

    /// Merges a ticket into another, which gets its links to addresses.
    pub fn merge(&self, ticket: u64, into: u64) {
        let mut data = self.data();
        let mut links = Vec::new();
        data.change(ticket, |ticket| {
            ticket.effective = into;
            let all = std::mem::take(&mut ticket.links);
            (links, ticket.links) = all.into_iter().partition(|(_, to)| to.is_string());
        });
        let row = Transaction {
            creator: AGENT.to_owned(),
            ..Data::merged(into)
        };
        let etag = data.note(row);
        let target = data.tickets.get_mut(&into).expect("a ticket of the desk");
        target.links.extend(links);
        data.touch(into, etag, true);
    }

    /// Gives a ticket another owner, by the login name.
    pub fn set_owner(&self, ticket: u64, owner: &str) {
        self.data()
            .change(ticket, |ticket| owner.clone_into(&mut ticket.owner));
    }

    /// Changes the priority of a ticket.
    pub fn set_priority(&self, ticket: u64, priority: i64) {
        self.data()
            .change(ticket, |ticket| ticket.priority = priority);
    }

    /// Changes the date by which a ticket is due, as RT writes it.
    pub fn set_due(&self, ticket: u64, due: Option<&str>) {
        self.data()
            .change(ticket, |ticket| ticket.due = due.map(str::to_owned));
    }

    /// Writes something that the requestor sees.
    pub fn reply(&self, ticket: u64) {
        self.write(ticket, "Correspond");
    }

    /// Writes something that staff alone sees.
    pub fn comment(&self, ticket: u64) {
        self.write(ticket, "Comment");
    }

    fn write(&self, ticket: u64, kind: &str) {
        let mut data = self.data();
        let etag = data.note(written(ticket, kind));
        data.touch(ticket, etag, true);
    }

    /// A reply that has its number and its time already, and that nobody sees before
    /// [`RtDesk::commit`]: requests of RT that run side by side end in any order.
    pub fn begin_reply(&self, ticket: u64) -> InFlight {
        let mut data = self.data();
        InFlight {
            id: data.transaction(),
            ticket,
            at: data.now(),
        }
    }

    /// Lets everybody see it, as of the time when it began.
    pub fn commit(&self, reply: InFlight) {
        let mut data = self.data();
        let InFlight { id, ticket, at } = reply;
        let row = Transaction {
            created: dates::format_answer(at),
            ..written(ticket, "Correspond")
        };
        data.note_as(id, row);
        let ticket = data.tickets.get_mut(&ticket).expect("a ticket of the desk");
        ticket.updated = ticket.updated.clone().max(dates::format_answer(at));
    }

    /// All transactions of tickets so far, whoever may see them.
    pub fn history(&self) -> Vec<Transaction> {
        self.data().history.clone()
    }

    /// The tickets that refer to an address, hidden and deleted ones as well.
    pub fn referring_to(&self, address: &str) -> Vec<u64> {
        let data = self.data();
        let refers = |ticket: &&Ticket| ticket.refers_to(address);
        let tickets = data.tickets.values().filter(refers);
        tickets.map(|ticket| ticket.id).collect()
    }

    /// Gives an account another password, or none that would do.
    pub fn set_password(&self, account: &str, password: Option<&str>) {
        let mut data = self.data();
        let user = data
            .users
            .iter_mut()
            .find(|user| user.name == account)
            .expect("an account of the desk");
        user.password = password.map(str::to_owned);
    }
}

impl Data {
    pub(super) fn now(&self) -> i64 {
        self.clock.unwrap_or_else(dates::now)
    }

    /// Fits the seed to the options.
    pub(super) fn set_up(&mut self, options: &RtOptions) {
        for field in &mut self.custom_fields {
            match field.id {
                OBJECTS => field.name.clone_from(&options.objects_field),
                TENANT => field.name.clone_from(&options.tenant_field),
                _ => {}
            }
        }
        self.further_active.clone_from(&options.further_active);
        // From the day after the last ticket of the seed on, one a minute.
        let mut created = dates::parse_answer("2024-11-06T00:00:00Z").expect("a date");
        for (object, count) in &options.extra {
            for number in 1..=*count {
                created += 60;
                let status = ["new", "open", "stalled", "resolved"][number % 4].to_owned();
                let subject = format!("Ticket {number} of object {object}");
                self.create(
                    NewTicket {
                        subject,
                        status,
                        ..NewTicket::of(object)
                    },
                    created,
                );
            }
        }
    }

    fn create(&mut self, new: NewTicket, at: i64) -> u64 {
        let id = self.tickets.keys().next_back().map_or(1, |last| last + 1);
        let queue = self.queue(&new.queue).expect("a queue of the desk").id;
        let at = dates::format_answer(at);
        let etag = self.note(Transaction {
            ticket: id,
            kind: "Create".to_owned(),
            creator: AGENT.to_owned(),
            created: at.clone(),
            ..Transaction::default()
        });
        let mut custom = BTreeMap::from([(OBJECTS, new.objects)]);
        custom.extend(new.tenant.map(|tenant| (TENANT, vec![tenant])));
        let ended = matches!(new.status.as_str(), "resolved" | "rejected").then(|| at.clone());
        let ticket = Ticket {
            id,
            effective: id,
            queue,
            status: new.status,
            subject: new.subject,
            owner: NOBODY.to_owned(),
            requestors: vec!["erika@kunde.example".to_owned()],
            cc: Vec::new(),
            priority: 0,
            initial_priority: 0,
            time_worked: 0,
            created: at.clone(),
            creator: AGENT.to_owned(),
            updated: at,
            updated_by: AGENT.to_owned(),
            starts: None,
            started: None,
            due: None,
            resolved: ended,
            told: None,
            etag,
            etag_without_fields: etag,
            mails: 0,
            custom,
            links: Vec::new(),
        };
        self.tickets.insert(id, ticket);
        id
    }

    pub(super) fn change(&mut self, id: u64, what: impl FnOnce(&mut Ticket)) {
        let was = self
            .tickets
            .get(&id)
            .unwrap_or_else(|| panic!("no ticket {id} in the desk"))
            .clone();
        let mut is = was.clone();
        what(&mut is);
        let rows = self.differences(&was, &is);
        let fields_only = was.custom != is.custom;
        self.tickets.insert(id, is);
        let mut etag = None;
        for row in rows {
            etag = Some(self.note(Transaction {
                creator: AGENT.to_owned(),
                ..row
            }));
        }
        let etag = etag.unwrap_or_else(|| self.transaction());
        self.touch(id, etag, !fields_only);
    }

    /// What every transaction does to its ticket.
    fn touch(&mut self, id: u64, transaction: u64, seen_without_fields: bool) {
        let now = dates::format_answer(self.now());
        let ticket = self.tickets.get_mut(&id).expect("a ticket of the desk");
        if seen_without_fields {
            ticket.etag_without_fields = transaction;
        }
        ticket.updated = now;
        AGENT.clone_into(&mut ticket.updated_by);
        (ticket.etag, ticket.mails) = (transaction, 0);
    }
}
