//! How many entries i-doit takes at once: learned from its failures.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Full batches after which one entry more is tried.
const PATIENCE: usize = 4;

/// Halved where a batch was too large, and slowly widened where all is well.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    now: AtomicUsize,
    good: AtomicUsize,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            now: AtomicUsize::new(most),
            good: AtomicUsize::new(0),
        }
    }

    pub(super) fn now(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// So many were too many.
    pub(super) fn shrink(&self, sent: usize) {
        let now = self.now().min(sent / 2).max(1);
        self.now.store(now, Ordering::Relaxed);
        self.good.store(0, Ordering::Relaxed);
    }

    /// So many were taken.
    pub(super) fn good(&self, sent: usize) {
        if sent < self.now() {
            return;
        }
        if self.good.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.good.store(0, Ordering::Relaxed);
            let now = (self.now() + 1).min(self.most);
            self.now.store(now, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn a_batch_is_halved_down_to_one_and_grows_again() {
        let room = Room::new(50);
        let mut sizes = Vec::new();
        for _ in 0..7 {
            sizes.push(room.now());
            room.shrink(room.now());
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1, 1]);
        for _ in 0..1000 {
            room.good(room.now());
        }
        assert_eq!(room.now(), 50);
    }
}
