//! Which of OTRS's web services heeds a search for a dynamic field, found out by asking.

use crate::channel::{Channel, Transport};
use crate::client::Client;
use crate::failure::Failure;
use crate::lack::Lack;
use crate::object::{ObjectId, References};
use crate::options::key;
use serde_json::{Map, json};
use sgi_guest::types::Error;
use sgi_guest::{NotAnswered, Settings};
use std::cell::LazyCell;

/// A value that no ticket has.
const NO_VALUE: &str = "sgi-no-such-value";

/// The ways to try, the better one first.
pub(crate) fn ways(settings: &Settings) -> &'static [Transport] {
    match settings.text(key::TRANSPORT) {
        Some("rest") => &[Transport::Rest],
        Some("soap") => &[Transport::Soap],
        // Never without being asked for: its sessions end up in logs.
        Some("stock-rest") => &[Transport::StockRest],
        _ => &[Transport::Rest, Transport::Soap],
    }
}

/// The way that is taken.
pub(crate) struct Way<'a, C> {
    pub(crate) channel: &'a C,
    /// Whether a search for an object is heeded on it.
    pub(crate) heeds: bool,
    /// The better way, and why it is not taken.
    pub(crate) passed: Option<(&'a C, Lack)>,
}

/// The first way on which a search for an object is heeded. The next one is tried only where a way lacks
/// what it is for: on a wrong password, a server in trouble or whatever else there can be, the next one
/// would say the same at best, and at worst hide what has to be mended. Where all lack something, the
/// first on which OTRS searches at all. `alive` tells whether OTRS answers beside its web services.
pub(crate) fn choose<'a, C: Channel>(
    channels: &'a [C],
    references: &References<'_>,
    alive: impl FnOnce() -> bool,
) -> Result<Way<'a, C>, Error> {
    let alive = LazyCell::new(alive);
    let mut lacking: Vec<(&C, Lack)> = Vec::new();
    let is_deaf = |(_, lack): &&(&C, Lack)| *lack == Lack::Filter;
    for channel in channels {
        let lack = match heeds_objects(&Client::new(channel), references) {
            Ok(true) => {
                return Ok(Way {
                    channel,
                    heeds: true,
                    passed: lacking.into_iter().next(),
                });
            }
            Ok(false) => Lack::Filter,
            Err(Failure::NoOperation(operation)) => Lack::Operation(operation),
            Err(Failure::Unanswered(NotAnswered::Closed { .. })) if *alive => Lack::Service,
            // On the way before it OTRS answered: what is wrong there is to be mended.
            Err(_) if lacking.iter().any(|lacking| is_deaf(&lacking)) => break,
            Err(failure) => return Err(failure.into_error(channel.names())),
        };
        lacking.push((channel, lack));
    }
    if let Some((channel, _)) = lacking.iter().find(is_deaf) {
        return Ok(Way {
            channel,
            heeds: false,
            passed: None,
        });
    }
    Err(match lacking.first() {
        Some((channel, lack)) => lack.into_error(channel.names()),
        None => sgi_guest::fail::protocol("there is no way to OTRS to try"),
    })
}

/// Logs in and searches for an object that cannot exist: one that is found all the same means that
/// OTRS ignored the condition. Where no search for an object is ever made, a search that works is enough.
fn heeds_objects(client: &Client<'_>, references: &References<'_>) -> Result<bool, Failure> {
    client.log_in()?;
    let mut search = Map::new();
    if !client.names().transport.searches_fields() {
        client.search_some(search, 1)?;
        return Ok(true);
    }
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
        chosen.map(|way| (way.channel.names().transport, way.heeds))
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
    fn why_rest_is_passed_over_is_kept() {
        let passed = |prepare: &dyn Fn(&Fake)| {
            let rest = Fake::new(Transport::Rest);
            prepare(&rest);
            let soap = Fake::new(Transport::Soap);
            soap.answer(200, SOAP_SESSION);
            soap.answer(200, samples::SOAP_NOTHING);
            let settings = samples::settings(&[]);
            let references = References::new(&settings).unwrap();
            let channels = [rest, soap];
            let way = choose(&channels, &references, || true).unwrap();
            assert_eq!(way.channel.names().transport, Transport::Soap);
            let (better, lack) = way.passed.unwrap();
            assert_eq!(better.names().transport, Transport::Rest);
            lack
        };
        assert_eq!(passed(&Fake::closes), Lack::Service);
        let no_route = passed(&|rest| rest.answer(500, samples::NO_ROUTE));
        assert_eq!(no_route, Lack::Operation(Operation::SessionCreate));
        let deaf = passed(&|rest| {
            rest.answer(200, SESSION);
            rest.answer(200, br#"{"TicketID":["59"]}"#);
        });
        assert_eq!(deaf, Lack::Filter);
    }

    /// The stock SOAP service writes passwords into its log.
    #[test]
    fn whatever_else_goes_wrong_by_rest_is_told_and_no_password_is_sent_by_soap() {
        let told = |prepare: &dyn Fn(&Fake)| {
            let rest = Fake::new(Transport::Rest);
            prepare(&rest);
            let channels = [rest, Fake::new(Transport::Soap)];
            let error = chosen(&channels, true).unwrap_err();
            assert!(channels[1].sent().is_empty());
            error
        };
        let never = told(&|rest| {
            for answer in [SESSION, samples::EXPIRED, SESSION, samples::EXPIRED] {
                rest.answer(200, answer);
            }
        });
        assert!(matches!(never, Error::Protocol(p) if p.message.contains("SessionCheckRemoteIP")));
        let empty = told(&|rest| rest.answer(200, br#"{"SessionID":""}"#));
        assert!(matches!(empty, Error::Protocol(p) if p.message.contains("gave no session")));
        let moved = told(&|rest| rest.answer(302, b""));
        assert!(matches!(moved, Error::InvalidSetting(p) if p.key == "url"));
        let busy = told(&|rest| rest.answer(503, b"busy"));
        assert!(matches!(busy, Error::Protocol(_)), "as the fake has it");
        let hangs = told(&Fake::hangs);
        assert!(matches!(hangs, Error::Unavailable(_)));
    }

    #[test]
    fn where_neither_web_service_is_there_the_better_one_is_asked_for() {
        let channels = [Fake::new(Transport::Rest), Fake::new(Transport::Soap)];
        channels[0].answer(500, samples::NO_ROUTE);
        channels[1].closes();
        let error = chosen(&channels, true);
        assert!(matches!(error, Err(Error::InvalidSetting(p)) if p.key == "rest-service"));
        // By SOAP something else is wrong: that is in the way, then.
        let channels = [Fake::new(Transport::Rest), Fake::new(Transport::Soap)];
        channels[0].closes();
        channels[1].hangs();
        assert!(matches!(
            chosen(&channels, true),
            Err(Error::Unavailable(_))
        ));
    }

    /// A time-out, say: OTRS may well have the web service.
    #[test]
    fn an_answer_that_was_cut_off_is_not_a_missing_web_service() {
        let channels = [Fake::new(Transport::Rest)];
        channels[0].hangs();
        assert!(matches!(
            chosen(&channels, true),
            Err(Error::Unavailable(_))
        ));
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
