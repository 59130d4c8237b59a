//! Numbers that look random and are the same for the same seed.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

/// Where the numbers begin; another one can be asked for by `WHARF_SEED`.
pub(crate) fn seed() -> u64 {
    number("WHARF_SEED").unwrap_or(1)
}

/// How many states are tried where there are too many of them; a longer run asks for more by `WHARF_STATES`.
pub(crate) fn budget(default: usize) -> usize {
    number("WHARF_STATES").and_then(|states| usize::try_from(states).ok()).unwrap_or(default)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
