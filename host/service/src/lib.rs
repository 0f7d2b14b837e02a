//! The host as a service, for CMDBs that embed no Rust: an HTTP API over desks whose connectors are
//! swapped while it runs.
//!
//! ```text
//! sgi.toml, connectors ──▶ watch ──▶ Fleet (sgi-host) ◀── api ◀── access ◀── server
//!                                      │  └─ followers ──▶ logbook ──▶ deliver ──▶ CMDB
//!                                      └─ tickets, forms (kept for a while) ◀── pages ◀── sessions
//!                                         CMDB ──▶ objects (kept, too) ◀──────┘
//! ```

#![deny(missing_docs)]

mod access;
mod api;
mod calls;
mod deliver;
mod forms;
mod kept;
mod leftover;
mod metrics;
mod objects;
mod pages;
mod problem;
pub mod registry;
mod server;
mod service;
mod sessions;
mod tickets;
mod watch;

pub use api::{Entry, openapi};
pub use service::{Desks, Service, Setup};
