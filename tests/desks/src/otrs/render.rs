//! Tickets as answers show them. Types of values are measured: ids are numbers here, texts in
//! searches and histories; what is empty is an empty text, 0 or null.

use serde_json::{Map, Value, json};

use super::data::{Article, Data, Kind, LOCKS, PRIORITIES, TYPE, Ticket, index};

impl Data {
    /// What every answer shows of a ticket.
    pub(super) fn rendered(&self, ticket: &Ticket) -> Map<String, Value> {
        let queue = self.queue(ticket.queue);
        let now = self.now();
        let pending = ticket.state_type().starts_with("pending");
        let until = if pending { ticket.pending - now } else { 0 };
        let shown = json!({
            "Age": now - ticket.created,
            "ArchiveFlag": "n",
            "ChangeBy": ticket.changed_by,
            "Changed": self.written(ticket.changed),
            "CreateBy": ticket.created_by,
            "Created": self.written(ticket.created),
            "CustomerID": ticket.customer_id,
            "CustomerUserID": ticket.customer_user,
            "EscalationResponseTime": 0,
            "EscalationSolutionTime": 0,
            "EscalationTime": 0,
            "EscalationUpdateTime": 0,
            "GroupID": queue.group,
            "Lock": LOCKS[index(ticket.lock)],
            "LockID": ticket.lock,
            "Owner": self.user(ticket.owner).login,
            "OwnerID": ticket.owner,
            "Priority": ticket.priority_name(),
            "PriorityColor": PRIORITIES[index(ticket.priority)].2,
            "PriorityID": ticket.priority,
            "Queue": queue.name,
            "QueueID": queue.id,
            "RealTillTimeNotUsed": if pending { ticket.pending } else { 0 },
            "Responsible": self.user(ticket.responsible).login,
            "ResponsibleID": ticket.responsible,
            "SLAID": "",
            "ServiceID": "",
            "State": ticket.state_name(),
            "StateID": ticket.state,
            "StateType": ticket.state_type(),
            "TicketID": ticket.id,
            "TicketNumber": ticket.number,
            "TimeUnit": 0,
            "Title": ticket.title,
            "Type": TYPE.1,
            "TypeID": TYPE.0,
            "UnlockTimeout": ticket.unlock_timeout,
            "UntilTime": until,
        });
        match shown {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// The dynamic fields, also those without a value.
    pub(super) fn rendered_fields(&self, ticket: &Ticket) -> Value {
        let field = |field: &super::data::Field| {
            let value = ticket.fields.get(&field.name).cloned();
            let value = match (field.kind, value) {
                (Kind::Checkbox, Some(value)) => {
                    json!(i64::from(value != json!("0") && value != json!(0)))
                }
                (_, value) => value.unwrap_or(Value::Null),
            };
            json!({"Name": field.name, "Value": value})
        };
        self.fields.iter().map(field).collect()
    }

    /// What `Extended` adds.
    pub(super) fn rendered_times(&self, ticket: &Ticket) -> Map<String, Value> {
        let first = |kind: &str| ticket.history.iter().find(|row| row.kind.1 == kind);
        let mut times = Map::new();
        if let Some(row) = first("Lock") {
            times.insert("FirstLock".to_owned(), json!(self.written(row.at)));
        }
        times
    }

    /// The articles, oldest first.
    pub(super) fn rendered_articles(&self, ticket: &Ticket) -> Vec<Value> {
        let articles = ticket.articles.iter().enumerate();
        articles
            .map(|(place, article)| self.rendered_article(ticket, place + 1, article))
            .collect()
    }

    fn rendered_article(&self, ticket: &Ticket, number: usize, article: &Article) -> Value {
        let charset = article
            .content_type
            .rsplit("charset=")
            .next()
            .unwrap_or_default();
        let mime = article.content_type.split(';').next().unwrap_or_default();
        let sender = match article.sender.as_str() {
            "agent" => "1",
            "system" => "2",
            _ => "3",
        };
        let channel = match article.channel.as_str() {
            "Email" => 1,
            "Phone" => 2,
            _ => 3,
        };
        json!({
            "ArticleID": article.id,
            "ArticleNumber": number,
            "Bcc": "",
            "Body": article.body,
            "Cc": "",
            "ChangeBy": article.changed_by,
            "ChangeTime": self.written(article.changed),
            "Charset": charset,
            "CommunicationChannelID": channel,
            "ContentCharset": charset,
            "ContentType": article.content_type,
            "CreateBy": article.created_by,
            "CreateTime": self.written(article.created),
            "From": article.from,
            "InReplyTo": "",
            "IncomingTime": article.created,
            "IsVisibleForCustomer": u8::from(article.visible_for_customer),
            "MessageID": "",
            "MimeType": mime,
            "References": "",
            "ReplyTo": "",
            "SenderType": article.sender,
            "SenderTypeID": sender,
            "Subject": article.subject,
            "TicketID": ticket.id,
            "TimeUnit": 0,
            "To": article.to,
        })
    }

    /// The rows of the history, oldest first by the time that is written in them.
    pub(super) fn rendered_history(&self, ticket: &Ticket) -> Value {
        let row = |row: &super::data::Row| {
            json!({
                "ArticleID": row.article,
                "CreateBy": row.by,
                "CreateTime": self.written(row.at),
                "HistoryType": row.kind.1,
                "HistoryTypeID": row.kind.0,
                "Name": row.name,
                "OwnerID": row.owner,
                "PriorityID": row.priority,
                "QueueID": row.queue,
                "StateID": row.state,
                "TicketID": ticket.id.to_string(),
                "TypeID": TYPE.0,
            })
        };
        let mut rows: Vec<_> = ticket.history.iter().collect();
        rows.sort_by_cached_key(|row| self.written(row.at));
        rows.into_iter().map(row).collect()
    }
}
