//! Why an operation came to nothing, and what a person can do about it.

use crate::channel::{HttpAnswer, Names, Operation, Transport};
use crate::lack::Lack;
use crate::options::key;
use crate::reply::AppError;
use crate::soap;
use sgi_guest::types::{Error, Problem};
use sgi_guest::{NotAnswered, fail, text};

/// What an administrator imports into OTRS.
pub(crate) const YAML: &str = "CMDBTicketConnector.yml";

#[derive(Debug)]
pub(crate) enum Failure {
    /// No whole answer. Where OTRS has no such web service it closes the connection without a byte.
    Unanswered(NotAnswered),
    /// OTRS understood the operation and refuses it.
    Refused {
        operation: Operation,
        /// The part of the error code after the operation: `AccessDenied`.
        reason: String,
        message: String,
    },
    /// The web service has no such operation.
    NoOperation(Operation),
    /// There is no OTRS at the address, or not there.
    NotThere { status: u16 },
    /// Anything else.
    Failed(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Failure {
    pub(crate) fn refused(operation: Operation, error: AppError) -> Self {
        let code = error.code.into_string().unwrap_or_default();
        let reason = code.rsplit('.').next().unwrap_or_default();
        Self::Refused {
            operation,
            reason: reason.to_owned(),
            message: error.message.into_string().unwrap_or_default(),
        }
    }

    /// The account may not see the ticket, or there is none.
    pub(crate) fn is_denied(&self) -> bool {
        self.reason() == Some("AccessDenied")
    }

    /// The session is not accepted, or the password: it depends on the operation.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        matches!(self.reason(), Some("AuthFail" | "SessionInvalid"))
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// What an answer means by its status, before its body is read as what it should be.
    pub(crate) fn of_status(
        answer: &mut HttpAnswer,
        operation: Operation,
        names: &Names,
    ) -> Option<Self> {
        let status = answer.status;
        Some(match status {
            // A page where JSON or SOAP belongs: some other program answers.
            200 if names.transport != Transport::Soap && looks_like_markup(&answer.body) => {
                Self::NotThere { status }
            }
            200 => return None,
            500 if lacks_operation(&answer.body) => Self::NoOperation(operation),
            500 if lost_article(&answer.body) => Self::Failed(fail::unsupported(
                "OTRS created the ticket without its text and its references to objects, and so it cannot \
                 be found from here: look in OTRS for the newest ticket with this subject, and for the \
                 reason in OTRS's log, before it is created again",
            )),
            500 if is_plain_complaint(&answer.body) => Self::Failed(fail::protocol(format!(
                "OTRS could not read the request for {}: something between the CMDB and OTRS alters \
                 requests, or this version of OTRS differs from all known ones",
                operation.name()
            ))),
            300..=399 | 400..=405 | 410 => Self::NotThere { status },
            _ => Self::Failed(answer.failure.take().unwrap_or_else(|| {
                fail::protocol(format!(
                    "the web server of OTRS at {} answered {} with HTTP {status}, which OTRS does \
                     not do in any known version",
                    names.url,
                    operation.name()
                ))
            })),
        })
    }

    pub(crate) fn into_error(self, names: &Names) -> Error {
        match self {
            Self::Unanswered(failure) => failure.into(),
            Self::Refused {
                operation,
                reason,
                message,
            } => refused(operation, &reason, &message, names),
            Self::NoOperation(operation) => Lack::Operation(operation).into_error(names),
            Self::NotThere { status } => not_there(status, names),
            Self::Failed(error) => error,
        }
    }
}

fn looks_like_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The texts by which OTRS says that the web service does not offer this: no such route, no such
/// operation, SOAP where JSON was sent, or other names for its operations.
fn lacks_operation(body: &[u8]) -> bool {
    says(
        body,
        &[
            "HTTP::REST Error while determine Operation",
            "No Operation configuration for",
            "Error deserializing message",
            "SOAPAction",
        ],
    )
}

/// The text by which `TicketCreate` says, by OTRS's public source, that it has made a ticket and not its
/// article; dynamic fields would have come after that. It names no ticket.
fn lost_article(body: &[u8]) -> bool {
    says(body, &["Article could not be created"])
}

/// Whether a text, or the fault that it is by SOAP, begins in one of these ways.
fn says(body: &[u8], beginnings: &[&str]) -> bool {
    let fault = soap::fault(body);
    let text = match &fault {
        Some(fault) => fault.as_bytes(),
        None => body,
    };
    let mut beginnings = beginnings.iter();
    beginnings.any(|beginning| text.starts_with(beginning.as_bytes()))
}

/// The two texts by which OTRS says that it cannot make sense of a body.
fn is_plain_complaint(body: &[u8]) -> bool {
    body.starts_with(b"Error while decoding request content")
        || body.starts_with(b"Unsupported request content structure")
}

/// The beginning of a text of OTRS, for a log.
pub(crate) fn with_detail(message: String, quoted: &str) -> Problem {
    Problem {
        message,
        detail: Some(format!("OTRS says {}", text::quote(quoted))),
    }
}

/// What an error says.
pub(crate) fn problem(error: Error) -> Problem {
    match error {
        Error::InvalidSetting(wrong) => wrong.problem,
        Error::Forbidden(problem)
        | Error::InvalidInput(problem)
        | Error::Protocol(problem)
        | Error::BadCredentials(problem)
        | Error::NotFound(problem)
        | Error::StaleKnowledge(problem)
        | Error::NeedsIndex(problem)
        | Error::Unsupported(problem) => problem,
        Error::RateLimited(delay) | Error::Unavailable(delay) => delay.problem,
    }
}

fn refused(operation: Operation, reason: &str, message: &str, names: &Names) -> Error {
    let Names { account, .. } = names;
    if reason == "AccessDenied" {
        return Error::Forbidden(with_detail(
            format!(
                "the OTRS account {account:?} may not do {}: give it the permission on the queues in \
                 question (\"ro\" to read, \"create\" to create tickets)",
                operation.name()
            ),
            message,
        ));
    }
    Error::Protocol(with_detail(
        format!(
            "OTRS refused {} with the error {}, which it should not do for such a request",
            operation.name(),
            text::quote(reason)
        ),
        message,
    ))
}

fn not_there(status: u16, names: &Names) -> Error {
    let url = &names.url;
    if status == 401 || status == 403 {
        return fail::invalid_setting(
            "url",
            format!(
                "the web server at {url} does not let requests through to OTRS's web services (HTTP \
                 {status}): allow nph-genericinterface.pl there"
            ),
        );
    }
    fail::invalid_setting(
        "url",
        format!(
            "{url} is not the address of an OTRS: there is no nph-genericinterface.pl below it (HTTP \
             {status}); use the address that people open OTRS with, without index.pl, such as \
             https://desk.example.org/otrs"
        ),
    )
}

/// Where OTRS does not accept the password.
pub(crate) fn bad_credentials(names: &Names) -> Error {
    fail::bad_credentials(format!(
        "OTRS at {} does not accept the user name {:?} with this password: it must be an agent (not a \
         customer) that is valid; check both, and whether OTRS limits the number of sessions",
        names.url, names.account
    ))
}

/// Where the dynamic field does not filter.
pub(crate) fn filter_ignored(field: &str, names: &Names) -> (&'static str, String) {
    let service = text::quote(&names.service);
    let message = format!(
        "OTRS ignores the search for the dynamic field {field:?} and brings all tickets, so none are \
         shown: see that OTRS has a valid dynamic field of this name for tickets, and that the web \
         service {service} takes searches by POST, as {YAML} does, which comes with the connector"
    );
    (key::OBJECTS_FIELD, message)
}
