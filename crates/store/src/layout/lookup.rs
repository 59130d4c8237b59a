//! An index that is kept to be asked many times. One with a quarter of a million entries is not read through for each
//! question: the entries are sorted by name and by digest once.

use wharf_registry::{Descriptor, Digest, Tag};

use super::entry::Entry;
use super::index::Index;

/// An index with what it takes to find an entry quickly: four bytes for each entry and order.
#[derive(Debug)]
pub(super) struct Lookup {
    index: Index,
    /// Entries that are tags, by name: of those of one name the first in the file.
    by_name: Vec<u32>,
    /// Entries that can be pulled, by digest.
    by_digest: Vec<u32>,
}

impl Lookup {
    /// Sorts the entries of an index.
    pub(super) fn new(index: Index) -> Self {
        let by_name = sorted(&index, is_tag, Entry::name);
        let by_digest = sorted(&index, |entry| entry.descriptor().is_some(), digest);
        Self { index, by_name, by_digest }
    }

    /// The first `limit` tags after another one, in the order of bytes.
    pub(super) fn tags(&self, after: Option<&Tag>, limit: usize) -> Vec<Tag> {
        let name = |place: &u32| self.index.entries().get(*place as usize).and_then(Entry::name);
        let begin = self.by_name.partition_point(|place| name(place) <= after.map(Tag::as_str));
        let names = self.by_name.iter().skip(begin).take(limit).filter_map(name);
        names.filter_map(|name| Tag::parse(name).ok()).collect()
    }

    /// The entries as they are in the file.
    pub(super) fn entries(&self) -> &[Entry] {
        self.index.entries()
    }

    /// Where a tag points.
    pub(super) fn tag(&self, tag: &Tag) -> Option<&Descriptor> {
        find(&self.index, &self.by_name, Entry::name, tag.as_str())
    }

    /// What is said of a manifest.
    pub(super) fn manifest(&self, wanted: &Digest) -> Option<&Descriptor> {
        find(&self.index, &self.by_digest, digest, wanted)
    }
}

fn digest(entry: &Entry) -> Option<&Digest> {
    entry.descriptor().map(|descriptor| &descriptor.digest)
}

/// Whether an entry can be pulled by its name.
fn is_tag(entry: &Entry) -> bool {
    entry.descriptor().is_some() && entry.name().is_some_and(|name| Tag::parse(name).is_ok())
}

/// The places of the entries that can be found by a key, in the order of the key; of those of one key the first.
fn sorted<K: Ord + ?Sized>(
    index: &Index,
    can_be_found: impl Fn(&Entry) -> bool,
    key: impl Fn(&Entry) -> Option<&K>,
) -> Vec<u32> {
    let entries = index.entries();
    let places = entries.iter().enumerate().filter(|(_, entry)| can_be_found(entry));
    let mut places: Vec<u32> = places.filter_map(|(place, _)| u32::try_from(place).ok()).collect();
    let key = |place: &u32| entries.get(*place as usize).and_then(&key);
    places.sort_by(|one, other| key(one).cmp(&key(other)));
    places.dedup_by(|next, first| key(next) == key(first));
    places
}

fn find<'a, K: Ord + ?Sized>(
    index: &'a Index,
    sorted: &[u32],
    key: impl Fn(&Entry) -> Option<&K>,
    wanted: &K,
) -> Option<&'a Descriptor> {
    let entry = |place: &u32| index.entries().get(*place as usize);
    let first = sorted.partition_point(|place| entry(place).and_then(&key) < Some(wanted));
    entry(sorted.get(first)?).filter(|entry| key(entry) == Some(wanted))?.descriptor()
}

#[cfg(test)]
mod tests;
