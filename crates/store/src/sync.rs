//! Locks within this process. What is done under one of them is one step; between two, others may come.
//!
//! What they guard is whole at any moment, so a lock whose holder panicked is as good as any other.
//!
//! A test can be told of these moments on the threads that it chooses, and let others come there; so it decides in which
//! order everything happens. That is all there is to it: the locks are those of the standard library, and elsewhere it costs
//! a look at a variable of the thread. Nothing is promised of it.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{self, LockResult, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// What happens on a thread that is watched.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "whoever decides what happens next must know each moment")]
pub enum Moment {
    /// A lock is about to be asked for, here in the source.
    Before(&'static Location<'static>),
    /// Somebody else has it. It is asked for again afterwards.
    Taken,
    /// A lock was let go of.
    Freed,
}

thread_local! {
    static WATCHER: Cell<Option<fn(Moment)>> = const { Cell::new(None) };
}

/// Says who is told of each moment on this thread, from now on until the thread ends.
pub fn watch(told: fn(Moment)) {
    WATCHER.set(Some(told));
}

/// One after the other.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> Guard<MutexGuard<'_, T>> {
        Guard::of(|| self.0.lock(), || self.0.try_lock())
    }
}

/// Many who read, or one who writes.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(sync::RwLock<T>);

impl<T> RwLock<T> {
    #[track_caller]
    pub(crate) fn read(&self) -> Guard<RwLockReadGuard<'_, T>> {
        Guard::of(|| self.0.read(), || self.0.try_read())
    }

    #[track_caller]
    pub(crate) fn write(&self) -> Guard<RwLockWriteGuard<'_, T>> {
        Guard::of(|| self.0.write(), || self.0.try_write())
    }
}

/// The right to what a lock guards, until this is dropped.
#[derive(Debug)]
pub(crate) struct Guard<G> {
    // The fields are dropped in this order.
    guard: G,
    _freed: Freed,
}

impl<G> Guard<G> {
    #[track_caller]
    fn of(wait: impl FnOnce() -> LockResult<G>, attempt: impl FnMut() -> Result<G, TryLockError<G>>) -> Self {
        let guard = match WATCHER.get() {
            None => wait().unwrap_or_else(PoisonError::into_inner),
            Some(tell) => watched(tell, attempt),
        };
        Self { guard, _freed: Freed }
    }
}

/// Whoever is told decides how long this waits.
#[track_caller]
fn watched<G>(tell: fn(Moment), mut attempt: impl FnMut() -> Result<G, TryLockError<G>>) -> G {
    tell(Moment::Before(Location::caller()));
    loop {
        match attempt() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(guard)) => return guard.into_inner(),
            Err(TryLockError::WouldBlock) => tell(Moment::Taken),
        }
    }
}

impl<G: Deref> Deref for Guard<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Guard<G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

/// Tells that a lock is free, at its end.
#[derive(Debug)]
struct Freed;

impl Drop for Freed {
    fn drop(&mut self) {
        if let Some(tell) = WATCHER.get() {
            tell(Moment::Freed);
        }
    }
}
