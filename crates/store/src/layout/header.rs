//! The file `oci-layout`, which makes a directory a layout.
//!
//! Its version says how everything beside it is to be read, so a layout of another version is refused and not guessed
//! at.

use std::path::Path;

use wharf_registry::LayoutHeader;

use super::file;
use crate::Error;

/// How large the file `oci-layout` may be, in bytes.
const HEADER_BYTES: u64 = 4 << 10;

/// Whether a directory is a layout.
///
/// # Errors
/// When it is one of another version.
pub(super) fn exists(layout: &Path) -> Result<bool, Error> {
    let Some(bytes) = file::read(&layout.join(LayoutHeader::FILE), HEADER_BYTES)? else { return Ok(false) };
    match LayoutHeader::decode(&bytes) {
        Ok(header) if header.image_layout_version == "1.0.0" => Ok(true),
        _ => Err(Error::NotALayout { path: layout.into() }),
    }
}
