//! What moves on a connection, or on one of its streams. A peer that answers pings, or opens a stream's window by a byte, keeps a connection alive
//! and takes nothing; so a connection has to be worth its place.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

#[cfg(test)]
mod tests;

/// The slowest peer that is sent to, in bytes a second.
const SLOWEST: u64 = 1024;

/// How often is looked in the time that nothing may move.
const LOOKS: u32 = 8;

/// What has been sent on a connection or a stream, and how many of its requests wait for us and not for the peer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    begun: AtomicUsize,
    working: AtomicUsize,
}

/// Work of ours, for which the peer can only wait; until it is dropped.
#[derive(Debug)]
pub(crate) struct Work(Traffic, Option<Traffic>);

impl Traffic {
    /// Counts bytes that the peer's side took.
    pub(crate) fn sent(&self, bytes: usize) {
        self.0.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Begins work for the peer.
    pub(crate) fn work(&self) -> Work {
        self.0.begin();
        Work(self.clone(), None)
    }

    /// Comes to its end when the peer has used up its time: `idle` after the last work for it, and a second more for
    /// each KiB that it took, but never more than `idle` from then on.
    pub(crate) fn stalled(&self, idle: Duration) -> impl Future<Output = ()> + Send + use<> {
        let counts = Arc::clone(&self.0);
        async move {
            let (mut left, mut last, mut seen) = (idle, Instant::now(), counts.look());
            while !left.is_zero() {
                sleep(left.min(idle / LOOKS)).await;
                let now = counts.look();
                let took = earned(now.sent - seen.sent);
                let is_fresh = now.is_working || now.begun != seen.begun;
                left = if is_fresh { idle } else { (left + took).saturating_sub(last.elapsed()).min(idle) };
                (last, seen) = (Instant::now(), now);
            }
        }
    }
}

/// How long a peer may take for so many bytes.
pub(crate) const fn earned(bytes: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / SLOWEST)
}

impl Work {
    /// The same work, for which another waits as well.
    pub(crate) fn and(mut self, other: &Traffic) -> Self {
        other.0.begin();
        self.1 = Some(other.clone());
        self
    }
}

/// The counts at one moment.
struct Look {
    sent: u64,
    begun: usize,
    is_working: bool,
}

impl Counts {
    fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.working.fetch_add(1, Ordering::Relaxed);
    }

    fn look(&self) -> Look {
        Look {
            sent: self.sent.load(Ordering::Relaxed),
            begun: self.begun.load(Ordering::Relaxed),
            is_working: self.working.load(Ordering::Relaxed) > 0,
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        for Traffic(counts) in std::iter::once(&self.0).chain(&self.1) {
            counts.working.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
