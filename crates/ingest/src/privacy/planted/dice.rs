//! Draws by rule: the same seed gives the same set on every machine.

/// A generator of numbers that look random.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The multiplier and increment of Knuth's MMIX; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// Returns a number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below((high - low + 1) as usize) as u32
    }

    pub(super) fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among[self.below(among.len())]
    }

    pub(super) fn pick_of<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    /// Picks a shape and fills it.
    pub(super) fn shape(&mut self, among: &[&str]) -> String {
        let shape = self.pick(among);
        self.fill(shape)
    }

    /// Puts a digit for every `d` of a shape, and a capital for every `A`.
    pub(super) fn fill(&mut self, shape: &str) -> String {
        let sign = |sign: char| match sign {
            'd' => char::from(b'0' + self.below(10) as u8),
            'A' => char::from(b"ABCDEFGHJKLMNPRSTUVWXYZ"[self.below(23)]),
            other => other,
        };
        shape.chars().map(sign).collect()
    }
}
