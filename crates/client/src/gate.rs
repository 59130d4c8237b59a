//! What all handles of a client share, so that together they ask no more of a registry than it bears.
//!
//! A permit is held by a request until its answer's head has come, and by a blob until its stream has ended or was
//! dropped. Downloads, uploads and other requests are counted apart, so that a copy within one registry, which reads
//! and writes at once, never waits for itself. Who waits longest is served first, and who stops waiting loses nothing
//! for others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::retry::Attempts;
use crate::{Clock, Limits};

/// The right to make a request, given back when it is dropped.
pub(crate) type Permit = OwnedSemaphorePermit;

/// What a request takes room from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Requests,
    Downloads,
    Uploads,
}

/// The way to one registry.
#[derive(Debug)]
pub(crate) struct Gate {
    requests: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    closed_until: Mutex<Duration>,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            requests: semaphore(limits.requests),
            downloads: semaphore(limits.downloads),
            uploads: semaphore(limits.uploads),
            closed_until: Mutex::default(),
        }
    }

    /// Waits for room. Nothing comes only of a semaphore that was closed, which none of these is.
    pub(crate) async fn admit(&self, room: Room) -> Option<Permit> {
        let semaphore = match room {
            Room::Requests => &self.requests,
            Room::Downloads => &self.downloads,
            Room::Uploads => &self.uploads,
        };
        Arc::clone(semaphore).acquire_owned().await.ok()
    }

    /// Lets nobody through until the clock shows `until`.
    pub(crate) fn close(&self, until: Duration) {
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = until.max(*closed);
    }

    /// Waits while the registry wants to be left alone, but not longer than the caller has patience.
    pub(crate) async fn pass(&self, clock: &dyn Clock, attempts: &Attempts) {
        loop {
            let now = clock.now();
            let closed = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            let wait = closed.saturating_sub(now);
            if wait.is_zero() || !attempts.has_room(now, wait) {
                return;
            }
            clock.sleep(wait).await;
        }
    }
}
