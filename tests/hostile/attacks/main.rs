//! What a connector that nobody has read may try, and what must come of it: one table.
//!
//! A row names the function that builds the component. One without a row is dead code, which does not
//! build; a row without one does not build either.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![deny(dead_code)]

mod desks;
mod diagnosis;
mod malformed;
mod output;
mod requests;
mod resources;
mod run;
mod soak;
mod table;
mod theft;
