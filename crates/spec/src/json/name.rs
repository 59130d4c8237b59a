//! Names that nobody asked for: they may not occur twice in an object, and not look like known ones.
//!
//! A name is kept as two offsets, so that a document of nothing but names takes sixteen bytes for each. Names are equal
//! when they say the same: `"a"` and `"\u0061"` are one.

use std::cmp::Ordering;

use super::look_alike::is_look_alike;
use super::note::Unknown;
use super::{Reader, Result, Text};
use crate::DecodeErrorKind;

/// Where a name begins and ends in the text, with its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    start: usize,
    end: usize,
}

impl Name {
    fn text<'a>(&self, text: &'a str) -> Text<'a> {
        Text::new(text.get(self.start + 1..self.end - 1).unwrap_or_default())
    }
}

impl<'a> Reader<'a> {
    /// Reads past the value of a member that is not `known`.
    pub(super) fn unknown(&mut self, known: &[&str], name: Text<'a>) -> Result<()> {
        let name_at = self.name_at;
        if is_look_alike(known, &name.value()) {
            return Err(self.fault_at(DecodeErrorKind::Ambiguous, name_at));
        }
        self.remember_name();
        self.peek();
        let start = self.at;
        self.skip()?;
        if let Some(notes) = &mut self.notes {
            notes.unknown.push(Unknown { name_at, value: start..self.at });
        }
        Ok(())
    }

    /// Keeps the name that was just read until its object ends. The colon after it has been read.
    pub(super) fn remember_name(&mut self) {
        let read = self.text.as_bytes().get(self.name_at..self.at).unwrap_or_default();
        let quote = read.iter().rposition(|byte| *byte == b'"').unwrap_or_default();
        self.names.push(Name { start: self.name_at, end: self.name_at + quote + 1 });
    }

    /// Whether the names since the first `others` differ; they are forgotten. Sorting them needs no memory of its own,
    /// and has no bad case that a document could aim at.
    pub(super) fn distinct(&mut self, others: usize) -> Result<()> {
        let text = self.text;
        let names = self.names.get_mut(others..).unwrap_or_default();
        let order = |one: &Name, other: &Name| one.text(text).cmp(other.text(text));
        names.sort_unstable_by(|one, other| order(one, other).then(one.start.cmp(&other.start)));
        let twice = names.iter().zip(names.iter().skip(1)).filter(|(one, other)| order(one, other) == Ordering::Equal);
        let first = twice.map(|(_, other)| other.start).min();
        self.names.truncate(others);
        match first {
            Some(at) => Err(self.fault_at(DecodeErrorKind::Duplicate, at)),
            None => Ok(()),
        }
    }
}
