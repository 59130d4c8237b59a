//! Directories and what is in them.

use std::path::Path;

use super::finding::Thing;
use super::report::Tally;
use crate::Error;
use crate::layout::disk;
use crate::layout::files::Files;

/// A name in a directory, and what has it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) thing: Thing,
    /// The size in bytes, of a file.
    pub(super) size: u64,
}

/// What is in a directory; nothing when it is not there. What went while it was listed is left out. A name that is no text
/// is told with what can be printed of it, and is none of ours.
pub(super) fn list(files: &Files, directory: &Path) -> Result<Vec<Named>, Error> {
    let mut names = Vec::new();
    for name in files.list(directory)? {
        let name = name?;
        if let Some((thing, size)) = look(files, &directory.join(&name))? {
            names.push(Named { name: name.to_string_lossy().into(), thing, size });
        }
    }
    Ok(names)
}

/// What is at a path, if there is anything, and its size if it is a file.
pub(super) fn look(files: &Files, path: &Path) -> Result<Option<(Thing, u64)>, Error> {
    let found = files.look(path)?;
    Ok(found.map(|stat| match stat.kind {
        disk::Kind::File => (Thing::File, stat.size),
        disk::Kind::Directory => (Thing::Directory, 0),
        disk::Kind::Other => (Thing::Special, 0),
    }))
}

/// How many files there are in a directory and, so many levels, below it. What cannot be listed counts for nothing.
pub(super) fn tally(files: &Files, directory: &Path, levels: usize) -> Tally {
    let mut tally = Tally::default();
    for Named { name, thing, size } in list(files, directory).unwrap_or_default() {
        match thing {
            Thing::Directory if levels > 0 => tally.add(self::tally(files, &directory.join(name), levels - 1)),
            _ => tally.add(Tally::file(size)),
        }
    }
    tally
}
