//! The connector against a test desk over real HTTP: all but the sandbox and the host.

use crate::channel::{Channel, HttpAnswer, Names, Operation, Transport, Wire};
use crate::clock::Clock;
use crate::knowledge::Knowledge;
use crate::object::{ObjectId, References};
use crate::ticket::Reader;
use crate::{authoring, check, client::Client, probe, query, samples, ticket};
use serde_json::{Map, Value};
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::connector::{Report, Severity};
use sgi_guest::tickets::{Filter, Query};
use sgi_guest::types::{Error, Instant, StatusClass, Ticket};
use sgi_guest::{NotAnswered, Settings};
use sgi_test_desks::otrs::{Account, NO_RIGHTS, OtrsDesk, OtrsOptions, PERSONNEL, READER, WRITER};
use std::cell::{Cell, RefCell};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a host does for the connector, without its care.
pub(crate) struct Direct {
    names: Names,
    addr: SocketAddr,
    password: String,
    session: RefCell<Option<String>>,
    /// What else happens before a request is sent.
    pub(crate) meanwhile: RefCell<Option<Meanwhile>>,
    /// What time it is, where it is not the true one.
    pub(crate) time: Rc<Cell<Option<Instant>>>,
}

/// Is told the operation.
pub(crate) type Meanwhile = Box<dyn FnMut(Operation)>;

impl Direct {
    pub(crate) fn new(desk: &OtrsDesk, (account, password): Account, transport: Transport) -> Self {
        let service = match transport {
            Transport::Rest => "CMDBTicketConnector",
            Transport::Soap => "GenericTicketConnector",
            Transport::StockRest => "GenericTicketConnectorREST",
        };
        Self {
            names: Names {
                url: desk.url(),
                account: account.to_owned(),
                service: service.to_owned(),
                transport,
            },
            addr: desk.addr(),
            password: password.to_owned(),
            session: RefCell::default(),
            meanwhile: RefCell::default(),
            time: Rc::default(),
        }
    }

    fn exchange(&self, wire: &Wire) -> Option<HttpAnswer> {
        let mut stream = TcpStream::connect(self.addr).ok()?;
        let action = wire.action.as_deref().unwrap_or("none");
        let (method, body) = match &wire.body {
            Some(body) => ("POST", body.as_str()),
            None => ("GET", ""),
        };
        let head = format!(
            "{method} /otrs{} HTTP/1.1\r\nHost: desk\r\nContent-Type: {}\r\nSOAPAction: {action}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            wire.path,
            wire.content_type,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n")?;
        let body = answer.split_off(end + 4);
        let head = String::from_utf8(answer).ok()?;
        assert!(!head.to_lowercase().contains("chunked"), "{head}");
        Some(HttpAnswer {
            status: head.split(' ').nth(1)?.parse().ok()?,
            body,
            failure: None,
        })
    }
}

impl Channel for Direct {
    fn names(&self) -> &Names {
        &self.names
    }

    fn password(&self) -> &str {
        &self.password
    }

    fn captured(&self) -> Option<String> {
        self.session.borrow().clone()
    }

    fn forget(&self, session: &str) {
        self.session.borrow_mut().take_if(|held| held == session);
    }

    fn send(
        &self,
        operation: Operation,
        parameters: &Map<String, Value>,
    ) -> Result<HttpAnswer, NotAnswered> {
        if let Some(meanwhile) = self.meanwhile.borrow_mut().as_mut() {
            meanwhile(operation);
        }
        let wire = Wire::new(&self.names, operation, parameters);
        let answer = self.exchange(&wire).ok_or_else(|| NotAnswered::Closed {
            what: operation.name().to_owned(),
        })?;
        if operation == Operation::SessionCreate {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let after = text.split("SessionID").nth(1).map(|rest| {
                rest.trim_start_matches(['"', ':', '>'])
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect::<String>()
            });
            *self.session.borrow_mut() = after;
        }
        Ok(answer)
    }

