//! What went wrong on the way to the desk, in words for the person who must act.

use super::addresses::Prohibited;
use super::body::BodyError;
use super::credentials::{CaptureProblem, Refusal};
use super::dial::DialError;
use super::proxy::ProxyError;
use super::stream::Used;
use crate::error::{Error, Problem};
use http::{Extensions, StatusCode};
use hyper_util::client::legacy::Error as ClientError;
use std::io;
use std::time::Duration;
use wasmtime_wasi_http::Error as WasiError;

/// Why an exchange with the desk came to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The connector asked for what it may not have; in words that follow "tried".
    Refused(String),
    /// A secret's placeholder stands where it may not.
    Slot(Refusal),
    /// A login was not sent: another instance has logged in while it waited.
    LoggedIn,
    /// A login's answer can be read in two ways.
    Capture(CaptureProblem),
    Client(ClientError),
    /// A proxy answered for the desk.
    Proxy(DialError),
    Body(BodyError),
    /// Secrets could not be taken out of the answer.
    Unscrubbed(tokio::task::JoinError),
    TimedOut(Duration),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Slot(refusal)
    }
}

impl From<CaptureProblem> for Trouble {
    fn from(problem: CaptureProblem) -> Self {
        Self::Capture(problem)
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

fn unavailable(message: String, detail: &dyn std::error::Error) -> Error {
    Error::Unavailable {
        problem: Problem::new(message).with_detail(chain(detail)),
        retry_after: None,
    }
}

fn protocol(message: String, detail: &dyn std::error::Error) -> Error {
    Error::Protocol(Problem::new(message).with_detail(chain(detail)))
}

/// An error with all that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// The cause of a certain type, if there is one.
fn cause<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An `io::Error` hides what it wraps from `source`.
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = inner.downcast_ref::<T>()
        {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// Whether a connection that had been kept was dead: the desk closed it just when the request was on
/// its way, as a desk does with what was idle for long.
pub(super) fn was_dead(error: &ClientError) -> bool {
    let mut extras = Extensions::new();
    if let Some(connection) = error.connect_info() {
        connection.get_extras(&mut extras);
    }
    extras.get::<Used>().is_some_and(Used::get) && was_closed(error)
}

/// Whether the connection ended before an answer began.
fn was_closed(error: &ClientError) -> bool {
    let reset = |error: &io::Error| {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        matches!(
            error.kind(),
            BrokenPipe | ConnectionAborted | ConnectionReset
        )
    };
    cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || cause::<io::Error>(error).is_some_and(reset)
}

impl Trouble {
    /// Whether the desk may have got the request.
    pub(crate) fn was_sent(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Slot(_)
            | Self::LoggedIn
            | Self::Proxy(_)
            | Self::Body(BodyError::RequestTooLarge(_) | BodyError::RequestBroken) => false,
            Self::Client(error) => !error.is_connect(),
            Self::Capture(_) | Self::Body(_) | Self::Unscrubbed(_) | Self::TimedOut(_) => true,
        }
    }

    /// For the person who must act.
    pub(super) fn explain(&self, desk: &str, https: bool) -> Error {
        match self {
            Self::Refused(what) => Error::Refused(Problem::new(format!(
                "the connector tried {what}; it may reach nothing but its own desk, {desk}"
            ))),
            // Another instance logged in anew or was told to forget: nothing that this one did wrong.
            Self::Slot(refusal) if refusal.is_forgotten() => Error::Unavailable {
                problem: Problem::new(refusal.to_string()),
                retry_after: None,
            },
            Self::Slot(refusal) => {
                let problem = Problem::new(refusal.to_string());
                match refusal.setting() {
                    Some(key) => Error::InvalidSetting {
                        key: key.to_owned(),
                        problem,
                    },
                    None => Error::Refused(problem),
                }
            }
            Self::LoggedIn => Error::Unavailable {
                problem: Problem::new(format!(
                    "a login to {desk} was not sent, because another call had logged in meanwhile; the \
                     connector did not take what that one brought"
                )),
                retry_after: None,
            },
            Self::Capture(problem) => Error::Protocol(Problem::new(problem.to_string())),
            Self::TimedOut(after) => Error::Unavailable {
                problem: Problem::new(format!(
                    "{desk} did not answer completely within {} s (setting \"request_timeout\"): it is \
                     overloaded, or something between host and desk drops packets",
                    after.as_secs_f32()
                )),
                retry_after: None,
            },
            Self::Body(error) => explain_body(error, desk),
            Self::Unscrubbed(error) => Error::Host(
                Problem::new(format!(
                    "the answer of {desk} could not be looked through for secrets"
                ))
                .with_detail(error.to_string()),
            ),
            Self::Client(error) => explain_client(error, desk, https),
            Self::Proxy(error) => explain_dial(error, desk),
        }
    }

    /// For the connector: that it did not get through, and no more; but that it has to log in again.
    pub(super) fn for_guest(trouble: &Self) -> WasiError {
        match trouble {
            // The contract promises this code for these two alone (`secrets` in wit/connector.wit).
            Self::Slot(refusal) if refusal.is_forgotten() => WasiError::ConfigurationError,
            Self::LoggedIn => WasiError::ConfigurationError,
            Self::Refused(_) | Self::Slot(_) => WasiError::HttpRequestDenied,
            Self::Capture(_) => WasiError::HttpProtocolError,
            Self::TimedOut(_) => WasiError::HttpResponseTimeout,
            Self::Body(BodyError::RequestTooLarge(_)) => WasiError::HttpRequestBodySize(None),
            Self::Body(BodyError::TooMuchTraffic { .. }) => WasiError::HttpRequestDenied,
            Self::Body(BodyError::AnswerTooLarge(_)) => WasiError::HttpResponseBodySize(None),
            Self::Body(_) | Self::Unscrubbed(_) => WasiError::HttpResponseIncomplete,
            Self::Client(error) if error.is_connect() => WasiError::ConnectionRefused,
            Self::Client(error) if was_closed(error) => WasiError::ConnectionTerminated,
            Self::Proxy(_) => WasiError::ConnectionRefused,
            Self::Client(_) => WasiError::HttpProtocolError,
        }
    }
}

fn explain_body(error: &BodyError, desk: &str) -> Error {
    match error {
        BodyError::RequestTooLarge(limit) => Error::Connector(Problem::new(format!(
            "the connector sent a request of more than {} KiB",
            limit >> 10
        ))),
        BodyError::TooMuchTraffic { used, limit } => Error::Connector(Problem::new(format!(
            "the connector's requests to {desk} and the answers have {} MiB of {} MiB in one call (limit \
             \"traffic\")",
            used.div_ceil(1 << 20),
            limit >> 20
        ))),
        BodyError::RequestBroken => Error::Connector(Problem::new(
            "the connector began a request and did not end it",
        )),
        BodyError::AnswerTooLarge(limit) => Error::Protocol(Problem::new(format!(
            "{desk} sent an answer of more than {} MiB, which was cut off (setting \"max_response\")",
            limit >> 20
        ))),
        BodyError::AnswerBroken(cause) => protocol(
            format!(
                "{desk} broke its answer off in the middle: the desk or something before it crashed or \
                 gave up; its log says why"
            ),
            cause.as_ref(),
        ),
        BodyError::UnknownPacking(name) => Error::Protocol(Problem::new(format!(
            "{desk} packs its answers as {name:?}; only gzip was asked for"
        ))),
        BodyError::BadPacking(cause) => protocol(
            format!("{desk} sent an answer that says it is packed by gzip and is not"),
            cause,
        ),
    }
}

fn explain_client(error: &ClientError, desk: &str, https: bool) -> Error {
    if let Some(dial) = cause::<DialError>(error) {
        return explain_dial(dial, desk);
    }
    if let Some(hyper) = cause::<hyper::Error>(error) {
        if hyper.is_parse_too_large() {
            return protocol(
                format!("{desk} sent more headers than any desk needs, and was cut off"),
                hyper,
            );
        }
        if hyper.is_parse() || hyper.is_parse_status() {
            let hint = if https {
                "is something else listening there?"
            } else {
                "is something else listening there, or does it want https?"
            };
            return protocol(format!("what {desk} answered is not HTTP: {hint}"), hyper);
        }
        if hyper.is_incomplete_message() {
            return unavailable(
                format!(
                    "{desk} closed the connection without an answer: it crashed, was restarted, or \
                     wants {}",
                    if https { "http" } else { "https" }
                ),
                hyper,
            );
        }
    }
    unavailable(
        format!("the connection to {desk} broke while the request was under way"),
        error,
    )
}

fn explain_dial(dial: &DialError, desk: &str) -> Error {
    match dial {
        DialError::Unresolved(error) => unavailable(
            format!(
                "the host's name in {desk} cannot be resolved: check the URL for typing errors, and this \
                 machine's DNS"
            ),
            error,
        ),
        DialError::Prohibited(address, Prohibited::Always) => Error::InvalidSetting {
            key: "url".to_owned(),
            problem: Problem::new(format!(
                "{desk} leads to {address}, where no server can be (link-local, metadata or reserved \
                 addresses are never dialled)"
            )),
        },
        DialError::Prohibited(address, Prohibited::Unnamed) => Error::InvalidSetting {
            key: "allow_addresses".to_owned(),
            problem: Problem::new(format!(
                "{desk} leads to {address}, a private address that the settings do not name: if \
                 that is right, add allow_addresses = [\"{address}\"] or its network"
            )),
        },
        DialError::Unreachable(address, error) => {
            let why = match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    "nothing listens there: is it running, is the port in the URL right?"
                }
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                    "there is no way there from this machine: check routes and firewalls"
                }
                _ => "check that it is running and no firewall is in between",
            };
            unavailable(format!("no connection to {desk} ({address}): {why}"), error)
        }
        DialError::TimedOut(after) => Error::Unavailable {
            problem: Problem::new(format!(
                "no connection to {desk} within {} s (setting \"connect_timeout\"): a firewall drops \
                 packets, or the address is wrong",
                after.as_secs_f32()
            )),
            retry_after: None,
        },
        DialError::ProxyTimedOut { proxy, after } => Error::Unavailable {
            problem: Problem::new(format!(
                "no connection to {desk} through the proxy {proxy} within {} s (setting \
                 \"connect_timeout\"): the proxy does not answer, or does not reach it",
                after.as_secs_f32()
            )),
            retry_after: None,
        },
        DialError::TlsTimedOut { proxy, after } => Error::Unavailable {
            problem: Problem::new(format!(
                "{desk} was reached{} and did not begin TLS within {} s (setting \
                 \"connect_timeout\"): is it https that is spoken at that port, and is it stuck?",
                proxy
                    .as_ref()
                    .map_or_else(String::new, |proxy| format!(" through the proxy {proxy}")),
                after.as_secs_f32()
            )),
            retry_after: None,
        },
        DialError::Tls(error) => explain_tls(error, desk),
        DialError::Proxy { proxy, why } => explain_proxy(proxy, why, desk),
    }
}

