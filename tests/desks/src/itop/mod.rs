//! iTop 3.2 with its REST service 1.3.
//!
//! Where the real system has a trap, the desk does too:
//! - Nearly all answers are `200`; a wrong password, a missing profile and a missing right are the
//!   same code 1 and differ in the text alone.
//! - Keys and ids are texts, an unset key is `"0"`, an empty result is `"objects":null`, and the
//!   total stands in the text `Found: 20` only.
//! - `Ticket` has no `status`; an unset person's name can be `" "`.
//! - `key:{}` gives all objects there are.
//! - Dates are local, in a [time zone](ITopOptions::time_zone) that no answer names.
//! - Updating `functionalcis_list` replaces the list.
//! - A raw JSON body is not read: the login is missing then.
//!
//! The traps of the query language stand in the module `oql`.
//!
//! The history (`CMDBChange`, `CMDBChangeOp`) of what is written while the desk runs is whole; of what
//! made the seed it has the operations that recordings show. What is not modelled answers `501`.

mod change;
mod data;
mod dates;
mod fields;
mod history;
mod json;
mod model;
mod oql;
mod read;
mod related;
mod rest;
mod rights;
mod route;
mod seed;
mod stimulus;
mod text;
mod write;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub use change::{NewTicket, Open, Operation, Staff};
use data::Data;
pub use data::Mode;

use crate::http::{Request, Server, ServerOptions};

/// A name and a password.
pub type Account = (&'static str, &'static str);

/// Reads tickets and CIs, writes tickets and their links, does not see the history: what a
/// connector gets.
pub const READER: Account = ("cmdb", "cmdb-secret-1");
/// The reader's token, for the header `Auth-Token`.
pub const READER_TOKEN: &str = "QUFBQS10b2tlbi1vZi10aGUtcmVhZGVyLTE=";
/// A token that is good for something else than REST.
pub const TOKEN_OF_ANOTHER_SCOPE: &str = "QUFBQS10b2tlbi1mb3ItZXhwb3J0cy0x";
/// May everything, and sees the history.
pub const ADMIN: Account = ("admin", "admin-secret-1");
/// Has no profile `REST Services User`.
pub const WITHOUT_REST: Account = ("norest", "norest-secret-1");
/// A user of the portal, who is not let in.
pub const PORTAL: Account = ("portalrest", "portal-secret-1");
/// Logs in and may read nothing.
pub const NO_RIGHTS: Account = ("restonly", "restonly-secret-1");
/// Reads tickets and cannot write them.
pub const CONFIGURATION: Account = ("cmdbcfg", "cmdbcfg-secret-1");

/// How a desk is set up.
#[derive(Debug, Clone)]
pub struct ITopOptions {
    /// The path that iTop lives under, e.g. `/itop`; empty by default.
    pub web_path: String,
    /// Several requests a connection, as the real one does it; on by default.
    pub keep_alive: bool,
    /// How long every answer takes. The real iTop needs 100 to 150 ms.
    pub latency: Duration,
    /// The zone in which iTop writes dates: a name such as `Europe/Berlin`, or a distance from UTC
    /// such as `+05:30`.
    pub time_zone: String,
    /// The attribute of a CI that holds the object's id in the CMDB: `idoit_id` as the extension
    /// for i-doit adds it (the default), any other name for an extension of one's own,
    /// `asset_number` which a `PhysicalDevice` has without any. With none the CIs know no ids and
    /// the desk holds what the recorded server did; objects are then told by the name of their CI.
    pub object_attribute: Option<String>,
    /// Basic authentication is let in. Many web servers in front of iTop break it.
    pub basic: bool,
    /// Tokens are let in (an extension of iTop).
    pub token: bool,
    /// Name and password in the query of the address are let in; off by default, as in iTop.
    pub url: bool,
    /// Tickets beside the seed: so many that reference this object.
    pub extra: Vec<(String, usize)>,
    /// An object that two CIs claim to be, the second with a ticket of its own.
    pub duplicated: Option<String>,
}

impl Default for ITopOptions {
    fn default() -> Self {
        ITopOptions {
            web_path: String::new(),
            keep_alive: true,
            latency: Duration::ZERO,
            time_zone: "Europe/Berlin".to_owned(),
            object_attribute: Some("idoit_id".to_owned()),
            basic: true,
            token: true,
            url: false,
            extra: Vec::new(),
            duplicated: None,
        }
    }
}

/// A running iTop; it ends when it is dropped. What [`Staff`] does, it does, too.
#[derive(Debug)]
pub struct ITopDesk {
    server: Server,
    staff: Staff,
    meanwhile: Meanwhile,
    web_path: String,
}

impl std::ops::Deref for ITopDesk {
    type Target = Staff;

    fn deref(&self) -> &Staff {
        &self.staff
    }
}

/// What happens in the desk before it answers a request.
#[derive(Clone, Default)]
struct Meanwhile(Arc<Mutex<Option<Hook>>>);

type Hook = Box<dyn FnMut(&Staff) + Send>;

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Meanwhile {
    fn happens(&self, staff: &Staff) {
        if let Some(hook) = lock(&self.0).as_mut() {
            hook(staff);
        }
    }
}

served!(ITopDesk);

impl ITopDesk {
    /// Starts a desk; it answers when this returns.
    pub fn start(options: ITopOptions) -> Self {
        let data = Arc::new(Mutex::new(Data::seed(&options)));
        let wire = ServerOptions {
            keep_alive: options.keep_alive,
            latency: options.latency,
            server_header: "nginx",
        };
        let web_path = options.web_path.clone();
        let staff = Staff::of(data);
        let meanwhile = Meanwhile::default();
        let (served, before) = (staff.clone(), meanwhile.clone());
        let answer = move |request: &Request| {
            before.happens(&served);
            route::answer(&mut served.data(), &options, request)
        };
        ITopDesk {
            server: Server::start(wire, move |_| answer),
            staff,
            meanwhile,
            web_path,
        }
    }

    /// Lets something happen in the desk before each answer from now on, while a connector reads.
    pub fn meanwhile(&self, hook: impl FnMut(&Staff) + Send + 'static) {
        *lock(&self.meanwhile.0) = Some(Box::new(hook));
    }

    /// Ends that.
    pub fn quiet(&self) {
        *lock(&self.meanwhile.0) = None;
    }
}

/// A time as [`Staff::set_time`] takes it, from seconds since 1970.
pub fn time(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds);
    at.expect("a time before the year 9999").to_string()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it was held has failed its test already; the next answer is no worse.
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
