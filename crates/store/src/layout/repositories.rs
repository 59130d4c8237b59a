//! Which repositories there are, found by looking: there is no list of them that could be wrong. It is looked in order, so
//! that a page costs what it has and not what there is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use wharf_registry::{LayoutHeader, Repository};

use super::files::Files;
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
    let mut waiting = BinaryHeap::new();
    add(&mut waiting, "", names(files, "")?, after);
    while found.len() < limit
        && let Some(Reverse(next)) = waiting.pop()
    {
        let repository = Repository::parse(&next).ok();
        if repository.is_none() && !next.ends_with('/') {
            continue;
        }
        let below = names(files, &next)?;
        let can_be_one = below.iter().any(|name| name == LAYOUT);
        found.extend(repository.filter(|repository| can_be_one && is_layout(files, repository)));
        // Names can come between this one and what is below it: `a`, `a-b`, `a/b`.
        add(&mut waiting, &next, below, after);
    }
    Ok(found)
}

/// The names in a directory; none of what is no directory.
fn names(files: &Files, directory: &str) -> Result<Vec<String>, Error> {
    let directory = path(directory);
    let names = files.list(&directory)?;
    names.filter_map(|name| name.map(|name| name.into_string().ok()).transpose()).collect()
}

/// What is to be looked at of the names in a directory: those that come after another one, and, ending with `/`, those
/// below which that can be.
fn add(waiting: &mut BinaryHeap<Reverse<String>>, directory: &str, names: Vec<String>, after: &str) {
    let directory = directory.strip_suffix('/').unwrap_or(directory);
    for name in names {
        let name = if directory.is_empty() { name } else { format!("{directory}/{name}") };
        if name.as_str() > after {
            waiting.push(Reverse(name));
            continue;
        }
        let below = name + "/";
        if below.as_str() > after || after.starts_with(&below) {
            waiting.push(Reverse(below));
        }
    }
}

/// Whether there is a header, whatever it says.
fn is_layout(files: &Files, repository: &Repository) -> bool {
    let header = path(repository.as_str()).join(LAYOUT).join(LayoutHeader::FILE);
    files.stat(&header).map_or(true, |header| header.is_some())
}

fn path(name: &str) -> PathBuf {
    match name.strip_suffix('/').unwrap_or(name) {
        "" => REPOSITORIES.into(),
        name => Path::new(REPOSITORIES).join(name),
    }
}

#[cfg(all(test, unix))]
mod tests;
