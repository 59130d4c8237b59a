//! A bcrypt hash of a file, and how a password is held against it.

use std::fmt;
use std::hint::black_box;

use bcrypt::HashParts;
use ring::digest::{SHA256, digest};

/// The lowest and the highest cost that a hash may have: each step doubles the work, and 15 is more than a second.
pub(crate) const COSTS: std::ops::RangeInclusive<u32> = 4..=15;

/// How much of a password bcrypt looks at, in bytes.
const COUNTED: usize = 72;

/// The cost of the hash that stands for nobody where there is no other to be like.
const USUAL_COST: u32 = 10;

/// A bcrypt hash that can be computed in a bounded time.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hash {
    text: Box<str>,
    cost: u32,
}

/// Why a text is no such hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidHash {
    Other,
    Malformed,
    Cost,
}

impl Hash {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidHash> {
        if !["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version)) {
            return Err(InvalidHash::Other);
        }
        let parts: HashParts = text.parse().map_err(|_| InvalidHash::Malformed)?;
        let cost = parts.get_cost();
        if COSTS.contains(&cost) { Ok(Self { text: text.into(), cost }) } else { Err(InvalidHash::Cost) }
    }

    /// A hash that is as much work as the costliest of `others`.
    pub(crate) fn of_nobody<'a>(others: impl Iterator<Item = &'a Self>) -> Self {
        Self::of_cost(others.map(|hash| hash.cost).max().unwrap_or(USUAL_COST))
    }

    /// A hash that is that of no password, and takes so much work.
    fn of_cost(cost: u32) -> Self {
        Self { text: format!("$2b${cost:02}${}", ".".repeat(53)).into(), cost }
    }

    /// Whether it is that of a password. When it is not, that is said after as much work as `costliest` is, whose hash
    /// this may be: a cheap one would tell that somebody has the name.
    pub(crate) fn is_of(&self, password: &str, costliest: &Self) -> bool {
        let is_right = self.verifies(password);
        if !is_right {
            self.up_to(costliest).for_each(|other| _ = other.verifies(password));
        }
        is_right
    }

    /// Each cost is twice the work of the one before, so this hash and one of each cost from its own on, but for the
    /// last, are as much work together as one of the last.
    fn up_to(&self, costliest: &Self) -> impl Iterator<Item = Self> + use<> {
        (self.cost..costliest.cost).map(Self::of_cost)
    }

    /// This takes as long whatever the password is, and most of a second at the highest costs.
    fn verifies(&self, password: &str) -> bool {
        black_box(bcrypt::verify(password, &self.text).unwrap_or(false))
    }

    /// A number that is another one for another hash.
    pub(crate) fn stamp(&self) -> u64 {
        let digest = digest(&SHA256, self.text.as_bytes());
        digest.as_ref().iter().take(8).fold(0, |stamp, byte| stamp << 8 | u64::from(*byte))
    }

    /// The text, for what is derived of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hash").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// What counts of a password, as bcrypt has it: its first 72 bytes.
pub(crate) fn counted(password: &str) -> &[u8] {
    let bytes = password.as_bytes();
    bytes.get(..COUNTED).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_costs_what_the_costliest_costs() {
        let hash = |cost: u32| Hash { text: "".into(), cost };
        let nobody = |costs: &[u32]| Hash::of_nobody(costs.iter().map(|cost| hash(*cost)).collect::<Vec<_>>().iter());
        for (costs, expected) in [(&[4, 12, 9][..], 12), (&[5], 5), (&[], USUAL_COST)] {
            let hash = nobody(costs);
            assert_eq!(hash.cost, expected);
            assert_eq!(Hash::parse(&hash.text), Ok(hash), "a whole hash, or it would not be computed");
        }
    }

    /// By the time that a wrong password takes nobody can tell a user with a cheap hash from a name that nobody has.
    #[test]
    fn a_wrong_password_costs_the_same_whoever_it_was_for() {
        for costliest in COSTS.map(Hash::of_cost) {
            for hash in (4..=costliest.cost).map(Hash::of_cost) {
                let work = hash.up_to(&costliest).map(|other| 1 << other.cost).sum::<u64>() + (1 << hash.cost);
                assert_eq!(work, 1 << costliest.cost, "{hash:?} {costliest:?}");
            }
        }
    }

    #[test]
    fn nobody_has_no_password() {
        let nobody = Hash::of_nobody([Hash { text: "".into(), cost: 4 }].iter());
        assert!(["", "x", "."].iter().all(|password| !nobody.is_of(password, &nobody)));
    }
}
