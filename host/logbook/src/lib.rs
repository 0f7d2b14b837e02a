//! Ticket events become logbook entries of CMDB objects, exactly once.
//!
//! A [`Source`] tells what happened in a desk (the host's `Desk` is one), a [`Store`] keeps what was
//! last seen and the entries. [`sync::pass`] brings the second up to date with the first: tickets,
//! cursor and entries of one batch are committed together, and an entry's id is made of the event and
//! the object, so that a batch that is read twice adds nothing the second time.
//!
//! [`delivery::pass`] brings entries from there into the CMDB's own logbook, again exactly once.
//!
//! This crate knows neither connectors nor HTTP nor files of settings.

#![deny(missing_docs)]

pub mod delivery;
mod entry;
mod event;
mod source;
pub mod store;
pub mod sync;

pub use entry::{Entry, EntryId, TicketRef};
pub use event::{Event, Kind, Phase, Seen};
pub use source::{Batch, Source, SourceError};
pub use store::{SqliteStore, Store, StoreError};
