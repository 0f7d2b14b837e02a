//! The host's own behaviour, whatever a connector does: the guest of `tests/guest` tries it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod attacks;
mod budget;
mod describe;
mod folder;
mod instances;
mod knowledge;
mod log;
mod support;
mod wasi;
