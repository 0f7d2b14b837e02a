//! The way to OTRS: one operation sent to the web service, by REST or by SOAP.

use crate::manifest::USER_AGENT;
use crate::options::key;
use crate::soap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Desk, Method, NotAnswered, Settings, fail, log, secrets, text, time};

/// The captured sessions. REST and SOAP hand them out in different places, so there are two.
pub(crate) const SESSION: &str = "session";
pub(crate) const SOAP_SESSION: &str = "soap-session";

/// How the web service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    Rest,
    Soap,
    /// The REST web service as it comes with OTRS: it reads by `GET`, with the session in the query, and
    /// cannot search for an object.
    #[serde(rename = "stock-rest")]
    StockRest,
}

impl Transport {
    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rest => "REST",
            Self::Soap => "SOAP",
            Self::StockRest => "stock REST",
        }
    }

    /// Whether it can be told to search for a dynamic field.
    pub(crate) fn searches_fields(self) -> bool {
        self != Self::StockRest
    }

    /// The name of the captured session.
    pub(crate) fn session(self) -> &'static str {
        match self {
            Self::Rest | Self::StockRest => SESSION,
            Self::Soap => SOAP_SESSION,
        }
    }

    /// The option that names the web service.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Rest => key::REST_SERVICE,
            Self::Soap => key::SOAP_SERVICE,
            Self::StockRest => key::STOCK_SERVICE,
        }
    }
}

/// What the web service is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    SessionCreate,
    TicketSearch,
    TicketGet,
    TicketCreate,
    TicketHistoryGet,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::SessionCreate,
        Self::TicketSearch,
        Self::TicketGet,
        Self::TicketCreate,
        Self::TicketHistoryGet,
    ];

    /// As OTRS calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SessionCreate => "SessionCreate",
            Self::TicketSearch => "TicketSearch",
            Self::TicketGet => "TicketGet",
            Self::TicketCreate => "TicketCreate",
            Self::TicketHistoryGet => "TicketHistoryGet",
        }
    }

    /// Its route in the web service that comes with this connector: `POST` for all, because OTRS
    /// ignores the body of a `GET`, and a query string would hold the session and cannot hold a search
    /// for a dynamic field.
    pub(crate) fn route(self) -> &'static str {
        match self {
            Self::SessionCreate => "/Session",
            Self::TicketSearch => "/TicketSearch",
            Self::TicketGet => "/TicketList",
            Self::TicketCreate => "/Ticket",
            Self::TicketHistoryGet => "/TicketHistoryGet",
        }
    }
}

/// How the stock REST web service is asked for an operation.
enum Stock {
    /// With the parameters in a JSON body.
    Post(&'static str),
    /// With the parameters in the query.
    Get(&'static str),
    /// With the ids in the path, and the others in the query.
    Ids(&'static str),
}

impl Operation {
    fn stock(self) -> Stock {
        match self {
            Self::SessionCreate | Self::TicketCreate => Stock::Post(self.route()),
            Self::TicketSearch => Stock::Get("/Ticket"),
            Self::TicketGet => Stock::Get("/TicketList"),
            Self::TicketHistoryGet => Stock::Ids("/TicketHistory"),
        }
    }

    /// The path that the stock REST web service is asked on by `GET`, as slots name it.
    pub(crate) fn read_by_get(self) -> Option<String> {
        match self.stock() {
            Stock::Post(_) => None,
            Stock::Get(route) => Some(route.to_owned()),
            Stock::Ids(route) => Some(format!("{route}/*")),
        }
    }
}

/// What is said about the desk in messages.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) url: String,
    pub(crate) account: String,
    pub(crate) service: String,
    pub(crate) transport: Transport,
}

/// An HTTP answer.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// What the status means by HTTP alone.
    pub(crate) failure: Option<Error>,
}

/// The way to one web service; tests have their own.
pub(crate) trait Channel {
    fn names(&self) -> &Names;
    /// The placeholder for the password.
    fn password(&self) -> &str;
    /// The session that is there, if there is one.
    fn captured(&self) -> Option<String>;
    fn forget(&self, session: &str);
    fn send(
        &self,
        operation: Operation,
        parameters: &Map<String, Value>,
    ) -> Result<HttpAnswer, NotAnswered>;
    fn now(&self) -> Instant;
    /// To the log.
    fn warn(&self, _message: &str) {}
}

/// The real one.
pub(crate) struct Live<'a> {
    settings: &'a Settings,
    names: Names,
}

impl<'a> Live<'a> {
    pub(crate) fn new(settings: &'a Settings, transport: Transport) -> Result<Self, Error> {
        let key = transport.key();
        let service = settings.text(key).unwrap_or_default();
        // Slots are declared for one plain segment of the path.
        let plain = |c: char| c.is_alphanumeric() || " -_.:()".contains(c);
        if service.is_empty() || service.starts_with('.') || !service.chars().all(plain) {
            return Err(fail::invalid_setting(
                key,
                format!(
                    "{} cannot be used as the name of a web service in an address: give it a name of \
                     letters, digits and hyphens in OTRS",
                    text::quote(service)
                ),
            ));
        }
        Ok(Self {
            settings,
            names: Names {
                url: settings.url().to_owned(),
                account: settings.username().to_owned(),
                service: service.to_owned(),
                transport,
            },
        })
    }
}

