//! Where content is in a layout.

use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Hasher};

use super::file::{self, joined};
use crate::Error;

/// Where content lives in every layout and in the pool.
pub(super) const BLOBS: &str = "blobs";
/// Where files are written before they get their name, on the same file system.
pub(super) const INGEST: &str = "ingest";

/// Where content is in a layout: its directory below the layout, and its path.
///
/// Both are made of a known algorithm and of hexadecimal digits, and of nothing that anybody wrote.
pub(super) fn place(layout: &Path, digest: &Digest) -> Result<(PathBuf, PathBuf), Error> {
    let below = joined(Path::new(BLOBS), &[digest.algorithm().as_str()]);
    Ok((below, path(layout, digest)?))
}

/// The path alone.
pub(super) fn path(layout: &Path, digest: &Digest) -> Result<PathBuf, Error> {
    let algorithm = digest.algorithm();
    Hasher::new(algorithm)?;
    Ok(joined(layout, &[BLOBS, algorithm.as_str(), &digest.encoded().to_string()]))
}

/// The path of content that may be in a layout; nothing when its directory is not there, or is a link.
pub(super) fn find(layout: &Path, digest: &Digest) -> Result<Option<PathBuf>, Error> {
    let (below, path) = place(layout, digest)?;
    Ok(file::has_dirs(layout, &below)?.then_some(path))
}
