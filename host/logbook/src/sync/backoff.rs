//! When a desk is read again: in its interval, and later where it has failed.

use super::SyncError;
use std::time::Duration;

/// Longer than that a desk is never left alone.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Passes that failed one after the other, after which the desk counts as out of order.
const OPEN_AFTER: u32 = 5;

/// Waits longer with each failure, and is a circuit breaker: what will not pass by itself (a wrong
/// password, which some desks answer with a lock on the account) is tried again as seldom as possible.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    interval: Duration,
    failures: u32,
    turns: u64,
    seed: u64,
}

impl Backoff {
    /// `name` tells several desks apart, so that they are not all read at the same moment.
    pub(super) fn new(interval: Duration, name: &str) -> Self {
        let hash = blake3::hash(name.as_bytes());
        let mut seed = [0; 8];
        seed.copy_from_slice(hash.as_bytes().first_chunk::<8>().unwrap_or(&[0; 8]));
        Self {
            interval,
            failures: 0,
            turns: 0,
            seed: u64::from_le_bytes(seed),
        }
    }

    /// How long to wait after a pass that read everything.
    pub(super) fn succeeded(&mut self) -> Duration {
        self.failures = 0;
        self.scattered(self.interval)
    }

    /// How long to wait after one that failed.
    pub(super) fn failed(&mut self, error: &SyncError) -> Duration {
        self.failures += 1;
        let doubled = self
            .interval
            .saturating_mul(1 << (self.failures - 1).min(16));
        let (passing, asked) = match error {
            SyncError::Source(error) => (error.passing, error.retry_after),
            SyncError::Store(_) => (true, None),
        };
        let wait = match passing && self.failures < OPEN_AFTER {
            true => doubled.min(LONGEST),
            false => LONGEST.max(self.interval),
        };
        // Not before the desk wants to be asked again, but no desk is left alone for a day either.
        let asked = asked.unwrap_or_default().min(4 * LONGEST);
        self.scattered(wait).max(asked)
    }

    /// A tenth more or less.
    fn scattered(&mut self, wait: Duration) -> Duration {
        self.turns += 1;
        // Splitmix64: any mixing will do.
        let mut z = self
            .seed
            .wrapping_add(self.turns.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^= z >> 31;
        let share = (z >> 40) as f64 / (1_u64 << 24) as f64;
        wait.mul_f64(0.9 + share / 5.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceError;

    const MINUTE: Duration = Duration::from_secs(60);

    fn error(passing: bool, retry_after: Option<u64>) -> SyncError {
        SyncError::Source(SourceError {
            code: "unavailable",
            message: "down".to_owned(),
            passing,
            retry_after: retry_after.map(Duration::from_secs),
        })
    }

    fn about(wait: Duration, wanted: Duration) -> bool {
        wait >= wanted.mul_f64(0.89) && wait <= wanted.mul_f64(1.11)
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour_and_begins_anew() {
        let mut backoff = Backoff::new(MINUTE, "helpdesk");
        let waits: Vec<Duration> = (0..7).map(|_| backoff.failed(&error(true, None))).collect();
        for (wait, minutes) in waits.iter().zip([1, 2, 4, 8, 15, 15, 15]) {
            assert!(about(*wait, MINUTE * minutes), "{wait:?} {minutes}");
        }
        assert!(about(backoff.succeeded(), MINUTE));
        assert!(about(backoff.failed(&error(true, None)), MINUTE));
    }

    #[test]
    fn what_will_not_pass_is_tried_seldom() {
        let mut backoff = Backoff::new(MINUTE, "helpdesk");
        assert!(about(backoff.failed(&error(false, None)), LONGEST));
    }

    #[test]
    fn a_desk_is_not_asked_before_it_wants_to_be() {
        let mut backoff = Backoff::new(MINUTE, "helpdesk");
        let wait = backoff.failed(&error(true, Some(1000)));
        assert_eq!(wait, Duration::from_secs(1000));
        let wait = backoff.failed(&error(true, Some(1_000_000)));
        assert_eq!(wait, 4 * LONGEST);
    }

    #[test]
    fn desks_are_not_all_read_at_the_same_moment() {
        let first = |name| Backoff::new(MINUTE, name).succeeded();
        assert_ne!(first("helpdesk"), first("network"));
    }
}
