//! What a repository sees: names of the pool's files, or copies of them.

use std::collections::HashSet;
use std::path::Path;

use wharf_registry::Digest;

use super::content::{self, State};
use super::finding::{Kind, Severity};
use super::report::{Report, Tally};
use super::site::Site;
use super::watch::Watch;
use crate::Error;
use crate::layout::file;

/// Looks at everything that a repository sees. What is the pool's own file is as right as that, and not read again.
pub(super) fn check(pool: &Site, site: &Site, wrong: &HashSet<Digest>, watch: &Watch) -> Report {
    let listing = content::list(site);
    let mut report = Report { findings: listing.findings, ..Report::default() };
    for (_, digest) in listing.content {
        if watch.is_cancelled() {
            break;
        }
        report.add(check_one(pool, site, &digest, wrong, watch));
    }
    report
}

fn check_one(pool: &Site, site: &Site, digest: &Digest, wrong: &HashSet<Digest>, watch: &Watch) -> Report {
    let mut report = Report::default();
    let (Some(own), Some(pooled)) = (site.content(digest), pool.content(digest)) else { return report };
    if !wrong.contains(digest) && is_one(&own, &pooled).unwrap_or(false) {
        return report;
    }
    match content::look(&own, digest, watch) {
        State::Gone => {}
        State::Wrong(kind) => report.findings.push(site.about(Severity::Fault, kind, digest)),
        State::Right(_) if is_alone(&own, &pooled).unwrap_or(false) => {
            report.findings.push(site.about(Severity::Fault, Kind::NotInPool, digest));
        }
        // The pool's file has come, or was replaced, since this was asked before.
        State::Right(_) if is_one(&own, &pooled).unwrap_or(false) => {}
        State::Right(bytes) => report.copies.add(Tally::file(bytes)),
    }
    report
}

/// Whether a repository has a file of its own, by names alone.
pub(super) fn is_copy(pool: &Site, site: &Site, digest: &Digest) -> bool {
    let paths = site.content(digest).zip(pool.content(digest));
    paths.is_some_and(|(own, pooled)| !is_one(&own, &pooled).unwrap_or(false))
}

/// Whether two names are of one file.
fn is_one(own: &Path, pooled: &Path) -> Result<bool, Error> {
    let (own, pooled) = (file::stat(own)?, file::stat(pooled)?);
    Ok(own.zip(pooled).is_some_and(|(own, pooled)| file::is_same(&own, &pooled)))
}

/// Whether the pool does not have what a repository has. The pool is looked at first: what is taken from both is taken
/// from the repository first.
fn is_alone(own: &Path, pooled: &Path) -> Result<bool, Error> {
    Ok(file::stat(pooled)?.is_none() && file::stat(own)?.is_some())
}
