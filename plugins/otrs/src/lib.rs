//! The connector for OTRS Community Edition 6 and what came of it: Znuny and OTOBO.
//!
//! How OTRS behaves was measured on ((OTRS)) Community Edition 6.0.41; where a behaviour is surprising,
//! the code says what was seen. In short: the stock REST web service drops a search for a dynamic field
//! and brings everybody's tickets, so the check probes whether the search is heeded, and every ticket
//! is looked at again; errors come with HTTP 200; one ticket that may not be seen spoils the list that
//! it is in; dates have no zone.
//!
//! A ticket that this connector creates carries the draft's marker in the last line of its first
//! article: `Reference: sgi-…`.

mod authoring;
mod batch;
mod changes;
mod channel;
mod check;
mod client;
mod clock;
mod clock_check;
#[cfg(test)]
mod desk_tests;
mod draft;
mod failure;
mod json;
mod knowledge;
mod lack;
mod links;
mod manifest;
mod object;
mod options;
mod probe;
mod query;
#[cfg(test)]
mod recorded;
mod refusal;
mod reply;
#[cfg(test)]
mod samples;
mod soap;
mod ticket;
mod trial;
mod values;

use changes::Cursor;
use channel::{Channel, Live, Transport};
use client::Client;
use clock::Clock;
use knowledge::Knowledge;
use object::{ObjectId, References};
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::changes::Batch;
use sgi_guest::connector::{Manifest, Report};
use sgi_guest::tickets::{Form, Page, Query};
use sgi_guest::types::{Error, Instant, Object, Ticket};
use sgi_guest::{Settings, connector, fail, tickets};
use ticket::Reader;

struct Otrs;

impl connector::Guest for Otrs {
    fn describe() -> Manifest {
        manifest::manifest()
    }

    fn check() -> Result<Report, Error> {
        check::check(&Settings::current())
    }
}

impl tickets::Guest for Otrs {
    fn of_object(query: Query) -> Result<Page, Error> {
        let object = ObjectId::parse(&query.object.id)?;
        with_desk(|client, reader, knowledge| {
            query::page(client, reader, knowledge, object, &query)
        })
    }

    fn get(id: String) -> Result<Ticket, Error> {
        let number = ticket::number(&id)?;
        with_desk(|client, reader, _| ticket::get(client, reader, number))
    }

    fn forms(object: Object) -> Result<Vec<Form>, Error> {
        let id = ObjectId::parse(&object.id)?;
        let settings = Settings::current();
        let references = References::new(&settings)?;
        Ok(links::forms(&settings, &references, id))
    }
}

impl sgi_guest::authoring::Guest for Otrs {
    fn create(draft: Draft) -> Result<Created, Error> {
        with_desk(|client, reader, _| authoring::create(client, reader, &draft))
    }

    fn find(draft: Draft, since: Instant) -> Result<Option<Created>, Error> {
        with_desk(|client, reader, knowledge| {
            authoring::find(client, reader, knowledge, &draft, since)
        })
    }
}

impl sgi_guest::changes::Guest for Otrs {
    fn since(cursor: Option<String>, start: Option<Instant>, limit: u32) -> Result<Batch, Error> {
        let cursor = cursor.as_deref().map(Cursor::read).transpose()?;
        with_desk(|client, reader, knowledge| {
            changes::since(client, reader, knowledge, cursor, start, limit)
        })
    }

    fn accepts(cursor: String) -> bool {
        Cursor::read(&cursor).is_ok()
    }

    fn still_there(ids: Vec<String>) -> Result<Vec<String>, Error> {
        with_desk(|client, reader, _| changes::still_there(client, reader, &ids))
    }
}

/// Does something with the desk by what is known about it.
fn with_desk<T>(
    act: impl FnOnce(&Client<'_>, &Reader<'_>, &Knowledge) -> Result<T, Error>,
) -> Result<T, Error> {
    let settings = Settings::current();
    let references = References::new(&settings)?;
    let knowledge = Knowledge::current(&settings)?;
    one_tenant(knowledge.transport, &references)?;
    let channel = Live::new(&settings, knowledge.transport)?;
    let reader = Reader {
        settings: &settings,
        references,
        clock: Clock::new(&settings, knowledge.offset, channel.now())?,
    };
    match act(&Client::new(&channel), &reader, &knowledge) {
        // Which web service there is was learned by the check; another may be there now.
        Err(Error::InvalidSetting(wrong)) if wrong.key == knowledge.transport.key() => {
            Err(knowledge.contradicted(channel.now(), Error::InvalidSetting(wrong)))
        }
        outcome => outcome,
    }
}

/// A query cannot carry a search for the tenant: what is found would be of all.
fn one_tenant(transport: Transport, references: &References<'_>) -> Result<(), Error> {
    match references.tenant {
        Some(_) if !transport.searches_fields() => Err(fail::invalid_setting(
            options::key::TENANT,
            "OTRS's stock REST web service cannot be searched for a tenant: leave the option \"tenant\" \
             out, or import CMDBTicketConnector.yml in OTRS and set the option \"transport\" to \"rest\"",
        )),
        _ => Ok(()),
    }
}

sgi_guest::export!(Otrs);