fn explain_proxy(proxy: &str, why: &ProxyError, desk: &str) -> Error {
    let setting = |message: String| Error::InvalidSetting {
        key: "proxy".to_owned(),
        problem: Problem::new(message),
    };
    match why {
        ProxyError::Unreachable(error) => unavailable(
            format!(
                "no connection to the proxy {proxy}: check the setting \"proxy\", and that the proxy \
                 is running"
            ),
            error,
        ),
        ProxyError::Refused(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => setting(format!(
            "the proxy {proxy} wants a user name and a password, or does not accept these; they are \
             written as http://user:password@host:port"
        )),
        ProxyError::Refused(status) if status.is_client_error() => setting(format!(
            "the proxy {proxy} does not let the host through to {desk} (HTTP {}): its rules must \
             allow it",
            status.as_u16()
        )),
        ProxyError::Refused(status) => unavailable(
            format!(
                "the proxy {proxy} made no connection to {desk} (HTTP {}): check the URL, and whether \
                 it is running; the proxy's log says more",
                status.as_u16()
            ),
            why,
        ),
        ProxyError::Broken(error) => unavailable(
            format!(
                "the proxy {proxy} does not answer as one: check the setting \"proxy\"; it must be \
                 spoken to by http"
            ),
            error,
        ),
    }
}

fn explain_tls(error: &io::Error, desk: &str) -> Error {
    use rustls::{AlertDescription as Alert, CertificateError as Bad, Error as Tls};
    let certificate = |what: &str| Error::InvalidSetting {
        key: "ca_certificates".to_owned(),
        problem: Problem::new(format!("the certificate of {desk} {what}"))
            .with_detail(chain(error)),
    };
    match cause::<Tls>(error) {
        // A wrong signature: an authority of that name is known, and has got another key since.
        Some(Tls::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature)) => certificate(
            "is signed by an authority that this machine does not know: add the authority's \
             certificate to ca_certificates",
        ),
        Some(Tls::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. })) => {
            certificate("has expired: it must be renewed there")
        }
        Some(Tls::InvalidCertificate(
            Bad::NotValidForName | Bad::NotValidForNameContext { .. },
        )) => certificate("is for another name: use the name that it is for in the URL"),
        // What `openssl req -x509` makes unless told otherwise.
        Some(Tls::InvalidCertificate(why)) if why.to_string().contains("CaUsedAsEndEntity") => {
            certificate(
                "is an authority's own and not a server's: make one for the server that an authority \
                 signs, or a self-signed one with basicConstraints=CA:FALSE",
            )
        }
        Some(Tls::InvalidCertificate(why)) => certificate(&format!("is not valid ({why})")),
        Some(Tls::AlertReceived(Alert::ProtocolVersion) | Tls::PeerIncompatible(_)) => unavailable(
            format!(
                "{desk} speaks neither TLS 1.3 nor TLS 1.2 as the host does, and nothing older is spoken: \
                 have it updated"
            ),
            error,
        ),
        Some(Tls::InvalidMessage(_)) => unavailable(
            format!("{desk} does not speak TLS: is it http rather than https?"),
            error,
        ),
        _ => unavailable(
            format!("no encrypted connection to {desk} came about"),
            error,
        ),
    }
}
