//! Who can log in.
//!
//! These are the accounts of `seed.json`; a test compares the two. They open nothing but a throw-away
//! server on loopback.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A user of the server and its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub name: &'static str,
    /// The password, in the clear.
    pub password: &'static str,
}

const fn account(name: &'static str, password: &'static str) -> Account {
    Account { name, password }
}

impl Account {
    /// The value of an `Authorization` header that logs this account in.
    #[must_use]
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.name, self.password);
        format!("Basic {}", STANDARD.encode(pair))
    }
}

/// The superuser.
pub const ROOT: Account = account("root", "rootpass8081");

/// The technical account of a CMDB: reads every queue but "HR vertraulich".
pub const READER: Account = account("cmdb", "cmdb-secret-1");

/// A token of [`READER`], for `Authorization: token …`.
pub const READER_TOKEN: &str = "1-27-0123456789abcdef0123456789abcdef";

/// As [`READER`], and may also create, answer, comment and change tickets.
pub const WRITER: Account = account("cmdbw", "cmdbw-secret-1");

/// May log in and see nothing.
pub const NO_RIGHTS: Account = account("norights", "norights-1");

/// As [`READER`], without `SeeCustomField`.
pub const NO_FIELDS: Account = account("nofields", "nofields-1");

/// As [`READER`], without `ShowTicket`.
pub const NO_TICKETS: Account = account("noshow", "noshow-secret-1");

/// As [`READER`], with `SeeQueue` only.
pub const QUEUES_ONLY: Account = account("queuesonly", "queuesonly-1");

/// As [`READER`], without `SeeQueue`.
pub const TICKETS_ONLY: Account = account("ticketsonly", "ticketsonly-1");

/// As [`READER`], with `CreateTicket` and `SetInitialCustomField`: what a connector needs that also
/// creates tickets.
pub const AUTHOR: Account = account("author", "author-secret-1");

/// As [`AUTHOR`], without `SetInitialCustomField`: RT leaves out the fields without a word.
pub const BARE_AUTHOR: Account = account("bareauthor", "bareauthor-secret-1");

/// As [`AUTHOR`], without `ShowTicket`: does not see what it has created.
pub const BLIND_AUTHOR: Account = account("blindauthor", "blindauthor-secret-1");

/// A disabled account: its right password is refused.
pub const DISABLED: Account = account("ausgesperrt", "disabled-1");

/// An agent with all rights on all queues, time zone Europe/Berlin.
pub const AGENT: Account = account("huber", "huber-secret-1");

/// Another agent, in the server's time zone.
pub const SECOND_AGENT: Account = account("lefevre", "lefevre-secret-1");

/// Another agent, time zone Asia/Tokyo.
pub const THIRD_AGENT: Account = account("tanaka", "tanaka-secret-1");
