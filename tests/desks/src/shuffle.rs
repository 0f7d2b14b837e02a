//! The disorder of Perl's hashes: keys come in another order in every answer.

use crate::dice::Dice;

/// Shuffles; the same seed shuffles the same way.
#[derive(Debug)]
pub(crate) struct Shuffle(Dice);

impl Shuffle {
    pub(crate) fn new(seed: u64) -> Self {
        Shuffle(Dice::new(seed))
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.0.roll(last + 1));
        }
    }
}
