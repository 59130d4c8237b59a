//! What all handles of a client share of its authentication: the tokens that are still good, whose turn it is to ask for
//! one, and what was sent. All of it is held in memory alone, and printed by nothing.
//!
//! A lock for each set of scopes lets one exchange be under way while others wait for its result.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};
use http::HeaderValue;
use wharf_distribution::auth::{Policy, Tokens as Cache};
use wharf_distribution::{Scope, ScopeSet};

use crate::Error;

mod repeat;

pub(crate) use repeat::Parts;

/// What was found out about one registry for one identity.
pub(crate) struct Tokens(Mutex<Known>);

struct Known {
    cache: Cache,
    flights: BTreeMap<ScopeSet, Flight>,
    /// What was sent, the latest last, so that no error repeats it.
    sent: VecDeque<HeaderValue>,
}

#[derive(Default)]
struct Flight {
    /// Who holds it makes the exchange.
    lock: Arc<AsyncMutex<()>>,
    /// How many exchanges were refused, and how the last one was.
    refusals: u64,
    last: Option<Arc<Error>>,
}

/// The right to make an exchange, until it is dropped.
pub(crate) struct Turn {
    wanted: ScopeSet,
    /// What the service said to somebody else while this was waited for, if that was no.
    pub(crate) refusal: Option<Arc<Error>>,
    _guard: OwnedMutexGuard<()>,
}

/// When there are more flights than this, those that have ended are forgotten.
const MANY_FLIGHTS: usize = 64;

/// Who echoes a secret does so soon after it was sent.
const MAX_SENT: usize = 16;

impl Tokens {
    pub(crate) fn new(policy: Policy) -> Self {
        let (flights, sent) = (BTreeMap::new(), VecDeque::new());
        Self(Mutex::new(Known { cache: Cache::new(policy), flights, sent }))
    }

    /// One step of authentication, which takes no time.
    pub(crate) fn take<T>(&self, step: impl FnOnce(&mut Cache) -> T) -> T {
        step(&mut self.lock().cache)
    }

    /// Something to send at once.
    pub(crate) fn find(&self, scopes: &[Scope], now: Duration) -> Option<HeaderValue> {
        self.lock().cache.find(&scopes.iter().cloned().collect(), now).cloned()
    }

    /// Whether it is known how to get a token for these scopes.
    pub(crate) fn is_known(&self, scopes: &[Scope]) -> bool {
        self.lock().cache.is_known(&scopes.iter().cloned().collect())
    }

    /// Waits for the right to ask for a token for some scopes.
    ///
    /// # Cancel safety
    /// Who stops waiting leaves the right to the next.
    pub(crate) async fn turn(&self, wanted: ScopeSet) -> Turn {
        let (lock, before) = self.flight(&wanted);
        let guard = lock.lock_owned().await;
        let known = self.lock();
        let refused = known.flights.get(&wanted).filter(|flight| flight.refusals > before);
        Turn { refusal: refused.and_then(|flight| flight.last.clone()), wanted, _guard: guard }
    }

    /// The token service said no to whose turn it is. Who waits does not ask it the same again.
    pub(crate) fn refuse(&self, turn: &Turn, error: &Error) {
        if let Some(flight) = self.lock().flights.get_mut(&turn.wanted) {
            flight.refusals += 1;
            flight.last = Some(Arc::new(error.shared(error.path())));
        }
    }

    fn flight(&self, wanted: &ScopeSet) -> (Arc<AsyncMutex<()>>, u64) {
        let flights = &mut self.lock().flights;
        if flights.len() > MANY_FLIGHTS {
            flights.retain(|_, flight| Arc::strong_count(&flight.lock) > 1);
        }
        let flight = flights.entry(wanted.clone()).or_default();
        (Arc::clone(&flight.lock), flight.refusals)
    }

    /// Remembers a secret that is about to be sent.
    pub(crate) fn sending(&self, header: &HeaderValue) {
        let mut known = self.lock();
        if known.sent.contains(header) {
            return;
        }
        if known.sent.len() >= MAX_SENT {
            known.sent.pop_front();
        }
        known.sent.push_back(header.clone());
    }

    /// The parts of what was sent, by which a text is known that repeats some of it: of `latest`, and of what was sent
    /// before it.
    pub(crate) fn sent(&self, latest: Option<&HeaderValue>) -> Parts {
        let sent = self.lock().sent.clone();
        let mut parts = Parts::default();
        let latest = latest.filter(|latest| !sent.contains(latest));
        latest.into_iter().chain(&sent).for_each(|header| parts.add(header));
        parts
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
