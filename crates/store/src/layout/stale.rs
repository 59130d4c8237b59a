//! Files that a process left behind when it ended while it wrote them.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::file;
use super::temporary::PREFIX;
use crate::Error;

/// How old a file must be that nobody writes any more. A writer holds a lock, so age alone decides nothing; but between
/// making a file and locking it, or where there are no locks, there is only age.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what was left behind in a directory, as far as that is possible: nothing depends on it.
pub(super) fn remove(directory: &Path) {
    if !file::is_dir(directory) {
        return;
    }
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = remove_file(&entry.path());
        }
    }
}

/// The lock is held while the file is removed, so that nobody can begin to use it.
fn remove_file(path: &Path) -> Result<(), Error> {
    let Some(file) = file::open(path)? else { return Ok(()) };
    let modified = file.metadata().and_then(|metadata| metadata.modified()).map_err(file::failed("look at", path))?;
    if is_old(modified) && file.try_lock().is_ok() {
        file::remove(path)?;
    }
    Ok(())
}

/// A clock that was set back makes files younger, never older.
#[allow(clippy::disallowed_methods, reason = "what is compared is the time that the file system wrote down")]
fn is_old(modified: SystemTime) -> bool {
    SystemTime::now().duration_since(modified).is_ok_and(|age| age > GRACE)
}
