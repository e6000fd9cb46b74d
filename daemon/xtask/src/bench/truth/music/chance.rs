//! Repeatable chance: the same seed gives the same music and the same faults on every machine.

/// A small generator (xorshift) that never stands at zero.
#[derive(Clone, Debug)]
pub(in super::super) struct Chance(u64);

impl Chance {
    /// Two seeds make independent streams for piece and purpose.
    pub(in super::super) fn new(seed: u64, purpose: u64) -> Self {
        let mixed = seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(purpose.wrapping_mul(0xD1B5_4A32_D192_ED03));
        let mut chance = Self(mixed ^ (mixed >> 29) | 1);
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to 1, without 1.
    pub(in super::super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// White noise from -1 to 1.
    pub(in super::super) fn noise(&mut self) -> f64 {
        2.0 * self.share() - 1.0
    }

    pub(in super::super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number from 0 to `count` - 1.
    pub(in super::super) fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count - 1)
    }

    pub(in super::super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(in super::super) fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }
}
