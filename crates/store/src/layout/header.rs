//! The file `oci-layout`, which makes a directory a layout.
//!
//! Its version says how everything beside it is to be read, so a layout of another version is refused and not guessed
//! at.

use std::path::Path;

use wharf_registry::LayoutHeader;

use super::cache::Cache;
use super::files::Files;
use super::place::joined;
use crate::Error;

/// How large the file `oci-layout` may be, in bytes.
const HEADER_BYTES: u64 = 4 << 10;

/// Whether a directory is a layout.
///
/// # Errors
/// When it is one of another version.
pub(super) fn exists(files: &Files, layout: &Path) -> Result<bool, Error> {
    let bytes = files.read(&layout.join(LayoutHeader::FILE), HEADER_BYTES)?;
    bytes.map_or(Ok(false), |bytes| check(files, layout, &bytes).map(|()| true))
}

/// The same, which is read only if it has changed.
///
/// # Errors
/// When it is one of another version.
pub(super) fn exists_through(files: &Files, cache: &Cache<Vec<u8>>, layout: &Path) -> Result<bool, Error> {
    let path = layout.join(LayoutHeader::FILE);
    let header = cache.get(files, &path, HEADER_BYTES, |bytes| check(files, layout, &bytes).map(|()| bytes))?;
    Ok(header.is_some())
}

/// Whether it is known to be what was read last.
pub(super) fn is_known(files: &Files, cache: &Cache<Vec<u8>>, layout: &Path) -> bool {
    cache.known(files, &joined(layout, &[LayoutHeader::FILE])).is_some()
}

fn check(files: &Files, layout: &Path, bytes: &[u8]) -> Result<(), Error> {
    match LayoutHeader::decode(bytes) {
        Ok(header) if header.image_layout_version == "1.0.0" => Ok(()),
        _ => Err(Error::NotALayout { path: files.full(layout) }),
    }
}
