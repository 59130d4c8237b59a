//! What tells a file from another and from its own past, so that what was learnt of it counts for as long as it is the
//! same.

use std::time::{Duration, SystemTime};

use super::disk::{Stat, elapsed};

/// How long ago a file must have changed that its times tell the next change from the last. Most file systems write down
/// times of a clock that goes on every 10 milliseconds or more often.
const SETTLED: Duration = Duration::from_millis(100);
/// The same where it goes on every second or every other one, as on FAT, and on some file systems of a network.
const SETTLED_SECONDS: Duration = Duration::from_millis(2100);

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
    /// Without the number of a file there is no telling, so nothing is kept.
    pub(super) fn of(stat: &Stat) -> Option<Self> {
        let Stat { size, modified, changed, .. } = *stat;
        stat.id.map(|file| Self { file, bytes: size, modified, changed })
    }

    /// Whether this is the same file with the same content. Another name that it was given is no change of that, though
    /// it changes the time of change.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        (self.file, self.bytes, self.modified) == (other.file, other.bytes, other.modified)
    }

    /// Whether the last change was so long ago that another one will show. A clock that was set back makes files
    /// younger, never older.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let last = self.changed.max(self.modified);
        // A time of whole seconds is no time of a finer clock, but for one in a thousand million.
        let settled = if last.1 == 0 { SETTLED_SECONDS } else { SETTLED };
        elapsed(last, now).is_some_and(|age| age > settled)
    }
}

#[allow(clippy::disallowed_methods, reason = "what is compared is the time that the file system wrote down")]
pub(super) fn system_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::super::disk::Kind;
    use super::*;

    fn is_settled(last: (i64, i64), now: Duration) -> bool {
        let stat = Stat {
            kind: Kind::File,
            id: Some((1, 1)),
            size: 0,
            mode: 0,
            links: 1,
            modified: (last.0 - 1, 1),
            changed: last,
        };
        Seen::of(&stat).is_some_and(|seen| seen.is_settled(SystemTime::UNIX_EPOCH + now))
    }

    /// Another change can come in the same second, and leave the size as it is.
    #[test]
    fn a_time_of_whole_seconds_is_that_of_a_slow_clock() {
        assert!(!is_settled((100, 4_000_000), Duration::from_millis(100_050)));
        assert!(is_settled((100, 4_000_000), Duration::from_millis(100_200)));
        assert!(!is_settled((100, 0), Duration::from_millis(100_200)));
        assert!(!is_settled((100, 0), Duration::from_millis(101_900)));
        assert!(is_settled((100, 0), Duration::from_millis(102_200)));
    }
}
