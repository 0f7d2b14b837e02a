//! The host with one RT desk, as a CMDB holds it.

use sgi_e2e::client::with_options;
pub(crate) use sgi_e2e::client::{Client, ids};
use sgi_host::DeskSettings;
use sgi_test_desks::rt::{Account, READER};
use std::sync::OnceLock;

/// The reader of one RT that many tests share: what its check learned serves them all.
static KEPT: OnceLock<(String, Client)> = OnceLock::new();

/// With the reader's account.
pub(crate) fn reader(url: &str) -> Client {
    match KEPT.get() {
        Some((kept, client)) if kept == url => client.clone(),
        _ => account(url, READER),
    }
}

/// Lets all that ask for the reader of this RT have the same.
pub(crate) fn keep_reader(url: &str) {
    KEPT.set((url.to_owned(), account(url, READER))).ok();
}

pub(crate) fn account(url: &str, account: Account) -> Client {
    with(url, account, &[])
}

pub(crate) fn with(url: &str, account: Account, options: &[(&str, &str)]) -> Client {
    Client::open(with_options(settings(url, account), options))
}

pub(crate) fn settings(url: &str, account: Account) -> DeskSettings {
    sgi_e2e::client::settings("rt", url, account)
}

pub(crate) fn open(settings: DeskSettings) -> Client {
    Client::open(settings)
}
