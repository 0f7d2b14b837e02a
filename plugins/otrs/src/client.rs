//! Operations with a session: logged in once, used by all, renewed once when OTRS no longer takes it.

use crate::batch::readable;
use crate::channel::{Channel, HttpAnswer, Names, Operation, Transport};
use crate::failure::{Failure, bad_credentials};
use crate::reply::{Created, Entry, Found, Histories, RawTicket, Reply, Session, Tickets};
use crate::soap::{self, Unreadable};
use serde_json::{Map, Value, json};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{NotAnswered, fail, text};

/// OTRS finds 500 tickets where no limit is given, without a word, and knows no pages.
const LIMITS: [u64; 3] = [10_000, 100_000, 1_000_000];

/// So often a request is made anew that was not sent because of what other instances did to the session.
const GONE: usize = 8;

/// A ticket that OTRS says to have created.
pub(crate) struct Made {
    pub(crate) id: u64,
    pub(crate) number: Option<String>,
    /// What OTRS says to be wrong with it.
    pub(crate) complaint: Option<String>,
}

pub(crate) struct Client<'a>(&'a dyn Channel);

impl<'a> Client<'a> {
    pub(crate) fn new(channel: &'a dyn Channel) -> Self {
        Self(channel)
    }

    pub(crate) fn names(&self) -> &Names {
        self.0.names()
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.now()
    }

    pub(crate) fn warn(&self, message: &str) {
        self.0.warn(message);
    }