    fn now(&self) -> Instant {
        if let Some(time) = self.time.get() {
            return time;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_millis()).unwrap()
    }
}

const BOTH: [Transport; 2] = [Transport::Rest, Transport::Soap];

pub(crate) fn knowledge(channel: &Direct) -> Knowledge {
    Knowledge {
        at: channel.now(),
        transport: channel.names.transport,
        filters: true,
        offset: None,
        history: true,
        polls: true,
    }
}

pub(crate) fn with<T>(
    channel: &Direct,
    options: &[(&str, &str)],
    act: impl FnOnce(&Client<'_>, &Reader<'_>) -> T,
) -> T {
    let settings = settings(channel, options);
    let reader = Reader {
        settings: &settings,
        references: References::new(&settings).unwrap(),
        clock: Clock::new(&settings, None, channel.now()).unwrap(),
    };
    act(&Client::new(channel), &reader)
}

pub(crate) fn settings(channel: &Direct, options: &[(&str, &str)]) -> Settings {
    samples::settings_of(&channel.names.account, options)
}

fn all(
    channel: &Direct,
    options: &[(&str, &str)],
    id: &str,
    filter: Filter,
    limit: u32,
) -> Vec<Ticket> {
    let object = ObjectId::parse(id).unwrap();
    let mut query = Query {
        object: samples::cmdb_object(id),
        filter,
        known: None,
        next: None,
        limit,
    };
    let mut tickets = Vec::new();
    loop {
        let page = with(channel, options, |client, reader| {
            query::page(client, reader, &knowledge(channel), object, &query)
        });
        let page = page.unwrap();
        tickets.extend(page.tickets);
        match page.next {
            None => return tickets,
            next => query.next = next,
        }
    }
}

fn checked(channel: &Direct, options: &[(&str, &str)]) -> Result<Report, Error> {
    let settings = settings(channel, options);
    let references = References::new(&settings)?;
    let channels = std::slice::from_ref(channel);
    let way = probe::choose(channels, &references, || true)?;
    check::look_over(&settings, &references, way.channel, way.heeds)
}

#[test]
fn all_tickets_of_an_object_come_over_pages_by_both_transports() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let mut seen = Vec::new();
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        let tickets = all(&channel, &[], "7777", Filter::All, 50);
        assert_eq!(tickets.len(), 130);
        assert!(
            tickets
                .iter()
                .all(|t| t.objects.contains(&"7777".to_owned()))
        );
        assert!(
            tickets
                .iter()
                .all(|t| t.number != t.id && t.created.is_some())
        );
        let ids: Vec<String> = tickets.into_iter().map(|ticket| ticket.id).collect();
        seen.push(ids);
        assert!(all(&channel, &[], "999999", Filter::All, 50).is_empty());
    }
    assert_eq!(seen[0], seen[1]);
    let logins = desk.requests().len();
    assert!(logins < 30, "{logins} requests");
}

#[test]
fn both_transports_read_the_same_tickets() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let read = BOTH.map(|transport| {
        let channel = Direct::new(&desk, READER, transport);
        let tickets = all(&channel, &[], "1001", Filter::All, 50);
        assert!(!tickets.is_empty());
        format!("{tickets:#?}")
    });
    assert_eq!(read[0], read[1]);
}

#[test]
fn open_and_closed_are_all() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        let of = |filter| all(&channel, &[], "1001", filter, 50);
        let (open, closed) = (of(Filter::Open), of(Filter::Closed));
        assert!(!open.is_empty() && !closed.is_empty());
        assert_eq!(open.len() + closed.len(), of(Filter::All).len());
        use StatusClass::{New, Open, Pending};
        let class = |ticket: &Ticket| matches!(ticket.status_class, New | Open | Pending);
        assert!(open.iter().all(class) && !closed.iter().any(class));
    }
}

#[test]
fn ids_that_contain_each_other_are_told_apart() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let channel = Direct::new(&desk, READER, Transport::Rest);
    for id in ["4", "42", "420", "142"] {
        let tickets = all(&channel, &[], id, Filter::All, 50);
        assert!(!tickets.is_empty(), "{id}");
        assert!(tickets.iter().all(|t| t.objects.contains(&id.to_owned())));
    }
}

