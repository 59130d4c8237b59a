//! Waiting without a runtime: one thread for the whole program, which wakes whoever has waited long enough.
//!
//! Timers lie in a map by the time at which they end. One that is dropped is taken out of it, so that what is held is
//! what is waited for and no more. Where no thread can be started, whoever waits is asked again and again instead.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A future that is ready at a time, and not before.
pub(super) struct Timer {
    started: Instant,
    duration: Duration,
    place: Option<Place>,
}

/// When a timer ends, counted from the first timer of all, and a number that tells it from others.
type Place = (Duration, u64);

impl Timer {
    #[allow(clippy::disallowed_methods, reason = "part of the clock that everything else takes as an argument")]
    pub(super) fn new(duration: Duration) -> Self {
        Self { started: Instant::now(), duration, place: None }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let left = self.duration.saturating_sub(self.started.elapsed());
        let timers = Timers::get();
        self.place.take().into_iter().for_each(|place| timers.remove(place));
        if left.is_zero() {
            return Poll::Ready(());
        }
        self.place = timers.insert(left, context.waker());
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.place.take().into_iter().for_each(|place| Timers::get().remove(place));
    }
}

/// All timers, and the thread that watches them.
struct Timers {
    start: Instant,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    has_thread: bool,
}

#[derive(Default)]
struct Waiting {
    wakers: BTreeMap<Place, Waker>,
    next: u64,
}

impl Timers {
    fn get() -> &'static Self {
        static TIMERS: OnceLock<Timers> = OnceLock::new();
        TIMERS.get_or_init(|| {
            let thread = std::thread::Builder::new().name("wharf-timers".to_owned());
            Self::new(thread.spawn(|| Self::get().run()).is_ok())
        })
    }

    #[allow(clippy::disallowed_methods, reason = "part of the clock that everything else takes as an argument")]
    fn new(has_thread: bool) -> Self {
        Self { start: Instant::now(), waiting: Mutex::default(), changed: Condvar::new(), has_thread }
    }

    fn insert(&self, left: Duration, waker: &Waker) -> Option<Place> {
        if !self.has_thread {
            waker.wake_by_ref();
            return None;
        }
        let mut waiting = self.lock();
        let place = (self.start.elapsed().saturating_add(left), waiting.next);
        waiting.next += 1;
        let is_first = waiting.wakers.first_key_value().is_none_or(|(first, _)| place < *first);
        waiting.wakers.insert(place, waker.clone());
        if is_first {
            self.changed.notify_one();
        }
        Some(place)
    }

    fn remove(&self, place: Place) {
        // The waker is dropped after the lock is: it may run anything.
        let _removed = self.lock().wakers.remove(&place);
    }

    fn run(&self) {
        let mut waiting = self.lock();
        loop {
            let now = self.start.elapsed();
            waiting = match waiting.wakers.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let waker = first.remove();
                    drop(waiting);
                    waker.wake();
                    self.lock()
                }
                Some(first) => {
                    let left = first.key().0 - now;
                    let woken = self.changed.wait_timeout(waiting, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
