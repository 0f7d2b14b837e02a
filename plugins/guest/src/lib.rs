//! What every service-desk connector needs that is not about its desk.
//!
//! A connector is a component that exports the world `reader` of `wit/` (or a larger one). It
//! implements the two traits that [`export!`] asks for and leaves to this crate: reading its
//! settings ([`Settings`]), HTTP to its desk with typed failures ([`Desk`], [`Answer`]), errors that
//! a person can act on ([`fail`]), time ([`time`]), text ([`text`]) and the log ([`log`]).
//!
//! On `wasm32-unknown-unknown` the standard library has no clock and no randomness: take the time
//! from [`time::now`].

pub mod fail;
mod http;
pub mod log;
mod settings;
pub mod text;
pub mod time;

pub use http::{Answer, Desk, json};
pub use settings::{DeskSettings, OptionValue, Settings};

/// The contract as Rust types, made from `wit/`.
#[allow(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "generated code; the documentation stands in wit/"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "reader",
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "sgi_guest::bindings",
        generate_all,
    });
}

pub use bindings::export;
pub use bindings::exports::sgi::connector::{connector, tickets};
pub use bindings::sgi::connector::types;
