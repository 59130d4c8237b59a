//! Putting aside what is wrong, by a rename in the layout that it is in. Nothing is deleted or replaced.

use std::fs;
use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Repository};

use super::content::{self, State};
use super::finding::Kind;
use super::known::QUARANTINE;
use super::report::Report;
use super::site::Site;
use super::tree;
use super::watch::Watch;
use crate::Error;
use crate::layout::file::{self, failed};
use crate::layout::root::Root;

/// Something that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// Where it was, below the store's directory.
    pub from: PathBuf,
    /// Where it is, below the store's directory.
    pub to: PathBuf,
}

/// What was found wrong in the place of content: where, and of which digest.
pub(super) fn candidates(report: &Report) -> Vec<(Option<Repository>, Digest)> {
    let wrong = report.faults().filter(|fault| is_candidate(&fault.kind));
    wrong.filter_map(|fault| Some((fault.repository.clone(), fault.digest.clone()?))).collect()
}

/// What cannot be read at all may be right, once its disk or its permissions are.
const fn is_candidate(kind: &Kind) -> bool {
    matches!(kind, Kind::Corrupt(_) | Kind::Obstacle(_))
}

/// Puts aside what is still wrong.
pub(super) fn quarantine(
    root: &Root,
    wrong: &[(Option<Repository>, Digest)],
    watch: &Watch,
) -> Result<Vec<Quarantined>, Error> {
    let mut moved = Vec::new();
    for (repository, digest) in wrong {
        if let Some(site) = Site::whose(root, repository.as_ref()) {
            moved.extend(put_aside(root, &site, digest, watch)?);
        }
    }
    Ok(moved)
}

fn put_aside(root: &Root, site: &Site, digest: &Digest, watch: &Watch) -> Result<Option<Quarantined>, Error> {
    let is_wrong =
        |path: &Path| matches!(content::look(path, digest, watch), State::Wrong(kind) if is_candidate(&kind));
    let Some(from) = site.content(digest).filter(|path| is_wrong(path)) else { return Ok(None) };
    file::make_dirs(&site.path, Path::new(QUARANTINE))?;
    let to = free_name(&site.path.join(QUARANTINE), digest)?;
    fs::rename(&from, &to).map_err(failed("rename", &from))?;
    if let State::Right(_) = content::look(&to, digest, watch) {
        // Somebody had healed it in this moment.
        put_back(&to, &from)?;
        return Ok(None);
    }
    for path in [&from, &to] {
        path.parent().map_or(Ok(()), file::sync_dir)?;
    }
    let below = |path: &Path| path.strip_prefix(root.pool()).unwrap_or(path).to_path_buf();
    Ok(Some(Quarantined { from: below(&from), to: below(&to) }))
}

/// A name that nothing has yet: what was put aside earlier stays.
fn free_name(directory: &Path, digest: &Digest) -> Result<PathBuf, Error> {
    let name = digest.to_string().replacen(':', "-", 1);
    let names = std::iter::once(name.clone()).chain((1_u64..).map(|number| format!("{name}.{number}")));
    for path in names.map(|name| directory.join(name)) {
        if tree::look(&path)?.is_none() {
            return Ok(path);
        }
    }
    Err(failed("find a name in", directory)(std::io::ErrorKind::AlreadyExists.into()))
}

/// Gives right content its name again, unless something has it.
fn put_back(aside: &Path, name: &Path) -> Result<(), Error> {
    match fs::hard_link(aside, name) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        linked => linked.map_err(failed("rename", aside))?,
    }
    file::remove(aside).map(drop)
}