impl Channel for Live<'_> {
    fn names(&self) -> &Names {
        &self.names
    }

    fn password(&self) -> &str {
        self.settings.password()
    }

    fn captured(&self) -> Option<String> {
        secrets::captured(self.names.transport.session())
    }

    fn forget(&self, session: &str) {
        secrets::forget(session);
    }

    fn send(
        &self,
        operation: Operation,
        parameters: &Map<String, Value>,
    ) -> Result<HttpAnswer, NotAnswered> {
        let wire = Wire::new(&self.names, operation, parameters);
        let desk = Desk::new(self.settings, USER_AGENT);
        let mut request = match wire.body {
            Some(body) => desk.post(&wire.path, &[]).body(wire.content_type, body),
            None => desk.request(Method::Get, &wire.path, &[]),
        }
        .accept(wire.accept);
        if let Some(action) = &wire.action {
            request = request.header("SOAPAction", action);
        }
        let answer = request.send()?;
        Ok(HttpAnswer {
            status: answer.status(),
            failure: answer.failure(),
            body: answer.into_body(),
        })
    }

    fn now(&self) -> Instant {
        time::now()
    }

    fn warn(&self, message: &str) {
        log::warn(message);
    }
}

/// A request as it is sent.
pub(crate) struct Wire {
    /// Below the desk's address, with its query.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: &'static str,
    /// `SOAPAction`
    pub(crate) action: Option<String>,
    /// None: it is a `GET`.
    pub(crate) body: Option<String>,
}

impl Wire {
    pub(crate) fn new(
        names: &Names,
        operation: Operation,
        parameters: &Map<String, Value>,
    ) -> Self {
        let service = text::encode(&names.service);
        let path = format!("/nph-genericinterface.pl/Webservice/{service}");
        match names.transport {
            Transport::Rest => Self {
                path: format!("{path}{}", operation.route()),
                accept: "application/json",
                content_type: "application/json",
                action: None,
                body: Some(json(parameters)),
            },
            Transport::StockRest => Self {
                accept: "application/json",
                content_type: "application/json",
                action: None,
                body: match operation.stock() {
                    Stock::Post(_) => Some(json(parameters)),
                    Stock::Get(_) | Stock::Ids(_) => None,
                },
                path: path + &stock_path(operation, parameters),
            },
            Transport::Soap => Self {
                path,
                accept: "text/xml",
                content_type: "text/xml; charset=utf-8",
                action: Some(soap::action(operation.name())),
                body: Some(soap::request(operation.name(), parameters)),
            },
        }
    }
}

/// A map of values is always written.
fn json(parameters: &Map<String, Value>) -> String {
    serde_json::to_string(parameters).unwrap_or_default()
}

/// The route of the stock REST web service, with the parameters that do not go into a body.
fn stock_path(operation: Operation, parameters: &Map<String, Value>) -> String {
    let (route, in_path) = match operation.stock() {
        Stock::Post(route) => return route.to_owned(),
        Stock::Get(route) => (route.to_owned(), None),
        Stock::Ids(route) => {
            let ids = parameters.get(IDS).map(plain).unwrap_or_default();
            (format!("{route}/{ids}"), Some(IDS))
        }
    };
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for (name, value) in parameters {
        match value {
            _ if in_path == Some(name.as_str()) => {}
            Value::Array(values) => {
                pairs.extend(values.iter().map(|value| (name.as_str(), plain(value))));
            }
            value => pairs.push((name, plain(value))),
        }
    }
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    text::address("", &route, &pairs)
}

const IDS: &str = "TicketID";

/// A plain value as a query has it. A hash has no such form, and nothing is asked with one.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_stock_web_service_is_asked_as_it_was_recorded() {
        let names = Names {
            url: "https://d/otrs".to_owned(),
            account: "cmdb".to_owned(),
            service: "GenericTicketConnectorREST".to_owned(),
            transport: Transport::StockRest,
        };
        let wire = |operation, parameters: Value| {
            let parameters = crate::client::object(parameters);
            let wire = Wire::new(&names, operation, &parameters);
            let below = "/nph-genericinterface.pl/Webservice/GenericTicketConnectorREST";
            let path = wire.path.strip_prefix(below).unwrap().to_owned();
            (path, wire.body)
        };
        let list = json!({"SessionID": "s", "TicketID": "2,3,5", "DynamicFields": 1});
        let (path, body) = wire(Operation::TicketGet, list);
        let mut pairs: Vec<&str> = path
            .strip_prefix("/TicketList?")
            .unwrap()
            .split('&')
            .collect();
        pairs.sort_unstable();
        assert_eq!(
            pairs,
            ["DynamicFields=1", "SessionID=s", "TicketID=2%2C3%2C5"]
        );
        assert_eq!(body, None);
        let history = json!({"SessionID": "s", "TicketID": "3,5"});
        let (path, body) = wire(Operation::TicketHistoryGet, history);
        assert_eq!(
            (path.as_str(), body),
            ("/TicketHistory/3,5?SessionID=s", None)
        );
        let login = json!({"UserLogin": "cmdb", "Password": "p"});
        let (path, body) = wire(Operation::SessionCreate, login);
        assert_eq!(path, "/Session");
        assert!(body.unwrap().contains("\"Password\":\"p\""));
    }

    #[test]
    fn the_web_service_to_import_has_every_route() {
        let service = include_str!("../CMDBTicketConnector.yml");
        for operation in Operation::ALL {
            let route = format!("- POST\n          Route: {}\n", operation.route());
            assert!(service.contains(&route), "{route}");
            let kind = format!("::{}\n", operation.name());
            assert!(service.contains(&kind), "{kind}");
        }
        assert!(service.contains("DebugThreshold: error\n"));
    }
}
