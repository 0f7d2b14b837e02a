//! The HTTP/1.1 server below every test desk.
//!
//! Hand-written over a TCP listener, because a test desk must be able to misbehave byte by byte:
//! no well-bred HTTP library sends headers without end or a body shorter than it promised.
//! A desk gives [`Server::start`] a function from [`Request`] to [`Response`]; the server adds
//! the connection handling, a log of the requests [seen](Seen), a latency, and the [faults](Fault).
//!
//! What it promises:
//! - it listens on loopback, on a free port, and nothing runs any more once it is dropped;
//! - every request that was read to its end is in the log before its answer starts;
//! - unless asked otherwise, one request a connection (`Connection: close`) and no compression,
//!   as the stand-alone servers of RT do.
//!
//! It refuses request bodies in chunks (`Transfer-Encoding: chunked`) with `411` and a clear text.
//! RT behind its own server takes them (measured); behind FastCGI, CGI or an older proxy a desk may
//! see an empty body or refuse. So a connector must send a `Content-Length`, and one that does not
//! is to fail its tests.

mod fault;
mod mangle;
mod message;
mod send;
mod server;

pub use fault::{Fault, When};
pub use mangle::mangle;
pub use message::{Body, Request, Response};
pub use server::{Handler, Seen, Server, ServerOptions};
