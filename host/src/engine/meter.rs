//! What a call costs, as it goes on: who is at work, and since when.
//!
//! Time counts while the call's future is polled, which is when the guest computes, or the host for it. A
//! guest that waits (for an answer, an alarm, its turn on a processor) is not polled: it is charged
//! nothing, however often it waits.

use super::ticker::TICK;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};
use wasmtime::CallHook;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds of a clock that never shows 0.
fn now() -> u64 {
    u64::try_from(BEGAN.elapsed().as_nanos())
        .unwrap_or(u64::MAX)
        .saturating_add(1)
}

/// The meter of one call. One thread at a time writes to it: the one that polls the call.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Nanoseconds of polls that have ended.
    ended: AtomicU64,
    /// When the poll under way began; 0: there is none.
    since: AtomicU64,
    /// Of all that, what passed in host functions; and how much had passed when the one under way began.
    in_host: AtomicU64,
    entered_host: AtomicU64,
    /// Bytes of linear memory that the instance has, which never become fewer.
    memory: AtomicUsize,
}

/// Ends a poll, also where it panics.
struct Polling<'a>(&'a Meter);

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        self.0.ended.store(self.0.busy(), Relaxed);
        self.0.since.store(0, Relaxed);
    }
}

impl Meter {
    /// Measures what is done here.
    pub(crate) async fn measure<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        std::future::poll_fn(|context| -> Poll<F::Output> {
            self.since.store(now(), Relaxed);
            let _polling = Polling(self);
            work.as_mut().poll(context)
        })
        .await
    }

    /// Nanoseconds that guest and host have computed.
    fn busy(&self) -> u64 {
        let ended = self.ended.load(Relaxed);
        match self.since.load(Relaxed) {
            0 => ended,
            since => ended.saturating_add(now().saturating_sub(since)),
        }
    }

    /// How long the guest has computed, and the host for it. Called at each tick.
    pub(crate) fn computed(&self) -> Duration {
        if self.since.load(Relaxed) == 0 {
            // Nobody measures this call: the ticks do, which are never less than what it took.
            let tick = u64::try_from(TICK.as_nanos()).unwrap_or(u64::MAX);
            self.ended.fetch_add(tick, Relaxed);
        }
        Duration::from_nanos(self.busy())
    }

    /// How long the guest alone has computed.
    pub(crate) fn guest(&self) -> Duration {
        Duration::from_nanos(self.busy().saturating_sub(self.in_host.load(Relaxed)))
    }

    /// The guest calls the host, or gets its answer. The time at which the guest itself is called is that of
    /// the poll.
    pub(crate) fn crossed(&self, hook: CallHook) {
        match hook {
            CallHook::CallingHost => self.entered_host.store(self.busy(), Relaxed),
            CallHook::ReturningFromHost => {
                let passed = self.busy().saturating_sub(self.entered_host.load(Relaxed));
                self.in_host.fetch_add(passed, Relaxed);
            }
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
        }
    }

    pub(crate) fn has(&self, memory: usize) {
        self.memory.store(memory, Relaxed);
    }

    /// Bytes of linear memory.
    pub(crate) fn memory(&self) -> usize {
        self.memory.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_costs_nothing_and_computing_does() {
        let meter = Meter::default();
        meter
            .measure(tokio::time::sleep(Duration::from_millis(300)))
            .await;
        assert!(meter.guest() < Duration::from_millis(100), "{meter:?}");
        meter
            .measure(async { std::thread::sleep(Duration::from_millis(30)) })
            .await;
        assert!(meter.guest() >= Duration::from_millis(30), "{meter:?}");
    }

    #[tokio::test]
    async fn what_the_host_does_is_not_the_guests() {
        let meter = Meter::default();
        meter
            .measure(async {
                meter.crossed(CallHook::CallingHost);
                std::thread::sleep(Duration::from_millis(30));
                meter.crossed(CallHook::ReturningFromHost);
            })
            .await;
        assert!(meter.busy() >= 30_000_000, "{meter:?}");
        assert!(meter.busy() - 30_000_000 >= u64::try_from(meter.guest().as_nanos()).unwrap());
    }

    #[test]
    fn a_call_that_nobody_measures_is_charged_its_ticks() {
        let meter = Meter::default();
        meter.computed();
        assert_eq!(meter.computed(), 2 * TICK);
    }
}
