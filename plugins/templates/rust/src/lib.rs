//! The connector for {{title}}: tickets of a CMDB object, read through its API.
//!
//! The contract is in wit/connector.wit. What a request may not do, and what happens then, stands there.

mod manifest;
mod ticket;

use serde::Deserialize;
use sgi_guest::connector::{Manifest, Report};
use sgi_guest::tickets::{Filter, Form, Page, Query};
use sgi_guest::types::{Error, Object, Ticket};
use sgi_guest::{Desk, Method, Settings, connector, fail, text, tickets};

struct Connector;

/// What `/api/about` answers.
#[derive(Deserialize)]
struct About {
    product: String,
    version: String,
}

fn desk(settings: &Settings) -> Desk {
    Desk::new(settings, manifest::USER_AGENT).with_basic(settings)
}

impl connector::Guest for Connector {
    fn describe() -> Manifest {
        manifest::manifest()
    }

    fn check() -> Result<Report, Error> {
        let desk = desk(&Settings::current());
        let answer = desk.request(Method::Get, "/api/about", &[]).send()?;
        if answer.status() == 404 {
            return Err(fail::invalid_setting(
                "url",
                format!("there is no {{title}} at this address (HTTP 404 to {})", answer.what()),
            ));
        }
        let about: About = answer.success()?.json()?;
        Ok(Report {
            product: about.product,
            version: about.version,
            abilities: vec!["read-tickets".to_owned()],
            findings: Vec::new(),
            learned: Vec::new(),
        })
    }
}

impl tickets::Guest for Connector {
    fn of_object(query: Query) -> Result<Page, Error> {
        let settings = Settings::current();
        let page = query.next.as_deref().unwrap_or("1");
        let mut parameters = vec![("object", query.object.id.as_str()), ("page", page)];
        match query.filter {
            Filter::All => {}
            Filter::Open => parameters.push(("state", "open")),
            Filter::Closed => parameters.push(("state", "closed")),
        }
        if let Some(team) = settings.text(manifest::TEAM) {
            parameters.push(("team", team));
        }
        let answer = desk(&settings).get("/api/tickets", &parameters)?.success()?;
        let list: ticket::List = answer.json()?;
        let mut tickets: Vec<Ticket> = list
            .tickets
            .into_iter()
            .map(|item| item.ticket(&settings, answer.what()))
            .collect::<Result<_, _>>()?;
        // The desk's filter is not taken on trust: never somebody else's tickets.
        tickets.retain(|ticket| ticket.objects.contains(&query.object.id));
        if list.next_page.is_some_and(|next| page.parse().is_ok_and(|page| next <= page)) {
            return Err(fail::protocol(format!(
                "the pages that the desk answers {} with lead back",
                answer.what()
            )));
        }
        Ok(Page {
            tickets,
            next: list.next_page.map(|page| page.to_string()),
            total: None,
        })
    }

    fn get(id: String) -> Result<Ticket, Error> {
        if !sgi_guest::object::is_number(&id) {
            return Err(fail::invalid_input("a ticket of {{title}} has a number"));
        }
        let settings = Settings::current();
        let path = format!("/api/tickets/{}", text::encode(&id));
        let answer = desk(&settings).get(&path, &[])?;
        if answer.status() == 404 {
            return Err(fail::not_found(format!(
                "there is no ticket {id}, or the account may not see it"
            )));
        }
        let answer = answer.success()?;
        let item: ticket::Item = answer.json()?;
        item.ticket(&settings, answer.what())
    }

    fn forms(object: Object) -> Result<Vec<Form>, Error> {
        let settings = Settings::current();
        Ok(vec![Form {
            label: "Ticket".to_owned(),
            url: text::address(settings.link_url(), "/new", &[("object", &object.id)]),
            note: None,
        }])
    }
}

sgi_guest::export!(Connector);
