//! What authors of connectors use, in Rust, JavaScript or Python: a new project ([`create`]) and its
//! component ([`build()`]), judged by recorded exchanges with its desk ([`check()`]).
//!
//! A project holds all that it needs of this one (the contract, and the library for its language), so that
//! it is built the same wherever it goes.

#![deny(missing_docs)]

mod build;
mod call;
mod check;
mod language;
mod play;
mod project;

pub use build::{Target, build};
pub use check::{Failure, Report, check};
pub use language::Language;
pub use project::{Names, create};
