//! Putting aside what is wrong, by a rename in the layout that it is in. Nothing is deleted or replaced.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wharf_registry::{Digest, Repository};

use super::content::{self, State};
use super::finding::Kind;
use super::known::QUARANTINE;
use super::report::Report;
use super::site::Site;
use super::watch::Watch;
use crate::Error;
use crate::layout::files::Files;
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
            moved.extend(put_aside(&site, digest, watch)?);
        }
    }
    Ok(moved)
}

fn put_aside(site: &Site, digest: &Digest, watch: &Watch) -> Result<Option<Quarantined>, Error> {
    let is_wrong = matches!(content::look(site, digest, watch), State::Wrong(kind) if is_candidate(&kind));
    let Some(from) = site.content(digest).filter(|_| is_wrong) else { return Ok(None) };
    let directory = site.path.join(QUARANTINE);
    site.files.make_dirs(&directory)?;
    let to = rename(&site.files, &from, &directory, digest)?;
    if let State::Right(_) = content::look_at(site, &to, digest, watch) {
        // Somebody had healed it in this moment.
        put_back(&site.files, &to, &from)?;
        return Ok(None);
    }
    site.files.sync_parent(&to)?;
    site.files.sync_parent(&from)?;
    Ok(Some(Quarantined { from, to }))
}

/// Gives something a name that nothing has yet: what was put aside earlier stays.
fn rename(files: &Files, from: &Path, directory: &Path, digest: &Digest) -> Result<PathBuf, Error> {
    let name = digest.to_string().replacen(':', "-", 1);
    let mut to = directory.join(&name);
    for number in 1_u64.. {
        match files.rename_new(from, &to) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {}
            renamed => return renamed.map(|()| to),
        }
        to = directory.join(format!("{name}.{number}"));
    }
    Err(files.failed("find a name in", directory)(ErrorKind::AlreadyExists.into()))
}

/// Gives right content its name again, unless something has it.
fn put_back(files: &Files, aside: &Path, name: &Path) -> Result<(), Error> {
    if files.link(aside, name)? {
        files.sync_parent(name)?;
    }
    files.remove(aside).map(drop)
}
