//! Passwords are hashed beside the threads that serve requests, a few at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wharf_server::Unidentified;
use wharf_server::distribution::Secret;

use crate::hash::Hash;

/// How many requests may wait for a place; more are told to come back.
const WAITING: usize = 256;

/// Where passwords are hashed. At most half of the processors do that at a time, so that whoever guesses passwords
/// cannot take a registry away from those who are signed in, or need not be. Whoever signs in meanwhile waits in the same
/// line: who is a guesser is not known here.
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    done: Arc<AtomicU64>,
}

impl Default for Hashing {
    fn default() -> Self {
        let places = available_parallelism().map_or(1, |processors| processors.get().div_ceil(2));
        Self {
            places: Arc::new(Semaphore::new(places)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            done: Arc::default(),
        }
    }
}

impl Hashing {
    /// Waits for a place.
    pub(crate) async fn place(&self) -> Result<Place, Unidentified> {
        let waiting = self.waiting.try_acquire().map_err(|_| Unidentified::Unavailable)?;
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Unidentified::Unavailable)?;
        drop(waiting);
        Ok(Place { _permit: permit, done: Arc::clone(&self.done) })
    }

    /// How many passwords were hashed.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

/// The right to hash one password.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    done: Arc<AtomicU64>,
}

impl Place {
    /// Whether the hash is the password's. Who is dropped meanwhile does not give the place to another before the work
    /// is done, which cannot be stopped. Without a runtime the work is done where it is asked for.
    pub(crate) async fn verify(self, hash: Hash, costliest: Hash, password: Secret) -> Result<bool, Unidentified> {
        let work = move || {
            self.done.fetch_add(1, Ordering::Relaxed);
            hash.is_of(password.reveal(), &costliest)
        };
        match Handle::try_current() {
            Ok(runtime) => runtime.spawn_blocking(work).await.map_err(|_| Unidentified::Unavailable),
            Err(_) => Ok(work()),
        }
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("done", &self.done()).finish_non_exhaustive()
    }
}
