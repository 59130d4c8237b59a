//! Files that a process left behind when it ended while it wrote them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::file::File;
use super::files::Files;
use super::scratch::PREFIX;
use super::seen::system_time;
use crate::Error;

/// How old a file must be that nobody writes any more. A writer holds a lock, so age alone decides nothing; but between
/// making a file and locking it, or where there are no locks, there is only age.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what was left behind in a directory, as far as that is possible: nothing depends on it.
pub(super) fn remove(files: &Files, directory: &Path) {
    let Ok(names) = files.list(directory) else { return };
    let now = system_time();
    for name in names.flatten() {
        if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = remove_file(files, &directory.join(name), now);
        }
    }
}

/// The lock is held while the file is removed, so that nobody can begin to use it.
fn remove_file(files: &Files, path: &Path, now: SystemTime) -> Result<(), Error> {
    let Some(file) = files.open(path)? else { return Ok(()) };
    if is_left(&file, now)? {
        files.remove(path)?;
    }
    Ok(())
}

/// Whether nobody writes a file any more, which is then locked. The lock of one that is young is not tried: its writer may
/// be about to.
pub(super) fn is_left(file: &File, now: SystemTime) -> Result<bool, Error> {
    Ok(file.stat()?.age(now).is_some_and(|age| age > GRACE) && file.try_lock()?)
}
