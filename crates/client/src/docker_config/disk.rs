//! Reading a configuration file from disk.

use std::io::Read;
use std::path::Path;
use std::{fs, io};

use super::{ConfigError, ConfigErrorKind};

/// Docker's own files are some kilobytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// What a file holds, and whether others than its owner may read it.
pub(super) struct Contents {
    /// At most one byte more than is believed.
    pub(super) bytes: Vec<u8>,
    pub(super) exposed: bool,
}

/// Reads a file that may be there. Nothing but a regular file is opened, because opening a pipe can take forever.
pub(super) fn read(path: &Path) -> Result<Option<Contents>, ConfigError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(ConfigError::io(error)),
    };
    if !metadata.is_file() {
        return Err(ConfigError::new(ConfigErrorKind::NotAFile));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(ConfigError::io)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(ConfigError::io)?;
    Ok(Some(Contents { bytes, exposed: is_exposed(&metadata) }))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn is_exposed(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;

    metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
const fn is_exposed(_: &fs::Metadata) -> bool {
    false
}
