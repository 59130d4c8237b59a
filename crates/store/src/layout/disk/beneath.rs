//! Paths that cannot leave the directory that they begin at.
//!
//! Linux leads there itself, in one step that nobody can get in between (`openat2`). Where it cannot, each directory is
//! opened from the one above and never through a link, which comes to the same, with a step for each name.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// A directory that is opened only to begin paths at, where the system has that.
#[cfg(target_os = "linux")]
const POINT: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const POINT: OFlags = OFlags::RDONLY;

/// Opens the directory that the user named. Links that the user named are meant.
pub(super) fn root(path: &Path) -> Result<OwnedFd, Errno> {
    openat(rustix::fs::CWD, path, POINT | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Opens a directory below a root to do something with the names in it.
pub(super) fn point(root: BorrowedFd<'_>, path: &Path) -> Result<OwnedFd, Errno> {
    open(root, path, POINT | OFlags::DIRECTORY, Mode::empty())
}

/// Opens what is at a path below a root; a link on the way, or at the end of it, is an error.
#[cfg(target_os = "linux")]
pub(super) fn open(root: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    match rustix::fs::openat2(root, not_empty(path), guarded(flags), mode, BENEATH) {
        // An older system, or one whose guard does not know this call.
        Err(Errno::NOSYS | Errno::PERM) => walk(root, path, flags, mode),
        opened => opened,
    }
}

/// Opens what is at a path below a root; a link on the way, or at the end of it, is an error.
#[cfg(not(target_os = "linux"))]
pub(super) fn open(root: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    walk(root, path, flags, mode)
}

/// The same for what the system has in memory of the way; whoever gets an error asks properly.
#[cfg(target_os = "linux")]
pub(super) fn open_cached(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let cached = BENEATH.union(rustix::fs::ResolveFlags::CACHED);
    rustix::fs::openat2(root, path, guarded(flags), Mode::empty(), cached)
}

#[cfg(target_os = "linux")]
const BENEATH: rustix::fs::ResolveFlags =
    rustix::fs::ResolveFlags::BENEATH.union(rustix::fs::ResolveFlags::NO_SYMLINKS);

/// One step for each name of the path.
fn walk(root: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name),
            _ => return Err(Errno::XDEV),
        }
    }
    let last = names.pop().unwrap_or(".".as_ref());
    let mut above: Option<OwnedFd> = None;
    for name in names {
        let here = above.as_ref().map_or(root, AsFd::as_fd);
        above = Some(openat(here, name, guarded(POINT | OFlags::DIRECTORY), Mode::empty())?);
    }
    openat(above.as_ref().map_or(root, AsFd::as_fd), last, guarded(flags), mode)
}

const fn guarded(flags: OFlags) -> OFlags {
    flags.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC)
}

/// The root itself has a name, too.
#[cfg(target_os = "linux")]
fn not_empty(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests;