#[test]
fn a_desk_in_order_is_found_in_order_by_both_transports() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let channel = Direct::new(&desk, WRITER, transport);
        let report = checked(&channel, &[("create-queue", "Network")]).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!(
            report.abilities,
            ["read-tickets", "create-tickets", "read-history"]
        );
        // The check created nothing.
        let queue = [("create-queue", "No such queue")];
        let report = checked(&channel, &queue).unwrap();
        assert_eq!(report.findings[0].key.as_deref(), Some("create-queue"));
        assert_eq!(report.abilities, ["read-tickets", "read-history"]);
    }
}

#[test]
fn a_field_that_otrs_does_not_have_blocks() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        let report = checked(&channel, &[("objects-field", "Objects")]).unwrap();
        let finding = &report.findings[0];
        assert_eq!(finding.severity, Severity::Blocking);
        assert!(finding.problem.message.contains("IDoitObjects"));
    }
}

#[test]
fn wrong_passwords_and_missing_rights_and_services_are_told() {
    let desk = OtrsDesk::start(OtrsOptions {
        post_service: None,
        ..OtrsOptions::default()
    });
    let channel = Direct::new(&desk, READER, Transport::Rest);
    let missing = checked(&channel, &[]).err();
    assert!(matches!(missing, Some(Error::InvalidSetting(p)) if p.key == "rest-service"));
    let mut stock = Direct::new(&desk, READER, Transport::Rest);
    stock.names.service = "GenericTicketConnectorREST".to_owned();
    let stock = checked(&stock, &[]).err();
    assert!(matches!(stock, Some(Error::InvalidSetting(p)) if p.problem.message.contains("POST")));
    let channel = Direct::new(&desk, ("cmdb", "wrong"), Transport::Soap);
    assert!(matches!(
        checked(&channel, &[]),
        Err(Error::BadCredentials(_))
    ));
    let channel = Direct::new(&desk, NO_RIGHTS, Transport::Soap);
    let report = checked(&channel, &[]).unwrap();
    assert_eq!(report.findings[0].key.as_deref(), Some("username"));
}

#[test]
fn a_server_in_another_zone_is_understood() {
    let here = OtrsDesk::start(OtrsOptions::default());
    let there = OtrsDesk::start(OtrsOptions {
        time_zone: "Europe/Berlin".to_owned(),
        ..OtrsOptions::default()
    });
    let dates = |desk: &OtrsDesk, options: &[(&str, &str)]| {
        let channel = Direct::new(desk, READER, Transport::Rest);
        let tickets = all(&channel, options, "1001", Filter::All, 50);
        let dates = tickets.into_iter().map(|t| (t.id, t.created, t.due));
        dates.collect::<Vec<_>>()
    };
    let expected = dates(&here, &[]);
    assert_eq!(dates(&there, &[]), expected);
    assert_eq!(dates(&there, &[("time-zone", "Europe/Berlin")]), expected);
    let channel = Direct::new(&there, READER, Transport::Rest);
    let report = checked(&channel, &[("time-zone", "America/New_York")]).unwrap();
    assert_eq!(report.findings[0].key.as_deref(), Some("time-zone"));
    let report = checked(&channel, &[("time-zone", "Europe/Berlin")]).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

fn draft(queue: &str) -> Draft {
    Draft {
        objects: vec![samples::cmdb_object("5001"), samples::cmdb_object("5002")],
        queue: Some(queue.to_owned()),
        class: None,
        subject: "Lüfter <srv-01> & \"laut\"".to_owned(),
        text: "Zeile 1\nZeile 2 äöü ß €".to_owned(),
        requestor: Some("kunde1".to_owned()),
        priority: Some("4 high".to_owned()),
        marker: "0123456789abcdef".to_owned(),
    }
}

#[test]
fn a_ticket_is_created_as_drafted_and_found_again() {
    let desk = OtrsDesk::start(OtrsOptions {
        time_zone: "Asia/Kathmandu".to_owned(),
        ..OtrsOptions::default()
    });
    for transport in BOTH {
        let channel = Direct::new(&desk, WRITER, transport);
        let since = channel.now();
        let marker = format!("{:?}-0123456789abcdef", transport).to_lowercase();
        let draft = Draft {
            marker,
            ..draft("Network")
        };
        let find = || -> Option<Created> {
            with(&channel, &[], |client, reader| {
                authoring::find(client, reader, &knowledge(&channel), &draft, since).unwrap()
            })
        };
        assert!(find().is_none());
        let created = with(&channel, &[], |client, reader| {
            authoring::create(client, reader, &draft)
        });
        let created = created.unwrap();
        assert!(created.deviations.is_empty(), "{:?}", created.deviations);
        assert_eq!(created.ticket.objects, ["5001", "5002"]);
        assert_eq!(created.ticket.subject, draft.subject);
        let age = since - created.ticket.created.unwrap();
        assert!(age.abs() < 60_000, "{age}");
        assert_eq!(find().unwrap().ticket.id, created.ticket.id);
    }
}

#[test]
fn a_refused_creation_says_why() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let create = |account, draft: &Draft| {
            let channel = Direct::new(&desk, account, transport);
            with(&channel, &[], |client, reader| {
                authoring::create(client, reader, draft).err()
            })
        };
        let denied = create(READER, &draft("Network"));
        assert!(matches!(denied, Some(Error::Forbidden(_))), "{denied:?}");
        let hidden = create(WRITER, &draft("HR"));
        assert!(matches!(hidden, Some(Error::Forbidden(_))), "{hidden:?}");
        let wrong = Draft {
            priority: Some("urgent".to_owned()),
            ..draft("Network")
        };
        let wrong = create(WRITER, &wrong);
        assert!(matches!(wrong, Some(Error::InvalidInput(_))), "{wrong:?}");
        let wrong = create(WRITER, &draft("No such queue"));
        assert!(matches!(wrong, Some(Error::InvalidInput(_))), "{wrong:?}");
    }
}

