//! Looks that need no disk: what the system has in memory of a path. A question that was asked before can so be answered
//! where it is asked, without a change of threads.
//!
//! Only a regular file that is there is ever told of; whoever is told nothing asks properly, on a thread that may wait.
//! So what this cannot see, and systems that have no such look, cost time and change no answer.

use std::fs::Metadata;
use std::path::Path;

/// The regular file at a path without links, if the system can lead there at once.
#[cfg(target_os = "linux")]
pub(super) fn stat(path: &Path) -> Option<Metadata> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    // The file is not opened but only pointed at, so this needs no permission to read and waits for nobody.
    let point = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let resolve = ResolveFlags::CACHED | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = std::fs::File::from(openat2(CWD, path, point, Mode::empty(), resolve).ok()?);
    file.metadata().ok().filter(Metadata::is_file)
}

/// The regular file at a path of which the file is kept open, in one call of the system instead of three. What is open has
/// its name, and all names above it, in memory, so nobody waits as long as the path leads there; where it does not any
/// more, this may be a look at the disk, and the last one of its kind.
///
/// A link that was put into the path is followed. So only the very file that is open may be taken for what is there.
#[cfg(target_os = "linux")]
pub(super) fn stat_open(path: &Path) -> Option<Metadata> {
    std::fs::symlink_metadata(path).ok().filter(Metadata::is_file)
}

/// There is no such look here.
#[cfg(not(target_os = "linux"))]
pub(super) const fn stat(_: &Path) -> Option<Metadata> {
    None
}

/// Nothing is said here of what an open file keeps in memory.
#[cfg(not(target_os = "linux"))]
pub(super) const fn stat_open(_: &Path) -> Option<Metadata> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
