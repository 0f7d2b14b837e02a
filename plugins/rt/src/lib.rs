//! The connector for Request Tracker 5, over REST 2.0.
//!
//! How RT behaves was measured on RT 5.0.3; where a behaviour is surprising, the code says what was
//! seen. In short: an unknown custom field finds nothing instead of failing, so fields are addressed
//! by the ids that `check` learned; a wrong path answers with a redirect to a login page; whatever
//! RT says about its own address is ignored. Where a created ticket carries its marker, the module
//! `authoring` says.
//!
//! Two things that follow: RT shows no values of a field where it does not apply or may not be seen, so
//! that such a ticket has the object that a list was asked for, and none when it is asked for by its id;
//! and a new queue that has a field of its own by the same name is noticed when what was learned is no
//! longer trusted (`knowledge`: ten minutes, more with many queues) or at a check, whichever comes first.

mod api;
mod authoring;
mod changes;
mod check;
mod compare;
mod draft;
mod fields;
mod json;
mod knowledge;
mod links;
mod manifest;
mod query;
mod queues;
mod ticket;

use knowledge::Knowledge;
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::changes::Batch;
use sgi_guest::connector::{Manifest, Report};
use sgi_guest::tickets::{Filter, Form, Page, Query};
use sgi_guest::types::{Error, Instant, Object, Ticket};
use sgi_guest::{Settings, connector, tickets, time};

struct Rt;

impl connector::Guest for Rt {
    fn describe() -> Manifest {
        manifest::manifest()
    }

    fn check() -> Result<Report, Error> {
        check::check(&Settings::current())
    }
}

impl tickets::Guest for Rt {
    fn of_object(query: Query) -> Result<Page, Error> {
        let object = query::ObjectId::parse(&query.object.id)?;
        let (settings, now) = (Settings::current(), time::now());
        let knowledge = Knowledge::trusted(&settings, now)?;
        query::page(&settings, &knowledge, object, &query, now)
    }

    fn get(id: String) -> Result<Ticket, Error> {
        let number = ticket::number(&id)?;
        let (settings, now) = (Settings::current(), time::now());
        let knowledge = Knowledge::trusted(&settings, now)?;
        let ticket = ticket::get(&settings, &knowledge, number)?;
        knowledge.bears(ticket.evidence, now)?;
        Ok(ticket.ticket)
    }

    fn forms(object: Object) -> Result<Vec<Form>, Error> {
        let id = query::ObjectId::parse(&object.id)?;
        let settings = Settings::current();
        let knowledge = Knowledge::trusted(&settings, time::now())?;
        Ok(links::forms(&settings, &knowledge, id, &object))
    }
}

impl sgi_guest::authoring::Guest for Rt {
    fn create(draft: Draft) -> Result<Created, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::trusted(&settings, time::now())?;
        authoring::create(&settings, &knowledge, &draft)
    }

    fn find(draft: Draft, _since: Instant) -> Result<Option<Created>, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::current(&settings)?;
        authoring::find(&settings, &knowledge, &draft)
    }
}

impl sgi_guest::changes::Guest for Rt {
    fn since(cursor: Option<String>, start: Option<Instant>, limit: u32) -> Result<Batch, Error> {
        let settings = Settings::current();
        let knowledge = Knowledge::trusted(&settings, time::now())?;
        changes::since(&settings, &knowledge, cursor.as_deref(), start, limit)
    }

    fn accepts(cursor: String) -> bool {
        changes::accepts(&cursor)
    }

    fn still_there(ids: Vec<String>) -> Result<Vec<String>, Error> {
        changes::still_there(&Settings::current(), &ids)
    }
}

/// What the connector makes of a list that RT sent. Compiled natively, it is what the benchmark
/// compares the sandbox with.
#[doc(hidden)]
pub fn tickets_in(settings: &Settings, list: &[u8]) -> Result<Vec<Ticket>, Error> {
    let knowledge = Knowledge::current(settings)?;
    ticket::tickets_in(settings, &knowledge, list)
}

/// Open, closed, or a status that only RT can tell.
fn filter_condition(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "",
        Filter::Open => " AND Status = '__Active__'",
        Filter::Closed => " AND Status = '__Inactive__'",
    }
}

sgi_guest::export!(Rt);