#[test]
fn one_ticket_is_had_and_a_hidden_one_is_not() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let get = |account, id| {
            let channel = Direct::new(&desk, account, transport);
            with(&channel, &[], |client, reader| {
                ticket::get(client, reader, id)
            })
        };
        assert_eq!(get(READER, 2).unwrap().id, "2");
        assert!(matches!(get(READER, 62), Err(Error::NotFound(_))));
        assert_eq!(get(PERSONNEL, 62).unwrap().id, "62");
        assert!(matches!(get(READER, 99_999), Err(Error::NotFound(_))));
        // Merged into ticket 8.
        assert_eq!(get(READER, 5).unwrap().id, "8");
    }
}

#[test]
fn a_list_with_hidden_tickets_is_read_without_them() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        let client = Client::new(&channel);
        let read = client.tickets(&[2, 62, 3, 99_999, 4], false).ok().unwrap();
        let ids: Vec<u64> = read.iter().map(|raw| raw.id.0).collect();
        assert_eq!(ids, [2, 3, 4]);
    }
}

#[test]
fn a_session_that_ended_is_renewed() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        *channel.session.borrow_mut() = Some("EndedLongAgo".to_owned());
        assert!(!all(&channel, &[], "1001", Filter::All, 50).is_empty());
    }
}

#[test]
fn a_service_of_the_other_kind_is_told() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for (transport, other, key) in [
        (Transport::Soap, "CMDBTicketConnector", "soap-service"),
        (Transport::Rest, "GenericTicketConnector", "rest-service"),
    ] {
        let mut channel = Direct::new(&desk, READER, transport);
        channel.names.service = other.to_owned();
        let error = checked(&channel, &[]).err();
        assert!(matches!(error, Some(Error::InvalidSetting(p)) if p.key == key));
    }
}

#[test]
fn a_merged_ticket_stays_itself_where_there_are_no_histories() {
    let desk = OtrsDesk::start(OtrsOptions {
        histories: false,
        ..OtrsOptions::default()
    });
    for transport in BOTH {
        let channel = Direct::new(&desk, READER, transport);
        let ticket = with(&channel, &[], |client, reader| {
            ticket::get(client, reader, 5)
        });
        assert_eq!(ticket.unwrap().status_class, StatusClass::Merged);
    }
}
