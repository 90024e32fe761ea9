//! Savina's pseudo-random numbers, so that the same actors meet as in its other implementations.

/// A linear congruential generator of 16 bits, as the suite defines it.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = (self.0 * 1_309 + 13_849) & 0xffff;
        self.0 as usize % end
    }
}
