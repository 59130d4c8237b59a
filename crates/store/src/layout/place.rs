//! Where content is in a layout.

use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Hasher};

use crate::Error;

/// Where content lives in every layout and in the pool.
pub(super) const BLOBS: &str = "blobs";
/// Where files are written before they get their name, on the same file system.
pub(super) const INGEST: &str = "ingest";

/// The layout whose `blobs` is the pool: the root.
pub(super) fn pool() -> &'static Path {
    Path::new("")
}

/// Where content is in a layout, whether it is there or not.
///
/// That is made of a known algorithm and of hexadecimal digits, and of nothing that anybody wrote.
pub(super) fn place(layout: &Path, digest: &Digest) -> Result<PathBuf, Error> {
    let algorithm = digest.algorithm();
    Hasher::new(algorithm)?;
    Ok(joined(layout, &[BLOBS, algorithm.as_str(), &digest.encoded().to_string()]))
}

/// A path of several parts. Some are made for each question, so it is allocated once and does not grow with each part.
pub(super) fn joined(base: &Path, below: &[&str]) -> PathBuf {
    let length = below.iter().fold(base.as_os_str().len(), |length, part| length + 1 + part.len());
    let mut path = PathBuf::with_capacity(length);
    path.push(base);
    path.extend(below);
    path
}
