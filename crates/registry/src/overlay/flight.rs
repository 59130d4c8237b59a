//! One answer for everybody who asks the same at the same time.
//!
//! Nobody is in charge of it: each asker who waits moves it on, and it ends when the last of them goes away. So it needs
//! no task of its own, and an asker that is dropped takes nothing from the others.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use wharf_reference::Repository;

use crate::Error;

/// What comes of a flight, for everybody alike.
pub(super) type Outcome<T> = Result<T, Arc<Error>>;

/// A question that is under way.
pub(super) type Flight<T> = Shared<Pin<Box<dyn Future<Output = Outcome<T>> + Send>>>;

/// The questions that are under way, by what is asked. Each has a companion, for those who take part later.
pub(super) struct Flights<K, T, C>(Mutex<HashMap<K, Remembered<T, C>>>);

/// A flight as those remember it who are not part of it.
struct Remembered<T, C> {
    flight: WeakShared<Pin<Box<dyn Future<Output = Outcome<T>> + Send>>>,
    companion: C,
}

/// Whether somebody has begun the flight, or takes part in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    First,
    Later,
}

impl<K: Clone + Eq + Hash, T: Clone + Send + Sync, C: Clone + Default> Flights<K, T, C> {
    /// Takes part in a flight, which begins if nobody has begun it.
    pub(super) fn join<F>(&self, key: K, begin: impl FnOnce(K, C) -> F) -> (Flight<T>, C, Role)
    where
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = flights.get(&key)
            && let Some(flight) = found.under_way()
        {
            return (flight, found.companion.clone(), Role::Later);
        }
        flights.retain(|_, found| found.under_way().is_some());
        let companion = C::default();
        let flight: Flight<T> = begin(key.clone(), companion.clone()).boxed().shared();
        if let Some(weak) = flight.downgrade() {
            flights.insert(key, Remembered { flight: weak, companion: companion.clone() });
        }
        (flight, companion, Role::First)
    }
}

impl<T: Clone, C> Remembered<T, C> {
    fn under_way(&self) -> Option<Flight<T>> {
        self.flight.upgrade().filter(|flight| flight.peek().is_none())
    }
}

impl<K, T, C> Default for Flights<K, T, C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, T, C> fmt::Debug for Flights<K, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

/// The error of a flight for one of those who took part in it.
pub(super) fn failed(error: Arc<Error>, repository: &Repository, name: &dyn fmt::Display) -> Error {
    Error::new(error.code().clone(), error.operation()).about(repository, name).because(error)
}
