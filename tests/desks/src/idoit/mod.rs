//! i-doit's JSON-RPC API, as far as a delivery of logbook entries needs it: objects, `cmdb.logbook.create`
//! and `cmdb.logbook.read`, with the [quirks](Quirks) that i-doit is documented or known to have.
//!
//! Creating is not idempotent, and nothing can be changed or removed: what is sent twice is there twice.

mod call;
mod data;
mod logbook;
mod objects;
mod route;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::http::{Request, Server, ServerOptions};
use data::Data;
pub use data::{LogEntry, ObjectRow};

/// The API key that is let in.
pub const API_KEY: &str = "c1ia5q-secret-key";
/// The user that is let in where [`IDoitOptions::user_login`] is set: name and password.
pub const USER: (&str, &str) = ("sgi", "idoit-secret-1");

/// How it is set up.
#[derive(Debug, Clone)]
pub struct IDoitOptions {
    /// The path that i-doit lives under, e.g. `/i-doit`; empty by default.
    pub web_path: String,
    /// Several requests a connection; on by default.
    pub keep_alive: bool,
    /// How long every answer takes.
    pub latency: Duration,
    /// A user must log in beside the key.
    pub user_login: bool,
}

impl Default for IDoitOptions {
    fn default() -> Self {
        IDoitOptions {
            web_path: String::new(),
            keep_alive: true,
            latency: Duration::ZERO,
            user_login: false,
        }
    }
}

/// What i-doit does that nobody would expect. All off by default.
#[derive(Debug, Clone, Default)]
pub struct Quirks {
    /// Numbers in results come as text.
    pub strings: bool,
    /// Every answer has both `result` and `error`, one of them null.
    pub both: bool,
    /// Answers have no `id`.
    pub without_ids: bool,
    /// The answers to a batch come in another order.
    pub reversed: bool,
    /// A batch with more calls than this ends in HTTP 500 …
    pub largest_batch: Option<usize>,
    /// … after so many of them have been done.
    pub done_before_500: usize,
    /// Creating an entry does it, and answers with a system error all the same.
    pub error_after_creating: bool,
    /// An object that does not exist is a system error, and no invalid parameter.
    pub gone_is_system_error: bool,
    /// No list has more rows than this, whatever is asked for.
    pub most_rows: Option<usize>,
    /// Dates are written, and `since` is read, in a zone so many hours before UTC.
    pub hours_before_utc: i64,
    /// PHP writes a warning before the answer.
    pub php_warning: bool,
}

/// A running i-doit; it ends when it is dropped.
#[derive(Debug)]
pub struct IDoit {
    server: Server,
    data: Arc<Mutex<Data>>,
    web_path: String,
}

served!(IDoit);

impl IDoit {
    /// Starts one; it answers when this returns. It has the objects 1 to 99 and 1001 to 1099, titled
    /// `object 1` and so on.
    pub fn start(options: IDoitOptions) -> Self {
        let data = Arc::new(Mutex::new(Data::seed()));
        let wire = ServerOptions {
            keep_alive: options.keep_alive,
            latency: options.latency,
            server_header: "Apache",
        };
        let web_path = options.web_path.clone();
        let served = Arc::clone(&data);
        let answer = move |request: &Request| route::answer(&mut lock(&served), &options, request);
        IDoit {
            server: Server::start(wire, move |_| answer),
            data,
            web_path,
        }
    }

    /// From now on it has these quirks.
    pub fn set_quirks(&self, quirks: Quirks) {
        lock(&self.data).quirks = quirks;
    }

    /// Adds an object.
    pub fn add_object(&self, object: ObjectRow) {
        lock(&self.data).objects.push(object);
    }

    /// Purges an object. Its logbook stays, and cannot be read by its id any more.
    pub fn purge(&self, id: u64) {
        lock(&self.data).objects.retain(|object| object.id != id);
    }

    /// All logbook entries, in the order in which they were made.
    pub fn logbook(&self) -> Vec<LogEntry> {
        lock(&self.data).logbook.clone()
    }

    /// Writes so many entries of somebody else into the logbook of an object.
    pub fn chatter(&self, object: u64, count: usize) {
        let mut data = lock(&self.data);
        for number in 0..count {
            data.log(object, format!("somebody was here {number}"));
        }
    }
}

fn lock(data: &Mutex<Data>) -> MutexGuard<'_, Data> {
    // A panic while the data was held has failed its test already; the next answer is no worse.
    data.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
