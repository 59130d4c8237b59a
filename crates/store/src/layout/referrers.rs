//! Which manifests refer to another, as files without bytes: `referrers/<subject>/<referrer>`.
//!
//! A list takes as long as there are referrers, however large the index is, and nothing can be half: a file is there or
//! not. What it stands for is said by the manifest, so that two subjects can share a directory. Who changes these files
//! holds the layout's lock.

use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Document, Hasher, Limits, Referrer, Tag};

use super::files::{Files, parent};
use super::place::place;
use super::scratch::Scratch;
use super::trash;
use crate::Error;

/// Where the files are in a layout.
pub(super) const REFERRERS: &str = "referrers";
/// For everybody to read, for the owner to write, less what the user's mask takes.
const READABLE: u32 = 0o644;

/// The directory for a subject. A digest of any algorithm and length becomes a name that is short and has nothing in it
/// that a path could mind.
fn directory(layout: &Path, subject: &Digest) -> PathBuf {
    layout.join(REFERRERS).join(Tag::referrers_fallback(subject).as_str())
}

/// Makes a manifest, which is in the layout, a referrer of a subject, durably.
pub(super) fn add(files: &Files, layout: &Path, subject: &Digest, referrer: &Digest) -> Result<(), Error> {
    let directory = directory(layout, subject);
    files.make_dirs(parent(&directory))?;
    files.make_dir(&directory)?;
    let path = directory.join(name(referrer)?);
    if files.create(&path, READABLE)?.is_none() && files.is_doubted(&directory) {
        let (scratch, _file) = Scratch::file(files, layout, READABLE)?;
        files.rename(scratch.path(), &path)?;
    }
    // Also when it was there: whoever made it may not have come this far.
    files.sync_dir(&directory)
}

/// Makes a manifest, which is still in the layout or condemned in it, no referrer any more, recorded or not. What cannot be
/// read had no subject, or is not listed.
pub(super) fn remove(files: &Files, layout: &Path, referrer: &Digest) -> Result<(), Error> {
    if !are_there(files, layout)? {
        return Ok(());
    }
    subject(files, layout, referrer).map_or(Ok(()), |subject| forget(files, layout, &subject, referrer))
}

/// Whether there is any referrer.
pub(super) fn are_there(files: &Files, layout: &Path) -> Result<bool, Error> {
    files.is_dir(&layout.join(REFERRERS))
}

/// Makes what is in the layout or was no referrer of a subject any more.
pub(super) fn forget(files: &Files, layout: &Path, subject: &Digest, referrer: &Digest) -> Result<(), Error> {
    let directory = directory(layout, subject);
    if files.remove(&directory.join(name(referrer)?))? {
        // Fails as long as there are others.
        let _ = files.remove_dir(&directory);
    }
    Ok(())
}

/// What a manifest in the layout says that it is about.
pub(super) fn subject(files: &Files, layout: &Path, referrer: &Digest) -> Option<Digest> {
    Referrer::of(&document(files, layout, referrer)?).map(|referrer| referrer.subject)
}

/// A manifest in the layout, also one that is condemned, which stays so. What is too large for one is not read.
pub(super) fn document(files: &Files, layout: &Path, manifest: &Digest) -> Option<Document> {
    let file = match files.open(&place(layout, manifest).ok()?).ok()? {
        None => trash::open(files, layout, manifest).ok()??,
        Some(file) => file,
    };
    let limit = Limits::default().document_bytes as u64;
    if file.stat().ok()?.size > limit {
        return None;
    }
    Document::inferred(file.read_all(limit).ok()?).ok()
}

/// The manifests that were made referrers of a subject, in the order of bytes.
pub(super) fn list(files: &Files, layout: &Path, subject: &Digest) -> Result<Vec<Digest>, Error> {
    let mut found = Vec::new();
    for name in files.list(&directory(layout, subject))? {
        found.extend(name?.to_str().and_then(|name| Digest::parse_registered(&name.replacen('-', ":", 1)).ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// The name of a referrer's file.
pub(super) fn name(referrer: &Digest) -> Result<String, Error> {
    Hasher::new(referrer.algorithm())?;
    Ok(referrer.to_string().replacen(':', "-", 1))
}
