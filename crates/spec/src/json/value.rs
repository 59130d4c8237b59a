//! Values that documents have in common, within their limits.
//!
//! Each limit is compared before the value is kept, so what exceeds one is never in memory. Maps take no name twice: a map
//! of another reader would silently hold the last.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use wharf_digest::Digest;

use super::{Reader, Result, Unknown};
use crate::{Annotations, DecodeErrorKind, MediaType};

impl<'a> Reader<'a> {
    pub(crate) fn string(&mut self) -> Result<String> {
        self.text().map(|text| text.value().into_owned())
    }

    /// A value, and where it begins.
    pub(crate) fn placed<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<(usize, T)> {
        self.peek();
        let at = self.at;
        read(self).map(|value| (at, value))
    }

    pub(crate) fn boolean(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b't') => self.literal("true").map(|()| true),
            Some(b'f') => self.literal("false").map(|()| false),
            _ => Err(self.misplaced()),
        }
    }

    pub(crate) fn media_type(&mut self) -> Result<MediaType> {
        self.parsed(|text| MediaType::parse(text).ok())
    }

    pub(crate) fn digest(&mut self) -> Result<Digest> {
        self.parsed(|text| Digest::parse(text).ok())
    }

    /// An array of at most as many items as any array may have.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        self.array(|reader, position| {
            reader.counts(position)?;
            items.push(read(reader)?);
            Ok(())
        })?;
        Ok(items)
    }

    pub(crate) fn strings(&mut self) -> Result<Vec<String>> {
        self.list(Self::string)
    }

    /// An object with names of the author's choice and texts for values.
    pub(crate) fn map(&mut self) -> Result<BTreeMap<String, String>> {
        let mut map = BTreeMap::new();
        self.each_member(|reader, name| {
            reader.counts(map.len())?;
            let at = reader.name_at;
            let new = map.insert(name.value().into_owned(), reader.string()?).is_none();
            reader.once(new, at)
        })?;
        Ok(map)
    }

    /// A set, which is written as an object whose values are empty objects.
    pub(crate) fn set(&mut self) -> Result<BTreeSet<String>> {
        let mut set = BTreeSet::new();
        self.each_member(|reader, name| {
            reader.counts(set.len())?;
            let new = set.insert(name.value().into_owned());
            reader.once(new, reader.name_at)?;
            if reader.null()? { Ok(()) } else { reader.empty_object() }
        })?;
        Ok(set)
    }

    /// Reads past an object that should be empty. What is in it is told as one, since each member would be told with the
    /// name in the set, which can be as long as the document.
    fn empty_object(&mut self) -> Result<()> {
        if self.peek() != Some(b'{') {
            return Err(self.misplaced());
        }
        let (name_at, start) = (self.name_at, self.at);
        self.skip()?;
        let inside = self.text.get(start + 1..self.at - 1).unwrap_or_default();
        if let Some(notes) = self.notes.as_mut().filter(|_| !inside.trim_ascii().is_empty()) {
            notes.unknown.push(Unknown { name_at, value: start..self.at });
        }
        Ok(())
    }

    pub(crate) fn annotations(&mut self) -> Result<Annotations> {
        let (mut annotations, mut bytes) = (Annotations::new(), 0);
        self.each_member(|reader, name| {
            let (at, name, value) = (reader.name_at, name.value(), reader.text()?.value());
            bytes += name.len() + value.len();
            if annotations.len() >= reader.limits.annotations || bytes > reader.limits.annotation_bytes {
                return Err(reader.fault_at(DecodeErrorKind::TooManyAnnotations, at));
            }
            let new = annotations.insert(name.into_owned(), value.into_owned()).is_none();
            reader.once(new, at)
        })?;
        Ok(annotations)
    }

    pub(crate) fn urls(&mut self) -> Result<Vec<String>> {
        let mut urls = Vec::new();
        self.array(|reader, position| {
            reader.peek();
            let (at, url) = (reader.at, reader.string()?);
            if position >= reader.limits.urls || url.len() > reader.limits.url_bytes {
                return Err(reader.fault_at(DecodeErrorKind::TooManyUrls, at));
            }
            urls.push(url);
            Ok(())
        })?;
        Ok(urls)
    }

    /// Embedded content: base64 with padding (RFC 4648, section 4).
    pub(crate) fn data(&mut self) -> Result<Bytes> {
        self.peek();
        let at = self.at;
        // The text of content is longer than texts may be, and has a limit of its own.
        let longest = std::mem::replace(&mut self.longest, usize::MAX);
        let text = self.text()?.value();
        self.longest = longest;
        let padding = text.bytes().rev().take(2).filter(|byte| *byte == b'=').count();
        let length = (text.len() / 4 * 3).saturating_sub(padding);
        self.embedded = self.embedded.saturating_add(length);
        if length > self.limits.data_bytes || self.embedded > self.limits.all_data_bytes {
            return Err(self.fault_at(DecodeErrorKind::TooMuchData, at));
        }
        STANDARD.decode(text.as_bytes()).map(Bytes::from).map_err(|_| self.fault_at(DecodeErrorKind::WrongShape, at))
    }

    /// Counts a descriptor of the document.
    pub(crate) fn counts_descriptor(&mut self) -> Result<()> {
        self.descriptors += 1;
        match self.descriptors > self.limits.descriptors {
            true => Err(self.fault(DecodeErrorKind::TooManyDescriptors)),
            false => Ok(()),
        }
    }

    fn once(&mut self, new: bool, at: usize) -> Result<()> {
        if new { Ok(()) } else { Err(self.fault_at(DecodeErrorKind::Duplicate, at)) }
    }

    fn counts(&mut self, so_far: usize) -> Result<()> {
        match so_far < self.limits.entries {
            true => Ok(()),
            false => Err(self.fault(DecodeErrorKind::TooManyEntries)),
        }
    }

    fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        self.peek();
        let at = self.at;
        let text: Cow<'a, str> = self.text()?.value();
        parse(&text).ok_or_else(|| self.fault_at(DecodeErrorKind::WrongShape, at))
    }
}
