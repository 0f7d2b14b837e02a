//! `sgi serve`: the API over three desks, and what changes while it runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod access;
mod delivery;
mod desks;
mod odd;
mod reading;

use serde_json::Value;

fn subjects(list: &Value) -> Vec<&str> {
    let tickets = list["tickets"].as_array().unwrap();
    tickets
        .iter()
        .map(|ticket| ticket["subject"].as_str().unwrap())
        .collect()
}
