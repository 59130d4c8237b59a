//! How much of the bodies of all requests together may be in memory at a time.
//!
//! One request may have a document of some size, and a connection many requests; without a sum over all of them, memory
//! is as much as peers care to send. Who finds no room waits in line, and a line that is too long is not joined.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much may be in memory unless said otherwise, in bytes: sixteen of the largest manifests there may be, or many
/// thousands of those that there are.
const BYTES: usize = 64 << 20;

/// How many requests may wait for room.
const WAITING: usize = 256;

/// Room for bodies, which is given in the order in which it was asked for.
#[derive(Debug)]
pub(crate) struct Budget {
    free: Arc<Semaphore>,
    total: u32,
    waiting: AtomicUsize,
}

impl Budget {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let total = u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(total as usize)), total, waiting: AtomicUsize::new(0) }
    }

    /// Room for `bytes`, as soon as there is some; nothing when too many are waiting for it already. What is larger than
    /// all there is takes all there is, so that it is held alone.
    pub(crate) async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let needed = u32::try_from(bytes).map_or(self.total, |bytes| bytes.min(self.total));
        if let Ok(free) = Arc::clone(&self.free).try_acquire_many_owned(needed) {
            return Some(free);
        }
        let _place = Place::in_line(&self.waiting)?;
        Arc::clone(&self.free).acquire_many_owned(needed).await.ok()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(BYTES)
    }
}

/// A place in the line, until it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn in_line(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        // What was counted is taken back when there is no place.
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
