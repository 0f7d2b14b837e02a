//! What concerns more than one ticket alone: creating, messages, agents, queues, merging. The order
//! of the rows that each leaves in the history is measured.

use serde_json::Value;

use super::data::{Article, Data, ROOT_ID, Row, TYPE, Ticket};
use super::ticket::{By, LOCK, UNLOCK, storable};

const MERGED: u64 = 9;

const NEW_TICKET: (u64, &str) = (1, "NewTicket");
const NOTIFICATION: (u64, &str) = (9, "SendAgentNotification");
const ADD_NOTE: (u64, &str) = (15, "AddNote");

/// Kinds of rows that articles leave, by the name a client may give.
const ARTICLE_ROWS: &[(u64, &str)] = &[
    (8, "SendAnswer"),
    (12, "FollowUp"),
    (13, "PhoneCallAgent"),
    (14, "PhoneCallCustomer"),
    ADD_NOTE,
];

/// A ticket to come.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub title: String,
    pub queue: u64,
    pub state: u64,
    pub priority: u64,
    pub customer: Option<String>,
    /// Whoever creates it if none is given.
    pub owner: Option<u64>,
    pub responsible: Option<u64>,
    pub lock: Option<u64>,
    pub pending: i64,
    pub fields: Vec<(String, Value)>,
    pub article: Option<Message>,
}

/// An article to come.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub subject: String,
    pub body: String,
    /// The customer or the agent unless given.
    pub from: Option<String>,
    pub content_type: String,
    pub sender: String,
    pub channel: String,
    pub visible_for_customer: bool,
    /// The kind and the text of its row in the history.
    pub history: Option<(String, String)>,
}

/// How a customer stands in `From`.
fn address(customer: &str) -> String {
    match customer {
        "kunde1" => "\"Käthe Groß\" <kunde1@acme.test>".to_owned(),
        "kunde2" => "\"Kurt Klein\" <kunde2@acme.test>".to_owned(),
        other => other.to_owned(),
    }
}

impl Data {
    /// The ticket to change.
    pub(super) fn ticket(&mut self, id: u64) -> &mut Ticket {
        let found = self.tickets.get_mut(&id);
        found.unwrap_or_else(|| panic!("no ticket {id} in the desk"))
    }

    /// Creates a ticket; gives its id and that of its article.
    pub(super) fn create(&mut self, draft: Draft, by: By) -> (u64, Option<u64>) {
        let id = self.next_ticket;
        self.next_ticket += 1;
        let number = self.number(by.at);
        let mut ticket = Ticket {
            id,
            title: storable(&draft.title),
            queue: draft.queue,
            state: draft.state,
            priority: draft.priority,
            lock: UNLOCK,
            owner: ROOT_ID,
            responsible: ROOT_ID,
            customer_id: None,
            customer_user: None,
            created: by.at,
            created_by: by.user,
            changed: by.at,
            changed_by: by.user,
            unlock_timeout: 0,
            pending: draft.pending,
            fields: std::collections::BTreeMap::new(),
            articles: Vec::new(),
            history: Vec::new(),
            number,
        };
        let (queue, number) = (self.queue(draft.queue).name, &ticket.number);
        let (priority, state) = (ticket.priority_name(), ticket.state_name());
        let name = format!("%%{number}%%{queue}%%{priority}%%{state}%%{id}");
        ticket.row(NEW_TICKET, &name, 0, by);
        ticket.row((38, "ServiceUpdate"), "%%NULL%%%%NULL%%", 0, by);
        ticket.row((39, "SLAUpdate"), "%%NULL%%%%NULL%%", 0, by);
        let name = format!("%%{}%%{}", TYPE.1, TYPE.0);
        ticket.row((37, "TypeUpdate"), &name, 0, by);
        if let Some(customer) = &draft.customer {
            ticket.set_customer(customer, by);
        }
        self.tickets.insert(id, ticket);
        let article = draft
            .article
            .map(|message| self.add_article(id, message, by));
        for (name, value) in &draft.fields {
            self.ticket(id).set_field(name, value, by);
        }
        let quiet = draft.owner.is_none();
        let owner = draft.owner.unwrap_or(by.user);
        let told = self.set_owner(id, owner, by) && !quiet;
        if let Some(responsible) = draft.responsible {
            self.set_responsible(id, responsible, by);
        }
        // An owner given locks the ticket, unless the lock is given too.
        match draft.lock {
            Some(lock) => self.ticket(id).set_lock(lock, by),
            None if quiet => {}
            None => self.ticket(id).set_lock(LOCK, by),
        }
        let written = self.written(draft.pending);
        let ticket = self.ticket(id);
        if draft.pending != 0 {
            ticket.set_pending(draft.pending, &written, by);
        }
        if ticket.unlock_timeout == 0 {
            ticket.unlock_timeout = by.at;
        }
        if told {
            self.notify(id, "Ticket owner update notification", &[owner], by);
        }
        (id, article)
    }

    /// The next ticket number: the day, the system's id, a counter, a check digit. The counter
    /// starts anew every day.
    fn number(&mut self, at: i64) -> String {
        let day: String = self
            .written(at)
            .chars()
            .filter(char::is_ascii_digit)
            .take(8)
            .collect();
        if self.counter.0 != day {
            self.counter = (day.clone(), 0);
        }
        self.counter.1 += 1;
        let number = format!("{day}10{:05}", self.counter.1);
        let digits = number
            .bytes()
            .map(|byte| u32::from(byte - b'0'))
            .enumerate();
        let sum: u32 = digits
            .map(|(place, digit)| digit * (place as u32 % 2 + 1))
            .sum();
        let check = match 10 - sum % 10 {
            10 => 1,
            check => check,
        };
        format!("{number}{check}")
    }

