//! Condemned content: `trash/<epoch>/<algorithm>-<digits>` of a layout, or of the pool.
//!
//! Content goes there, comes back and leaves for good by one rename or one removal each, so that of two who want different
//! things one wins and the other finds nothing. The usual question, whether content is there, does not look here; only who
//! does not find it does. There is one collector at a time, and with a grace each of its epochs gets a content at most once.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Hasher};

use super::content;
use super::disk::Stat;
use super::file::File;
use super::files::{Files, parent};
use super::place::place;
use crate::Error;
use crate::collect::Epoch;

/// Where condemned content is in a layout.
pub(super) const TRASH: &str = "trash";

/// The size of content in a layout, if it is there; condemned content comes back.
pub(super) fn size(files: &Files, layout: &Path, digest: &Digest) -> Result<Option<u64>, Error> {
    find(files, layout, digest, || content::size(files, layout, digest))
}

/// What a look at the place of some content finds, which is looked at again after content came back from here.
///
/// Whoever stands still for longer than a grace between two steps can find all places empty although the content was always
/// in one of them: it came back where it was not looked for any more, and was condemned again. So this ends only when no
/// epoch is new; as long as there is a grace, nothing is condemned twice in one.
pub(super) fn find<T>(
    files: &Files,
    layout: &Path,
    digest: &Digest,
    look: impl Fn() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let mut tried = BTreeSet::new();
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        let known = tried.len();
        restore_from(files, layout, digest, &mut tried)?;
        if tried.len() == known {
            return look();
        }
    }
}

/// Brings content back, durably, if it is here. Nothing is replaced by it. Whoever asks looks for it once more, whatever was
/// found: somebody else can have brought it back, and removed the directory that it was in.
pub(super) fn restore(files: &Files, layout: &Path, digest: &Digest) -> Result<(), Error> {
    restore_from(files, layout, digest, &mut BTreeSet::new())
}

/// The oldest epoch first: what comes back from one is condemned again only in a later one.
fn restore_from(files: &Files, layout: &Path, digest: &Digest, tried: &mut BTreeSet<Epoch>) -> Result<(), Error> {
    let target = place(layout, digest)?;
    let epochs = epochs(files, layout)?.collect::<Result<BTreeSet<_>, _>>()?;
    for epoch in epochs {
        if tried.insert(epoch) && moves(files, &path(layout, epoch, digest)?, &target)? {
            return files.sync_parent(&target);
        }
    }
    Ok(())
}

/// Condemns content, and says whether it was there. What is condemned in this epoch already is not condemned again.
pub(super) fn condemn(files: &Files, layout: &Path, digest: &Digest, epoch: Epoch) -> Result<bool, Error> {
    let target = path(layout, epoch, digest)?;
    files.make_dirs(parent(&target))?;
    moves(files, &place(layout, digest)?, &target)
}

/// Makes durable what was condemned in an epoch: whoever was told that it is there has a grace to name it, also through a
/// power cut.
pub(super) fn keep(files: &Files, layout: &Path, epoch: Epoch) -> Result<(), Error> {
    files.sync_dir(&directory(layout, epoch))
}

/// Removes content that was condemned until then for good, and says whether any was. What has other names than those of
/// this layout, when that `matters`, was named after all, and comes back.
pub(super) fn sweep(files: &Files, layout: &Path, digest: &Digest, until: Epoch, matters: bool) -> Result<bool, Error> {
    let mut swept = false;
    for epoch in epochs(files, layout)? {
        let epoch = epoch?;
        if epoch <= until {
            swept |= sweep_one(files, layout, digest, epoch, matters)?;
        }
    }
    Ok(swept)
}

fn sweep_one(files: &Files, layout: &Path, digest: &Digest, epoch: Epoch, matters: bool) -> Result<bool, Error> {
    let path = path(layout, epoch, digest)?;
    let is_named = matters && files.stat(&path)?.is_some_and(|stat| stat.links > 1);
    match is_named && moves(files, &path, &place(layout, digest)?)? {
        true => Ok(false),
        false => files.remove_name(&path),
    }
}

