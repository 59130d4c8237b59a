//! What an `index.json` says: tags and recorded manifests. It knows no files; [`update`](super::update) reads and
//! replaces them, and [`change`](super::change) says how it changes.
//!
//! One can have a quarter of a million entries. So its bytes are held once, as they are in the file, the entries are
//! parts of them, and they are sorted by name and by digest once.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use wharf_registry::{DecodeError, DecodeErrorKind, Descriptor, Digest, Index as ImageIndex, Tag};

use super::entry::{Edited, Entry, Slot, Span};
use super::members::{Members, raw};

const MANIFESTS: &str = "manifests";
const SCHEMA_VERSION: &str = "schemaVersion";

/// `index.json` as data: what was written by others keeps its order and its bytes, and what is not understood stays.
///
/// An entry's name is its annotation `org.opencontainers.image.ref.name`. The first entry of a name counts, as it does
/// for other readers.
#[derive(Debug)]
pub(super) struct Index {
    /// The bytes of the file, and behind them what its entries spell with escapes, as it reads.
    text: String,
    frame: Frame,
    slots: Vec<Slot>,
    /// The places of the entries whose names can be tags, by name and place.
    by_name: Vec<u32>,
    /// The places of the entries that can be pulled, by digest and place.
    by_digest: Vec<u32>,
}

/// Where in a file its entries are.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Where what is before the entries ends.
    head: usize,
    /// Where what is after them begins.
    tail: usize,
    /// Where the file ends.
    length: usize,
    /// Whether the list is called `null`, as some writers do when it is empty.
    is_null: bool,
}

/// The bytes of an index without entries.
pub(super) fn empty() -> Vec<u8> {
    Box::<str>::from(raw(&ImageIndex::new(Vec::new()))).into_string().into_bytes()
}

impl Index {
    /// Reads an index. One that has no list of entries, or two of them, is refused: two readers could see two of it.
    pub(super) fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(DecodeError::new(DecodeErrorKind::TooLarge));
        }
        let mut text = String::from_utf8(bytes).map_err(|_| DecodeError::new(DecodeErrorKind::NotJson))?;
        let (frame, entries) = frame(&text)?;
        let slots = entries.into_iter().map(|entry| Slot::read(&mut text, entry)).collect();
        let index = Self { text, frame, slots, by_name: Vec::new(), by_digest: Vec::new() };
        let all = (0..).take(index.slots.len()).collect();
        Ok(index.sorted(Vec::new(), Vec::new(), all))
    }

    /// The index in which entries are others, or none; those behind the last place are new. Everything else keeps its
    /// bytes, and is neither read nor sorted again.
    pub(super) fn with(&self, edits: &BTreeMap<u32, Option<Edited>>) -> Self {
        let (text, frame, entries) = self.written(edits);
        let mut index =
            Self { text, frame, slots: Vec::with_capacity(entries.len()), by_name: Vec::new(), by_digest: Vec::new() };
        let (mut places, mut fresh) = (vec![None; self.slots.len()], Vec::new());
        for ((place, span), now) in entries.into_iter().zip(0..) {
            let kept = self.slots.get(place as usize).filter(|_| !edits.contains_key(&place));
            index.slots.push(match kept {
                Some(slot) => slot.moved(span, self.frame.length, frame.length),
                None => Slot::read(&mut index.text, span),
            });
            match places.get_mut(place as usize).filter(|_| kept.is_some()) {
                Some(known) => *known = Some(now),
                None => fresh.push(now),
            }
        }
        let kept = |places: &[Option<u32>], sorted: &[u32]| -> Vec<u32> {
            sorted.iter().filter_map(|place| *places.get(*place as usize)?).collect()
        };
        let (by_name, by_digest) = (kept(&places, &self.by_name), kept(&places, &self.by_digest));
        index.sorted(by_name, by_digest, fresh)
    }

    /// The text with other entries, and where each of them is, by the place that it had.
    fn written(&self, edits: &BTreeMap<u32, Option<Edited>>) -> (String, Frame, Vec<(u32, Span)>) {
        let Frame { head, tail, length, is_null } = self.frame;
        let raw = |place: u32| match edits.get(&place) {
            Some(edited) => edited.as_ref().map(|edited| edited.entry().raw()),
            None => self.entry(place).map(Entry::raw),
        };
        let part = |begin, end| self.text.get(begin..end).unwrap_or_default();
        let more: usize = edits.values().flatten().map(|edited| edited.entry().raw().len() + 1).sum();
        let mut text = String::with_capacity(self.text.len() + more + 2);
        text.push_str(part(0, head));
        text.push_str(if is_null { "[" } else { "" });
        let (head, mut entries) = (text.len(), Vec::with_capacity(self.slots.len() + edits.len()));
        for (place, raw) in (0..self.end(edits)).filter_map(|place| Some((place, raw(place)?))) {
            text.push_str(if entries.is_empty() { "" } else { "," });
            entries.push((place, Span::new(text.len(), text.len() + raw.len())));
            text.push_str(raw);
        }
        let now = text.len();
        text.push_str(if is_null { "]" } else { "" });
        text.push_str(part(tail, length));
        let frame = Frame { head, tail: now, length: text.len(), is_null: false };
        text.push_str(part(length, self.text.len()));
        (text, frame, entries)
    }

    /// The place behind the last entry, if these are other ones.
    pub(super) fn end(&self, edits: &BTreeMap<u32, Option<Edited>>) -> u32 {
        let end = Span::new(0, self.slots.len()).end();
        edits.last_key_value().map_or(end, |(last, _)| end.max(last.saturating_add(1)))
    }

    /// An index whose entries are in this order, but for those in the `fresh` places.
    fn sorted(mut self, by_name: Vec<u32>, by_digest: Vec<u32>, fresh: Vec<u32>) -> Self {
        let is_tag = |place: &u32| self.name(*place).is_some_and(|name| Tag::parse(name).is_ok());
        let named = fresh.iter().copied().filter(is_tag).collect();
        let by_name = merged(&by_name, named, |place| self.name(place));
        let can_be_pulled = fresh.into_iter().filter(|place| self.digest(*place).is_some()).collect();
        self.by_digest = merged(&by_digest, can_be_pulled, |place| self.digest(place));
        self.by_name = by_name;
        self
    }

    /// The bytes of the file.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes().get(..self.frame.length).unwrap_or_default()
    }

    /// The entries as they are in the file.
    pub(super) fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        self.slots.iter().map(|slot| Entry::new(&self.text, slot))
    }

    /// The entry in a place.
    pub(super) fn entry(&self, place: u32) -> Option<Entry<'_>> {
        self.slots.get(place as usize).map(|slot| Entry::new(&self.text, slot))
    }

    /// The places of the entries that bear a name which can be a tag, readable or not.
    pub(super) fn named(&self, name: &str) -> &[u32] {
        range(&self.by_name, |place| self.name(place), name)
    }

    /// The places of the entries of a manifest.
    pub(super) fn of(&self, digest: &str) -> &[u32] {
        range(&self.by_digest, |place| self.digest(place), digest)
    }

    /// The first `limit` tags after another one, in the order of bytes.
    pub(super) fn tags(&self, after: Option<&Tag>, limit: usize) -> Vec<Tag> {
        let begin = self.by_name.partition_point(|place| self.name(*place) <= after.map(Tag::as_str));
        let readable = self.by_name.iter().skip(begin).filter(|place| self.digest(**place).is_some());
        let mut last = None;
        let names = readable.filter_map(|place| self.name(*place)).filter(|name| last.replace(*name) != Some(*name));
        names.filter_map(|name| Tag::parse(name).ok()).take(limit).collect()
    }

    /// Where a tag points.
    pub(super) fn tag(&self, tag: &Tag) -> Option<Descriptor> {
        self.named(tag.as_str()).iter().find_map(|place| self.entry(*place)?.descriptor())
    }

    /// What is said of a manifest.
    pub(super) fn manifest(&self, digest: &Digest) -> Option<Descriptor> {
        self.of(&digest.to_string()).first().and_then(|place| self.entry(*place)?.descriptor())
    }

    fn name(&self, place: u32) -> Option<&str> {
        self.entry(place)?.name()
    }

    fn digest(&self, place: u32) -> Option<&str> {
        self.entry(place)?.digest()
    }
}