    /// Adds an article; gives its id.
    pub(super) fn add_article(&mut self, ticket: u64, message: Message, by: By) -> u64 {
        let id = self.next_article;
        self.next_article += 1;
        let first = self.ticket(ticket).articles.is_empty();
        let customer = self
            .ticket(ticket)
            .customer_user
            .clone()
            .unwrap_or_default();
        let from = message.from.clone().unwrap_or_else(|| {
            if first || message.sender == "customer" {
                address(&customer)
            } else {
                self.user(by.user).full_name()
            }
        });
        let queue = self.ticket(ticket).queue;
        let queue = self.queue(queue).name;
        let (kind, name) = message
            .history
            .unwrap_or_else(|| ("AddNote".to_owned(), "%%GenericInterface Note".to_owned()));
        let kind = ARTICLE_ROWS.iter().find(|(_, known)| *known == kind);
        let to = self.ticket(ticket);
        to.articles.push(Article {
            id,
            subject: storable(&message.subject),
            body: storable(message.body.trim_end()),
            from,
            to: if first {
                queue.to_owned()
            } else {
                String::new()
            },
            content_type: message.content_type,
            visible_for_customer: message.visible_for_customer,
            created: by.at,
            created_by: by.user,
            changed: by.at,
            changed_by: by.user,
            channel: message.channel,
            sender: message.sender.clone(),
        });
        to.row(*kind.unwrap_or(&ADD_NOTE), &name, id, by);
        to.touch(by);
        if !first && message.sender == "agent" {
            to.reset_unlock(by);
        }
        id
    }

    /// Gives a ticket to an agent; false if it was his already.
    pub(super) fn set_owner(&mut self, ticket: u64, owner: u64, by: By) -> bool {
        let login = self.user(owner).login;
        let to = self.ticket(ticket);
        if to.owner == owner {
            return false;
        }
        to.owner = owner;
        to.touch(by);
        to.row((23, "OwnerUpdate"), &format!("%%{login}%%{owner}"), 0, by);
        // A ticket nobody is responsible for gets its first owner (Ticket::ResponsibleAutoSet).
        if to.responsible == ROOT_ID {
            self.set_responsible(ticket, owner, by);
        }
        true
    }

    pub(super) fn set_responsible(&mut self, ticket: u64, responsible: u64, by: By) {
        let login = self.user(responsible).login;
        let to = self.ticket(ticket);
        if to.responsible == responsible {
            return;
        }
        to.responsible = responsible;
        to.touch(by);
        let name = format!("%%{login}%%{responsible}");
        to.row((34, "ResponsibleUpdate"), &name, 0, by);
    }

    pub(super) fn move_to(&mut self, ticket: u64, queue: u64, by: By) {
        let name = self.queue(queue).name;
        let old = self.ticket(ticket).queue;
        if old == queue {
            return;
        }
        let name = format!("%%{name}%%{queue}%%{}%%{old}", self.queue(old).name);
        let to = self.ticket(ticket);
        to.queue = queue;
        to.touch(by);
        to.row((16, "Move"), &name, 0, by);
    }

    /// Mails some agents about a ticket; nobody is told of what he did himself.
    pub(super) fn notify(&mut self, ticket: u64, what: &str, users: &[u64], by: By) {
        let mut users = users.to_vec();
        users.sort_unstable();
        users.dedup();
        for user in users
            .into_iter()
            .filter(|user| ![ROOT_ID, by.user].contains(user))
        {
            let name = format!("%%{what}%%{}%%Email", self.user(user).login);
            self.ticket(ticket).row(NOTIFICATION, &name, 0, by);
        }
    }

    /// Merges a ticket into another: its articles go there, itself stays behind as `merged` and
    /// can still be found.
    pub(super) fn merge(&mut self, ticket: u64, into: u64, by: By) {
        let (number, target) = (
            self.ticket(ticket).number.clone(),
            self.ticket(into).number.clone(),
        );
        let mut articles = std::mem::take(&mut self.ticket(ticket).articles);
        // The rows of articles go where the articles go.
        let rows = std::mem::take(&mut self.ticket(ticket).history);
        let (moved, kept) = rows.into_iter().partition(|row| row.article != 0);
        self.ticket(ticket).history = kept;
        let mut moved: Vec<Row> = moved;
        for article in &mut articles {
            (article.changed, article.changed_by) = (by.at, by.user);
        }
        let merged = format!("%%{number}%%{ticket}%%{target}%%{into}");
        let note = Message {
            subject: "Ticket Merged".to_owned(),
            body: format!("Merged Ticket {number} to {target}."),
            from: Some(self.user(by.user).full_name()),
            content_type: "text/plain; charset=ascii".to_owned(),
            sender: "agent".to_owned(),
            channel: "Internal".to_owned(),
            visible_for_customer: true,
            history: Some(("AddNote".to_owned(), "%%Note".to_owned())),
        };
        self.add_article(ticket, note, by);
        let from = self.ticket(ticket);
        from.reset_unlock(by);
        from.row((33, "Merged"), &merged, 0, by);
        from.row(
            (30, "TicketLinkAdd"),
            &format!("%%{target}%%{into}%%{ticket}"),
            0,
            by,
        );
        from.set_state(MERGED, by);
        from.set_lock(UNLOCK, by);
        let to = self.ticket(into);
        to.articles.extend(articles);
        to.articles.sort_by_key(|article| article.id);
        moved.append(&mut to.history);
        moved.sort_by_key(|row| row.at);
        to.history = moved;
        to.row((33, "Merged"), &merged, 0, by);
        to.row(
            (30, "TicketLinkAdd"),
            &format!("%%{number}%%{ticket}%%{into}"),
            0,
            by,
        );
        to.touch(by);
    }
}
