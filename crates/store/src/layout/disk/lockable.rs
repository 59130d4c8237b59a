//! A file whose lock ends with it, on every system.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Lock;

/// A file that is open, and locked if it was asked to be.
#[derive(Debug)]
pub(super) struct Lockable {
    file: File,
    is_locked: AtomicBool,
}

impl Lockable {
    pub(super) const fn new(file: File) -> Self {
        Self { file, is_locked: AtomicBool::new(false) }
    }

    /// Waits for the lock.
    pub(super) fn lock(&self, lock: Lock) -> io::Result<()> {
        self.is_locked.store(true, Ordering::Relaxed);
        match lock {
            Lock::Shared => self.file.lock_shared(),
            Lock::Exclusive => self.file.lock(),
        }
    }

    /// Whether the lock was to be had.
    pub(super) fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.is_locked.store(true, Ordering::Relaxed);
        let locked = match lock {
            Lock::Shared => self.file.try_lock_shared(),
            Lock::Exclusive => self.file.try_lock(),
        };
        match locked {
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(true),
        }
    }
}

impl Deref for Lockable {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for Lockable {
    /// Closing is not enough: a process that is being made has all that is open here until its program begins, and so the
    /// lock as well; and some systems let go of it only when they come to it.
    fn drop(&mut self) {
        if *self.is_locked.get_mut() {
            let _ = self.file.unlock();
        }
    }
}
