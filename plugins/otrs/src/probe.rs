//! Which of OTRS's web services heeds a search for a dynamic field, found out by asking.

use crate::channel::{Channel, Transport};
use crate::client::Client;
use crate::failure::{Failure, no_service};
use crate::object::{ObjectId, References};
use crate::options::key;
use serde_json::{Map, json};
use sgi_guest::types::Error;
use sgi_guest::{NotAnswered, Settings};

/// A value that no ticket has.
const NO_VALUE: &str = "sgi-no-such-value";

/// The ways to try, the better one first.
pub(crate) fn ways(settings: &Settings) -> &'static [Transport] {
    match settings.text(key::TRANSPORT) {
        Some("rest") => &[Transport::Rest],
        Some("soap") => &[Transport::Soap],
        _ => &[Transport::Rest, Transport::Soap],
    }
}

/// The first way on which a search for an object is heeded. Where there is none, the first on which
/// OTRS answers at all, and `false`. `alive` tells whether OTRS answers beside its web services.
pub(crate) fn choose<'a, C: Channel>(
    channels: &'a [C],
    references: &References<'_>,
    alive: impl FnOnce() -> bool,
) -> Result<(&'a C, bool), Error> {
    let mut deaf = None;
    let mut failed = None;
    for channel in channels {
        let client = Client::new(channel);
        match heeds_objects(&client, references) {
            Ok(true) => return Ok((channel, true)),
            Ok(false) => deaf = deaf.or(Some(channel)),
            // Another web service would say the same.
            Err(Failure::Failed(error @ Error::BadCredentials(_))) => return Err(error),
            Err(failure) => failed = failed.or(Some((channel, failure))),
        }
    }
    if let Some(channel) = deaf {
        return Ok((channel, false));
    }
    match failed {
        Some((channel, Failure::Unanswered(NotAnswered::Interrupted { .. }))) if alive() => {
            Err(no_service(channel.names()))
        }
        Some((channel, failure)) => Err(failure.into_error(channel.names())),
        None => Err(sgi_guest::fail::protocol("there is no way to OTRS to try")),
    }
}

/// Logs in and searches for an object that cannot exist: one that is found all the same means that
/// OTRS ignored the condition.
fn heeds_objects(client: &Client<'_>, references: &References<'_>) -> Result<bool, Failure> {
    client.log_in()?;
    let mut search = Map::new();
    let condition = references.condition(ObjectId::NONE);
    search.insert(references.objects.parameter(), condition);
    Ok(client.search_some(search, 1)?.is_empty())
}

/// Whether a search for the tenant is heeded.
pub(crate) fn heeds_tenant(
    client: &Client<'_>,
    references: &References<'_>,
) -> Result<bool, Failure> {
    let Some((field, _)) = references.tenant else {
        return Ok(true);
    };
    let mut search = Map::new();
    search.insert(field.parameter(), json!({ "Equals": NO_VALUE }));
    Ok(client.search_some(search, 1)?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Operation;
    use crate::samples::{self, Fake};

    const SESSION: &[u8] = br#"{"SessionID":"session-1"}"#;
    const SOAP_SESSION: &[u8] =
        b"<e><Body><SessionCreateResponse><SessionID>session-1</SessionID></SessionCreateResponse></Body></e>";

    fn chosen(channels: &[Fake], alive: bool) -> Result<(Transport, bool), Error> {
        let settings = samples::settings(&[]);
        let references = References::new(&settings).unwrap();
        let chosen = choose(channels, &references, || alive);
        chosen.map(|(channel, heeds)| (channel.names().transport, heeds))
    }

    #[test]
    fn rest_is_taken_where_it_heeds_the_search() {
        let rest = Fake::new(Transport::Rest);
        rest.answer(200, SESSION);
        rest.answer(200, b"{}");
        let channels = [rest, Fake::new(Transport::Soap)];
        assert_eq!(chosen(&channels, true).unwrap(), (Transport::Rest, true));
        let sent = channels[0].sent();
        assert_eq!(sent[0].1["Password"], "placeholder");
        let like = &sent[1].1["DynamicField_IDoitObjects"]["Like"];
        assert_eq!(like, "*,99999999999999999999,*");
    }

    #[test]
    fn soap_is_taken_where_the_rest_service_is_missing() {
        for missing in [0, 500] {
            let rest = Fake::new(Transport::Rest);
            match missing {
                0 => rest.closes(),
                status => rest.answer(status, samples::NO_ROUTE),
            }
            let soap = Fake::new(Transport::Soap);
            soap.answer(200, SOAP_SESSION);
            soap.answer(200, samples::SOAP_NOTHING);
            let channels = [rest, soap];
            assert_eq!(chosen(&channels, true).unwrap(), (Transport::Soap, true));
        }
    }

    #[test]
    fn a_search_that_brings_tickets_for_no_object_is_not_heeded() {
        let rest = Fake::new(Transport::Rest);
        rest.answer(200, SESSION);
        rest.answer(200, br#"{"TicketID":["59"]}"#);
        let soap = Fake::new(Transport::Soap);
        soap.closes();
        assert_eq!(
            chosen(&[rest, soap], true).unwrap(),
            (Transport::Rest, false)
        );
    }

    #[test]
    fn a_wrong_password_is_told_at_once() {
        let rest = Fake::new(Transport::Rest);
        rest.answer(200, samples::LOGIN_FAILED);
        let channels = [rest, Fake::new(Transport::Soap)];
        assert!(matches!(
            chosen(&channels, true),
            Err(Error::BadCredentials(_))
        ));
        assert_eq!(channels[0].sent()[0].0, Operation::SessionCreate);
        assert!(channels[1].sent().is_empty());
    }

    #[test]
    fn no_web_service_and_no_otrs_are_told_apart() {
        let closed = || {
            let channels = [Fake::new(Transport::Rest), Fake::new(Transport::Soap)];
            channels.iter().for_each(Fake::closes);
            channels
        };
        let error = chosen(&closed(), true);
        assert!(matches!(error, Err(Error::InvalidSetting(p)) if p.key == "rest-service"));
        assert!(matches!(
            chosen(&closed(), false),
            Err(Error::Unavailable(_))
        ));
        let channels = [Fake::new(Transport::Rest)];
        channels[0].answer(404, b"<html>");
        assert!(matches!(chosen(&channels, true), Err(Error::InvalidSetting(p)) if p.key == "url"));
        let channels = [Fake::new(Transport::Rest)];
        channels[0].answer(200, b"<html>");
        assert!(matches!(chosen(&channels, true), Err(Error::InvalidSetting(p)) if p.key == "url"));
    }
}
