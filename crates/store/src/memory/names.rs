//! Names in maps, sorted so that lists need no work. Children are not needed here: they only let a layout keep its
//! index tidy.

use std::collections::hash_map;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use wharf_registry::{Descriptor, Digest, Precondition, Repository, Tag};

use crate::refs::keeps_kind;
use crate::{Error, Refs};

/// Repositories and their tags in memory. One lock covers them all, so what is judged and written is one step.
#[derive(Debug, Default)]
pub struct Names(RwLock<BTreeMap<Repository, Entry>>);

/// What one repository sees, and what its tags point to.
#[derive(Debug, Default)]
struct Entry {
    linked: HashSet<Digest>,
    manifests: HashMap<Digest, Record>,
    /// By subject.
    referrers: HashMap<Digest, BTreeSet<Digest>>,
    tags: BTreeMap<Tag, Descriptor>,
}

/// How a manifest was stored, and what it said that it is about.
#[derive(Debug)]
struct Record {
    manifest: Descriptor,
    subject: Option<Digest>,
}

impl Names {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Repository, Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Repository, Entry>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether the precondition holds for every one of the tags, and the manifest stays what it is known as.
    fn allows(&self, tags: &[Tag], new: &Descriptor, when: &Precondition) -> bool {
        let is_known = self.manifests.get(&new.digest);
        let mut current = tags.iter().map(|tag| self.tags.get(tag).map(|current| &current.digest));
        is_known.is_none_or(|known| keeps_kind(&known.manifest, new))
            && current.all(|current| when.allows(current, &new.digest))
    }

    /// Judges and writes in one step: the caller holds the lock.
    fn put_manifest(
        &mut self,
        manifest: &Descriptor,
        subject: Option<&Digest>,
        tags: &[Tag],
        when: &Precondition,
    ) -> bool {
        let allowed = self.allows(tags, manifest, when);
        if allowed {
            let known = self.manifests.get(&manifest.digest);
            let is_other = known.is_some_and(|known| known.manifest != *manifest);
            // Stored anew under another media type, it may be read as something else.
            self.forget(&manifest.digest);
            if let Some(subject) = subject {
                self.referrers.entry(subject.clone()).or_default().insert(manifest.digest.clone());
            }
            let record = Record { manifest: manifest.clone(), subject: subject.cloned() };
            self.manifests.insert(manifest.digest.clone(), record);
            if is_other {
                let tags = self.tags.values_mut().filter(|current| current.digest == manifest.digest);
                tags.for_each(|current| current.clone_from(manifest));
            }
            self.tags.extend(tags.iter().map(|tag| (tag.clone(), manifest.clone())));
        }
        allowed
    }

    /// Removes the record and the tags, and says whether there was either.
    fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let before = self.tags.len();
        self.tags.retain(|_, manifest| manifest.digest != *digest);
        self.forget(digest) || self.tags.len() < before
    }

    /// Removes the record, and what it made the manifest a referrer of.
    fn forget(&mut self, digest: &Digest) -> bool {
        let Some(record) = self.manifests.remove(digest) else { return false };
        if let Some(subject) = record.subject
            && let hash_map::Entry::Occupied(mut referrers) = self.referrers.entry(subject)
        {
            referrers.get_mut().remove(digest);
            if referrers.get().is_empty() {
                referrers.remove();
            }
        }
        true
    }
}

#[async_trait]
impl Refs for Names {
    async fn repositories(&self, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error> {
        Ok(page(&self.read(), after, limit))
    }

    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.write().entry(repository.clone()).or_default().linked.insert(digest.clone());
        Ok(())
    }

    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        Ok(self.read().get(repository).is_some_and(|entry| entry.linked.contains(digest)))
    }

    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        Ok(self.write().get_mut(repository).is_some_and(|entry| entry.linked.remove(digest)))
    }

    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error> {
        Ok(self.read().get(repository).and_then(|entry| Some(entry.manifests.get(digest)?.manifest.clone())))
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        manifest: &Descriptor,
        _children: &[Digest],
        subject: Option<&Digest>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<bool, Error> {
        Ok(self.write().entry(repository.clone()).or_default().put_manifest(manifest, subject, tags, when))
    }

    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        Ok(self.write().get_mut(repository).is_some_and(|entry| entry.remove_manifest(digest)))
    }

    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        let names = self.read();
        let found = names.get(repository).and_then(|entry| entry.referrers.get(subject));
        Ok(found.map(|found| found.iter().cloned().collect()).unwrap_or_default())
    }

    async fn tags(
        &self,
        repository: &Repository,
        after: Option<&Tag>,
        limit: usize,
    ) -> Result<Option<Vec<Tag>>, Error> {
        Ok(self.read().get(repository).map(|entry| page(&entry.tags, after, limit)))
    }

    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        Ok(self.read().get(repository).and_then(|entry| entry.tags.get(tag).cloned()))
    }

    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error> {
        Ok(self.write().get_mut(repository).is_some_and(|entry| entry.tags.remove(tag).is_some()))
    }
}

/// The first keys after another one.
fn page<K: Clone + Ord, V>(map: &BTreeMap<K, V>, after: Option<&K>, limit: usize) -> Vec<K> {
    let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
    map.range((begin, Bound::Unbounded)).take(limit).map(|(key, _)| key.clone()).collect()
}
