//! What a repository sees: hard links to the pool, so that every repository is whole for other tools and content is on
//! the disk once.
//!
//! A link is made again when it points to other content than the pool has, and becomes a copy where the file system, or
//! the owner of the pool's file, does not allow links.

use std::io::ErrorKind;
use std::path::Path;

use wharf_registry::{Digest, Hasher};

use super::disk::Stat;
use super::files::{Files, parent};
use super::place::{place, pool};
use super::scratch::Scratch;
use super::temporary::Temporary;
use super::{temporary, trash};
use crate::Error;

/// The bits that let somebody write to a file, which no content has that was stored here.
const WRITABLE: u32 = 0o222;
/// How often what is linked may be replaced meanwhile.
const REPLACED: usize = 4;

/// Shows content of the pool in a layout, durably. Whoever put it there may not have waited for the disk.
pub(super) fn link(files: &Files, layout: &Path, digest: &Digest) -> Result<(), Error> {
    if place(pool(), digest)? == place(layout, digest)? {
        // A layout that is its own pool shows it already, but that it may have been condemned.
        trash::restore(files, layout, digest)?;
        return settle(files, layout, &place(layout, digest)?, digest);
    }
    link_from(files, pool(), layout, digest)?;
    keep(files, layout, digest)
}

/// Sees to it that the pool has what a layout shows. The pool is swept without a lock, so a link can be made of what is
/// being removed there; it is then the only name of the content, and gives it back.
///
/// What others may write to never becomes the pool's. It is the layout's own, where another tool stored it, and is made
/// durable there.
pub(super) fn keep(files: &Files, layout: &Path, digest: &Digest) -> Result<(), Error> {
    if trash::size(files, pool(), digest)?.is_some() {
        return Ok(());
    }
    let path = place(layout, digest)?;
    match files.stat(&path)?.is_some_and(|stat| is_others(&stat)) {
        true => settle(files, layout, &path, digest),
        false => link_from(files, layout, pool(), digest),
    }
}

/// Gives the pool what a layout shows, as a copy if others may write to it.
pub(super) fn share(files: &Files, layout: &Path, digest: &Digest) -> Result<(), Error> {
    let path = place(layout, digest)?;
    match files.stat(&path)?.is_some_and(|stat| is_others(&stat)) {
        true => copy(files, pool(), &path, digest),
        false => link_from(files, layout, pool(), digest),
    }
}

/// Whether another tool stored some content, as far as its file says so.
pub(super) const fn is_others(stat: &Stat) -> bool {
    stat.mode & WRITABLE != 0
}

/// Shows content of one layout in another.
pub(super) fn link_from(files: &Files, from: &Path, layout: &Path, digest: &Digest) -> Result<(), Error> {
    let (source, target) = (place(from, digest)?, place(layout, digest)?);
    settle(files, from, &source, digest)?;
    // In a layout that is its own pool there is nothing else to do.
    if source == target {
        return Ok(());
    }
    files.make_dirs(parent(&target))?;
    if !is_linked(files, &source, &target)? {
        show(files, from, layout, digest)?;
    } else if files.is_doubted(parent(&target)) {
        // A rename from one name of a file to another does nothing, so there is another file in between.
        copy(files, layout, &source, digest)?;
        show(files, from, layout, digest)?;
    }
    // Also when the link was there: whoever made it may not have come this far.
    files.sync_parent(&target)
}

/// Makes content durable, if it is not known to be. What does not get to the disk is written once more.
fn settle(files: &Files, from: &Path, source: &Path, digest: &Digest) -> Result<(), Error> {
    if files.stat(source)?.is_none_or(|stat| files.is_durable(source, &stat)) {
        return Ok(());
    }
    match files.open(source)? {
        Some(file) if !files.settle(source, &file)? => copy(files, from, source, digest),
        _ => Ok(()),
    }
}

fn show(files: &Files, from: &Path, layout: &Path, digest: &Digest) -> Result<(), Error> {
    let (source, target) = (place(from, digest)?, place(layout, digest)?);
    let restore = || {
        trash::restore(files, from, digest)?;
        settle(files, from, &source, digest)
    };
    match try_link(files, layout, &source, &target, restore) {
        Err(Error::Io { source: error, .. }) if cannot_link(error.kind()) => copy(files, layout, &source, digest),
        placed => placed,
    }
}

fn is_linked(files: &Files, source: &Path, target: &Path) -> Result<bool, Error> {
    let (source, target) = (files.stat(source)?, files.stat(target)?);
    Ok(source.zip(target).is_some_and(|(source, target)| source.is_same(&target)))
}

/// Wrong content in the pool may be replaced while it is being linked; the file that was found is then gone.
///
/// What was condemned is in its place again before it is linked once more.
fn try_link(
    files: &Files,
    layout: &Path,
    source: &Path,
    target: &Path,
    restore: impl Fn() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut attempts = 1..=REPLACED;
    loop {
        match link_once(files, layout, source, target) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound && attempts.next().is_some() => {
                restore()?;
            }
            linked => return linked,
        }
    }
}

/// What is in the place of a link is something else, such as content that the pool has since replaced.
fn link_once(files: &Files, layout: &Path, source: &Path, target: &Path) -> Result<(), Error> {
    if files.link(source, target)? {
        return Ok(());
    }
    files.rename(Scratch::link(files, layout, source)?.path(), target)
}

/// Links are not for this file system, this owner, or not so many of them.
const fn cannot_link(kind: ErrorKind) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    matches!(kind, CrossesDevices | PermissionDenied | TooManyLinks | Unsupported)
}

/// A copy is verified and made durable like any other content. One that is there is not made again, or every mount would
/// write all of it.
fn copy(files: &Files, layout: &Path, source: &Path, digest: &Digest) -> Result<(), Error> {
    let missing = || files.failed("open", source)(ErrorKind::NotFound.into());
    let file = files.open(source)?.ok_or_else(missing)?;
    if temporary::is_there(files, &place(layout, digest)?, file.stat()?.size, digest)? {
        return Ok(());
    }
    let mut temporary = Temporary::create(files, layout, Hasher::new(digest.algorithm())?)?;
    loop {
        match file.piece(temporary.size(), u64::MAX)? {
            piece if piece.is_empty() => return temporary.publish(layout, digest).map(drop),
            piece => temporary.write(&piece)?,
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
