//! How an index changes. A change is judged and made on one value, so under one lock the two are one step.

use std::collections::{BTreeMap, BTreeSet};

use wharf_registry::{Descriptor, Digest, Precondition, Tag};

use super::entry::{Edited, Entry};
use super::index::Index;
use crate::refs::{has_kind, keeps_kind};

/// What an index is to become. Every question here is about that, and none goes through all entries.
#[derive(Debug)]
pub(super) struct Change<'a> {
    index: &'a Index,
    /// The entries that are others, by their places; nothing where one was removed. New ones come behind the last.
    edits: BTreeMap<u32, Option<Edited>>,
}

impl<'a> Change<'a> {
    /// An index as it is.
    pub(super) const fn new(index: &'a Index) -> Self {
        Self { index, edits: BTreeMap::new() }
    }

    /// The index with what was changed, if anything was.
    pub(super) fn made(&self) -> Option<Index> {
        (!self.edits.is_empty()).then(|| self.index.with(&self.edits))
    }

    /// Where a tag points.
    pub(super) fn tag(&self, tag: &Tag) -> Option<Descriptor> {
        self.named(tag).into_iter().find_map(|place| self.entry(place)?.descriptor())
    }

    /// What is said of a manifest.
    pub(super) fn manifest(&self, digest: &Digest) -> Option<Descriptor> {
        self.of(&digest.to_string()).first().and_then(|place| self.entry(*place)?.descriptor())
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
        let digest = manifest.digest.to_string();
        let known = self.of(&digest);
        let mut said = known.iter().filter_map(|place| self.entry(*place)?.descriptor());
        let allows = |tag| when.allows(self.tag(tag).map(|current| current.digest).as_ref(), &manifest.digest);
        if !said.all(|said| keeps_kind(&said, manifest)) || !tags.iter().all(allows) {
            return false;
        }
        for place in &known {
            self.edit(*place, |entry| entry.described(manifest));
        }
        let is_unnamed = |place: &u32| self.entry(*place).is_some_and(Entry::is_unnamed);
        let mut free: BTreeSet<_> = known.into_iter().filter(is_unnamed).collect();
        let mut left = BTreeSet::new();
        for tag in tags {
            self.point(tag, manifest, &digest, &mut free, &mut left);
        }
        if self.of(&digest).is_empty() {
            self.push(Edited::of(manifest, None));
        }
        self.drop_unneeded(&children.iter().map(Digest::to_string).collect(), &left);
        true
    }

    /// Removes a tag, and says whether it was there. Its manifest stays recorded.
    pub(super) fn remove_tag(&mut self, tag: &Tag) -> bool {
        let was_there = self.tag(tag).is_some();
        let left = self.take_name(&self.named(tag));
        self.drop_unneeded(&BTreeSet::new(), &left);
        was_there
    }

    /// Removes every entry of a manifest, and says whether there was one.
    pub(super) fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let places = self.of(&digest.to_string());
        self.edits.extend(places.iter().map(|place| (*place, None)));
        !places.is_empty()
    }

    /// Makes a tag point to a recorded or new manifest, by an entry that is `free` or another one; `left` are those that
    /// lost the name.
    fn point(
        &mut self,
        tag: &Tag,
        manifest: &Descriptor,
        digest: &str,
        free: &mut BTreeSet<u32>,
        left: &mut BTreeSet<String>,
    ) {
        let mut others = self.named(tag);
        let is_ours = |place: &u32| self.entry(*place).is_some_and(|entry| entry.digest() == Some(digest));
        let keeper = others.iter().position(is_ours).map(|position| others.remove(position));
        free.extend(others.iter().copied().filter(is_ours));
        left.extend(self.take_name(&others));
        match free.first().copied().filter(|_| keeper.is_none()) {
            _ if keeper.is_some() => {}
            Some(place) => {
                free.remove(&place);
                self.edit(place, |entry| entry.renamed(Some(tag)));
            }
            None => self.push(Edited::of(manifest, Some(tag))),
        }
    }

    /// Takes a name from entries, and tells which manifests lost it.
    fn take_name(&mut self, places: &[u32]) -> BTreeSet<String> {
        let mut left = BTreeSet::new();
        for place in places {
            left.extend(self.entry(*place).and_then(Entry::digest).map(str::to_owned));
            self.edit(*place, |entry| entry.renamed(None));
        }
        left
    }

    /// Drops entries without name and without remarks whose manifest is a child of another, or lost a name and has
    /// another entry. What others noted about a manifest stays, and so does the only mention of one that does not say
    /// itself what it is: naming it in an index must not make it unreadable.
    fn drop_unneeded(&mut self, children: &BTreeSet<String>, left: &BTreeSet<String>) {
        for digest in children.union(left) {
            let places = self.of(digest);
            let mut others = places.len();
            for place in places {
                let Some(entry) = self.entry(place).filter(|entry| entry.is_plain()) else { continue };
                let says_itself = entry.descriptor().is_some_and(|manifest| has_kind(&manifest));
                let is_child = says_itself && children.contains(digest);
                if is_child || (left.contains(digest) && others > 1) {
                    self.edits.insert(place, None);
                    others -= 1;
                }
            }
        }
    }

    fn push(&mut self, entry: Edited) {
        self.edits.insert(self.index.end(&self.edits), Some(entry));
    }

    fn edit(&mut self, place: u32, edit: impl FnOnce(Entry<'_>) -> Option<Edited>) {
        if let Some(edited) = self.entry(place).and_then(edit) {
            self.edits.insert(place, Some(edited));
        }
    }

    fn entry(&self, place: u32) -> Option<Entry<'_>> {
        match self.edits.get(&place) {
            Some(edited) => edited.as_ref().map(Edited::entry),
            None => self.index.entry(place),
        }
    }

    /// The places of the entries that bear a name, readable or not, in the order of the file.
    fn named(&self, tag: &Tag) -> Vec<u32> {
        self.places(self.index.named(tag.as_str()), |entry| entry.name() == Some(tag.as_str()))
    }

    /// The places of the entries of a manifest, in the order of the file.
    fn of(&self, digest: &str) -> Vec<u32> {
        self.places(self.index.of(digest), |entry| entry.digest() == Some(digest))
    }

    fn places(&self, unedited: &[u32], is_one: impl Fn(Entry<'_>) -> bool) -> Vec<u32> {
        let unedited = unedited.iter().copied().filter(|place| !self.edits.contains_key(place));
        let edited =
            self.edits.iter().filter(|(_, edited)| edited.as_ref().is_some_and(|edited| is_one(edited.entry())));
        let mut places: Vec<_> = unedited.chain(edited.map(|(place, _)| *place)).collect();
        places.sort_unstable();
        places
    }
}
