//! What a repository sees: hard links to the pool, so that every repository is whole for other tools and content is on
//! the disk once.
//!
//! A link is made again when it points to other content than the pool has, and becomes a copy where the file system, or
//! the owner of the pool's file, does not allow links.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use wharf_registry::{Digest, Hasher};

use super::file::{self, failed};
use super::place;
use super::temporary::{self, Temporary};
use crate::Error;

/// How often what is linked may be replaced meanwhile.
const REPLACED: usize = 4;

/// Shows content of the pool in a layout.
pub(super) fn link(pool: &Path, layout: &Path, digest: &Digest) -> Result<(), Error> {
    let (below, target) = place::place(layout, digest)?;
    let source = place::path(pool, digest)?;
    // In a layout that is its own pool there is nothing to do.
    if source == target {
        return Ok(());
    }
    file::make_dirs(layout, &below)?;
    if !is_linked(&source, &target)? {
        match try_link(layout, &source, &target) {
            Err(Error::Io { source: error, .. }) if cannot_link(error.kind()) => copy(layout, &source, digest)?,
            placed => placed?,
        }
    }
    // Also when the link was there: whoever made it may not have come this far.
    target.parent().map_or(Ok(()), file::sync_dir)
}

fn is_linked(source: &Path, target: &Path) -> Result<bool, Error> {
    let (source, target) = (file::stat(source)?, file::stat(target)?);
    Ok(source.zip(target).is_some_and(|(source, target)| file::is_same(&source, &target)))
}

/// Wrong content in the pool may be replaced while it is being linked; the file that was found is then gone.
fn try_link(layout: &Path, source: &Path, target: &Path) -> Result<(), Error> {
    let mut attempts = 1..=REPLACED;
    loop {
        match link_once(layout, source, target) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound && attempts.next().is_some() => {}
            linked => return linked,
        }
    }
}

/// What is in the place of a link is something else, such as content that the pool has since replaced.
fn link_once(layout: &Path, source: &Path, target: &Path) -> Result<(), Error> {
    match fs::hard_link(source, target) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let aside = temporary::link(layout, source)?;
            fs::rename(aside.path(), target).map_err(failed("replace", target))
        }
        linked => linked.map_err(failed("link", target)),
    }
}

/// Links are not for this file system, this owner, or not so many of them.
const fn cannot_link(kind: ErrorKind) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    matches!(kind, CrossesDevices | PermissionDenied | TooManyLinks | Unsupported)
}

/// A copy is verified and made durable like any other content.
fn copy(layout: &Path, source: &Path, digest: &Digest) -> Result<(), Error> {
    let missing = || failed("open", source)(ErrorKind::NotFound.into());
    let file = file::open(source)?.ok_or_else(missing)?;
    let mut temporary = Temporary::create(layout, Hasher::new(digest.algorithm())?)?;
    loop {
        match file::piece(&file, u64::MAX).map_err(failed("read", source))? {
            piece if piece.is_empty() => return temporary.publish(layout, digest).map(drop),
            piece => temporary.write(&piece)?,
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
