//! An index that is kept to be asked many times. One with a quarter of a million entries is not read through for each
//! question: the entries are sorted by name and by digest once.

use wharf_registry::{Descriptor, Digest, Tag};

use super::entry::Entry;
use super::index::Index;

/// An index with what it takes to find an entry quickly: four bytes for each entry and order.
#[derive(Debug)]
pub(super) struct Lookup {
    index: Index,
    /// Entries that can be pulled, by name. Among those of one name the first in the file comes first.
    by_name: Vec<u32>,
    /// Entries that can be pulled, by digest.
    by_digest: Vec<u32>,
}

impl Lookup {
    /// Sorts the entries of an index.
    pub(super) fn new(index: Index) -> Self {
        let (by_name, by_digest) = (sorted(&index, Entry::name), sorted(&index, digest));
        Self { index, by_name, by_digest }
    }

    /// The entries as they are in the file.
    pub(super) fn entries(&self) -> &[Entry] {
        self.index.entries()
    }

    /// The tags in the order of bytes.
    pub(super) fn tags(&self) -> Vec<Tag> {
        self.index.tags()
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

/// The places of all entries that have a descriptor and this key, by the key; those of one key stay in order.
fn sorted<K: Ord + ?Sized>(index: &Index, key: impl Fn(&Entry) -> Option<&K>) -> Vec<u32> {
    let entries = index.entries();
    let can_be_found = |entry: &Entry| entry.descriptor().is_some() && key(entry).is_some();
    let places = entries.iter().enumerate().filter(|(_, entry)| can_be_found(entry));
    let mut places: Vec<u32> = places.filter_map(|(place, _)| u32::try_from(place).ok()).collect();
    places.sort_by(|one, other| {
        let [one, other] = [one, other].map(|place| entries.get(*place as usize).and_then(&key));
        one.cmp(&other)
    });
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
