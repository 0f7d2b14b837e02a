//! The host as a service, for CMDBs that embed no Rust: an HTTP API over desks whose connectors are
//! swapped while it runs.

#![deny(missing_docs)]