impl AsRef<[u8]> for Index {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Where the entries are in a file, and each of them with the space before it.
fn frame(text: &str) -> Result<(Frame, Vec<Span>), DecodeError> {
    let wrong = || DecodeError::new(DecodeErrorKind::WrongShape);
    let members = Members::decode(text).map_err(|error| DecodeError::new(kind(&error)))?;
    if members.get(SCHEMA_VERSION).map(RawValue::get) != Some("2") {
        return Err(DecodeError::new(DecodeErrorKind::SchemaVersion));
    }
    let list = members.get(MANIFESTS).filter(|_| members.count(MANIFESTS) == 1).ok_or_else(wrong)?.get();
    let entries: Option<Vec<&RawValue>> = serde_json::from_str(list).map_err(|_| wrong())?;
    let (begin, is_null) = (place(text, list), entries.is_none());
    let mut frame = Frame { head: begin, tail: begin + list.len(), length: text.len(), is_null };
    if !is_null {
        frame.head += 1;
        frame.tail = frame.head;
    }
    let mut spans = Vec::with_capacity(entries.as_ref().map_or(0, Vec::len));
    for entry in entries.into_iter().flatten().map(RawValue::get) {
        let begin = place(text, entry);
        let end = begin + entry.len();
        // Between two entries there is space, and one comma.
        let before = text.get(frame.tail..begin).and_then(|between| between.find(',')).map_or(0, |comma| comma + 1);
        spans.push(Span::new(frame.tail + before, end));
        frame.tail = end;
    }
    Ok((frame, spans))
}

/// Where a part of a text is in it.
fn place(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// Places that are sorted by a key, with others at theirs.
fn merged<'a>(sorted: &[u32], mut fresh: Vec<u32>, key: impl Fn(u32) -> Option<&'a str>) -> Vec<u32> {
    let order = |place: &u32| (key(*place), *place);
    fresh.sort_unstable_by(|one, other| order(one).cmp(&order(other)));
    let (mut merged, mut rest) = (Vec::with_capacity(sorted.len() + fresh.len()), sorted);
    for place in fresh {
        let (before, after) = rest.split_at(rest.partition_point(|other| order(other) < order(&place)));
        merged.extend_from_slice(before);
        merged.push(place);
        rest = after;
    }
    merged.extend_from_slice(rest);
    merged
}

/// The places that have a key, in the order of the file.
fn range<'a, 'b>(sorted: &'b [u32], key: impl Fn(u32) -> Option<&'a str>, wanted: &str) -> &'b [u32] {
    let begin = sorted.partition_point(|place| key(*place) < Some(wanted));
    let rest = sorted.get(begin..).unwrap_or_default();
    rest.split_at(rest.partition_point(|place| key(*place) == Some(wanted))).0
}

fn kind(error: &serde_json::Error) -> DecodeErrorKind {
    match error.classify() {
        serde_json::error::Category::Data => DecodeErrorKind::WrongShape,
        _ => DecodeErrorKind::NotJson,
    }
}

#[cfg(test)]
mod tests;
