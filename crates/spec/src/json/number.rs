//! Numbers: the grammar of RFC 8259, section 6, and integers that every implementation can hold.
//!
//! JSON has one kind of number, and languages have several: `1e3` is an integer to some readers and none to others, 2⁶³ is
//! a negative size to one that wraps. Where an integer belongs, only its shortest spelling is taken.

use std::cmp::Ordering;

use super::{Reader, Result};
use crate::DecodeErrorKind;

/// The decimal order of the largest double, and its first digits.
const LARGEST: (i64, [u8; 17]) = (308, *b"17976931348623157");

impl<'a> Reader<'a> {
    /// Reads an integer that is written as one: no fraction, no exponent, not minus zero.
    pub(crate) fn integer(&mut self) -> Result<i64> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.misplaced());
        }
        let (at, number) = (self.at, self.number()?);
        let integer = number.parse().ok().filter(|_| number != "-0");
        integer.ok_or_else(|| self.fault_at(DecodeErrorKind::WrongShape, at))
    }

    /// Reads a size: an integer from 0 on, since the specification's integers are signed.
    pub(crate) fn size(&mut self) -> Result<u64> {
        self.peek();
        let at = self.at;
        u64::try_from(self.integer()?).map_err(|_| self.fault_at(DecodeErrorKind::WrongShape, at))
    }

    /// Reads past a number that nobody asked for. One that no double can hold is refused (RFC 7493, section 2.2).
    pub(super) fn any_number(&mut self) -> Result<()> {
        let at = self.at;
        match is_double(self.number()?) {
            true => Ok(()),
            false => Err(self.fault_at(DecodeErrorKind::WrongShape, at)),
        }
    }

    fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }
}

/// Whether a double can hold a number of the grammar, rounded. It is told by order and first digits: parsing takes ten
/// microseconds if the number is half way between two doubles, and a document can hold a hundred thousand such numbers.
fn is_double(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let zeros = if whole.is_empty() { fraction.bytes().take_while(|digit| *digit == b'0').count() } else { 0 };
    let mut digits = whole.bytes().chain(fraction.bytes()).skip(zeros).peekable();
    if digits.peek().is_none() {
        return true;
    }
    let overflow = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent: i64 = exponent.parse().unwrap_or(overflow);
    let order = exponent.saturating_add_unsigned(whole.len() as u64).saturating_sub_unsigned(zeros as u64 + 1);
    match order.cmp(&LARGEST.0) {
        Ordering::Equal => digits.take(LARGEST.1.len()).le(LARGEST.1),
        other => other == Ordering::Less,
    }
}
