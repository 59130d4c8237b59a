//! Whose an upload session is. A session that is not written down here is nobody's, until somebody goes on with it.

use std::collections::hash_map::Entry;
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
    /// How many identities have a session of this name: behind each can be a registry of its own.
    named: HashMap<Name, usize>,
}

struct Session {
    number: u64,
    /// Nothing while it is being opened.
    name: Option<Name>,
}

/// Whose a session is, from where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// It is theirs.
    Theirs,
    /// It is somebody else's.
    Anothers,
    /// Nobody here has begun it, or gone on with it.
    Nobodys,
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

    /// Whose the session is, seen from this identity.
    pub(crate) fn whose(&self, identity: &Identity, name: &Name) -> Whose {
        let open = self.lock();
        let is_it = |session: &Session| session.name.as_ref() == Some(name);
        match open.of.get(identity).is_some_and(|sessions| sessions.iter().any(is_it)) {
            true => Whose::Theirs,
            false if open.named.contains_key(name) => Whose::Anothers,
            false => Whose::Nobodys,
        }
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
        let Entry::Occupied(mut sessions) = self.of.entry(identity.clone()) else { return };
        let session = sessions.get().iter().position(is_it).and_then(|at| sessions.get_mut().remove(at));
        if sessions.get().is_empty() {
            sessions.remove();
        }
        if let Some(session) = session {
            self.order.remove(&session.number);
            session.name.into_iter().for_each(|name| self.forget_name(name));
        }
    }

    fn name(&mut self, identity: &Identity, number: u64, name: Name) {
        let sessions = self.of.get_mut(identity).into_iter().flatten();
        for session in sessions.filter(|session| session.number == number) {
            session.name = Some(name.clone());
            *self.named.entry(name.clone()).or_default() += 1;
        }
    }

    fn forget_name(&mut self, name: Name) {
        if let Entry::Occupied(mut identities) = self.named.entry(name) {
            *identities.get_mut() = identities.get().saturating_sub(1);
            if *identities.get() == 0 {
                identities.remove();
            }
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
        self.owners.lock().name(&self.identity, self.number, name);
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let is_it = |session: &Session| session.number == self.number && session.name.is_none();
        self.owners.lock().remove(&self.identity, is_it);
    }
}
