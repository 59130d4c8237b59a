//! Where a session stands, by what it says that it holds.
//!
//! The specification has it name its last byte. Some name the number of bytes instead, which nobody can tell until they
//! say so of a number that is known.

use crate::Held;

/// How a registry counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counting {
    /// As it should, as long as nothing speaks against it.
    #[default]
    Unknown,
    /// It names the last byte.
    Last,
    /// It names the number of bytes.
    Number,
    /// The same, as it seems: the other reading did not fit.
    Supposed,
}

impl Counting {
    /// Learns from what a session says that holds `end` bytes; whether it can be that it does.
    pub(super) fn learn(&mut self, held: Option<Held>, end: u64) -> bool {
        let Some(held) = held else { return true };
        let (as_last, as_number) = (held.can_be(end), held.can_count(end));
        match (as_last, as_number, end > 1) {
            (true, false, true) => *self = Self::Last,
            (false, true, _) => *self = Self::Number,
            _ => {}
        }
        as_last || as_number
    }

    /// Where a session stands to which no more than `sent` bytes were sent, if what it says can be true.
    pub(super) fn read(&mut self, held: Held, sent: u64) -> Option<u64> {
        let said = match held.bytes() {
            Some(said) => said,
            None => return (sent == 0 || self.is_number()).then_some(0),
        };
        if *self == Self::Unknown && said.checked_sub(1) == Some(sent) {
            *self = Self::Number;
        }
        let stands = if self.is_number() { said.saturating_sub(1) } else { said };
        (stands <= sent).then_some(stands)
    }

    /// Supposes the other reading of a session that does not stand `at` where it was read to stand; where it stands then.
    pub(super) fn suppose(&mut self, at: u64) -> Option<u64> {
        match self {
            Self::Unknown if at > 1 => {
                *self = Self::Supposed;
                Some(at - 1)
            }
            Self::Supposed => {
                *self = Self::Last;
                Some(at.saturating_add(1))
            }
            _ => None,
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Supposed)
    }
}
