//! Collecting names in memory: every step is one look and one change under the one lock.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use wharf_registry::{Digest, Repository};

use super::Names;
use super::names::{Entry, Repositories};
use crate::Error;
use crate::clock::Clock;
use crate::collect::{self, CollectRefs, Condemn, Epoch, Item, Known, Outcome, Root, Sweep};
use crate::sync::{Mutex, RwLock};

#[async_trait]
impl CollectRefs for Names {
    type Lease = Lease;
    type Turn = Turn;

    async fn begin(&self) -> Result<Turn, Error> {
        match self.collecting.swap(true, Ordering::AcqRel) {
            true => Err(Error::Collecting),
            false => Ok(Turn(Arc::clone(&self.collecting))),
        }
    }

    async fn roots(&self, repository: &Repository) -> Result<Vec<Root>, Error> {
        Ok(self.repositories.read().get(repository).map(|entry| entry.roots().collect()).unwrap_or_default())
    }

    async fn content(&self, repository: &Repository) -> Result<Vec<Item>, Error> {
        Ok(self.repositories.read().get(repository).map(Entry::items).unwrap_or_default())
    }

    async fn condemn(&self, repository: &Repository, what: Condemn, known: Arc<Known>) -> Result<Outcome, Error> {
        Ok(self
            .judged(repository, what.digests, &known, |entry, digest| entry.condemn(digest, what.before, what.epoch)))
    }

    async fn sweep(&self, repository: &Repository, what: Sweep, known: Arc<Known>) -> Result<Outcome, Error> {
        Ok(self.judged(repository, what.digests, &known, |entry, digest| entry.sweep(digest, what.until)))
    }

    async fn lease(&self, repository: &Repository) -> Result<Lease, Error> {
        let held = Arc::default();
        let mut repositories = self.repositories.write();
        let leases = &mut repositories.entry(repository.clone()).or_default().leases;
        // Also where nobody collects, leases that have ended must not pile up.
        leases.retain(|lease| lease.strong_count() > 0);
        leases.push(Arc::downgrade(&held));
        drop(repositories);
        let (repositories, clock) = (Arc::clone(&self.repositories), self.clock.clone());
        Ok(Lease { held, repositories, repository: repository.clone(), clock })
    }
}

impl Names {
    /// Does something to content, unless there are roots that the collector does not know.
    fn judged(
        &self,
        repository: &Repository,
        digests: Vec<Digest>,
        known: &Known,
        act: impl Fn(&mut Entry, &Digest) -> bool,
    ) -> Outcome {
        let mut repositories = self.repositories.write();
        let Some(entry) = repositories.get_mut(repository) else { return Outcome::Done(Vec::new()) };
        let arrived = known.missing().filter(|digest| entry.linked.contains_key(digest)).cloned().map(Root::Arrived);
        let new: Vec<_> = entry.roots().filter(|root| !known.contains(root)).chain(arrived).collect();
        match new.is_empty() {
            true => Outcome::Done(digests.into_iter().filter(|digest| act(entry, digest)).collect()),
            false => Outcome::New(new),
        }
    }
}

impl Entry {
    /// A tag is a name of a record, or a record of its own.
    fn roots(&self) -> impl Iterator<Item = Root> {
        let leases = self.leases.iter().filter_map(std::sync::Weak::upgrade);
        let leased = leases.flat_map(|held| held.lock().iter().cloned().collect::<Vec<_>>());
        let named = self.tags.values().map(|manifest| Root::manifest(manifest, true));
        let plain = self.manifests.values().map(|record| Root::manifest(&record.manifest, false));
        named.chain(plain).chain(leased.map(Root::Leased))
    }

    fn items(&self) -> Vec<Item> {
        let item = |(digest, link): (&Digest, &super::names::Link)| {
            let item = Item::new(digest.clone(), None, link.touched);
            match link.condemned {
                Some(epoch) => item.condemned(epoch),
                None => item,
            }
        };
        sorted(self.linked.iter().map(item).collect())
    }

    fn condemn(&mut self, digest: &Digest, before: SystemTime, epoch: Epoch) -> bool {
        let link = self.linked.get_mut(digest).filter(|link| link.condemned.is_none() && link.touched < before);
        let Some(link) = link else { return false };
        link.condemned = Some(epoch);
        self.forget(digest);
        true
    }

    fn sweep(&mut self, digest: &Digest, until: Epoch) -> bool {
        let condemned = self.linked.get(digest).and_then(|link| link.condemned);
        condemned.is_some_and(|epoch| epoch <= until) && self.linked.remove(digest).is_some()
    }
}

/// In the order of digests, so that what is planned is the same each time.
pub(super) fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_unstable_by(|one, other| one.digest.cmp(&other.digest));
    items
}

/// The right to collect a store in memory.
#[derive(Debug)]
pub struct Turn(Arc<AtomicBool>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Content of a repository in memory that stays for as long as this does.
#[derive(Debug)]
pub struct Lease {
    held: Arc<Mutex<BTreeSet<Digest>>>,
    repositories: Arc<RwLock<Repositories>>,
    repository: Repository,
    clock: Clock,
}

#[async_trait]
impl collect::Lease for Lease {
    /// It is held before it is looked for: what is condemned in between cannot be swept.
    async fn hold(&mut self, digest: &Digest) -> Result<bool, Error> {
        self.held.lock().insert(digest.clone());
        let mut repositories = self.repositories.write();
        Ok(repositories.get_mut(&self.repository).is_some_and(|entry| entry.see(digest, self.clock.now())))
    }
}

#[cfg(test)]
mod tests;
