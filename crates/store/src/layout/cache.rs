//! What was read of small files, as long as they are the same: an index of every tag takes a second to parse, and to ask
//! whether it has changed takes one system call.
//!
//! Others replace these files as well, so nothing is believed for a time: a value counts for as long as the path leads
//! to the very file that it was read from, unchanged. That file stays open, so that no other can get its number. A file
//! that was written in its place is told by its size and times, and one that changed only just now is read again, since
//! the next change could bear the same time.
//!
//! What is read again and has the bytes that it had is not decoded again: then it says what it said.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::File;
use super::files::Files;
use super::seen::{Now, Seen, system_time};
use crate::Error;
use crate::sync::Mutex;

#[cfg(test)]
mod tests;

/// How many files are kept; each takes a file descriptor.
const FILES: usize = 64;
/// How large files that are kept may be together, in bytes. The largest index there may be fits.
const BYTES: u64 = 64 << 20;
/// Values of files, by path; the least recently used go first when there are too many, or too large ones.
#[derive(Debug)]
pub(super) struct Cache<T> {
    slots: Mutex<Vec<Slot<T>>>,
    now: Now,
}

/// The place of one file, and what was read of it, if anything.
#[derive(Debug)]
struct Slot<T> {
    path: PathBuf,
    bytes: u64,
    kept: Option<Arc<Kept<T>>>,
    reading: Reading,
}

/// Held by whoever reads a file, so that many who want it read it once. Who only asks what is kept does not wait for it.
type Reading = Arc<Mutex<()>>;

/// What was read, and of which file if that can be told from its next change. A value has the bytes that it was read from.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    of: Option<(Seen, File)>,
}

impl<T> Kept<T> {
    fn is_of(&self, seen: Option<Seen>) -> bool {
        seen.is_some() && seen == self.of.as_ref().map(|(seen, _)| *seen)
    }
}

impl<T: AsRef<[u8]>> Default for Cache<T> {
    fn default() -> Self {
        Self::new(system_time)
    }
}

impl<T: AsRef<[u8]>> Cache<T> {
    /// An empty cache that asks this clock how old a change is.
    pub(super) const fn new(now: Now) -> Self {
        Self { slots: Mutex::new(Vec::new()), now }
    }

    /// What a file says now, if that can be told without waiting for a disk or for anybody: it was read before, and the
    /// system knows that it is the same.
    pub(super) fn known(&self, files: &Files, path: &Path) -> Option<Arc<T>> {
        let kept = self.kept(path)?;
        let seen = Seen::of(&files.known_open(path)?);
        kept.is_of(seen).then(|| Arc::clone(&kept.value))
    }

    /// What a file says now, if it is there: read anew when it is not the one that was read last. It may have `limit`
    /// bytes.
    pub(super) fn get(
        &self,
        files: &Files,
        path: &Path,
        limit: u64,
        decode: impl FnOnce(Vec<u8>) -> Result<T, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        let reading = self.reading(path);
        let _reading = reading.lock();
        let seen = files.stat(path)?.and_then(|stat| Seen::of(&stat));
        match self.kept(path).filter(|kept| kept.is_of(seen)) {
            Some(kept) => Ok(Some(Arc::clone(&kept.value))),
            None => self.read(files, path, limit, decode),
        }
    }

    /// The same, which is read anew in any case, and without waiting for others who read it.
    pub(super) fn get_anew(
        &self,
        files: &Files,
        path: &Path,
        limit: u64,
        decode: impl FnOnce(Vec<u8>) -> Result<T, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        drop(self.reading(path));
        self.read(files, path, limit, decode)
    }

    /// Keeps what a file says that was just written, in case that it is read anew.
    pub(super) fn put(&self, path: &Path, value: Arc<T>) {
        drop(self.reading(path));
        self.keep(path, Some(Kept { value, of: None }));
    }

    fn read(
        &self,
        files: &Files,
        path: &Path,
        limit: u64,
        decode: impl FnOnce(Vec<u8>) -> Result<T, Error>,
    ) -> Result<Option<Arc<T>>, Error> {
        let Some(file) = files.open(path)? else {
            self.keep(path, None);
            return Ok(None);
        };
        // Decoding can take longer than a change takes to be told by its time, so this is judged before it is read.
        let settled = Seen::of(&file.stat()?).filter(|seen| seen.is_settled((self.now)()));
        let value = match self.same(path, &file)? {
            Some(value) => value,
            None => {
                // What is old goes before the new comes, so that there are never two of them.
                self.keep(path, None);
                Arc::new(decode(file.read_all(limit)?)?)
            }
        };
        let after = Seen::of(&file.stat()?);
        let of = settled.filter(|seen| after.as_ref() == Some(seen)).map(|seen| (seen, file));
        self.keep(path, Some(Kept { value: Arc::clone(&value), of }));
        Ok(Some(value))
    }

    /// What was read before, if the file has these very bytes.
    fn same(&self, path: &Path, file: &File) -> Result<Option<Arc<T>>, Error> {
        let Some(kept) = self.kept(path) else { return Ok(None) };
        Ok(file.has((*kept.value).as_ref())?.then(|| Arc::clone(&kept.value)))
    }

    /// The right to read a file, whose place is now the last one to be given up.
    fn reading(&self, path: &Path) -> Reading {
        let mut slots = self.slots.lock();
        let slot = match position(&slots, path) {
            Some(position) => slots.remove(position),
            None => Slot { path: path.into(), bytes: 0, kept: None, reading: Arc::default() },
        };
        let reading = Arc::clone(&slot.reading);
        slots.push(slot);
        let given_up = shrink(&mut slots);
        drop((slots, given_up));
        reading
    }

    /// What is kept of a file, whose place is now the last one to be given up.
    fn kept(&self, path: &Path) -> Option<Arc<Kept<T>>> {
        let mut slots = self.slots.lock();
        let at = position(&slots, path)?;
        slots.get_mut(at..)?.rotate_left(1);
        slots.last()?.kept.clone()
    }

    /// Keeps what was read of a file, or no longer does, and makes room for it.
    fn keep(&self, path: &Path, kept: Option<Kept<T>>) {
        let mut slots = self.slots.lock();
        let Some(slot) = position(&slots, path).and_then(|at| slots.get_mut(at)) else { return };
        slot.bytes = kept.as_ref().map_or(0, |kept| (*kept.value).as_ref().len() as u64);
        let before = std::mem::replace(&mut slot.kept, kept.map(Arc::new));
        let given_up = shrink(&mut slots);
        // What is large takes a while to go, which nobody has to wait for.
        drop((slots, before, given_up));
    }
}

/// The paths are made here in one way, so their bytes tell them apart.
fn position<T>(slots: &[Slot<T>], path: &Path) -> Option<usize> {
    slots.iter().rposition(|slot| slot.path.as_os_str() == path.as_os_str())
}

/// Takes the least recently used files away until the others are few and small enough; the last one is needed. Whoever
/// is reading what is given up has it to the end.
fn shrink<T>(slots: &mut Vec<Slot<T>>) -> Vec<Slot<T>> {
    let mut bytes: u64 = slots.iter().map(|slot| slot.bytes).sum();
    let mut spare = slots.len().saturating_sub(1);
    let goes = |slot: &mut Slot<T>| {
        let goes = spare > 0 && (bytes > BYTES || spare >= FILES);
        spare = spare.saturating_sub(1);
        bytes -= if goes { slot.bytes } else { 0 };
        goes
    };
    slots.extract_if(.., goes).collect()
}
