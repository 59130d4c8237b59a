//! Names in maps, sorted so that lists need no work. Children are not needed here: they only let a layout keep its
//! index tidy.
//!
//! One lock covers all repositories, so what is judged and written is one step, and what is condemned is only marked so.

use std::collections::hash_map;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use async_trait::async_trait;
use wharf_registry::{Descriptor, Digest, Precondition, Repository, Tag};

use crate::clock::Clock;
use crate::collect::Epoch;
use crate::refs::keeps_kind;
use crate::sync::{Mutex, RwLock};
use crate::{Error, NewManifest, Put, Refs};

/// Repositories and their tags in memory.
#[derive(Debug, Default)]
pub struct Names {
    pub(super) repositories: Arc<RwLock<Repositories>>,
    pub(super) collecting: Arc<AtomicBool>,
    pub(super) clock: Clock,
}

pub(super) type Repositories = BTreeMap<Repository, Entry>;

/// What one repository sees, and what its tags point to.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) linked: HashMap<Digest, Link>,
    pub(super) manifests: BTreeMap<Digest, Record>,
    /// By subject.
    referrers: HashMap<Digest, BTreeSet<Digest>>,
    pub(super) tags: BTreeMap<Tag, Descriptor>,
    /// What each lease holds.
    pub(super) leases: Vec<Weak<Mutex<BTreeSet<Digest>>>>,
}

/// Since when the repository sees content, and whether it is condemned.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) touched: SystemTime,
    pub(super) condemned: Option<Epoch>,
}

/// How a manifest was stored, and what it said that it is about.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) manifest: Descriptor,
    subject: Option<Digest>,
}

impl Entry {
    /// Whether the precondition holds for every one of the tags, and the manifest stays what it is known as.
    fn allows(&self, tags: &[Tag], new: &Descriptor, when: &Precondition) -> bool {
        let is_known = self.manifests.get(&new.digest);
        let mut current = tags.iter().map(|tag| self.tags.get(tag).map(|current| &current.digest));
        is_known.is_none_or(|known| keeps_kind(&known.manifest, new))
            && current.all(|current| when.allows(current, &new.digest))
    }

    /// Brings content back if it is condemned, and says whether the repository sees it.
    pub(super) fn see(&mut self, digest: &Digest, now: SystemTime) -> bool {
        let Some(link) = self.linked.get_mut(digest) else { return false };
        if link.condemned.take().is_some() {
            link.touched = now;
        }
        true
    }

    /// Judges and writes in one step: the caller holds the lock.
    fn put_manifest(&mut self, new: NewManifest, now: SystemTime) -> Put {
        let missing: Vec<_> = new.required().filter(|digest| !self.see(digest, now)).cloned().collect();
        if !missing.is_empty() {
            return Put::Missing(missing);
        }
        let is_recorded = |digest: &Digest| self.manifests.contains_key(digest);
        let unrecorded: Vec<_> = new.manifests.iter().filter(|digest| !is_recorded(digest)).cloned().collect();
        if !unrecorded.is_empty() && !is_recorded(&new.manifest.digest) {
            return Put::Unrecorded(unrecorded);
        }
        if !self.allows(&new.tags, &new.manifest, &new.when) {
            return Put::Refused;
        }
        let NewManifest { manifest, subject, tags, .. } = new;
        let known = self.manifests.get(&manifest.digest);
        let is_other = known.is_some_and(|known| known.manifest != manifest);
        // Stored anew under another media type, it may be read as something else.
        self.forget(&manifest.digest);
        if let Some(subject) = &subject {
            self.referrers.entry(subject.clone()).or_default().insert(manifest.digest.clone());
        }
        if is_other {
            let tags = self.tags.values_mut().filter(|current| current.digest == manifest.digest);
            tags.for_each(|current| current.clone_from(&manifest));
        }
        self.tags.extend(tags.into_iter().map(|tag| (tag, manifest.clone())));
        self.manifests.insert(manifest.digest.clone(), Record { manifest, subject });
        Put::Done
    }

    /// Removes the record, the tags and the content, and says whether there was a record or a tag.
    fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let before = self.tags.len();
        self.tags.retain(|_, manifest| manifest.digest != *digest);
        let was_named = self.forget(digest) || self.tags.len() < before;
        was_named && {
            self.linked.remove(digest);
            true
        }
    }

    /// Removes the record, and what it made the manifest a referrer of.
    pub(super) fn forget(&mut self, digest: &Digest) -> bool {
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
        Ok(page(&self.repositories.read(), after, limit))
    }

    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let link = Link { touched: self.clock.now(), condemned: None };
        self.repositories.write().entry(repository.clone()).or_default().linked.insert(digest.clone(), link);
        Ok(())
    }

    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let link = |entry: &Entry| entry.linked.get(digest).map(|link| link.condemned.is_some());
        match self.repositories.read().get(repository).and_then(link) {
            None => return Ok(false),
            Some(false) => return Ok(true),
            Some(true) => {}
        }
        let now = self.clock.now();
        Ok(self.repositories.write().get_mut(repository).is_some_and(|entry| entry.see(digest, now)))
    }

    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        Ok(self.repositories.write().get_mut(repository).is_some_and(|entry| entry.linked.remove(digest).is_some()))
    }

    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error> {
        Ok(self
            .repositories
            .read()
            .get(repository)
            .and_then(|entry| Some(entry.manifests.get(digest)?.manifest.clone())))
    }

    async fn put_manifest(&self, repository: &Repository, new: NewManifest) -> Result<Put, Error> {
        let now = self.clock.now();
        Ok(match self.repositories.write().get_mut(repository) {
            Some(entry) => entry.put_manifest(new, now),
            None => Put::Missing(new.required().cloned().collect()),
        })
    }

    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        Ok(self.repositories.write().get_mut(repository).is_some_and(|entry| entry.remove_manifest(digest)))
    }

    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        let names = self.repositories.read();
        let found = names.get(repository).and_then(|entry| entry.referrers.get(subject));
        Ok(found.map(|found| found.iter().cloned().collect()).unwrap_or_default())
    }

    async fn tags(
        &self,
        repository: &Repository,
        after: Option<&Tag>,
        limit: usize,
    ) -> Result<Option<Vec<Tag>>, Error> {
        Ok(self.repositories.read().get(repository).map(|entry| page(&entry.tags, after, limit)))
    }

    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        Ok(self.repositories.read().get(repository).and_then(|entry| entry.tags.get(tag).cloned()))
    }

    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error> {
        Ok(self.repositories.write().get_mut(repository).is_some_and(|entry| entry.tags.remove(tag).is_some()))
    }
}

/// The first keys after another one.
fn page<K: Clone + Ord, V>(map: &BTreeMap<K, V>, after: Option<&K>, limit: usize) -> Vec<K> {
    let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
    map.range((begin, Bound::Unbounded)).take(limit).map(|(key, _)| key.clone()).collect()
}
