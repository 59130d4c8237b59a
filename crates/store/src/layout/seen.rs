//! What tells a file from another and from its own past, so that what was learnt of it counts for as long as it is the
//! same.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

/// How long ago a file must have changed that its times tell the next change from the last. File systems write down
/// times of a clock that goes on every 10 milliseconds or more often.
const SETTLED: Duration = Duration::from_millis(100);

/// A clock, as what files say of their times is compared with it.
pub(super) type Now = fn() -> SystemTime;

/// A file as it was at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    file: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Seen {
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere there is nothing that tells files apart")]
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
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
    pub(super) const fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// The size of the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether this is the same file with the same content. Another name that it was given is no change of that, though
    /// it changes the time of change.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        (self.file, self.bytes, self.modified) == (other.file, other.bytes, other.modified)
    }

    /// Whether the last change was so long ago that another one will show. A clock that was set back makes files
    /// younger, never older.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed.max(self.modified);
        let age = now.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|now| {
            let changed = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
            now.checked_sub(changed)
        });
        age.is_some_and(|age| age > SETTLED)
    }
}

#[allow(clippy::disallowed_methods, reason = "what is compared is the time that the file system wrote down")]
pub(super) fn system_time() -> SystemTime {
    SystemTime::now()
}
