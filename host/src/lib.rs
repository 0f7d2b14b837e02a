//! Embeds service-desk connectors in a CMDB.
//!
//! A *desk* is one configured service desk (Request Tracker, OTRS, iTop …), a *connector* a
//! WebAssembly component that speaks to its kind. The host runs connectors that nobody has read:
//! they reach nothing but their own desk, never see its password, and cannot use up more than they
//! are given.
//!
//! ```no_run
//! # async fn example() -> Result<(), sgi_host::Error> {
//! use sgi_host::{DeskSettings, Filter, Host, HostOptions, Object};
//!
//! let host = Host::new(HostOptions::for_user())?;
//! let desk = host
//!     .open(DeskSettings::new(
//!         "helpdesk",
//!         "rt",
//!         "https://rt.example.org",
//!         "cmdb",
//!         "secret".into(),
//!     ))
//!     .await?;
//! for ticket in desk.tickets(&Object::new("1001"), Filter::Open).await? {
//!     println!("{} {} {}", ticket.number, ticket.subject, ticket.url);
//! }
//! desk.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Data flows one way: [`DeskSettings`] → [`Desk`] → connector → gate → the desk's own system, and
//! tickets back. `wit/` holds the contract with the connector.

#![deny(missing_docs)]

mod admission;
pub mod cassette;
mod catalog;
pub mod clean;
pub mod cmdb;
pub mod config;
mod contract;
mod declared;
mod desk;
mod diagnosis;
mod draft;
mod engine;
mod error;
#[doc(hidden)]
pub mod files;
mod fleet;
mod gate;
mod host;
mod model;
mod order;
mod preparation;
mod settings;
mod spent;
mod text;
mod trust;

pub use admission::{Ability, Admission, Declared, Import};
pub use catalog::{Digest, Source};
pub use declared::{OptionKind, OptionSpec, Text};
pub use desk::Desk;
pub use diagnosis::Replay;
pub use draft::{Created, Deviation, Draft, Marker};
pub use engine::Profile;
pub use engine::compiler::{COMPILES, Compiler, compile_if_asked};
#[doc(hidden)]
pub use engine::measure;
pub use error::{Error, Problem};
pub use fleet::{Fleet, Following, Ready, Refusal, Serving, Standing, Swap};
pub use host::{Host, HostOptions, Installed};
pub use model::{Field, Filter, Finding, Form, Object, Report, Severity, StatusClass, Ticket};
pub use order::Order;
pub use settings::{CmdbSettings, DeskSettings, Limits, Logbook, Network, OptionValue};
/// Events become entries: see the crate's own page. [`Desk`] is a [`logbook::Source`].
pub use sgi_logbook as logbook;
pub use spent::Spent;
pub use trust::{
    Asks, How, Install, InstallError, KeyInForce, LetIn, Pending, PinInForce, Placed, Review,
    Trust, TrustedKey,
};

/// What the README shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
