//! The password never enters the guest.
//!
//! A connector holds an opaque *placeholder* for each secret. Its manifest declares *slots*: where,
//! in which request, which secret may stand. The host puts the secret in there and nowhere else
//! ([`substitute()`]), and seals what a login hands out before the connector sees it ([`capture`]).
//!
//! # What is promised
//! - A secret leaves the host only at a declared slot of the matching method and path, escaped for
//!   that place, in place of a value that was the placeholder and nothing but it. That the address
//!   is the desk's is the gate's to check, before it calls [`substitute()`].
//! - A request that carries a placeholder anywhere else is refused, and so is one that can be read
//!   in two ways (a key, a field, an element or a header twice; a content type that does not fit).
//! - All other bytes of a request and of an answer stay as they were.
//! - Second line: an answer that echoes a secret is scrubbed ([`Vault::scrubber`]).
//!
//! # What is not
//! - A connector may declare a slot that is itself an exit (`/Subject` of a new ticket). Whoever
//!   admits the connector sees the slots in words ([`Slot`] displays itself) and decides.
//! - A desk that ignores `Content-Type` and reads JSON as a form, or `_method` in a form, reads
//!   another request than the host checked. A form is held to the characters of its encoding, so
//!   that it cannot be JSON or XML at the same time; the reverse cannot be had.
//! - Scrubbing knows the usual spellings (`scrub.rs` lists them), not every computation that a
//!   desk might do with a secret. It also answers, for whoever can write into the desk and read it
//!   back, whether a guess is right: the gate should treat each hit as an event worth a warning.
//! - Memory is wiped where these types own it. What the HTTP client copies into its buffers is not.
//!
//! # Order
//! Request: the gate checks the address, then [`substitute()`], then sets `Content-Length`.
//! Answer: unpacked whole, then [`capture`], then [`Vault::scrubber`], asked for after the capture so
//! that it knows what was just sealed.

mod answer;
mod body;
mod escape;
mod finder;
mod form;
mod header;
mod json;
mod login;
mod path;
mod place;
mod placeholder;
mod refusal;
mod scrub;
mod slot;
mod spelling;
mod substitute;
mod vault;
mod xml;

#[cfg(test)]
mod properties;

pub(crate) use answer::{CaptureProblem, capture};
pub(crate) use login::{AtTurn, Login, Logins};
pub(crate) use place::Place;
pub(crate) use refusal::Refusal;
pub(crate) use scrub::Scrubber;
pub(crate) use slot::{Capture, Declared, Slot};
pub(crate) use substitute::substitute;
pub(crate) use vault::Vault;
