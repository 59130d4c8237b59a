//! Directories and what is in them, without following any link.

use std::fs::{self, FileType, Metadata};
use std::io::ErrorKind;
use std::path::Path;

use super::finding::Thing;
use super::report::Tally;
use crate::Error;
use crate::layout::file::failed;

/// A name in a directory, and what has it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) found: Found,
}

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file of so many bytes.
    File(u64),
    /// Anything else.
    Thing(Thing),
}

impl Named {
    pub(super) fn is_directory(&self) -> bool {
        self.found == Found::Thing(Thing::Directory)
    }
}

/// What is in a directory; nothing when it is not there. What went while it was listed is left out. Of names that are no
/// text only what can be printed is told, which then is none of ours.
pub(super) fn list(directory: &Path) -> Result<Vec<Named>, Error> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed("list", directory))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("list", directory))?;
        match entry.metadata() {
            Ok(metadata) => {
                names.push(Named { name: entry.file_name().to_string_lossy().into(), found: found(&metadata) })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed("look at", &entry.path())(error)),
        }
    }
    Ok(names)
}

/// What is at a path, if there is anything.
pub(super) fn look(path: &Path) -> Result<Option<Found>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(found(&metadata))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(failed("look at", path)(error)),
    }
}

fn found(metadata: &Metadata) -> Found {
    match metadata.file_type() {
        kind if kind.is_file() => Found::File(metadata.len()),
        kind => Found::Thing(thing(kind)),
    }
}

fn thing(kind: FileType) -> Thing {
    match kind {
        kind if kind.is_dir() => Thing::Directory,
        kind if kind.is_symlink() => Thing::Link,
        _ => Thing::Other,
    }
}

/// How many files there are in a directory and, so many levels, below it. What cannot be listed counts for nothing.
pub(super) fn tally(directory: &Path, levels: usize) -> Tally {
    let mut tally = Tally::default();
    for Named { name, found } in list(directory).unwrap_or_default() {
        match found {
            Found::File(bytes) => tally.add(Tally::file(bytes)),
            Found::Thing(Thing::Directory) if levels > 0 => tally.add(self::tally(&directory.join(name), levels - 1)),
            Found::Thing(_) => tally.add(Tally::file(0)),
        }
    }
    tally
}