    /// The failure as an error.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        failure.into_error(self.names())
    }

    /// Opens a session, whether there is one or not; or takes the one that another instance has opened
    /// meanwhile.
    pub(crate) fn log_in(&self) -> Result<String, Failure> {
        let mut gone = 0;
        loop {
            match self.try_log_in() {
                Err(Failure::Unanswered(NotAnswered::SecretGone { .. })) if gone < GONE => {
                    if let Some(session) = self.0.captured() {
                        return Ok(session);
                    }
                    gone += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn try_log_in(&self) -> Result<String, Failure> {
        let names = self.names();
        let parameters = object(json!({
            "UserLogin": names.account,
            "Password": self.0.password(),
        }));
        let answer = self.0.send(Operation::SessionCreate, &parameters);
        let answer = answer.map_err(Failure::Unanswered)?;
        let session: Session = match self.read(Operation::SessionCreate, answer) {
            // The same code as for an expired session; here it is the password.
            Err(failure) if failure.is_unauthenticated() => {
                return Err(bad_credentials(names).into());
            }
            read => read?,
        };
        session.id.into_string().ok_or_else(|| {
            let message =
                "OTRS accepted the login and gave no session: its web service leaves it out";
            fail::protocol(message).into()
        })
    }

    fn session(&self) -> Result<String, Failure> {
        match self.0.captured() {
            Some(session) => Ok(session),
            None => self.log_in(),
        }
    }

    /// One operation. It is sent again only where OTRS has not acted on it: when the session was not
    /// accepted, or when the request never left because another instance had renewed the session.
    pub(crate) fn call<T: Reply>(
        &self,
        operation: Operation,
        mut parameters: Map<String, Value>,
    ) -> Result<T, Failure> {
        let (mut renewed, mut gone) = (false, 0);
        loop {
            let session = self.session()?;
            parameters.insert("SessionID".to_owned(), Value::String(session.clone()));
            let answer = match self.0.send(operation, &parameters) {
                Ok(answer) => answer,
                Err(NotAnswered::SecretGone { .. }) if gone < GONE => {
                    gone += 1;
                    continue;
                }
                Err(failure) => return Err(Failure::Unanswered(failure)),
            };
            match self.read(operation, answer) {
                Err(failure) if failure.is_unauthenticated() => {
                    self.0.forget(&session);
                    if renewed {
                        return Err(fail::protocol(format!(
                            "OTRS opens a session for {:?} and does not accept it in the next \
                             request: see whether it checks the address of sessions \
                             (SessionCheckRemoteIP) while requests come from several, or whether its \
                             front ends do not share their sessions",
                            self.names().account
                        ))
                        .into());
                    }
                    renewed = true;
                }
                read => return read,
            }
        }
    }

    fn read<T: Reply>(&self, operation: Operation, mut answer: HttpAnswer) -> Result<T, Failure> {
        let names = self.names();
        if let Some(failure) = Failure::of_status(&mut answer, operation, names) {
            return Err(failure);
        }
        let what = operation.name();
        let mut reply: T = match names.transport {
            Transport::Rest | Transport::StockRest => sgi_guest::json(&answer.body, what)?,
            Transport::Soap => {
                let value = soap::reply(what, &answer.body).map_err(|why| match why {
                    Unreadable::NotSoap => Failure::NotThere { status: 200 },
                    Unreadable::Damaged => {
                        fail::protocol(format!("OTRS answered {what} with XML that is damaged"))
                            .into()
                    }
                    Unreadable::Fault => Failure::NoOperation(operation),
                    Unreadable::Other(name) => fail::protocol(format!(
                        "OTRS answered {what} by SOAP with the element {}, where {what}Response belongs: \
                         set the response name scheme of the web service {} to that, or see what alters \
                         answers between the CMDB and OTRS",
                        text::quote(&name),
                        text::quote(&names.service)
                    ))
                    .into(),
                })?;
                serde_json::from_value(value).map_err(|_| {
                    fail::protocol(format!(
                        "OTRS answered {what} in another form than expected"
                    ))
                })?
            }
        };
        match reply.error() {
            Some(error) => Err(Failure::refused(operation, error)),
            None => Ok(reply),
        }
    }

    /// Ids of tickets, each once, in ascending order.
    pub(crate) fn search(&self, parameters: Map<String, Value>) -> Result<Vec<u64>, Failure> {
        for limit in LIMITS {
            let ids = self.search_some(parameters.clone(), limit)?;
            if (ids.len() as u64) < limit {
                return Ok(ids);
            }
        }
        Err(fail::unsupported("OTRS finds more than a million tickets").into())
    }

    /// At most so many of them.
    pub(crate) fn search_some(
        &self,
        mut parameters: Map<String, Value>,
        limit: u64,
    ) -> Result<Vec<u64>, Failure> {
        parameters.insert("Limit".to_owned(), limit.into());
        // Ignored where OTRS has no archive.
        parameters.insert("SearchInArchive".to_owned(), "AllTickets".into());
        let found: Found = self.call(Operation::TicketSearch, parameters)?;
        let mut ids: Vec<u64> = found.ids.0.into_iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Those of the tickets that can be read, with their dynamic fields, in the order of the ids.
    pub(crate) fn tickets(&self, ids: &[u64], articles: bool) -> Result<Vec<RawTicket>, Failure> {
        readable(ids, |list| self.list(list, articles))
    }

    /// All of the tickets; none when one of them is gone or may not be seen.
    fn list(&self, asked: &[u64], articles: bool) -> Result<Option<Vec<RawTicket>>, Failure> {
        let ids = match self.names().transport {
            Transport::Rest => Value::from(asked.to_vec()),
            Transport::Soap | Transport::StockRest => {
                let ids: Vec<String> = asked.iter().map(u64::to_string).collect();
                Value::from(ids.join(","))
            }
        };
        let mut parameters = object(json!({ "TicketID": ids, "DynamicFields": 1 }));
        if articles {
            parameters.insert("AllArticles".to_owned(), 1.into());
        }
        match self.call::<Tickets>(Operation::TicketGet, parameters) {
            Ok(read) => {
                let tickets = read.tickets.0;
                // OTRS gives all or refuses all. A list that is silently short, or of other tickets, would
                // be believed.
                let mut answered: Vec<u64> = tickets.iter().map(|ticket| ticket.id.0).collect();
                let mut asked = asked.to_vec();
                answered.sort_unstable();
                asked.sort_unstable();
                if answered != asked {
                    return Err(fail::protocol(format!(
                        "OTRS was asked for {} tickets by their ids and answered with {}, not all of \
                         them the same",
                        asked.len(),
                        answered.len()
                    ))
                    .into());
                }
                Ok(Some(tickets))
            }
            Err(failure) if failure.is_denied() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The ticket that this one was merged into, where the history can be read and says so.
    pub(crate) fn merged_into(&self, id: u64) -> Result<Option<u64>, Failure> {
        let parameters = object(json!({ "TicketID": id }));
        match self.call::<Histories>(Operation::TicketHistoryGet, parameters) {
            Ok(read) => {
                let histories = read.histories.0.iter().rev();
                let mut entries = histories.flat_map(|history| history.entries.0.iter().rev());
                Ok(entries.find_map(Entry::merged_into))
            }
            Err(Failure::NoOperation(_) | Failure::Refused { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Creates a ticket.
    pub(crate) fn create(&self, parameters: Map<String, Value>) -> Result<Made, Failure> {
        let created: Created = self.call(Operation::TicketCreate, parameters)?;
        match created.id {
            Some(id) => Ok(Made {
                id: id.0,
                number: created.number.into_string(),
                complaint: created.error.and_then(|error| error.message.into_string()),
            }),
            None => {
                let message = "OTRS accepted a new ticket and did not say which it is";
                Err(fail::protocol(message).into())
            }
        }
    }
}

/// The map that a JSON object is.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Fake};

    const SESSION: &[u8] = br#"{"SessionID":"session-1"}"#;

    fn found(fake: &Fake) -> Result<Vec<u64>, Error> {
        let client = Client::new(fake);
        client
            .search(Map::new())
            .map_err(|failure| client.explain(failure))
    }

    fn sessions(fake: &Fake) -> Vec<String> {
        let sent = fake.sent();
        let sessions = sent.iter().filter_map(|(_, sent)| sent.get("SessionID"));
        sessions.map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_session_is_used_again() {
        let fake = Fake::logged_in(&[b"{}", b"{}"]);
        assert!(found(&fake).is_ok() && found(&fake).is_ok());
        assert_eq!(sessions(&fake), ["session-0", "session-0"]);
    }

    #[test]
    fn an_expired_session_is_renewed_once() {
        let fake = Fake::logged_in(&[samples::EXPIRED, SESSION, br#"{"TicketID":["7"]}"#]);
        assert_eq!(found(&fake).unwrap(), [7]);
        assert_eq!(*fake.forgotten.borrow(), ["session-0"]);
        assert_eq!(sessions(&fake), ["session-0", "session-1"]);
        let fake = Fake::logged_in(&[samples::EXPIRED, SESSION, samples::EXPIRED]);
        assert!(matches!(found(&fake), Err(Error::Protocol(_))));
    }

    #[test]
    fn a_password_that_was_changed_meanwhile_is_told_as_such() {
        let fake = Fake::logged_in(&[samples::EXPIRED, samples::LOGIN_FAILED]);
        assert!(matches!(found(&fake), Err(Error::BadCredentials(_))));
    }

    #[test]
    fn a_session_that_another_instance_renewed_is_asked_for_as_often_as_that_happens() {
        let fake = Fake::logged_in(&[]);
        fake.renews();
        fake.renews();
        fake.answer(200, b"{}");
        assert!(found(&fake).is_ok());
        assert_eq!(sessions(&fake), ["session-0", "session-9", "session-9"]);
        // And not for ever.
        let fake = Fake::logged_in(&[]);
        (0..=GONE).for_each(|_| fake.renews());
        assert!(matches!(found(&fake), Err(Error::Unavailable(_))));
    }

    /// The host sends only one of the logins that wait at the same time.
    #[test]
    fn a_login_that_another_instance_made_superfluous_is_not_repeated() {
        let fake = Fake::new(Transport::Rest);
        fake.renews();
        fake.answer(200, b"{}");
        assert!(found(&fake).is_ok());
        let sent: Vec<Operation> = fake.sent().into_iter().map(|(sent, _)| sent).collect();
        assert_eq!(sent, [Operation::SessionCreate, Operation::TicketSearch]);
        assert_eq!(sessions(&fake), ["session-9"]);
    }

    #[test]
    fn plain_texts_with_an_error_status_are_told_apart() {
        let fake = Fake::logged_in(&[]);
        fake.answer(500, samples::NO_ROUTE);
        assert!(matches!(found(&fake), Err(Error::InvalidSetting(p)) if p.key == "rest-service"));
        let fake = Fake::logged_in(&[]);
        fake.answer(500, samples::BAD_JSON);
        assert!(matches!(found(&fake), Err(Error::Protocol(_))));
        for body in [
            &b"[]"[..],
            b"null",
            b"{\"TicketID\":[\"x\"]}",
            b"{",
            b"\xff",
        ] {
            let fake = Fake::logged_in(&[body]);
            assert!(matches!(found(&fake), Err(Error::Protocol(_))), "{body:?}");
        }
    }

    #[test]
    fn an_answer_of_something_else_is_told_from_a_damaged_one() {
        let by_soap = |body: &[u8]| {
            let fake = Fake::new(Transport::Soap);
            fake.answer(200, body);
            found(&fake).unwrap_err()
        };
        assert!(matches!(by_soap(b"<html></html>"), Error::InvalidSetting(p) if p.key == "url"));
        let (torn, _) = samples::SOAP_TICKETS.split_at(900);
        assert!(matches!(by_soap(torn), Error::Protocol(_)));
    }

    #[test]
    fn an_answer_with_other_tickets_or_fewer_is_not_believed() {
        for (ids, body) in [
            (&[3][..], samples::TICKET_2),
            (&[2, 3], samples::TICKET_2),
            (&[2], b"{}"),
        ] {
            let fake = Fake::logged_in(&[body]);
            let client = Client::new(&fake);
            let read = client.tickets(ids, false).map(drop);
            let error = read.map_err(|failure| client.explain(failure)).unwrap_err();
            assert!(matches!(error, Error::Protocol(_)), "{ids:?}: {error:?}");
        }
    }

    #[test]
    fn ids_are_a_list_by_rest_and_one_text_by_soap() {
        let rest = Fake::logged_in(&[samples::TICKET_2]);
        assert!(Client::new(&rest).tickets(&[2], false).is_ok());
        assert_eq!(rest.sent()[0].1["TicketID"], json!([2]));
        let soap = Fake::new(Transport::Soap);
        let login = "<e><Body><SessionCreateResponse><SessionID>s</SessionID></SessionCreateResponse></Body></e>";
        soap.answer(200, login.as_bytes());
        soap.answer(200, samples::SOAP_TICKETS);
        let read = Client::new(&soap).tickets(&[2, 3], false);
        assert_eq!(read.ok().map(|read| read.len()), Some(2));
        assert_eq!(soap.sent()[1].1["TicketID"], "2,3");
    }
}
