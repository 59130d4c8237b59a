//! Who is to change what under a fallback tag: one at a time, who waits longest first, each with the changes of all who
//! wait at that time and are the same in the eyes of the registry. Nobody's change is made with another's rights.
//!
//! A change waits until somebody has made it, or until who asked for it has given up; so nothing is lost when the one
//! whose turn it was is dropped in the middle, or fails.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wharf_distribution::referrers::Change;
use wharf_registry::{Repository, Tag};

use crate::tokens::Tokens;

/// The queues of a client's handles, each there only while somebody is in it.
#[derive(Default)]
pub(crate) struct Queues(Mutex<HashMap<Key, (usize, Arc<Queue>)>>);

type Key = (Repository, Tag);

#[derive(Default)]
struct Queue {
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    changes: BTreeMap<u64, (Arc<Tokens>, Change)>,
}

/// A place in a queue, left when it is dropped.
pub(super) struct Place<'a> {
    queues: &'a Queues,
    key: Key,
    queue: Arc<Queue>,
    number: u64,
    identity: Arc<Tokens>,
}

impl Queues {
    /// A place for a change that is made with the rights of whoever has these tokens.
    pub(super) fn join(&self, repository: &Repository, tag: &Tag, change: Change, identity: &Arc<Tokens>) -> Place<'_> {
        let key = (repository.clone(), tag.clone());
        let mut queues = lock(&self.0);
        let (places, queue) = queues.entry(key.clone()).or_default();
        *places += 1;
        let queue = Arc::clone(queue);
        drop(queues);
        let identity = Arc::clone(identity);
        let number = queue.add(Arc::clone(&identity), change);
        Place { queues: self, key, queue, number, identity }
    }
}

impl Queue {
    fn add(&self, identity: Arc<Tokens>, change: Change) -> u64 {
        let mut waiting = lock(&self.waiting);
        let number = waiting.next;
        waiting.next += 1;
        waiting.changes.insert(number, (identity, change));
        number
    }
}

impl Place<'_> {
    /// Waits until nobody else is at it, and keeps others from it until what this returns is dropped.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.queue.turn.lock().await
    }

    /// What there is to do now, in the order in which it was asked for; nothing when this place's change was made by
    /// another.
    pub(super) fn changes(&self) -> BTreeMap<u64, Change> {
        let waiting = lock(&self.queue.waiting);
        if !waiting.changes.contains_key(&self.number) {
            return BTreeMap::new();
        }
        let own = waiting.changes.iter().filter(|(_, (identity, _))| Arc::ptr_eq(identity, &self.identity));
        own.map(|(number, (_, change))| (*number, change.clone())).collect()
    }

    pub(super) fn made(&self, changes: &BTreeMap<u64, Change>) {
        lock(&self.queue.waiting).changes.retain(|number, _| !changes.contains_key(number));
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.queue.waiting).changes.remove(&self.number);
        let mut queues = lock(&self.queues.0);
        if let Some((places, _)) = queues.get_mut(&self.key) {
            *places -= 1;
            if *places == 0 {
                queues.remove(&self.key);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
