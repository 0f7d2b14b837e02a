//! How long a call has waited for the network.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long at least one request was on its way.
#[derive(Debug, Default)]
pub(super) struct Network(Mutex<OnTheWay>);

#[derive(Debug, Default)]
struct OnTheWay {
    requests: u32,
    since: Option<Instant>,
    before: Duration,
}

impl Network {
    fn lock(&self) -> MutexGuard<'_, OnTheWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn took(&self) -> Duration {
        let way = self.lock();
        way.before + way.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// A request is on its way until this is dropped.
    pub(super) fn begin(&self) -> Underway<'_> {
        let mut way = self.lock();
        way.requests = way.requests.saturating_add(1);
        way.since.get_or_insert_with(Instant::now);
        drop(way);
        Underway(self)
    }
}

pub(super) struct Underway<'a>(&'a Network);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let mut way = self.0.lock();
        way.requests = way.requests.saturating_sub(1);
        if way.requests == 0
            && let Some(since) = way.since.take()
        {
            way.before += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_requests_at_once_take_no_longer_than_one() {
        let network = Network::default();
        let (one, other) = (network.begin(), network.begin());
        std::thread::sleep(Duration::from_millis(20));
        drop(one);
        drop(other);
        let took = network.took();
        assert!(took >= Duration::from_millis(20), "{took:?}");
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(network.took(), took);
    }
}
