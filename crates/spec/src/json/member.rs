//! The known members of an object.
//!
//! A member has three states, since null is not absence to everyone: it is read as absence, told as a violation, and is the
//! weaker witness of what kind a document is.

use super::{Reader, Result};
use crate::DecodeErrorKind;

/// A member that an object may have once.
#[derive(Debug)]
pub(crate) enum Member<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Member<T> {
    /// Reads the member's value, unless it has been read before.
    pub(crate) fn read<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
    ) -> Result<()> {
        if !matches!(self, Self::Absent) {
            return Err(reader.fault_at(DecodeErrorKind::Duplicate, reader.name_at));
        }
        *self = if reader.null()? { Self::Null } else { Self::Value(read(reader)?) };
        Ok(())
    }

    /// Whether there is a value.
    pub(crate) const fn is_there(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value, which the object that begins `at` must have.
    pub(crate) fn required(self, reader: &mut Reader<'_>, at: usize) -> Result<T> {
        self.optional().ok_or_else(|| reader.fault_at(DecodeErrorKind::Missing, at))
    }

    /// The value; null is read as absence, as tools write it.
    pub(crate) fn optional(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value, or what stands for absence.
    pub(crate) fn or_default(self) -> T
    where
        T: Default,
    {
        self.optional().unwrap_or_default()
    }
}

/// Reads an object into a [`Member`] for each name of a table, `slot: "name" => how to read it`. The names are written
/// once, so what is read and what others may not look like cannot drift apart. Where the object begins is `at`.
macro_rules! members {
    ($at:ident = $reader:expr; $($slot:ident: $name:literal => $read:expr,)*) => {
        $(let mut $slot = $crate::json::Member::Absent;)*
        let $at = $reader.object(&[$($name),*], |reader, name| {
            match name {
                $($name => $slot.read(reader, $read)?,)*
                _ => return Ok(false),
            }
            Ok(true)
        })?;
    };
}

pub(crate) use members;
