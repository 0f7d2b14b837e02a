//! A real Request Tracker 5 on loopback, for tests that must not believe a simulation.
//!
//! [`RealRt::start`] gives a test a server of its own: the packages of Debian 12, SQLite, a known
//! content ([`Account`]s, queues, custom fields and 192 tickets, see `seed.json`) and a port that
//! nobody else can have. The server ends with its [`RealRt`], when the test panics and when the
//! test's process is killed, too.
//!
//! The first start on a machine installs the packages and builds a template database (see
//! [`prepare`]); every later one copies the template and takes a few seconds. Any number of threads
//! and processes may start servers at once.
//!
//! It needs root: to install packages, and to run the server as `www-data`, as the packages mean it.
//! Whoever cannot have that gets an [`Error`] that says so.
//!
//! ```no_run
//! # fn main() -> Result<(), sgi_real_rt::Error> {
//! use sgi_real_rt::{Options, READER, RealRt};
//!
//! let rt = RealRt::start(Options::default())?;
//! let ticket = format!("{}/REST/2.0/ticket/1", rt.url());
//! let header = ("Authorization", READER.basic());
//! # Ok(())
//! # }
//! ```

mod account;
mod command;
mod debian;
mod error;
mod instance;
mod ready;
mod server;
mod state;
mod template;

pub use account::{
    AGENT, AUTHOR, Account, BARE_AUTHOR, BLIND_AUTHOR, DISABLED, NO_FIELDS, NO_RIGHTS, NO_TICKETS,
    QUEUES_ONLY, READER, READER_TOKEN, ROOT, SECOND_AGENT, THIRD_AGENT, TICKETS_ONLY, WRITER,
};
pub use error::Error;
pub use server::{Options, RealRt};
pub use template::prepare;
