//! ((OTRS)) Community Edition 6.0 with its generic interface: [`OtrsDesk`].
//!
//! Three web services are there: the stock REST one ([`STOCK_REST`]), the same with `POST` routes
//! added by an administrator ([`OtrsOptions::post_service`]), and the stock SOAP one
//! ([`STOCK_SOAP`]). Their operations: create and get a session, search, get, create and update
//! tickets, get their histories. Pages (`index.pl`) are answered with a simple one.
//!
//! What the real thing does and a client might not expect, the desk does too:
//! - The bodies of `GET` requests are ignored, and a query string cannot carry a hash: on the stock
//!   REST service a filter by a dynamic field is dropped without a word and *every* ticket comes.
//! - Errors of the operations are `200` with an `Error`; those of the transport plain text with
//!   `500`; an unknown web service closes the connection without a byte.
//! - What the search cannot make sense of (dates, queues, operators) gives `{}` as if nothing was
//!   found; what it does not know at all is ignored.
//! - One ticket that is missing or not visible fails the whole list, and is not named.
//! - Dates are in the zone of the server's settings, with no marker, and there is no `Date`.
//! - Keys come in another order in every answer; so do tickets with the same time.
//! - Letters beyond the first plane (emojis) become `U+FFFD`.
//! - Merged tickets are still found.

mod change;
mod clock;
mod data;
mod examples;
mod json;
mod like;
mod operation;
mod record;
mod render;
mod rest;
mod route;
mod seed;
mod sessions;
mod soap;
mod ticket;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use change::NewTicket;
use data::Data;

use crate::http::{Request, Server, ServerOptions};

/// A name and a password.
pub type Account = (&'static str, &'static str);

/// Reads the tickets of all queues but `HR` and `Bulk`, and may not change or create any. As in
/// the real OTRS it may set a state like `open` all the same.
pub const READER: Account = ("cmdbro", "cmdbro-secret-1");
/// As the reader, and creates and changes tickets.
pub const WRITER: Account = ("cmdb", "cmdb-secret-1");
/// Logs in and sees nothing.
pub const NO_RIGHTS: Account = ("noperm", "noperm-secret-1");
/// Sees the queue `HR` only, which the reader does not.
pub const PERSONNEL: Account = ("petra", "petra-secret-1");
/// Sees the queue `Bulk` only, which is empty until a test fills it.
pub const BULK: Account = ("bulk", "bulk-secret-1");
/// May everything.
pub const ROOT: Account = ("root@localhost", "root-secret-1");

/// The REST web service as it comes with OTRS.
pub const STOCK_REST: &str = "GenericTicketConnectorREST";
/// The SOAP web service as it comes with OTRS.
pub const STOCK_SOAP: &str = "GenericTicketConnector";
/// The routes that the web service with `POST` has beside the stock ones, each for the operation
/// of this name (`TicketList` is `TicketGet`).
pub const POST_ROUTES: &[&str] = &[
    "TicketSearch",
    "TicketGet",
    "TicketList",
    "TicketHistoryGet",
];

/// What a desk holds when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// The one ticket of a new OTRS.
    Welcome,
    /// The tickets 1 to 64 of the recorded exchanges.
    Recorded,
    /// These, and from 101 on tickets of the objects that all test desks have: `1001` (open and
    /// closed ones, one of them hidden in `HR`), `1002`, `42`, `4` (and `420`, `142`), `7777` (130
    /// tickets); `999999` has none.
    Examples,
}

/// How a desk is set up.
#[derive(Debug, Clone)]
pub struct OtrsOptions {
    /// The path that OTRS lives under; `/otrs` by default.
    pub web_path: String,
    /// Several requests a connection. The stock set-up closes after each, and so does the desk.
    pub keep_alive: bool,
    /// How long every answer takes. The real OTRS needs 20 to 40 ms.
    pub latency: Duration,
    /// `OTRSTimeZone`, e.g. `Europe/Berlin`; `UTC` by default, as in a new OTRS.
    pub time_zone: String,
    /// Whether the stock REST web service is active.
    pub stock_rest: bool,
    /// The name of the REST web service with `POST` routes, if there is one.
    pub post_service: Option<String>,
    /// Whether the stock SOAP web service is active.
    pub stock_soap: bool,
    /// Bodies of `GET` requests count, as up to OTRS 6.0.26. Off by default.
    pub get_bodies: bool,
    /// Whether there is the operation `TicketHistoryGet`, as since OTRS 6. On by default.
    pub histories: bool,
    /// The name of the dynamic field that references objects, `IDoitObjects` by default.
    pub objects_field: String,
    /// How long a session lives without a request; two hours by default, as in OTRS.
    pub session_lifetime: Duration,
    /// The tickets it starts with.
    pub content: Content,
    /// Tickets beside these: so many that reference this object.
    pub extra: Vec<(String, usize)>,
}

impl Default for OtrsOptions {
    fn default() -> Self {
        OtrsOptions {
            web_path: "/otrs".to_owned(),
            keep_alive: false,
            latency: Duration::ZERO,
            time_zone: "UTC".to_owned(),
            stock_rest: true,
            post_service: Some("CMDBTicketConnector".to_owned()),
            stock_soap: true,
            get_bodies: false,
            histories: true,
            objects_field: "IDoitObjects".to_owned(),
            session_lifetime: Duration::from_secs(2 * 60 * 60),
            content: Content::Examples,
            extra: Vec::new(),
        }
    }
}

/// A running OTRS; it ends when it is dropped.
#[derive(Debug)]
pub struct OtrsDesk {
    server: Server,
    data: Arc<Mutex<Data>>,
    web_path: String,
}

served!(OtrsDesk);

impl OtrsDesk {
    /// Starts a desk; it answers when this returns.
    pub fn start(options: OtrsOptions) -> Self {
        let data = Arc::new(Mutex::new(Data::seed(&options)));
        let wire = ServerOptions {
            keep_alive: options.keep_alive,
            latency: options.latency,
            // The web service writes its own headers, and has none for itself.
            server_header: "",
        };
        let web_path = options.web_path.clone();
        let count = AtomicU64::new(1);
        let served = Arc::clone(&data);
        let answer = move |request: &Request| {
            let seed = count.fetch_add(1, Ordering::Relaxed);
            route::answer(&mut lock(&served), &options, request, seed)
        };
        OtrsDesk {
            server: Server::start(wire, move |_| answer),
            data,
            web_path,
        }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        lock(&self.data)
    }
}

fn lock(data: &Mutex<Data>) -> MutexGuard<'_, Data> {
    // A panic while the data was held has failed its test already; the next answer is no worse.
    data.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
