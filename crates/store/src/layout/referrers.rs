//! Which manifests refer to another, as files without bytes: `referrers/<subject>/<referrer>`.
//!
//! A list takes as long as there are referrers, however large the index is, and nothing can be half: a file is there or
//! not. What it stands for is said by the manifest, so that two subjects can share a directory. Who changes these files
//! holds the layout's lock.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Document, Hasher, Limits, Referrer, Tag};

use super::file::{self, failed};
use super::place;
use crate::Error;

/// Where the files are in a layout.
const REFERRERS: &str = "referrers";

/// The directory for a subject below the layout. A digest of any algorithm and length becomes a name that is short and
/// has nothing in it that a path could mind.
fn directory(subject: &Digest) -> PathBuf {
    Path::new(REFERRERS).join(Tag::referrers_fallback(subject).as_str())
}

/// Makes a manifest, which is in the layout, a referrer of a subject, durably.
pub(super) fn add(layout: &Path, subject: &Digest, referrer: &Digest) -> Result<(), Error> {
    let below = directory(subject);
    file::make_dirs(layout, &below)?;
    let path = layout.join(&below).join(name(referrer)?);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    match options.open(&path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed("create", &path)(error)),
        // Also when it was there: whoever made it may not have come this far.
        _ => file::sync_dir(&layout.join(below)),
    }
}

/// Makes a manifest, which is still in the layout, no referrer any more. What cannot be read had no subject, or is not
/// listed.
pub(super) fn remove(layout: &Path, referrer: &Digest) -> Result<(), Error> {
    let Some(subject) = subject(layout, referrer) else { return Ok(()) };
    let below = directory(&subject);
    if file::has_dirs(layout, &below)? && file::remove(&layout.join(&below).join(name(referrer)?))? {
        // Fails as long as there are others.
        let _ = fs::remove_dir(layout.join(&below));
    }
    Ok(())
}

/// What a manifest in the layout says that it is about.
fn subject(layout: &Path, referrer: &Digest) -> Option<Digest> {
    let path = place::find(layout, referrer).ok()??;
    let bytes = file::read(&path, Limits::default().document_bytes as u64).ok()??;
    Referrer::of(&Document::inferred(bytes).ok()?).map(|referrer| referrer.subject)
}

/// The manifests that were made referrers of a subject, in the order of bytes.
pub(super) fn list(layout: &Path, subject: &Digest) -> Result<Vec<Digest>, Error> {
    let below = directory(subject);
    if !file::has_dirs(layout, &below)? {
        return Ok(Vec::new());
    }
    let directory = layout.join(below);
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("list", &directory))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed("list", &directory))?.file_name();
        found.extend(name.to_str().and_then(|name| Digest::parse_registered(&name.replacen('-', ":", 1)).ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// The name of a referrer's file.
fn name(referrer: &Digest) -> Result<String, Error> {
    Hasher::new(referrer.algorithm())?;
    Ok(referrer.to_string().replacen(':', "-", 1))
}
