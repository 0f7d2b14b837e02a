//! Tickets, as the desk's API has them and as the contract wants them.

use serde::Deserialize;
use sgi_guest::types::{Error, Instant, StatusClass, Ticket};
use sgi_guest::{Settings, fail, time};

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct List {
    pub(crate) tickets: Vec<Item>,
    pub(crate) next_page: Option<u32>,
}

#[derive(Deserialize)]
pub(crate) struct Item {
    id: u64,
    title: String,
    state: String,
    team: Option<String>,
    priority: Option<String>,
    assignee: Option<String>,
    reporter: Option<String>,
    created: Option<String>,
    changed: Option<String>,
    objects: Vec<String>,
}

impl Item {
    /// `what` is the request that brought it, for messages.
    pub(crate) fn ticket(self, settings: &Settings, what: &str) -> Result<Ticket, Error> {
        let id = self.id.to_string();
        Ok(Ticket {
            number: id.clone(),
            subject: self.title,
            status_class: match self.state.as_str() {
                "new" => StatusClass::New,
                "open" => StatusClass::Open,
                "waiting" => StatusClass::Pending,
                "done" => StatusClass::Resolved,
                "closed" => StatusClass::Closed,
                _ => StatusClass::Unknown,
            },
            status: self.state,
            class: None,
            queue: self.team,
            priority: self.priority,
            owner: self.assignee,
            requestors: self.reporter.into_iter().collect(),
            created: instant(self.created.as_deref(), what)?,
            updated: instant(self.changed.as_deref(), what)?,
            starts: None,
            due: None,
            resolved: None,
            url: format!("{}/tickets/{id}", settings.link_url()),
            objects: self.objects,
            fields: Vec::new(),
            id,
        })
    }
}

fn instant(text: Option<&str>, what: &str) -> Result<Option<Instant>, Error> {
    let Some(text) = text else { return Ok(None) };
    match time::rfc3339(text) {
        Some(instant) => Ok(Some(instant)),
        None => Err(fail::protocol(format!(
            "the desk answered {what} with a date of another form than expected"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sgi_guest::DeskSettings;

    fn settings() -> Settings {
        Settings::given(DeskSettings {
            url: "https://desk.example.org".to_owned(),
            link_url: "https://desk.example.org".to_owned(),
            username: "cmdb".to_owned(),
            password: "placeholder".to_owned(),
            options: Vec::new(),
            learned: None,
        })
    }

    #[test]
    fn a_ticket_is_read() {
        let json = r#"{ "id": 17, "title": "Disk full", "state": "waiting", "objects": ["1001"],
            "created": "2026-11-02T09:15:00+01:00" }"#;
        let item: Item = serde_json::from_str(json).unwrap();
        let ticket = item.ticket(&settings(), "GET /api/tickets/17").unwrap();
        assert_eq!(ticket.url, "https://desk.example.org/tickets/17");
        assert_eq!(ticket.status_class, StatusClass::Pending);
        assert_eq!(ticket.created, time::rfc3339("2026-11-02T08:15:00Z"));
    }

    #[test]
    fn a_strange_date_is_the_desks_mistake() {
        let json = r#"{ "id": 17, "title": "", "state": "new", "objects": [], "changed": "soon" }"#;
        let item: Item = serde_json::from_str(json).unwrap();
        let error = item.ticket(&settings(), "GET /api/tickets/17").unwrap_err();
        assert!(matches!(error, Error::Protocol(_)));
    }
}
