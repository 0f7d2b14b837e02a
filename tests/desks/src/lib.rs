//! Test desks: fast, in-process fakes of real ticket systems.
//!
//! A test desk answers on loopback as the real system does, *with its traps*: ids that change
//! their type, addresses that lead nowhere, parsers that take anything. A connector that works
//! against a test desk should work against the real thing, and one that relies on good manners
//! should fail here. What "as the real system" means is not left to memory: recorded exchanges
//! with real servers lie in `tests/recordings`, and `tests/recordings_*` replay every one of
//! them against the desk.
//!
//! - [`http`]: the little HTTP server below all desks, and the [faults](http::Fault) it can make.
//! - [`idoit`]: no desk, but the CMDB: i-doit's JSON-RPC API with its logbook, [`IDoit`].
//! - [`otrs`]: ((OTRS)) Community Edition 6 with its web services, [`OtrsDesk`].
//! - [`itop`]: iTop 3.2 with REST 1.3, [`ITopDesk`].
//! - [`rt`]: Request Tracker 5 with REST 2.0, [`RtDesk`].
//!
//! ```
//! use sgi_test_desks::{RtDesk, RtOptions};
//!
//! let desk = RtDesk::start(RtOptions::default());
//! println!("a Request Tracker answers at {}", desk.url());
//! assert!(desk.requests().is_empty());
//! ```
//!
//! Each desk runs on a thread of its own and ends when it is dropped, so it can be used from
//! plain tests, from any async runtime, and from a command-line tool alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: a broken desk must fail loudly"
)]

#[macro_use]
mod served;

mod dice;
pub mod http;
pub mod idoit;
pub mod itop;
pub mod otrs;
pub mod rt;
mod shuffle;

pub use dice::Dice;
pub use http::{Fault, Seen, When};
pub use idoit::{IDoit, IDoitOptions};
pub use itop::{ITopDesk, ITopOptions};
pub use otrs::{OtrsDesk, OtrsOptions};
pub use rt::{RtDesk, RtOptions};
