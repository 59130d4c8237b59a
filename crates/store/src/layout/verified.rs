//! What was verified in this process, so that it need not be hashed for everybody who asks: which file held the right
//! bytes for a digest, and the bytes themselves when they are few. And which file did not: it is absent for whoever asks
//! whether it is there, so that somebody brings the content again.
//!
//! A record counts for as long as the file is the same, as [`seen`](super::seen) tells it: a file that was written to or
//! replaced is verified anew. What a disk does to bytes without telling its file system is not noticed here; it is by
//! clients, who verify what they fetch, and by whoever puts the content again.

use std::collections::HashMap;

use bytes::Bytes;
use wharf_registry::Digest;

use super::disk::Stat;
use super::seen::{Now, Seen};
use crate::sync::Mutex;

/// How large content may be that is kept itself, in bytes. Nearly all manifests and configurations are smaller.
pub(super) const SMALL: u64 = 64 << 10;
/// How many records there may be in a generation, and how many bytes of content.
const RECORDS: usize = 4096;
const BYTES: usize = 8 << 20;

/// Records in two generations: when the young one is full it becomes the old one, which is given up. What is asked for
/// stays young, so that what is asked for often is never given up.
#[derive(Debug)]
pub(super) struct Verified {
    generations: Mutex<Generations>,
    now: Now,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Digest, Record>,
    old: HashMap<Digest, Record>,
    /// How many bytes of content the young generation holds.
    bytes: usize,
    /// Files that do not hold what they are named by.
    wrong: HashMap<Digest, Seen>,
}

/// What was verified of a file.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) seen: Seen,
    /// The content, if it is small.
    pub(super) bytes: Option<Bytes>,
}

impl Verified {
    /// No records; the clock says how old changes of files are.
    pub(super) fn new(now: Now) -> Self {
        Self { generations: Mutex::default(), now }
    }

    /// What was verified under a digest, of whatever file.
    pub(super) fn get(&self, digest: &Digest) -> Option<Record> {
        let mut generations = self.generations.lock();
        if let Some(record) = generations.young.get(digest) {
            return Some(record.clone());
        }
        let (digest, record) = generations.old.remove_entry(digest)?;
        generations.insert(digest, record.clone());
        Some(record)
    }

    /// Whether this very file was verified under a digest.
    pub(super) fn holds(&self, digest: &Digest, seen: &Seen) -> bool {
        self.get(digest).is_some_and(|record| record.seen == *seen)
    }

    /// A file that is going to be verified, as it is before its bytes are read; nothing when it changed only just now and
    /// the next change could bear the same time. Whatever happens to it afterwards makes it another one.
    pub(super) fn look(&self, stat: &Stat) -> Option<Seen> {
        Seen::of(stat).filter(|seen| seen.is_settled((self.now)()))
    }

    /// Records that a file held the bytes of a digest.
    pub(super) fn record(&self, digest: &Digest, seen: Seen, bytes: Option<Bytes>) {
        let mut generations = self.generations.lock();
        generations.wrong.remove(digest);
        generations.insert(digest.clone(), Record { seen, bytes });
    }

    /// Records that a file held other bytes. When there is no room all such files are forgotten, and are found again by
    /// whoever reads them.
    pub(super) fn refute(&self, digest: &Digest, seen: Seen) {
        let mut generations = self.generations.lock();
        if generations.wrong.len() >= RECORDS {
            generations.wrong.clear();
        }
        generations.wrong.insert(digest.clone(), seen);
    }

    /// The file that held other bytes than those of a digest, if there was one.
    pub(super) fn refuted(&self, digest: &Digest) -> Option<Seen> {
        self.generations.lock().wrong.get(digest).copied()
    }

    /// Forgets that a file was wrong: it was replaced, or read once more.
    pub(super) fn absolve(&self, digest: &Digest) {
        self.generations.lock().wrong.remove(digest);
    }
}

impl Generations {
    fn insert(&mut self, digest: Digest, record: Record) {
        if self.young.len() >= RECORDS || self.bytes >= BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += size(&record);
        if let Some(before) = self.young.insert(digest, record) {
            self.bytes -= size(&before);
        }
    }
}

fn size(record: &Record) -> usize {
    record.bytes.as_ref().map_or(0, Bytes::len)
}

#[cfg(test)]
mod tests;
