//! Which components run: the guest of `tests/guest` is signed, pinned, approved, and gone back to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod approval;
mod kept;
mod listing;
#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../connectors/log.rs"]
mod log;
mod place;
mod processes;
mod rollback;
mod signature;
mod signer;
#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../connectors/support.rs"]
mod support;
