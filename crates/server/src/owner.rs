//! Whose an upload session is. A session that is not written down here is nobody's, and nobody may go on with it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Identity;
use crate::turn::Name;

/// How many sessions are remembered. Beyond that the oldest is taken for one that was given up: registries forget them
/// without telling, and identities can be without number.
const REMEMBERED: usize = 16_384;

/// How many sessions a registry is asked about when an identity has too many.
const ASKED: usize = 16;

/// The open sessions of each identity.
#[derive(Default)]
pub(crate) struct Owners(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u64,
    /// From the oldest to the youngest.
    order: BTreeMap<u64, Identity>,
    of: HashMap<Identity, VecDeque<Session>>,
}

struct Session {
    number: u64,
    /// Nothing while it is being opened.
    name: Option<Name>,
}

impl Owners {
    /// Room for one more session of an identity, which may have `most`.
    pub(crate) fn reserve(&self, identity: &Identity, most: usize) -> Option<Reserved<'_>> {
        let mut open = self.lock();
        if open.of.get(identity).map_or(0, VecDeque::len) >= most {
            return None;
        }
        let number = open.add(identity);
        if open.order.len() > REMEMBERED {
            open.forget_oldest();
        }
        Some(Reserved { owners: self, identity: identity.clone(), number })
    }

    /// Whether the session is this identity's.
    pub(crate) fn has(&self, identity: &Identity, name: &Name) -> bool {
        let open = self.lock();
        open.of.get(identity).is_some_and(|sessions| sessions.iter().any(|session| session.name.as_ref() == Some(name)))
    }

    /// The session is over.
    pub(crate) fn forget(&self, identity: &Identity, name: &Name) {
        self.lock().remove(identity, |session| session.name.as_ref() == Some(name));
    }

    /// Some sessions of an identity that may be over, and others the next time.
    pub(crate) fn doubtful(&self, identity: &Identity) -> Vec<Name> {
        let mut open = self.lock();
        let Some(sessions) = open.of.get_mut(identity) else { return Vec::new() };
        let asked = sessions.len().min(ASKED);
        let names = sessions.iter().take(asked).filter_map(|session| session.name.clone()).collect();
        sessions.rotate_left(asked);
        names
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn add(&mut self, identity: &Identity) -> u64 {
        self.last += 1;
        self.order.insert(self.last, identity.clone());
        self.of.entry(identity.clone()).or_default().push_back(Session { number: self.last, name: None });
        self.last
    }

    fn forget_oldest(&mut self) {
        if let Some((number, identity)) = self.order.pop_first() {
            self.remove(&identity, |session| session.number == number);
        }
    }

    fn remove(&mut self, identity: &Identity, is_it: impl Fn(&Session) -> bool) {
        let Some(sessions) = self.of.get_mut(identity) else { return };
        if let Some(session) = sessions.iter().position(is_it).and_then(|at| sessions.remove(at)) {
            self.order.remove(&session.number);
        }
        if sessions.is_empty() {
            self.of.remove(identity);
        }
    }
}

/// Room for a session that is being opened; it is given back unless the session gets a name.
pub(crate) struct Reserved<'a> {
    owners: &'a Owners,
    identity: Identity,
    number: u64,
}

impl Reserved<'_> {
    /// The session is open under this name.
    pub(crate) fn keep(self, name: Name) {
        if let Some(sessions) = self.owners.lock().of.get_mut(&self.identity) {
            sessions.iter_mut().filter(|session| session.number == self.number).for_each(|session| {
                session.name = Some(name.clone());
            });
        }
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let is_it = |session: &Session| session.number == self.number && session.name.is_none();
        self.owners.lock().remove(&self.identity, is_it);
    }
}
