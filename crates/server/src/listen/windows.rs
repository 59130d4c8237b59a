//! How much may be under way to us that nobody has read, over all HTTP/2 connections together.
//!
//! What a peer may send unasked waits in memory until a handler reads it, so each connection's window is a promise of
//! memory. Few connections get windows that fill a long line; the more there are, the smaller are those of the next.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all windows together may have beyond the least of each, in bytes.
const TOTAL: usize = 128 << 20;

/// The largest window of a connection, and the least, which is that of RFC 9113 (section 6.9.2).
const MOST: usize = 4 << 20;
const LEAST: usize = 65_535;

/// The largest window of a stream.
const STREAM: u32 = 1 << 20;

/// What is left to be given to connections.
#[derive(Clone, Debug)]
pub(super) struct Windows(Arc<Semaphore>);

impl Windows {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(TOTAL)))
    }

    /// A connection's window: a sixteenth of what is left.
    pub(super) fn take(&self) -> Window {
        let bytes = (self.0.available_permits() / 16).min(MOST);
        let taken = u32::try_from(bytes).ok().filter(|bytes| *bytes as usize > LEAST);
        Window(taken.and_then(|bytes| Arc::clone(&self.0).try_acquire_many_owned(bytes).ok()))
    }
}

/// A connection's window, until it is dropped.
#[derive(Debug)]
pub(super) struct Window(Option<OwnedSemaphorePermit>);

impl Window {
    /// For all streams of the connection together, in bytes.
    pub(super) fn connection(&self) -> u32 {
        let bytes = self.0.as_ref().map_or(LEAST, OwnedSemaphorePermit::num_permits);
        u32::try_from(bytes).unwrap_or(STREAM)
    }

    /// For one stream, in bytes.
    pub(super) fn stream(&self) -> u32 {
        self.connection().min(STREAM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_connections_have_large_windows_and_all_together_have_a_bound() {
        let windows = Windows::new();
        let taken: Vec<_> = (0..10_000).map(|_| windows.take()).collect();
        let sizes: Vec<_> = taken.iter().map(|window| window.connection() as usize).collect();
        assert!(sizes[..16].iter().all(|size| *size == MOST) && taken[0].stream() == STREAM);
        assert!(sizes[40] < MOST && sizes[60] > LEAST, "it becomes less little by little");
        assert!(sizes.is_sorted_by(|before, after| before >= after));
        assert_eq!(sizes.last(), Some(&LEAST));
        let beyond: usize = sizes.iter().map(|size| size - LEAST).sum();
        assert!(beyond <= TOTAL, "{beyond}");
        drop(taken);
        assert_eq!(windows.take().connection() as usize, MOST, "what is given back is given again");
    }
}
