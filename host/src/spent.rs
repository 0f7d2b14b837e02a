//! What a call of a connector used up.

use std::sync::Arc;
use std::time::Duration;

/// What one call of a connector used up. Its times come to [`took`](Self::took).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Spent {
    /// Of which desk.
    pub desk: Arc<str>,
    /// The function that was called: `get`, `of-object` …
    pub call: &'static str,
    /// From the call to its end, whatever that was.
    pub took: Duration,
    /// While the guest computed.
    pub guest: Duration,
    /// While a request was on its way, and the guest did not compute.
    pub network: Duration,
    /// The rest: the host's own work, and what was waited for, such as a turn at the desk.
    pub host: Duration,
    /// The linear memory of its instance, in bytes. It never shrinks.
    pub memory: usize,
    /// Requests that the guest wanted to send.
    pub requests: u32,
    /// Bytes that went out, heads included.
    pub sent: u64,
    /// Bytes that came in, heads included, unpacked.
    pub received: u64,
    /// Requests that found a connection from before.
    pub kept_connections: u32,
    /// Whether the call found an instance from before.
    pub kept_instance: bool,
}
