//! The connector for iTop 2.7 to 3.2, over its REST interface 1.3.
//!
//! How iTop behaves was measured on iTop 3.2.0; where a behaviour is surprising, the code says what was
//! seen. In short: nearly every answer is HTTP 200 and its code decides; a query compares texts loosely,
//! so what it finds is compared again; a ticket's fine status is known to its own class only; dates are in
//! a zone that iTop does not tell.

mod api;
mod changes;
mod check;
mod ci_check;
mod cis;
mod create;
mod draft;
mod failure;
mod fetch;
#[cfg(test)]
mod flows;
mod host;
mod knowledge;
mod links;
mod list;
mod look_up;
mod manifest;
mod marker;
mod model;
mod object;
mod one;
mod oql;
mod probe;
#[cfg(test)]
mod recorded;
mod reply;
#[cfg(test)]
mod testing;
mod ticket;
mod trial;
mod zone;

use knowledge::Knowledge;
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::changes::Batch;
use sgi_guest::connector::{Manifest, Report};
use sgi_guest::tickets::{Form, Page, Query};
use sgi_guest::types::{Error, Instant, Object, Ticket};
use sgi_guest::{Settings, authoring, connector, tickets};

struct Itop;

impl connector::Guest for Itop {
    fn describe() -> Manifest {
        manifest::manifest()
    }

    fn check() -> Result<Report, Error> {
        // A check cannot ask for a check: what it does not understand is iTop's word.
        check::check(&Settings::current()).map_err(|error| match error {
            Error::StaleKnowledge(problem) => Error::Protocol(problem),
            error => error,
        })
    }
}

impl tickets::Guest for Itop {
    fn of_object(query: Query) -> Result<Page, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        list::page(&settings, &knowledge, &query)
    }

    fn get(id: String) -> Result<Ticket, Error> {
        let id = ticket::number(&id)?;
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        one::get(&settings, &knowledge, id)
    }

    fn forms(object: Object) -> Result<Vec<Form>, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        links::forms(&settings, &knowledge, &object)
    }
}

impl authoring::Guest for Itop {
    fn create(draft: Draft) -> Result<Created, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        create::create(&settings, &knowledge, &draft)
    }

    fn find(draft: Draft, since: Instant) -> Result<Option<Created>, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        create::find(&settings, &knowledge, &draft, since)
    }
}

impl sgi_guest::changes::Guest for Itop {
    fn since(cursor: Option<String>, start: Option<Instant>, limit: u32) -> Result<Batch, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        changes::since(&settings, &knowledge, cursor.as_deref(), start, limit)
    }

    fn accepts(cursor: String) -> bool {
        changes::accepts(&cursor)
    }

    fn still_there(ids: Vec<String>) -> Result<Vec<String>, Error> {
        changes::still_there(&Settings::current(), &ids)
    }
}

sgi_guest::export!(Itop);
