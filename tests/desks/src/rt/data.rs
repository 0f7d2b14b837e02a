//! What is in the desk: users, queues, custom fields and tickets, and who may see them.

use std::collections::BTreeMap;

use serde_json::Value;

/// The date of "never" in RT's answers.
pub(super) const UNSET: &str = "1970-01-01T00:00:00Z";
/// The owner of tickets that nobody owns.
pub(super) const NOBODY: &str = "Nobody";

/// Which rights an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// None at all.
    None,
    /// Sees all queues but the confidential one, their tickets and custom fields.
    Reader,
    /// As the reader, without the custom fields.
    Fieldless,
    /// As the reader, without the tickets.
    Ticketless,
    /// As the reader, but the queues only.
    Queues,
    /// As the reader, but not the queues themselves.
    Tickets,
    /// As the reader; also creates tickets and sets their fields when it does.
    Author,
    /// As the author, without setting fields.
    BareAuthor,
    /// As the author, without the tickets: does not see what it creates.
    BlindAuthor,
    /// As the reader; also creates and changes tickets.
    Writer,
    /// Sees and does all in all queues.
    Agent,
    /// May everything, also look at users and custom fields themselves.
    Superuser,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: u64,
    pub name: String,
    pub real_name: Option<String>,
    pub email: Option<String>,
    pub privileged: bool,
    pub disabled: bool,
    pub created: String,
    pub updated: String,
    pub etag: String,
    /// `Comments`, `Lang`, `Timezone`, `Gecos`: shown when they are set.
    pub extras: Vec<(&'static str, String)>,
    pub groups: Vec<u64>,
    pub role: Role,
    pub password: Option<String>,
    pub token: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub correspond: String,
    pub disabled: bool,
    pub created: String,
    pub updated: String,
    pub etag: String,
    pub custom_fields: Vec<u64>,
    /// No account has `SeeQueue` here.
    pub hidden: bool,
}

#[derive(Debug, Clone)]
pub(super) struct CustomField {
    pub id: u64,
    pub name: String,
    pub kind: String,
    pub lookup: String,
    pub max_values: u64,
    pub description: String,
    pub entry_hint: String,
    pub created: String,
    pub updated: String,
    pub values: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub id: u64,
    /// The ticket it was merged into, or its own id.
    pub effective: u64,
    pub queue: u64,
    pub status: String,
    pub subject: String,
    pub owner: String,
    pub requestors: Vec<String>,
    pub cc: Vec<String>,
    pub priority: i64,
    pub initial_priority: i64,
    pub time_worked: u64,
    pub created: String,
    pub creator: String,
    pub updated: String,
    pub updated_by: String,
    pub starts: Option<String>,
    pub started: Option<String>,
    pub due: Option<String>,
    pub resolved: Option<String>,
    pub told: Option<String>,
    /// The last transaction, as all see it but the superuser.
    pub etag: u64,
    /// The last one that did not change a custom field: changes of fields are hidden from
    /// accounts without `SeeCustomField`, and so is that the ticket has changed.
    pub etag_without_fields: u64,
    /// How many mails were sent after it: transactions that only the superuser sees.
    pub mails: u64,
    pub custom: BTreeMap<u64, Vec<String>>,
    /// Relation and target: a ticket id or an address.
    pub links: Vec<(String, Value)>,
}

impl Ticket {
    /// Whether it has such a link. RT minds no case of ASCII letters here.
    pub(super) fn refers_to(&self, address: &str) -> bool {
        let same = |to: &Value| {
            to.as_str()
                .is_some_and(|to| to.eq_ignore_ascii_case(address))
        };
        let mut links = self.links.iter();
        links.any(|(relation, to)| relation == "refers-to" && same(to))
    }
}

/// A step that the life cycle offers.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub to: String,
    pub label: String,
    pub update: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Data {
    pub version: String,
    pub users: Vec<User>,
    pub queues: Vec<Queue>,
    pub custom_fields: Vec<CustomField>,
    pub lifecycle: BTreeMap<String, Vec<Step>>,
    /// Statuses of another life cycle in which a ticket is worked on.
    pub further_active: Vec<String>,
    pub tickets: BTreeMap<u64, Ticket>,
    /// How many transactions there have been.
    pub transactions: u64,
    /// The last id of a user or a group.
    pub principals: u64,
    /// All transactions of tickets, by number.
    pub history: Vec<super::history::Transaction>,
    /// No account but the superuser has `ShowTicketComments`.
    pub comments_hidden: bool,
    /// Numbers of custom fields whose changes only the superuser sees.
    pub hidden_fields: Vec<String>,
    /// The time of all changes, when it is not the real one.
    pub clock: Option<i64>,
}

