//! The way to OTRS: one operation sent to the web service, by REST or by SOAP.

use crate::manifest::USER_AGENT;
use crate::options::key;
use crate::soap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Desk, NotAnswered, Settings, fail, secrets, text, time};

/// The captured sessions. REST and SOAP hand them out in different places, so there are two.
pub(crate) const SESSION: &str = "session";
pub(crate) const SOAP_SESSION: &str = "soap-session";

/// How the web service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    Rest,
    Soap,
}

impl Transport {
    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rest => "REST",
            Self::Soap => "SOAP",
        }
    }

    /// The name of the captured session.
    pub(crate) fn session(self) -> &'static str {
        match self {
            Self::Rest => SESSION,
            Self::Soap => SOAP_SESSION,
        }
    }

    /// The option that names the web service.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Rest => key::REST_SERVICE,
            Self::Soap => key::SOAP_SERVICE,
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
        let mut request = Desk::new(self.settings, USER_AGENT)
            .post(&wire.path, &[])
            .accept(wire.accept)
            .body(wire.content_type, wire.body);
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
}

/// A request as it is sent.
pub(crate) struct Wire {
    /// Below the desk's address.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) content_type: &'static str,
    /// `SOAPAction`
    pub(crate) action: Option<String>,
    pub(crate) body: String,
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
                // A map of values is always written.
                body: serde_json::to_string(parameters).unwrap_or_default(),
            },
            Transport::Soap => Self {
                path,
                accept: "text/xml",
                content_type: "text/xml; charset=utf-8",
                action: Some(soap::action(operation.name())),
                body: soap::request(operation.name(), parameters),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
