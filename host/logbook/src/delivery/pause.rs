//! When to try again: longer and longer pauses, and never all at the same moment.

use super::Settings;
use jiff::Timestamp;
use std::time::Duration;

/// No CMDB can put its deliveries off for longer than this.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3600);

/// The pause after so many failures in a row: it doubles up to the longest, and between half and all of
/// it is taken, so that what failed together does not come back together. `seed` decides.
fn back_off(settings: &Settings, failures: u32, seed: &[u8]) -> Duration {
    let doubled = 1_u32
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let whole = settings
        .first_pause
        .saturating_mul(doubled)
        .min(settings.longest_pause);
    let mut hash = blake3::Hasher::new();
    hash.update(seed);
    hash.update(&failures.to_le_bytes());
    let byte = hash.finalize().as_bytes().first().copied().unwrap_or(0);
    whole.mul_f64(0.5 + f64::from(byte) / 510.0)
}

/// The moment after a pause, not before what the CMDB wishes.
pub(super) fn after(
    settings: &Settings,
    failures: u32,
    wish: Option<Duration>,
    seed: &[u8],
    now: Timestamp,
) -> Timestamp {
    let pause = back_off(settings, failures, seed);
    later(now, pause.max(wish.unwrap_or_default().min(LONGEST_WISH)))
}

/// A moment later by so much; the end of time where there is none.
pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Holds the whole delivery back while the CMDB is out of reach or does not let us in. Kept between
/// passes in memory: a new process tries at once.
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    failures: u32,
    until: Option<Timestamp>,
    reason: Option<String>,
}

impl Breaker {
    /// Why nothing is delivered; none: deliveries go on.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Until when nothing is sent.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Forgets the pause: for a person who has mended what was wrong.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing may be sent now.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Whether the last attempt failed: one entry is then enough to find out whether it works again.
    pub(super) fn doubts(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn failed(&mut self, settings: &Settings, reason: &str, wish: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let now = Timestamp::now();
        let seed = now.as_nanosecond().to_le_bytes();
        self.until = Some(after(settings, self.failures, wish, &seed, now));
        self.reason = Some(reason.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_differ() {
        let settings = Settings::default();
        for failures in 1..100 {
            let whole = Duration::from_secs(30)
                .saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX))
                .min(Duration::from_secs(3600));
            let pauses: Vec<Duration> = (0..50_u8)
                .map(|seed| back_off(&settings, failures, &[seed]))
                .collect();
            assert!(pauses.iter().all(|p| *p >= whole / 2 && *p <= whole));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
    }

    #[test]
    fn what_the_cmdb_wishes_is_kept_up_to_a_day() {
        let settings = Settings::default();
        let now = Timestamp::now();
        let wish = |seconds| Some(Duration::from_secs(seconds));
        let until = |wish| after(&settings, 1, wish, b"", now).duration_since(now);
        assert_eq!(until(wish(7200)).as_secs(), 7200);
        assert_eq!(until(wish(u64::MAX)).as_secs(), 24 * 3600);
        assert!(until(wish(1)).as_secs() >= 15);
    }
}
