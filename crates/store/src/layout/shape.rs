//! Which kind of store a directory holds, judged by the names in it alone: also one that is broken has a kind.

use std::path::Path;
use std::sync::Arc;

use wharf_registry::LayoutHeader;

use super::files::Files;
use super::place::{BLOBS, pool};
use super::root::{REPOSITORIES, Root, Shape};
use super::update::INDEX;
use crate::Error;

/// The root of the store with these files.
pub(super) fn find(files: Files) -> Result<Arc<Root>, Error> {
    let is_dir = |name| files.is_dir(Path::new(name));
    let is_file = |name| files.stat(Path::new(name)).map(|found| found.is_some());
    if is_dir(REPOSITORIES)? && !is_file(LayoutHeader::FILE)? {
        return Ok(Root::new(files, Shape::Many));
    }
    match is_dir(BLOBS)? || is_file(LayoutHeader::FILE)? || is_file(INDEX)? {
        true => Ok(Root::new(files, Shape::Single)),
        false => Err(Error::NotALayout { path: files.full(pool()) }),
    }
}
