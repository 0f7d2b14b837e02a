//! Tickets, queues, custom fields and users as JSON.
//!
//! An id is a number where a record shows itself and a text where others point to it; numbers
//! and flags are texts, but for `Privileged`; dates that are not set say 1970.

use serde_json::{Map, Value, json};

use super::data::{CustomField, Data, Queue, Ticket, UNSET, User};
use super::json::Shuffle;

/// Which fields of the things that a record points to are shown with them.
pub(super) type Nested<'a> = &'a dyn Fn(&str) -> Vec<String>;

/// What is rendered against: the data, who looks, and the address that RT believes it has.
pub(super) struct View<'a> {
    pub data: &'a Data,
    pub account: &'a User,
    /// Up to and without the last slash, e.g. `http://rt.internal.example/REST/2.0`.
    pub base: &'a str,
}

impl View<'_> {
    /// A pointer to a record: the `id` is a text.
    pub(super) fn pointer(&self, kind: &str, id: &str) -> Map<String, Value> {
        let url = format!("{}/{kind}/{id}", self.base);
        object(json!({ "id": id, "type": kind, "_url": url }))
    }

    pub(super) fn user_pointer(&self, name: &str, fields: &[String]) -> Value {
        let mut pointer = self.pointer("user", name);
        let user = self.data.user(name);
        for field in fields {
            pointer.insert(
                field.clone(),
                user.map_or(json!(""), |user| self.user_field(user, field)),
            );
        }
        Value::Object(pointer)
    }

    fn queue_pointer(&self, queue: &Queue, fields: &[String]) -> Value {
        let mut pointer = self.pointer("queue", &queue.id.to_string());
        for field in fields {
            pointer.insert(field.clone(), self.queue_field(queue, field));
        }
        Value::Object(pointer)
    }

    /// A field of a user in a list or a pointer; what is hidden or unknown is an empty text.
    pub(super) fn user_field(&self, user: &User, field: &str) -> Value {
        match field {
            "id" => json!(user.id),
            "Name" => json!(user.name),
            "RealName" => json!(user.real_name.as_deref().unwrap_or_default()),
            "EmailAddress" => json!(user.email.as_deref().unwrap_or_default()),
            _ => json!(""),
        }
    }

    /// A field of a queue in a list or a pointer.
    pub(super) fn queue_field(&self, queue: &Queue, field: &str) -> Value {
        if field == "id" {
            return json!(queue.id);
        }
        if !self.account.sees(queue) {
            return json!("");
        }
        match field {
            "Name" => json!(queue.name),
            "Description" => json!(queue.description),
            "CorrespondAddress" => json!(queue.correspond),
            "Lifecycle" => json!("default"),
            "Disabled" => json!(flag(queue.disabled)),
            "SortOrder" => json!("0"),
            "SLADisabled" => json!("1"),
            "Created" => json!(queue.created),
            "LastUpdated" => json!(queue.updated),
            _ => json!(""),
        }
    }

    /// A field of a ticket in a list; what is unknown is an empty text.
    pub(super) fn ticket_field(
        &self,
        ticket: &Ticket,
        field: &str,
        nested: Nested<'_>,
        shuffle: &mut Shuffle,
    ) -> Value {
        let people = |names: &[String]| -> Value {
            names
                .iter()
                .map(|name| self.user_pointer(name, &nested(field)))
                .collect()
        };
        let date = |date: &Option<String>| json!(date.as_deref().unwrap_or(UNSET));
        match field {
            "id" => json!(ticket.id),
            "Subject" => json!(ticket.subject),
            "Status" => json!(ticket.status),
            "Type" => json!("ticket"),
            "EffectiveId" => json!(ticket.effective.to_string()),
            "Priority" => json!(ticket.priority.to_string()),
            "TimeWorked" => json!(ticket.time_worked.to_string()),
            "InitialPriority" => json!(ticket.initial_priority.to_string()),
            "FinalPriority" | "TimeLeft" | "TimeEstimated" => json!("0"),
            "Created" => json!(ticket.created),
            "LastUpdated" => json!(ticket.updated),
            "Starts" => date(&ticket.starts),
            "Started" => date(&ticket.started),
            "Due" => date(&ticket.due),
            "Resolved" => date(&ticket.resolved),
            "Told" => date(&ticket.told),
            "Queue" => self.queue_pointer(self.data.queue_of(ticket), &nested(field)),
            "Owner" => self.user_pointer(&ticket.owner, &nested(field)),
            "Creator" => self.user_pointer(&ticket.creator, &nested(field)),
            "LastUpdatedBy" => self.user_pointer(&ticket.updated_by, &nested(field)),
            "Requestor" => people(&ticket.requestors),
            "Cc" => people(&ticket.cc),
            "AdminCc" => json!([]),
            // A text, not an empty array, when the account may not see them: measured.
            "CustomFields" if !self.account.sees_fields(self.data.queue_of(ticket)) => json!(""),
            "CustomFields" => self.custom_values(ticket, &nested(field), shuffle),
            "_hyperlinks" => self.ticket_links(ticket),
            _ => json!(""),
        }
    }

    /// A ticket on its own.
    pub(super) fn ticket(
        &self,
        ticket: &Ticket,
        nested: Nested<'_>,
        shuffle: &mut Shuffle,
    ) -> Value {
        // RT widens pointers to one record here, and leaves lists of people as they are.
        let widened = |field: &str| match field {
            "Requestor" | "Cc" | "CustomFields" => Vec::new(),
            _ => nested(field),
        };
        let mut fields = vec![
            "id",
            "Subject",
            "Status",
            "Type",
            "Priority",
            "TimeWorked",
            "InitialPriority",
            "FinalPriority",
            "TimeLeft",
            "TimeEstimated",
            "Created",
            "LastUpdated",
            "Starts",
            "Started",
            "Due",
            "Resolved",
            "Queue",
            "Owner",
            "Creator",
            "LastUpdatedBy",
            "Requestor",
            "Cc",
            "AdminCc",
            "_hyperlinks",
        ];
        if ticket.told.is_some() {
            fields.push("Told");
        }
        let mut out = Map::new();
        for field in fields {
            out.insert(
                field.to_owned(),
                self.ticket_field(ticket, field, &widened, shuffle),
            );
        }
        let effective = ticket.effective.to_string();
        out.insert(
            "EffectiveId".to_owned(),
            Value::Object(self.pointer("ticket", &effective)),
        );
        out.insert(
            "CustomFields".to_owned(),
            self.custom_values(ticket, &[], shuffle),
        );
        Value::Object(out)
    }

    fn visible_fields(&self, queue: &Queue) -> Vec<&CustomField> {
        let fields = queue
            .custom_fields
            .iter()
            .filter_map(|id| self.data.custom_field(*id));
        fields.filter(|_| self.account.sees_fields(queue)).collect()
    }

    /// The custom fields of a ticket with their values, in an order that means nothing.
    fn custom_values(&self, ticket: &Ticket, fields: &[String], shuffle: &mut Shuffle) -> Value {
        let mut out = Vec::new();
        for custom in self.visible_fields(self.data.queue_of(ticket)) {
            let mut entry = self.pointer("customfield", &custom.id.to_string());
            entry.insert("name".to_owned(), json!(custom.name));
            entry.insert(
                "values".to_owned(),
                json!(ticket.custom.get(&custom.id).cloned().unwrap_or_default()),
            );
            for field in fields {
                entry.insert(field.clone(), custom_field_value(custom, field));
            }
            out.push(Value::Object(entry));
        }
        shuffle.shuffle(&mut out);
        Value::Array(out)
    }

    fn ticket_links(&self, ticket: &Ticket) -> Value {
        let queue = self.data.queue_of(ticket);
        let here = format!("{}/ticket/{}", self.base, ticket.id);
        let mut links = vec![self.own_link("ticket", ticket.id)];
        for (relation, target) in &ticket.links {
            links.push(match target.as_u64() {
                Some(id) => with(self.pointer("ticket", &id.to_string()), "ref", relation),
                None => json!({ "ref": relation, "type": "external", "_url": target }),
            });
        }
        links.extend(self.field_links(queue));
        links.push(json!({ "ref": "history", "_url": format!("{here}/history") }));
        if self.account.writes() {
            links.push(json!({ "ref": "correspond", "_url": format!("{here}/correspond") }));
            links.push(json!({ "ref": "comment", "_url": format!("{here}/comment") }));
            for step in self
                .data
                .lifecycle
                .get(&ticket.status)
                .into_iter()
                .flatten()
            {
                if step.to == "deleted" && !self.account.deletes() {
                    continue;
                }
                let way = match step.update.as_deref() {
                    Some("Respond") => format!("{here}/correspond"),
                    Some("Comment") => format!("{here}/comment"),
                    _ => here.clone(),
                };
                let mut link = object(json!({
                    "ref": "lifecycle", "from": ticket.status, "to": step.to, "label": step.label, "_url": way,
                }));
                if let Some(update) = &step.update {
                    link.insert("update".to_owned(), json!(update));
                }
                links.push(Value::Object(link));
            }
        }
        Value::Array(links)
    }

    /// How a record points to itself: the `id` is a number.
    fn own_link(&self, kind: &str, id: u64) -> Value {
        let url = format!("{}/{kind}/{id}", self.base);
        json!({ "ref": "self", "type": kind, "id": id, "_url": url })
    }

    fn field_links(&self, queue: &Queue) -> Vec<Value> {
        let link = |field: &CustomField| {
            let mut pointer = self.pointer("customfield", &field.id.to_string());
            pointer.insert("name".to_owned(), json!(field.name));
            with(pointer, "ref", "customfield")
        };
        self.visible_fields(queue).into_iter().map(link).collect()
    }

    /// A queue on its own. It names the custom fields of its tickets, and where one creates a
    /// ticket if the account may.
    pub(super) fn queue(&self, queue: &Queue) -> Value {
        let here = format!("{}/queue/{}", self.base, queue.id);
        let mut links = vec![
            self.own_link("queue", queue.id),
            json!({ "ref": "history", "_url": here + "/history" }),
        ];
        if self.account.creates(queue) {
            let create = format!("{}/ticket?Queue={}", self.base, queue.id);
            links.push(json!({ "ref": "create", "type": "ticket", "_url": create }));
        }
        let system = self.pointer("user", "RT_System");
        json!({
            "id": queue.id, "Name": queue.name, "Description": queue.description,
            "CorrespondAddress": queue.correspond, "CommentAddress": "", "Lifecycle": "default",
            "Disabled": flag(queue.disabled), "SLADisabled": "1", "SortOrder": "0",
            "Created": queue.created, "LastUpdated": queue.updated, "Creator": system, "LastUpdatedBy": system,
            "Cc": [], "AdminCc": [], "CustomFields": [], "TicketTransactionCustomFields": [],
            "TicketCustomFields": self.field_links(queue), "_hyperlinks": links,
        })
    }

    /// A custom field on its own.
    pub(super) fn custom_field(&self, field: &CustomField) -> Value {
        let system = self.pointer("user", "RT_System");
        let mut links = vec![self.own_link("customfield", field.id)];
        let mut out = object(json!({
            "id": field.id, "Name": field.name, "Type": field.kind, "LookupType": field.lookup,
            "MaxValues": field.max_values.to_string(), "Description": field.description,
            "EntryHint": field.entry_hint, "Pattern": "", "UniqueValues": "0", "Disabled": "0", "SortOrder": "0",
            "Created": field.created, "LastUpdated": field.updated, "Creator": system, "LastUpdatedBy": system,
        }));
        if let Some(values) = &field.values {
            let url = format!("{}/customfield/{}/values", self.base, field.id);
            links.push(json!({ "ref": "customfieldvalues", "_url": url }));
            out.insert("Values".to_owned(), json!(values));
        }
        out.insert("_hyperlinks".to_owned(), json!(links));
        Value::Object(out)
    }

    /// A user on its own: all of it for the account itself and for those who administer, the
    /// bare bones for others.
    pub(super) fn user(&self, user: &User) -> Value {
        let whole = user.id == self.account.id || self.account.administers();
        let here = format!("{}/user/{}", self.base, user.id);
        let mut links = vec![self.own_link("user", user.id)];
        let privileged = u8::from(user.privileged);
        if !whole {
            return json!({
                "Name": user.name, "RealName": user.real_name, "EmailAddress": user.email,
                "Privileged": privileged, "_hyperlinks": links,
            });
        }
        links.push(json!({ "ref": "history", "_url": format!("{here}/history") }));
        let mut groups = Vec::new();
        if self.account.administers() {
            links.push(json!({ "ref": "memberships", "_url": format!("{here}/groups") }));
            groups.extend(
                user.groups
                    .iter()
                    .map(|id| self.pointer("group", &id.to_string())),
            );
        }
        let system = self.pointer("user", "RT_System");
        let mut out = object(json!({
            "id": user.id, "Name": user.name, "Privileged": privileged, "Disabled": flag(user.disabled),
            "Created": user.created, "LastUpdated": user.updated, "Creator": system, "LastUpdatedBy": system,
            "CustomFields": [], "Memberships": groups, "_hyperlinks": links,
        }));
        let shown = [("RealName", &user.real_name), ("EmailAddress", &user.email)];
        for (field, value) in shown
            .iter()
            .filter_map(|(field, value)| Some((*field, value.as_ref()?)))
        {
            out.insert(field.to_owned(), json!(value));
        }
        out.extend(
            user.extras
                .iter()
                .map(|(field, value)| ((*field).to_owned(), json!(value))),
        );
        Value::Object(out)
    }
}

/// A field of a custom field in a list or a pointer.
pub(super) fn custom_field_value(field: &CustomField, name: &str) -> Value {
    match name {
        "id" => json!(field.id),
        "Name" => json!(field.name),
        "Type" => json!(field.kind),
        "LookupType" => json!(field.lookup),
        "MaxValues" => json!(field.max_values.to_string()),
        "Description" => json!(field.description),
        "EntryHint" => json!(field.entry_hint),
        "Disabled" | "UniqueValues" | "SortOrder" => json!("0"),
        _ => json!(""),
    }
}

fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn with(mut map: Map<String, Value>, key: &str, value: &str) -> Value {
    map.insert(key.to_owned(), json!(value));
    Value::Object(map)
}
