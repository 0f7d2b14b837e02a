//! What every service-desk connector needs that is not about its desk.
//!
//! A connector is a component that exports the world `reader` of `wit/` (or a larger one). It
//! implements the two traits that [`export!`] asks for and leaves to this crate: reading its
//! settings ([`Settings`]), HTTP to its desk with typed failures ([`Desk`], [`Answer`]), errors that
//! a person can act on ([`fail`]), the secrets that a login hands out ([`secrets`]), ids of objects
//! ([`object`]), time ([`time`]), text ([`text`], [`html`]) and the log ([`log`]).
//!
//! Features: `authoring` for a connector that creates tickets (world `reader-with-authoring`), `changes`
//! for one that feeds the logbook (world `reader-with-changes`; with both, `full`), `zones` for one whose
//! desk writes dates without their offset.
//!
//! On `wasm32-unknown-unknown` the standard library has no clock and no randomness: take the time
//! from [`time::now`].

mod clocks;
pub mod fail;
pub mod html;
mod http;
pub mod log;
pub mod manifest;
pub mod object;
pub mod secrets;
mod settings;
pub mod text;
pub mod time;

pub use clocks::Clocks;
pub use http::{Answer, Desk, Method, NotAnswered, Request, json};
pub use settings::{DeskSettings, OptionValue, Settings};

macro_rules! contract {
    ($world:literal) => {
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
                world: $world,
                pub_export_macro: true,
                export_macro_name: "export",
                default_bindings_module: "sgi_guest::bindings",
                generate_all,
            });
        }
    };
}

#[cfg(not(any(feature = "authoring", feature = "changes")))]
contract!("reader");
#[cfg(all(feature = "authoring", not(feature = "changes")))]
contract!("reader-with-authoring");
#[cfg(all(feature = "changes", not(feature = "authoring")))]
contract!("reader-with-changes");
#[cfg(all(feature = "authoring", feature = "changes"))]
contract!("full");

#[cfg(feature = "authoring")]
pub use bindings::exports::sgi::connector::authoring;
#[cfg(feature = "changes")]
pub use bindings::exports::sgi::connector::changes;
pub use bindings::exports::sgi::connector::{connector, tickets};
pub use bindings::sgi::connector::types;

/// Makes the type that implements the interfaces the component's exports. Its world is the one that
/// this crate's features name.
#[macro_export]
macro_rules! export {
    ($connector:ident) => {
        // Natively (tests, benchmarks) nothing is exported, and the features of all connectors add up.
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export!($connector with_types_in $crate::bindings);
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            let _ = $connector;
        };
    };
}
