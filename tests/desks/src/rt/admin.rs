//! Changing how the desk is set up while it runs: tests play RT's administrator with it.

use super::RtDesk;
use super::data::{CustomField, Queue};

impl RtDesk {
    /// Gives a custom field of tickets another name.
    pub fn rename_field(&self, field: u64, name: &str) {
        let mut data = self.data();
        let mut fields = data.custom_fields.iter_mut();
        let field = fields.find(|known| known.id == field);
        name.clone_into(&mut field.expect("a custom field of the desk").name);
    }

    /// Makes a custom field for tickets in these queues, where one enters multiple values; gives its id.
    pub fn add_field(&self, name: &str, queues: &[&str]) -> u64 {
        let mut data = self.data();
        let like = data.custom_field(2).expect("the objects' field").clone();
        let id = 1 + data
            .custom_fields
            .iter()
            .map(|field| field.id)
            .max()
            .unwrap_or(0);
        data.custom_fields.push(CustomField {
            id,
            name: name.to_owned(),
            ..like
        });
        for queue in queues {
            change(&mut data.queues, queue, |queue| {
                queue.custom_fields.push(id)
            });
        }
        id
    }

    /// Makes a queue without custom fields; gives its id.
    pub fn add_queue(&self, name: &str) -> u64 {
        let mut data = self.data();
        let like = data.queues.first().expect("a queue").clone();
        let id = 1 + data.queues.iter().map(|queue| queue.id).max().unwrap_or(0);
        data.queues.push(Queue {
            id,
            name: name.to_owned(),
            custom_fields: Vec::new(),
            ..like
        });
        id
    }

    /// Takes a custom field from a queue. Its tickets keep their values and show them no longer.
    pub fn take_field(&self, field: u64, queue: &str) {
        change(&mut self.data().queues, queue, |queue| {
            queue.custom_fields.retain(|id| *id != field);
        });
    }

    /// Takes the right `SeeQueue` on a queue from all accounts.
    pub fn hide_queue(&self, queue: &str) {
        change(&mut self.data().queues, queue, |queue| queue.hidden = true);
    }

    /// Takes the right `ShowTicketComments` from all accounts but the superuser.
    pub fn hide_comments(&self) {
        self.data().comments_hidden = true;
    }

    /// Hides what happens to a custom field from all accounts but the superuser.
    pub fn hide_changes_of(&self, field: u64) {
        self.data().hidden_fields.push(field.to_string());
    }

    /// Sets the values of a custom field of a ticket.
    pub fn set_values(&self, ticket: u64, field: u64, values: &[&str]) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.data().change(ticket, |ticket| {
            ticket.custom.insert(field, values);
        });
    }
}

fn change(queues: &mut [Queue], name: &str, how: impl FnOnce(&mut Queue)) {
    let queue = queues.iter_mut().find(|queue| queue.name == name);
    how(queue.expect("a queue of the desk"));
}
