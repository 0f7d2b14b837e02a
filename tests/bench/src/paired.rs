//! Two ways to do the same thing, measured in turns, so that whatever else the machine does falls
//! on both.

use std::time::{Duration, Instant};

/// What was measured of each.
pub(crate) struct Pair {
    pub(crate) baseline: Times,
    pub(crate) ours: Times,
}

/// How long the rounds took.
pub(crate) struct Times {
    pub(crate) median: Duration,
    /// Whatever else the machine does can only add to it.
    pub(crate) fastest: Duration,
}

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            median: times.get(times.len() / 2).copied().unwrap_or_default(),
            fastest: times.first().copied().unwrap_or_default(),
        }
    }
}

/// Measures in turns. Each closure does its thing once and says how long it took, so that it can
/// leave out what does not belong to it.
pub(crate) fn in_turns(
    rounds: usize,
    mut baseline: impl FnMut() -> Duration,
    mut ours: impl FnMut() -> Duration,
) -> Pair {
    // Caches, connections and pools warm up.
    for _ in 0..rounds.div_ceil(10) {
        baseline();
        ours();
    }
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        // Who goes first changes: the second finds warmer caches.
        if round % 2 == 0 {
            times.0.push(baseline());
            times.1.push(ours());
        } else {
            times.1.push(ours());
            times.0.push(baseline());
        }
    }
    Pair {
        baseline: Times::of(times.0),
        ours: Times::of(times.1),
    }
}

/// How long it takes.
pub(crate) fn timed<R>(what: impl FnOnce() -> R) -> Duration {
    let start = Instant::now();
    let result = what();
    let elapsed = start.elapsed();
    // Dropping the result is not part of it.
    drop(std::hint::black_box(result));
    elapsed
}

/// How much of the processor this thread takes for it: for work that waits for nothing.
pub(crate) fn computed<R>(what: impl FnOnce() -> R) -> (Duration, R) {
    let start = thread_time();
    let result = what();
    (thread_time().saturating_sub(start), result)
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
