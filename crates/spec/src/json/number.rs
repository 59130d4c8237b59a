//! Numbers: the grammar of RFC 8259, section 6, and integers that every implementation can hold.
//!
//! JSON has one kind of number, and languages have several: `1e3` is an integer to some readers and none to others, 2⁶³ is
//! a negative size to one that wraps. Where an integer belongs, only its shortest spelling is taken.

use super::{Reader, Result};
use crate::DecodeErrorKind;

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
        match self.number()?.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(()),
            _ => Err(self.fault_at(DecodeErrorKind::WrongShape, at)),
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
