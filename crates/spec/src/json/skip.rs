//! Values that nobody asked for: they are looked through as strictly as the rest, without a stack that they could exhaust.
//!
//! They are part of the document that is passed on, and another reader may ask for them. A duplicate in a member that is
//! not known here would be the same two images there.

use super::{Reader, Result};
use crate::DecodeErrorKind;

/// An array or object that is open.
enum Open {
    Array,
    /// With the number of names that were there before it.
    Object(usize),
}

impl Reader<'_> {
    /// Reads past a value.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                Some(b'{') => self.skip_into_object(&mut open)?,
                Some(b'[') => self.skip_into_array(&mut open)?,
                _ => {
                    self.scalar()?;
                    self.skip_ends(&mut open)?;
                }
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    fn skip_into_object(&mut self, open: &mut Vec<Open>) -> Result<()> {
        self.enter(b'{')?;
        open.push(Open::Object(self.names.len()));
        match self.peek() {
            Some(b'}') => self.skip_ends(open),
            _ => self.skip_name(),
        }
    }

    fn skip_into_array(&mut self, open: &mut Vec<Open>) -> Result<()> {
        self.enter(b'[')?;
        open.push(Open::Array);
        match self.peek() {
            Some(b']') => self.skip_ends(open),
            _ => Ok(()),
        }
    }

    /// Reads what follows a value: the ends of what it was the last of, and the comma before the next.
    fn skip_ends(&mut self, open: &mut Vec<Open>) -> Result<()> {
        while let Some(last) = open.last() {
            match (last, self.peek()) {
                (Open::Array, Some(b',')) => {
                    self.at += 1;
                    return Ok(());
                }
                (Open::Object(_), Some(b',')) => {
                    self.at += 1;
                    return self.skip_name();
                }
                (Open::Array, Some(b']')) => {}
                (Open::Object(others), Some(b'}')) => self.distinct(*others)?,
                _ => return Err(self.fault(DecodeErrorKind::NotJson)),
            }
            self.at += 1;
            self.depth -= 1;
            open.pop();
        }
        Ok(())
    }

    fn skip_name(&mut self) -> Result<()> {
        self.name()?;
        self.remember_name();
        Ok(())
    }

    fn scalar(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'"') => self.text().map(|_| ()),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.any_number(),
            _ => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }
}