impl Data {
    /// By name in any case, or by id.
    pub(super) fn user(&self, name: &str) -> Option<&User> {
        let by_id = name
            .parse()
            .ok()
            .and_then(|id: u64| self.users.iter().find(|user| user.id == id));
        by_id.or_else(|| {
            self.users
                .iter()
                .find(|user| user.name.eq_ignore_ascii_case(name))
        })
    }

    /// By id (leading zeros allowed), or by name in any case.
    pub(super) fn queue(&self, name: &str) -> Option<&Queue> {
        let by_id = name
            .parse()
            .ok()
            .and_then(|id: u64| self.queues.iter().find(|queue| queue.id == id));
        by_id.or_else(|| {
            self.queues
                .iter()
                .find(|queue| queue.name.eq_ignore_ascii_case(name))
        })
    }

    pub(super) fn custom_field(&self, id: u64) -> Option<&CustomField> {
        self.custom_fields.iter().find(|field| field.id == id)
    }

    /// A ticket custom field by what stands between the braces in a query: its id or its name.
    pub(super) fn custom_field_named(&self, name: &str) -> Option<&CustomField> {
        let mut fields = self
            .custom_fields
            .iter()
            .filter(|field| field.lookup == "RT::Queue-RT::Ticket");
        match name.parse::<u64>() {
            Ok(id) => fields.find(|field| field.id == id),
            Err(_) => fields.find(|field| field.name.eq_ignore_ascii_case(name)),
        }
    }

    /// Whether a ticket in this status is worked on.
    pub(super) fn is_active(&self, status: &str) -> bool {
        matches!(status, "new" | "open" | "stalled")
            || self.further_active.iter().any(|active| active == status)
    }

    /// The ticket to show for an id: a merged one shows as its target.
    pub(super) fn ticket_shown(&self, id: u64) -> Option<&Ticket> {
        let ticket = self.tickets.get(&id)?;
        self.tickets.get(&ticket.effective).or(Some(ticket))
    }

    pub(super) fn queue_of(&self, ticket: &Ticket) -> &Queue {
        self.queues
            .iter()
            .find(|queue| queue.id == ticket.queue)
            .expect("the queue of a ticket")
    }

    /// A transaction: the next number.
    pub(super) fn transaction(&mut self) -> u64 {
        self.transactions += 1;
        self.transactions
    }
}

impl User {
    fn reaches(&self, queue: &Queue) -> bool {
        matches!(self.role, Role::Agent | Role::Superuser) || queue.name != "HR vertraulich"
    }

    /// `SeeQueue`. A disabled queue is seen as others are.
    pub(super) fn sees(&self, queue: &Queue) -> bool {
        self.reaches(queue) && !queue.hidden && !matches!(self.role, Role::None | Role::Tickets)
    }

    /// `ShowTicket`, for the tickets of a queue.
    pub(super) fn shows(&self, queue: &Queue) -> bool {
        let without = matches!(
            self.role,
            Role::None | Role::Queues | Role::Ticketless | Role::BlindAuthor
        );
        self.reaches(queue) && !without
    }

    /// `SeeCustomField`, for the fields of a queue. Without it the fields are hidden in every
    /// answer, and yet a search by their values finds the tickets.
    pub(super) fn sees_fields(&self, queue: &Queue) -> bool {
        self.reaches(queue) && !matches!(self.role, Role::None | Role::Queues | Role::Fieldless)
    }

    /// `CreateTicket`.
    pub(super) fn creates(&self, queue: &Queue) -> bool {
        let author = matches!(
            self.role,
            Role::Author | Role::BareAuthor | Role::BlindAuthor
        );
        self.reaches(queue) && (author || self.writes())
    }

    /// `SetInitialCustomField` or `ModifyCustomField`, for a ticket that is being created.
    pub(super) fn sets_fields(&self, queue: &Queue) -> bool {
        self.creates(queue) && self.role != Role::BareAuthor
    }

    /// Whether the account changes tickets where it sees them.
    pub(super) fn writes(&self) -> bool {
        matches!(self.role, Role::Writer | Role::Agent | Role::Superuser)
    }

    /// Whether the account deletes tickets.
    pub(super) fn deletes(&self) -> bool {
        matches!(self.role, Role::Agent | Role::Superuser)
    }

    /// Whether the account looks at users and at custom fields themselves. To see a field at a
    /// ticket or a queue is another right.
    pub(super) fn administers(&self) -> bool {
        self.role == Role::Superuser
    }
}
