//! Numbers that look like chance and are the same each time.

/// Xorshift: good enough to choose with.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same seed rolls the same numbers.
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds would roll alike at first, and a state of zero would stay zero.
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below the bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound.max(1)
    }

    /// One of so many.
    pub fn roll(&mut self, sides: usize) -> usize {
        let rolled = self.below(u64::try_from(sides).unwrap_or(u64::MAX));
        usize::try_from(rolled).unwrap_or(0)
    }
}
