//! Which kind of store a directory holds, judged by the names in it alone: also one that is broken has a kind.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use wharf_registry::LayoutHeader;

use super::file::{self, failed};

use super::place::BLOBS;
use super::root::{REPOSITORIES, Root, Shape};
use crate::Error;

/// The root of the store in a directory.
pub(super) fn find(path: &Path) -> Result<Arc<Root>, Error> {
    let root = fs::canonicalize(path).map_err(failed("open", path))?;
    let is_there = |name| file::is_dir(&root.join(name));
    let is_file = |name| file::stat(&root.join(name)).is_ok_and(|found| found.is_some());
    if is_there(REPOSITORIES) && !is_file(LayoutHeader::FILE) {
        return Ok(Root::new(root, Shape::Many));
    }
    match is_there(BLOBS) || is_file(LayoutHeader::FILE) || is_file("index.json") {
        true => Ok(Root::new(root, Shape::Single)),
        false => Err(Error::NotALayout { path: root }),
    }
}
