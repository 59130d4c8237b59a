//! Work on several threads.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// Does `work` with each item, on at most `jobs` threads, this one among them. Items are begun in their order, so that
/// the largest should come first.
pub(super) fn each<T: Sync>(jobs: NonZeroUsize, items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let run = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item);
        }
    };
    thread::scope(|scope| {
        let others = 1..jobs.get().min(items.len());
        // A thread that cannot be had leaves its part to the others.
        let others: Vec<_> = others.filter_map(|_| Builder::new().spawn_scoped(scope, run).ok()).collect();
        run();
        for other in others {
            other.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}
