//! Which repositories there are, found by looking: there is no list of them that could be wrong.

use std::ffi::OsStr;
use std::path::Path;

use wharf_registry::Repository;

use super::files::Files;
use super::header;
use super::root::{LAYOUT, REPOSITORIES};
use crate::Error;

/// The repositories below a root, in the order of bytes. Whatever cannot be one is passed over and not entered, links
/// among it; the grammar of names bounds the depth.
///
/// One that cannot be read, such as one of another version, has a name all the same: whoever asks for it is told what is
/// wrong with it, and the others are not hidden by it. What is below a directory that cannot be listed is not known.
pub(super) fn list(files: &Files) -> Result<Vec<Repository>, Error> {
    let top = Path::new(REPOSITORIES);
    let mut found = Vec::new();
    let mut waiting = children(files, top, None)?;
    while let Some(repository) = waiting.pop() {
        let directory = top.join(repository.as_str());
        waiting.extend(children(files, &directory, Some(&repository)).unwrap_or_default());
        if header::exists(files, &directory.join(LAYOUT)).unwrap_or(true) {
            found.push(repository);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The names that directories in this one can be of. One that has gone has none.
fn children(files: &Files, directory: &Path, parent: Option<&Repository>) -> Result<Vec<Repository>, Error> {
    let mut names = Vec::new();
    for name in files.list(directory)? {
        let name = name?;
        let is_dir = || files.is_dir(&directory.join(&name)).unwrap_or_default();
        names.extend(child(&name, parent).filter(|_| is_dir()));
    }
    Ok(names)
}

fn child(name: &OsStr, parent: Option<&Repository>) -> Option<Repository> {
    let name = name.to_str()?;
    match parent {
        Some(parent) => Repository::parse(&format!("{parent}/{name}")).ok(),
        None => Repository::parse(name).ok(),
    }
}
