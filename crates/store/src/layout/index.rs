//! What an `index.json` means: tags, recorded manifests, and how they change. It knows no files;
//! [`update`](super::update) reads and replaces them. A change is judged and made on one value, so under one lock the
//! two are one step.

use std::collections::HashSet;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use wharf_registry::{DecodeError, DecodeErrorKind, Descriptor, Digest, Index as ImageIndex, Precondition, Tag};

use super::entry::Entry;
use super::members::{Members, raw};
use crate::refs::{has_kind, keeps_kind};

const MANIFESTS: &str = "manifests";
const SCHEMA_VERSION: &str = "schemaVersion";

/// `index.json` as data: what was written by others keeps its order and its bytes, and what is not understood stays.
///
/// An entry's name is its annotation `org.opencontainers.image.ref.name`. The first entry of a name counts, as it does
/// for other readers.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Everything but the entries, whose place is held by an empty list.
    members: Members,
    entries: Vec<Entry>,
    is_changed: bool,
}

impl Index {
    /// An index without entries.
    pub(super) fn empty() -> Self {
        let members = Members::decode(&raw(&ImageIndex::new(Vec::new()))).unwrap_or_default();
        Self { members, entries: Vec::new(), is_changed: false }
    }

    /// Reads an index. One that has no list of entries, or two of them, is refused: two readers could see two of it.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut members: Members = serde_json::from_slice(bytes).map_err(|error| DecodeError::new(kind(&error)))?;
        if members.get(SCHEMA_VERSION).map(RawValue::get) != Some("2") {
            return Err(DecodeError::new(DecodeErrorKind::SchemaVersion));
        }
        let entries = entries(&members).ok_or(DecodeError::new(DecodeErrorKind::WrongShape))?;
        members.set(MANIFESTS, &[(); 0]);
        Ok(Self { members, entries: entries.into_iter().map(Entry::decode).collect(), is_changed: false })
    }

    /// The index's bytes. One that was not changed has the bytes of its members again, though not the space between
    /// them.
    pub(super) fn encode(&self) -> Vec<u8> {
        Box::<str>::from(raw(self)).into_string().into_bytes()
    }

    /// Whether anything in it is other than it was read.
    pub(super) const fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The entries as they are in the file.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where a tag points.
    pub(super) fn tag(&self, tag: &Tag) -> Option<&Descriptor> {
        self.entries.iter().filter(|entry| entry.is_named(tag)).find_map(Entry::descriptor)
    }

    /// What is said of a manifest.
    pub(super) fn manifest(&self, digest: &Digest) -> Option<&Descriptor> {
        self.entries.iter().find(|entry| entry.is_of(digest)).and_then(Entry::descriptor)
    }

    /// Records a manifest and makes the tags point to it, if `when` allows that for each of them and the manifest stays
    /// what it is known as.
    pub(super) fn put(
        &mut self,
        manifest: &Descriptor,
        children: &[Digest],
        tags: &[Tag],
        when: &Precondition,
    ) -> bool {
        let current = |tag| self.tag(tag).map(|current| &current.digest);
        let mut known = self.entries.iter().filter(|entry| entry.is_of(&manifest.digest)).filter_map(Entry::descriptor);
        if !known.all(|known| keeps_kind(known, manifest)) {
            return false;
        }
        if !tags.iter().all(|tag| when.allows(current(tag), &manifest.digest)) {
            return false;
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.is_of(&manifest.digest)) {
            self.is_changed |= entry.describe(manifest);
        }
        let mut left = HashSet::new();
        tags.iter().for_each(|tag| left.extend(self.point(tag, manifest)));
        if self.manifest(&manifest.digest).is_none() {
            self.push(Entry::new(manifest, None));
        }
        self.drop_unneeded(&children.iter().cloned().collect(), &left);
        true
    }

    /// Removes a tag, and says whether it was there. Its manifest stays recorded.
    pub(super) fn remove_tag(&mut self, tag: &Tag) -> bool {
        let was_there = self.tag(tag).is_some();
        let left = self.take_name(tag, None);
        self.drop_unneeded(&HashSet::new(), &left.into_iter().collect());
        was_there
    }

    /// Removes every entry of a manifest, and says whether there was one.
    pub(super) fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| !entry.is_of(digest));
        let was_there = self.entries.len() < before;
        self.is_changed |= was_there;
        was_there
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.is_changed = true;
    }

    /// Makes a tag point to a recorded or new manifest, and tells which manifests lost the name.
    fn point(&mut self, tag: &Tag, manifest: &Descriptor) -> Vec<Digest> {
        let points = |entry: &Entry| entry.is_of(&manifest.digest) && entry.is_named(tag);
        let keeper = self.entries.iter().position(points);
        let left = self.take_name(tag, keeper);
        let is_free = |entry: &&mut Entry| entry.is_of(&manifest.digest) && entry.is_unnamed();
        match self.entries.iter_mut().find(is_free) {
            _ if keeper.is_some() => {}
            Some(free) => self.is_changed |= free.rename(Some(tag)),
            None => self.push(Entry::new(manifest, Some(tag))),
        }
        left
    }

    /// Takes a name from all entries but one, and tells which manifests lost it.
    fn take_name(&mut self, tag: &Tag, keeper: Option<usize>) -> Vec<Digest> {
        let mut left = Vec::new();
        for (position, entry) in self.entries.iter_mut().enumerate() {
            if Some(position) != keeper && entry.is_named(tag) {
                left.extend(entry.descriptor().map(|descriptor| descriptor.digest.clone()));
                self.is_changed |= entry.rename(None);
            }
        }
        left
    }

    /// Drops entries without name and without remarks whose manifest is a child of another, or lost a name and has
    /// another entry. What others noted about a manifest stays, and so does the only mention of one that does not say
    /// itself what it is: naming it in an index must not make it unreadable.
    fn drop_unneeded(&mut self, children: &HashSet<Digest>, left: &HashSet<Digest>) {
        let mut position = 0;
        while let Some(entry) = self.entries.get(position) {
            let digest = entry.descriptor().filter(|_| entry.is_unnamed()).map(|descriptor| &descriptor.digest);
            let says_itself = entry.descriptor().is_some_and(has_kind);
            let is_child = |digest| says_itself && children.contains(digest);
            let is_unneeded = |digest| is_child(digest) || (left.contains(digest) && self.is_doubled(digest));
            if digest.is_some_and(is_unneeded) && entry.is_plain() {
                self.entries.remove(position);
                self.is_changed = true;
            } else {
                position += 1;
            }
        }
    }

    /// Whether a manifest has more than one entry.
    fn is_doubled(&self, digest: &Digest) -> bool {
        self.entries.iter().filter(|entry| entry.is_of(digest)).nth(1).is_some()
    }
}

impl Serialize for Index {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.members.iter() {
            match key {
                MANIFESTS => map.serialize_entry(key, &self.entries)?,
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}

/// The list of entries, which some writers call `null` when it is empty.
fn entries(members: &Members) -> Option<Vec<Box<RawValue>>> {
    let manifests = members.get(MANIFESTS).filter(|_| members.count(MANIFESTS) == 1)?;
    serde_json::from_str::<Option<Vec<Box<RawValue>>>>(manifests.get()).ok().map(Option::unwrap_or_default)
}

fn kind(error: &serde_json::Error) -> DecodeErrorKind {
    match error.classify() {
        serde_json::error::Category::Data => DecodeErrorKind::WrongShape,
        _ => DecodeErrorKind::NotJson,
    }
}
