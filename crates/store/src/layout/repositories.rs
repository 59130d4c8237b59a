//! Which repositories there are, found by looking: there is no list of them that could be wrong.

use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::path::Path;

use wharf_registry::Repository;

use super::file::{self, failed};
use super::header;
use super::root::{LAYOUT, REPOSITORIES};
use crate::Error;

/// The repositories below a root, in the order of bytes. Whatever cannot be one is passed over and not entered, links
/// among it; the grammar of names bounds the depth.
///
/// One that cannot be read, such as one of another version, has a name all the same: whoever asks for it is told what is
/// wrong with it, and the others are not hidden by it. What is below a directory that cannot be listed is not known.
pub(super) fn list(root: &Path) -> Result<Vec<Repository>, Error> {
    let top = root.join(REPOSITORIES);
    let mut found = Vec::new();
    let mut waiting = children(&top, None)?;
    while let Some(repository) = waiting.pop() {
        let directory = top.join(repository.as_str());
        waiting.extend(children(&directory, Some(&repository)).unwrap_or_default());
        if header::exists(&directory.join(LAYOUT)).unwrap_or(true) {
            found.push(repository);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The names that directories in this one can be of. One that has gone has none.
fn children(directory: &Path, parent: Option<&Repository>) -> Result<Vec<Repository>, Error> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
        entries => entries.map_err(failed("list", directory))?,
    };
    for entry in entries {
        names.extend(child(&entry.map_err(failed("list", directory))?, parent));
    }
    Ok(names)
}

fn child(entry: &DirEntry, parent: Option<&Repository>) -> Option<Repository> {
    let name = entry.file_name();
    let name = name.to_str().filter(|_| file::is_dir(&entry.path()))?;
    match parent {
        Some(parent) => Repository::parse(&format!("{parent}/{name}")).ok(),
        None => Repository::parse(name).ok(),
    }
}
