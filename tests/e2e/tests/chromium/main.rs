//! The pages of `sgi serve` in Chromium, as people use them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod deciding;
mod hostile;
mod looks;
mod settings;
mod work;

use sgi_e2e::chromium::Tab;

/// Nothing was forbidden, failed or asked.
fn quiet(tab: &Tab<'_>) {
    let complaints = tab.complaints();
    assert!(complaints.is_empty(), "{}: {complaints:#?}", tab.place());
}

/// Nothing keeps people from using the page.
fn usable(tab: &Tab<'_>) {
    let barriers = tab.barriers();
    assert!(
        barriers.is_empty(),
        "{}: {}",
        tab.place(),
        barriers.join("\n")
    );
}
