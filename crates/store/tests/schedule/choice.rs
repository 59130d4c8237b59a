//! Who goes on at each moment: a choice that looks random and is the same for the same seed.

use crate::random::Random;

/// How many orders change at a moment at most, of those that change few.
const CHANGES: usize = 3;

/// A way through all that could happen.
#[derive(Debug)]
pub(crate) enum Choice {
    /// Whoever goes on does so until another comes, after this many steps on average.
    Walk { random: Random, steps: usize },
    /// Everybody has a rank, and the first who can goes on. At a few moments the one who is going on becomes the last, so
    /// that each of the few orders that a fault needs is found with a probability that is known (PCT).
    Ranks { ranks: Vec<usize>, changes: Vec<usize> },
    /// One after the other, but that the first one stops once, for all others to do everything.
    Once { first: usize, at: usize },
}

impl Choice {
    /// The one of a seed, where there are so many who do something, in about so many steps together.
    pub(crate) fn new(seed: u64, actors: usize, length: usize) -> Self {
        let mut random = Random(seed);
        match random.below(4) {
            0 => Self::Once { first: random.below(actors), at: random.below(length) },
            1 => Self::Walk { steps: [2, 8, 32][random.below(3)], random },
            _ => {
                let mut ranks: Vec<_> = (0..actors).collect();
                (1..actors).for_each(|position| ranks.swap(position, random.below(position + 1)));
                let changes = (0..=random.below(CHANGES)).map(|_| random.below(length)).collect();
                Self::Ranks { ranks, changes }
            }
        }
    }

    /// Who of those who can goes on, at this step; `current` was it last.
    pub(crate) fn next(&mut self, ready: &[usize], current: usize, step: usize) -> usize {
        match self {
            Self::Walk { random, steps } => match ready.contains(&current) && random.below(*steps) > 0 {
                true => current,
                false => ready[random.below(ready.len())],
            },
            Self::Ranks { ranks, changes } => {
                if changes.contains(&step) {
                    ranks.retain(|actor| *actor != current);
                    ranks.push(current);
                }
                *ranks.iter().find(|actor| ready.contains(actor)).unwrap()
            }
            Self::Once { first, at } => {
                let others = || ready.iter().copied().find(|actor| actor != first);
                match step < *at && ready.contains(first) {
                    true => *first,
                    false => others().unwrap_or(*first),
                }
            }
        }
    }
}
