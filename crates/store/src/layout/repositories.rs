//! Which repositories there are, found by looking: there is no list of them that could be wrong. It is looked in order, so
//! that a page costs what it has and not what there is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use wharf_registry::Repository;

use super::files::Files;
use super::header;
use super::root::{LAYOUT, REPOSITORIES};
use crate::Error;

/// The first `limit` repositories below a root after another one, in the order of bytes. Whatever cannot be one is passed
/// over and not entered, links among it; the grammar of names bounds the depth.
///
/// One that cannot be read, such as one of another version, has a name all the same: whoever asks for it is told what is
/// wrong with it, and the others are not hidden by it. A directory that cannot be looked at or listed is an error, because a
/// list that is too short does harm: whoever copies all repositories would leave some behind, and whoever collects would take
/// what they name for garbage.
///
/// The names in a directory are in no order, so all of them are read where a page is in it; what is below them is looked
/// at only on the way from `after` to the end of the page.
pub(super) fn page(files: &Files, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error> {
    let after = after.map_or("", Repository::as_str);
    let mut found = Vec::new();
    let mut waiting = BinaryHeap::from(names(files, "", after)?);
    while found.len() < limit
        && let Some(Reverse(next)) = waiting.pop()
    {
        if next.ends_with('/') {
            waiting.extend(names(files, &next, after)?);
        } else if let Some(repository) = directory(files, &next)? {
            // Names can come between this one and what is below it: `a`, `a-b`, `a/b`.
            waiting.push(Reverse(next + "/"));
            if is_layout(files, &repository) {
                found.push(repository);
            }
        }
    }
    Ok(found)
}

/// What is to be looked at of the names in a directory, which ends with `/`: those that come after another one, and those
/// below which that can be.
fn names(files: &Files, directory: &str, after: &str) -> Result<Vec<Reverse<String>>, Error> {
    let mut names = Vec::new();
    for name in files.list(&path(directory))? {
        let Some(name) = name?.to_str().map(|name| format!("{directory}{name}")) else { continue };
        if name.as_str() > after {
            names.push(Reverse(name));
            continue;
        }
        let below = name + "/";
        if below.as_str() > after || after.starts_with(&below) {
            names.push(Reverse(below));
        }
    }
    Ok(names)
}

/// The repository that a directory of this name can be.
fn directory(files: &Files, name: &str) -> Result<Option<Repository>, Error> {
    let Ok(repository) = Repository::parse(name) else { return Ok(None) };
    Ok(files.is_dir(&path(name))?.then_some(repository))
}

fn is_layout(files: &Files, repository: &Repository) -> bool {
    header::exists(files, &path(repository.as_str()).join(LAYOUT)).unwrap_or(true)
}

fn path(name: &str) -> PathBuf {
    match name.strip_suffix('/').unwrap_or(name) {
        "" => REPOSITORIES.into(),
        name => Path::new(REPOSITORIES).join(name),
    }
}

#[cfg(all(test, unix))]
mod tests;
