//! What was read of small files, as long as they are the same: an index of every tag takes a second to parse and several
//! times its size, and to ask whether it has changed takes one system call.
//!
//! Others replace these files as well, so nothing is believed for a time: a value counts for as long as the path leads
//! to the very file that it was read from, unchanged. That file stays open, so that no other can get its number. A file
//! that was written in its place is told by its size and times, and one that changed only just now is read again, since
//! the next change could bear the same time.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::file::{self, failed};
use crate::Error;

#[cfg(test)]
mod tests;

/// How many files are kept; each takes a file descriptor.
const FILES: usize = 64;
/// How large files that are kept may be together, in bytes. The largest index there may be fits.
const BYTES: u64 = 64 << 20;
/// How long ago a file must have changed that its times tell the next change from the last. File systems write down
/// times of a clock that goes on every 10 milliseconds or more often.
const SETTLED: Duration = Duration::from_millis(100);

/// Values of files, by path; the least recently used go first when there are too many, or too large ones.
#[derive(Debug)]
pub(super) struct Cache<T> {
    slots: Mutex<Vec<Slot<T>>>,
    now: fn() -> SystemTime,
}

/// The place of one file. Whoever reads it holds the lock on its value, so that many who want it read it once.
#[derive(Debug)]
struct Slot<T> {
    path: PathBuf,
    bytes: u64,
    kept: Arc<Mutex<Option<Kept<T>>>>,
}

/// What was read, and of which file.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    seen: Seen,
    _open: File,
}

/// What tells a file from another and from its own past.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self::new(system_time)
    }
}

impl<T> Cache<T> {
    /// An empty cache that asks this clock how old a change is.
    pub(super) const fn new(now: fn() -> SystemTime) -> Self {
        Self { slots: Mutex::new(Vec::new()), now }
    }

    /// What a file says now, if it is there: decoded anew when it is not the one that was read last. It may have `limit`
    /// bytes.
    pub(super) fn get(
        &self,
        path: &Path,
        limit: u64,
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        let slot = self.slot(path);
        let mut kept = lock(&slot);
        let seen = file::stat(path)?.and_then(|metadata| Seen::of(&metadata));
        if let Some(kept) = kept.as_ref().filter(|kept| seen.as_ref() == Some(&kept.seen)) {
            return Ok(Some(Arc::clone(&kept.value)));
        }
        // What is old goes before the new comes, so that there are never two of them.
        *kept = None;
        let Some(file) = file::open(path)? else { return Ok(None) };
        let before = self.seen(&file, path)?;
        let value = Arc::new(decode(&file::read_all(&file, path, limit)?)?);
        if let Some(seen) = before.filter(|seen| self.is_settled(seen))
            && self.seen(&file, path)?.as_ref() == Some(&seen)
        {
            self.charge(path, seen.bytes);
            *kept = Some(Kept { value: Arc::clone(&value), seen, _open: file });
        }
        Ok(Some(value))
    }

    /// The place of a file, which is now the last one to be given up.
    fn slot(&self, path: &Path) -> Arc<Mutex<Option<Kept<T>>>> {
        let mut slots = lock(&self.slots);
        let slot = match slots.iter().position(|slot| slot.path == path) {
            Some(position) => slots.remove(position),
            None => Slot { path: path.into(), bytes: 0, kept: Arc::default() },
        };
        let kept = Arc::clone(&slot.kept);
        slots.push(slot);
        shrink(&mut slots);
        kept
    }

    /// Counts a file that is going to be kept, and makes room for it.
    fn charge(&self, path: &Path, bytes: u64) {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.iter_mut().find(|slot| slot.path == path) {
            slot.bytes = bytes;
        }
        shrink(&mut slots);
    }

    fn seen(&self, file: &File, path: &Path) -> Result<Option<Seen>, Error> {
        Ok(Seen::of(&file.metadata().map_err(failed("look at", path))?))
    }

    /// Whether the last change was so long ago that another one will show. A clock that was set back makes files
    /// younger, never older.
    fn is_settled(&self, seen: &Seen) -> bool {
        let (seconds, nanoseconds) = seen.changed.max(seen.modified);
        let age = (self.now)().duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|now| {
            let changed = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
            now.checked_sub(changed)
        });
        age.is_some_and(|age| age > SETTLED)
    }
}

impl Seen {
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere there is nothing that tells files apart")]
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            file: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Without the number of a file there is no telling, so nothing is kept.
    #[cfg(not(unix))]
    const fn of(_: &Metadata) -> Option<Self> {
        None
    }
}

/// Gives up the least recently used files until the others are few and small enough; the last one is needed. Whoever
/// is reading what is given up has it to the end.
fn shrink<T>(slots: &mut Vec<Slot<T>>) {
    let mut bytes: u64 = slots.iter().map(|slot| slot.bytes).sum();
    let mut spare = slots.len().saturating_sub(1);
    slots.retain(|slot| {
        let goes = spare > 0 && (bytes > BYTES || spare >= FILES);
        spare = spare.saturating_sub(1);
        bytes -= if goes { slot.bytes } else { 0 };
        !goes
    });
}

/// What is under these locks is whole at any moment.
fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(clippy::disallowed_methods, reason = "what is compared is the time that the file system wrote down")]
fn system_time() -> SystemTime {
    SystemTime::now()
}
