//! Request Tracker 5 with REST 2.0: [`RtDesk`].
//!
//! Modelled is what a connector needs that reads and creates tickets: `/rt`, `/tickets`, `/ticket/N`,
//! `POST /ticket`, `/ticket/N/history`, `/transactions`, `/queues/all`, `/queues`, `/queue/N`, `/queue/N/customfields`, `/customfields`,
//! `/customfield/N`, `/users`, `/user/X`, for several accounts with different rights. What RT has
//! beyond that (changing tickets, other things than tickets) is answered with `501` and a text that says
//! so.
//!
//! What the real thing does and a client might not expect, the desk does too:
//! - Ids are texts in lists, numbers in single records and where `id` is asked for by name.
//! - Keys, and custom fields in their lists, come in another order in every answer.
//! - All addresses in answers are what RT believes its own address to be, see
//!   [`RtOptions::own_address`]; by default it is wrong, as behind many a proxy.
//! - A wrong base path gives a redirect to a login page, not an error; so does a wrong password
//!   sent by what looks like a browser.
//! - Searches without `orderby` come in an order of the database, pages hold 100 at most.
//! - Without the right `SeeCustomField` an account finds tickets by the values of fields that it
//!   is not shown; `CustomFields` in lists then is an empty text and not a list.
//!
//! The traps of the query language stand in the module `query`, those of creating in `create`.

mod admin;
mod answers;
mod auth;
mod change;
mod create;
mod data;
mod dates;
mod history;
mod json;
mod lists;
mod params;
mod query;
mod render;
mod route;
mod search;
mod seed;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use change::{InFlight, NewTicket};
use data::Data;
pub use history::Transaction;

use crate::http::{Request, Server, ServerOptions};

/// A name and a password.
pub type Account = (&'static str, &'static str);

/// Sees all queues but the confidential one and the custom fields in them: what a connector gets.
pub const READER: Account = ("cmdb", "cmdb-secret-1");
/// The reader's token, for `Authorization: token …`.
pub const READER_TOKEN: &str = "1-27-0123456789abcdef0123456789abcdef";
/// As the reader, and creates and changes tickets.
pub const WRITER: Account = ("cmdbw", "cmdbw-secret-1");
/// As the reader, with `CreateTicket` and `SetInitialCustomField`: what a connector gets that creates
/// tickets.
pub const AUTHOR: Account = ("author", "author-secret-1");
/// As the author, without `SetInitialCustomField`: RT leaves out the fields without a word.
pub const BARE_AUTHOR: Account = ("bareauthor", "bareauthor-secret-1");
/// As the author, without `ShowTicket`: does not see what it has created.
pub const BLIND_AUTHOR: Account = ("blindauthor", "blindauthor-secret-1");
/// Logs in and sees nothing.
pub const NO_RIGHTS: Account = ("norights", "norights-1");
/// As the reader, without `SeeCustomField`.
pub const NO_FIELDS: Account = ("nofields", "nofields-1");
/// As the reader, without `ShowTicket` and `SeeCustomField`.
pub const QUEUES_ONLY: Account = ("queuesonly", "queuesonly-1");
/// As the reader, without `ShowTicket`.
pub const NO_TICKETS: Account = ("noshow", "noshow-secret-1");
/// As the reader, without `SeeQueue`.
pub const TICKETS_ONLY: Account = ("ticketsonly", "ticketsonly-1");
/// Disabled: its password is right and does not count.
pub const DISABLED: Account = ("ausgesperrt", "disabled-1");
/// May everything.
pub const ROOT: Account = ("root", "rootpass8081");

/// The `Authorization` header of an account.
pub fn basic(account: Account) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", account.0, account.1);
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

/// How a desk is set up.
#[derive(Debug, Clone)]
pub struct RtOptions {
    /// The path that RT lives under, e.g. `/rt`; empty by default.
    pub web_path: String,
    /// Several requests a connection. RT's own server closes after each, and so does the desk.
    pub keep_alive: bool,
    /// Where RT believes it lives: scheme, host and port, without a path and a slash. All
    /// addresses in answers start with it. By default an address that leads nowhere.
    pub own_address: String,
    /// The addresses of other pages of a list are made of the `Host` header, as RT does it. Off
    /// by default, as behind a proxy that puts RT's own address into that header.
    pub host_header_kept: bool,
    /// How long every answer takes. The real RT needs 80 to 150 ms for a password alone.
    pub latency: Duration,
    /// The name of the field that references objects, `i-doit objects` by default.
    pub objects_field: String,
    /// The name of the field with the tenant, `i-doit tenant` by default.
    pub tenant_field: String,
    /// Statuses of an administrator's own life cycle that count as active beside RT's own.
    pub further_active: Vec<String>,
    /// Tickets beside the seed: so many that reference this object.
    pub extra: Vec<(String, usize)>,
}

impl Default for RtOptions {
    fn default() -> Self {
        RtOptions {
            web_path: String::new(),
            keep_alive: false,
            own_address: "http://rt.internal.example".to_owned(),
            host_header_kept: false,
            latency: Duration::ZERO,
            objects_field: "i-doit objects".to_owned(),
            tenant_field: "i-doit tenant".to_owned(),
            further_active: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// Where RT believes it lives.
struct Addresses {
    web_path: String,
    own: String,
    host_header_kept: bool,
}

impl Addresses {
    fn for_pages(&self, request: &Request) -> String {
        match request.header("host") {
            Some(host) if self.host_header_kept => format!("http://{host}"),
            _ => self.own.clone(),
        }
    }
}

/// A running Request Tracker; it ends when it is dropped.
#[derive(Debug)]
pub struct RtDesk {
    server: Server,
    data: Arc<Mutex<Data>>,
    web_path: String,
}

served!(RtDesk);

impl RtDesk {
    /// Starts a desk; it answers when this returns.
    pub fn start(options: RtOptions) -> Self {
        let RtOptions {
            web_path,
            keep_alive,
            own_address,
            host_header_kept,
            latency,
            ..
        } = options.clone();
        let mut data = Data::seed();
        data.set_up(&options);
        let data = Arc::new(Mutex::new(data));
        let addresses = Addresses {
            web_path: web_path.clone(),
            own: own_address,
            host_header_kept,
        };
        let count = AtomicU64::new(1);
        let served = Arc::clone(&data);
        let answer = move |request: &Request| {
            let seed = count.fetch_add(1, Ordering::Relaxed);
            route::answer(&mut lock(&served), &addresses, request, seed)
        };
        let wire = ServerOptions {
            keep_alive,
            latency,
            server_header: "Plack::Handler::Starlet",
        };
        RtDesk {
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
