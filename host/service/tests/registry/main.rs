//! What the service keeps: desks with their secrets, tokens, accounts, the audit trail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: what is broken must fail loudly"
)]

mod accounts;
mod audit;
mod desks;
mod files;
mod keys;
mod killed;
mod leaving;
mod secrecy;
mod sessions;
mod support;
mod together;
mod tokens;
mod view;
