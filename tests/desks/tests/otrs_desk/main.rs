//! The OTRS desk as its users see it: objects, options, changes, and the traps that no single
//! recorded exchange shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod change;
mod client;
mod login;
mod objects;
mod search;
#[path = "../support/mod.rs"]
mod support;
mod time;
mod wire;
