//! Whose the root of a store is.

use std::path::Path;

use crate::Error;

/// Refuses a directory that others than the user of this process could change: it belongs to somebody else, or its group or
/// everybody may write to it. A directory that is not there is not refused; who makes it decides.
///
/// A store does not ask this itself, because a directory that several users share can be what is wanted. No link below
/// the root is followed in either case; but whoever may write there can remove what they like.
///
/// Links that lead to the directory are followed, as when it is opened. Systems other than Unix have nothing to look at,
/// and refuse nothing.
///
/// # Errors
/// [`Error::Shared`]; [`Error::Io`] when the directory cannot be looked at.
///
/// ```
/// use wharf_store::layout::{self, Directory};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path();
/// layout::refuse_shared(path).unwrap();
/// let store = Directory::create(path).unwrap();
/// ```
pub fn refuse_shared(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::Io { step: "look at", path: path.into(), source }),
        Ok(found) if is_shared(&found) => Err(Error::Shared { path: path.into() }),
        Ok(_) => Ok(()),
    }
}

#[cfg(unix)]
fn is_shared(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    /// The bits that let the group and everybody write.
    const OTHERS: u32 = 0o022;
    found.uid() != rustix::process::geteuid().as_raw() || found.mode() & OTHERS != 0
}

#[cfg(not(unix))]
fn is_shared(_: &std::fs::Metadata) -> bool {
    false
}
