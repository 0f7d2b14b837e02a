//! Whether a desk's clock was put back.
//!
//! What happens after that bears dates that lie before what was read already, and who asks for what is newer
//! misses it. Only the desk's own clock beside the one here can tell: its dates do not, as long as nothing
//! happens.

use crate::types::Instant;
use serde::{Deserialize, Serialize};

/// What a desk's clock showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// The latest time that it showed.
    desk: Instant,
    /// How far it was ahead of the clock here, at most; less than nothing where it was behind.
    ahead: i64,
}

impl Clocks {
    /// At the first look: `desk` by its own clock, `here` by this machine's, when the desk was asked.
    pub fn seen(desk: Instant, here: Instant) -> Self {
        Self {
            desk,
            ahead: desk.saturating_sub(here),
        }
    }

    /// From what [`Self::latest`] and [`Self::ahead`] gave.
    pub fn kept(latest: Instant, ahead: i64) -> Self {
        Self {
            desk: latest,
            ahead,
        }
    }

    /// How far the desk's clock was ahead of the one here, at most.
    pub fn ahead(&self) -> i64 {
        self.ahead
    }

    /// The latest time that the desk's clock showed.
    pub fn latest(&self) -> Instant {
        self.desk
    }

    /// A further look. Where the desk's clock was put back by at least so much since, by how much at most:
    /// then it counts anew from here. Where the clock here was put forward instead, nobody can tell it from
    /// that; where both were put back at once, the desk's own time does, unless more time has passed.
    pub fn look(&mut self, desk: Instant, here: Instant, least: i64) -> Option<i64> {
        let now = Self::seen(desk, here);
        let back = self.ahead.saturating_sub(now.ahead);
        let back = back.max(self.desk.saturating_sub(now.desk));
        if back >= least {
            *self = now;
            return Some(back);
        }
        self.desk = self.desk.max(now.desk);
        // What lags a little (an answer that took long, a clock that is slow) adds up until it is told.
        self.ahead = self.ahead.max(now.ahead);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: i64 = 30_000;
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_clock_that_goes_on_or_is_put_forward_was_not_put_back() {
        let mut clocks = Clocks::seen(HOUR, 0);
        for (desk, here) in [
            (2 * HOUR, HOUR),
            (9 * HOUR, HOUR),
            (9 * HOUR, HOUR + 20_000),
        ] {
            assert_eq!(clocks.look(desk, here, LEAST), None);
        }
        assert_eq!(clocks.latest(), 9 * HOUR);
    }

    #[test]
    fn a_clock_that_was_put_back_is_found_out_once_however_much_later() {
        for later in [0, 2 * HOUR, 1000 * HOUR] {
            let mut clocks = Clocks::seen(100 * HOUR, 100 * HOUR);
            let (desk, here) = (97 * HOUR + later, 100 * HOUR + later);
            assert_eq!(clocks.look(desk, here, LEAST), Some(3 * HOUR));
            assert_eq!(clocks.look(desk + 5, here + 5, LEAST), None);
        }
    }

    #[test]
    fn small_steps_add_up() {
        let mut clocks = Clocks::seen(0, 0);
        let steps =
            (1..=4).map(|step| clocks.look(step * HOUR - step * 10_000, step * HOUR, LEAST));
        assert_eq!(steps.collect::<Vec<_>>(), [None, None, Some(30_000), None]);
    }

    #[test]
    fn two_clocks_that_are_put_back_together_show_an_earlier_time() {
        let mut clocks = Clocks::seen(100 * HOUR, 100 * HOUR);
        assert_eq!(clocks.look(97 * HOUR, 97 * HOUR, LEAST), Some(3 * HOUR));
    }
}
