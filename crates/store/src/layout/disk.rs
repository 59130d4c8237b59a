//! The one way to the disk: everything that a layout does with files is one of these few operations, each of them one
//! step that happens or does not.
//!
//! A path is relative to the root and is made of names alone. Nothing that a path leads through is followed if it is a
//! link, and what is not a regular file cannot be opened; so whatever somebody plants below the root, no operation
//! leaves it. [`System`] is the disk of this machine. Tests stand between the store and a disk, or are one.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

#[cfg(unix)]
mod beneath;
mod lockable;
#[cfg(any(not(unix), test))]
#[cfg_attr(unix, allow(unreachable_pub, reason = "it is there to be tested"))]
mod portable;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use portable::System;
#[cfg(unix)]
pub use unix::System;

/// The files below one directory, which is there.
///
/// An operation that fails has changed nothing, as far as the system says so; one that was interrupted fails with
/// [`Interrupted`](io::ErrorKind::Interrupted) and is tried again by whoever asked. What is not there, or is reached only
/// through something that is no directory, is [`NotFound`](io::ErrorKind::NotFound) or
/// [`NotADirectory`](io::ErrorKind::NotADirectory). A name that cannot be changed as long as somebody has its file open is
/// [`ResourceBusy`](io::ErrorKind::ResourceBusy). Every operation may wait for the disk, except [`known`](Self::known).
pub trait Disk: fmt::Debug + Send + Sync {
    /// Where the root is, for messages.
    fn root(&self) -> &Path;

    /// The regular file at a path, if the system can tell without waiting for anything. Nothing may always be said.
    fn known(&self, path: &Path) -> Option<Stat>;

    /// The same of a path that led to a file which is still open, what keeps its name and all names above it in memory. It
    /// may be quicker, follow links that were put above it meanwhile, and wait for the disk where the path leads elsewhere
    /// by now; so only that very file may be taken for what is there.
    fn known_open(&self, path: &Path) -> Option<Stat> {
        self.known(path)
    }

    /// What is at a path; of a link, the link itself.
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// Opens or makes a regular file. Anything else that is there is as if nothing were.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>>;

    /// The names in a directory, in no order, read as they are asked for.
    fn list(&self, path: &Path) -> io::Result<Names>;

    /// Makes a directory for everybody to read and for its owner to write, less what the user's mask takes.
    fn make_dir(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name, which must be free.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file or directory another name instead, from what has it. Of two names of one file nothing happens.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name instead, which must be free.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name of whatever is no directory.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory that is empty.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in a directory are where a power cut leaves them, as well as the file system can do that.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Returns after a while, in which whoever is in the way may be done.
    fn pause(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A regular file that is open; it stays so when it loses its name. It is used by one thread at a time.
pub trait File: fmt::Debug + Send + Sync {
    /// What is known of it now.
    fn stat(&self) -> io::Result<Stat>;

    /// Appends what is in the file from an offset on to `bytes`, at most as much as they have spare room for, and returns
    /// how much that was; nothing at the end. It may be less than there is.
    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize>;

    /// Writes bytes at an offset, and returns how many; it may be fewer than there are.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Advises to begin to bring a part of it to the disk, beside what comes. Nothing is waited for, and nothing is more
    /// durable afterwards.
    fn begin_sync(&self, offset: u64, length: u64) {
        let _ = (offset, length);
    }

    /// Says who may read and write it, by the nine bits of Unix and whatever the user's mask is. Elsewhere nothing
    /// happens.
    fn set_mode(&self, mode: u32) -> io::Result<()>;

    /// Returns when the bytes are where a power cut leaves them. After a failure it is not known which are, and another
    /// try that succeeds says nothing.
    fn sync(&self) -> io::Result<()>;

    /// Waits for a lock that all processes know, until the file is dropped.
    fn lock(&self, lock: Lock) -> io::Result<()>;

    /// Takes such a lock if nobody is in the way, and says whether it did.
    fn try_lock(&self, lock: Lock) -> io::Result<bool>;
}

/// Names in a directory.
pub type Names = Box<dyn Iterator<Item = io::Result<OsString>> + Send>;

/// What is to be done with a file that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "whoever is a disk must do all of it")]
pub enum Access {
    /// It is read.
    Read,
    /// It is written, in its place, and read.
    Write,
    /// It is made, where there is nothing, and then written and read.
    New {
        /// Who may do so later, by the nine bits of Unix, less what the user's mask takes.
        mode: u32,
    },
}

/// Who else may have a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are two kinds of such locks")]
pub enum Lock {
    /// Others that are shared.
    Shared,
    /// Nobody.
    Exclusive,
}

/// What is known of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "whoever is a disk makes them")]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// What no other file has at the same time: of its file system and of itself. Nothing where there is no such number.
    pub id: Option<(u64, u64)>,
    /// Its size in bytes.
    pub size: u64,
    /// Who may read and write it, by the bits of Unix; 0 elsewhere.
    pub mode: u32,
    /// How many names it has; 0 where nobody counts them.
    pub links: u64,
    /// When its bytes changed last: seconds since 1970 and nanoseconds.
    pub modified: (i64, i64),
    /// When anything about it changed last; as `modified` where nobody knows.
    pub changed: (i64, i64),
}

/// What there can be at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the last one is everything else")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A link, a pipe, a device.
    Other,
}

impl Stat {
    /// Whether this is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether this is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// Whether two looks saw one and the same file; where files have no number, files that cannot be told apart.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.id, other.id) {
            (Some(one), Some(other)) => one == other,
            _ => self.is_file() && other.is_file() && self.size == other.size,
        }
    }

    /// When its bytes changed last; long ago when that is no time.
    #[must_use]
    pub fn written(&self) -> SystemTime {
        time(self.modified)
    }

    /// When it got its bytes or a name, whichever was later, as far as its file system writes that down.
    #[must_use]
    pub fn touched(&self) -> SystemTime {
        time(self.modified.max(self.changed))
    }

    /// How long ago the bytes changed. Nothing when that is to come: a clock that was set back makes files younger, never
    /// older.
    #[must_use]
    pub fn age(&self, now: SystemTime) -> Option<Duration> {
        elapsed(self.modified, now)
    }
}

/// A time of a file; the beginning of time when it is before that.
fn time((seconds, nanoseconds): (i64, i64)) -> SystemTime {
    let since = u64::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
    let since = since.map(|(seconds, nanoseconds)| Duration::new(seconds, nanoseconds.min(999_999_999)));
    since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// How long ago a time of a file was.
pub(super) fn elapsed((seconds, nanoseconds): (i64, i64), now: SystemTime) -> Option<Duration> {
    let then = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
    now.duration_since(SystemTime::UNIX_EPOCH).ok()?.checked_sub(then)
}

#[cfg(all(test, unix))]
mod tests;