/// Removes content at once, also what is condemned, whenever that was, and says whether there was any. Nobody condemns
/// meanwhile: in a repository the caller has the layout's lock.
pub(super) fn forget(files: &Files, layout: &Path, digest: &Digest) -> Result<bool, Error> {
    let mut removed = false;
    for epoch in epochs(files, layout)? {
        removed |= files.remove(&path(layout, epoch?, digest)?)?;
    }
    // This comes last: what comes back meanwhile comes here.
    Ok(content::remove(files, layout, digest)? || removed)
}

/// All that is condemned.
pub(super) fn list(files: &Files, layout: &Path) -> Result<Vec<(Digest, Epoch, Stat)>, Error> {
    let mut found = Vec::new();
    for epoch in epochs(files, layout)? {
        let epoch = epoch?;
        let directory = directory(layout, epoch);
        for name in files.list(&directory)? {
            let name = name?;
            let digest = name.to_str().and_then(|name| Digest::parse_registered(&name.replacen('-', ":", 1)).ok());
            let Some(digest) = digest else { continue };
            found.extend(files.stat(&directory.join(name))?.map(|stat| (digest, epoch, stat)));
        }
    }
    Ok(found)
}

/// Whether content is condemned, and so comes back to whoever asks for it.
pub(super) fn holds(files: &Files, layout: &Path, digest: &Digest) -> Result<bool, Error> {
    Ok(open(files, layout, digest)?.is_some())
}

/// Opens content that is condemned, and leaves it so.
pub(super) fn open(files: &Files, layout: &Path, digest: &Digest) -> Result<Option<File>, Error> {
    for epoch in epochs(files, layout)? {
        if let Some(file) = files.open(&path(layout, epoch?, digest)?)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Removes the directories of epochs in which nothing is left: whoever does not find something looks into each. Only who
/// has the right to condemn does so, or what is being condemned would lose its place.
pub(super) fn tidy(files: &Files, layout: &Path) -> Result<(), Error> {
    for epoch in epochs(files, layout)?.collect::<Result<Vec<_>, _>>()? {
        let _ = files.remove_dir(&directory(layout, epoch));
    }
    // Fails as long as there is another.
    let _ = files.remove_dir(&layout.join(TRASH));
    Ok(())
}

/// The epochs in which something was condemned. What others put there is not theirs.
fn epochs(files: &Files, layout: &Path) -> Result<impl Iterator<Item = Result<Epoch, Error>>, Error> {
    let names: Vec<_> = files.list(&layout.join(TRASH))?.collect();
    let epoch = |name: Result<std::ffi::OsString, Error>| match name {
        Ok(name) => name.to_str().and_then(Epoch::parse).map(Ok),
        Err(error) => Some(Err(error)),
    };
    Ok(names.into_iter().filter_map(epoch))
}

/// Gives a file another name instead, if it is there and nothing has the name, and says whether it did.
///
/// It is looked at first: where nothing can be written, what is not there is not there, and no error.
fn moves(files: &Files, from: &Path, to: &Path) -> Result<bool, Error> {
    if files.stat(from)?.is_none() {
        return Ok(false);
    }
    match files.rename_new(from, to) {
        Err(Error::Io { source, .. })
            if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::AlreadyExists) =>
        {
            Ok(false)
        }
        renamed => renamed.map(|()| true),
    }
}

fn directory(layout: &Path, epoch: Epoch) -> PathBuf {
    layout.join(TRASH).join(epoch.to_string())
}

fn path(layout: &Path, epoch: Epoch, digest: &Digest) -> Result<PathBuf, Error> {
    Hasher::new(digest.algorithm())?;
    Ok(directory(layout, epoch).join(digest.to_string().replacen(':', "-", 1)))
}

#[cfg(test)]
mod tests;
