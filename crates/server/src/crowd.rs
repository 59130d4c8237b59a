//! How many requests are carried out at a time, of all and of each who asks. A request counts until its answer's body
//! has ended or was dropped, because a body that streams holds what it streams from.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Identity;

/// The requests that are being carried out. Without a limit nothing is counted.
#[derive(Clone, Default)]
pub(crate) struct Crowd {
    all: Option<Arc<Semaphore>>,
    each: Option<Arc<Each>>,
}

impl Crowd {
    /// At most so many requests at a time.
    pub(crate) fn limit(&mut self, requests: usize) {
        self.all = Some(Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))));
    }

    /// At most so many requests of one identity at a time.
    pub(crate) fn limit_each(&mut self, requests: usize) {
        self.each = Some(Arc::new(Each { most: requests, present: Mutex::default() }));
    }

    /// A request of somebody, if there is room for one.
    pub(crate) fn enter(&self) -> Option<Ticket> {
        let all = self.all.as_ref().map(|all| Arc::clone(all).try_acquire_owned());
        Some(Ticket { all: all.transpose().ok()?, each: None })
    }

    /// The same request once it is known whose it is, if they have room for one.
    pub(crate) fn enter_as(&self, mut ticket: Ticket, identity: &Identity) -> Option<Ticket> {
        if let Some(each) = &self.each {
            ticket.each = Some(Seat::take(each, identity)?);
        }
        Some(ticket)
    }
}

/// A request that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    all: Option<OwnedSemaphorePermit>,
    each: Option<Seat>,
}

impl Ticket {
    /// Whether anything is counted.
    pub(crate) const fn counts(&self) -> bool {
        self.all.is_some() || self.each.is_some()
    }
}

/// How many requests each identity has; who has none is not kept.
#[derive(Debug)]
struct Each {
    most: usize,
    present: Mutex<HashMap<Identity, usize>>,
}

impl Each {
    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<Identity, usize>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of an identity's requests.
#[derive(Debug)]
struct Seat {
    each: Arc<Each>,
    identity: Identity,
}

impl Seat {
    fn take(each: &Arc<Each>, identity: &Identity) -> Option<Self> {
        if each.most == 0 {
            return None;
        }
        let mut present = each.lock();
        let taken = present.entry(identity.clone()).or_default();
        if *taken >= each.most {
            return None;
        }
        *taken += 1;
        Some(Self { each: Arc::clone(each), identity: identity.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut present = self.each.lock();
        if let Entry::Occupied(mut taken) = present.entry(self.identity.clone()) {
            *taken.get_mut() = taken.get().saturating_sub(1);
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}
