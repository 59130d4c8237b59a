//! What a repository sees: names of the pool's files, or copies of them.

use std::collections::HashSet;

use wharf_registry::Digest;

use super::content::{self, State};
use super::finding::{Kind, Severity};
use super::report::{Report, Tally};
use super::site::Site;
use super::watch::Watch;
use crate::layout::disk::Stat;

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
    if !wrong.contains(digest) && is_one(pool, site, digest) {
        return report;
    }
    match content::look(site, digest, watch) {
        State::Gone => {}
        State::Wrong(kind) => report.findings.push(site.about(Severity::Fault, kind, digest)),
        State::Right(_) if is_wrong(pool, digest, wrong, watch) => {
            report.findings.push(site.about(Severity::Fault, Kind::NotInPool, digest));
        }
        State::Right(bytes) if is_alone(pool, site, digest) => {
            report.copies.add(Tally::file(bytes));
            report.findings.push(site.about(Severity::Note, Kind::NotInPool, digest));
        }
        // The pool's file has come, or was replaced, since this was asked before.
        State::Right(_) if is_one(pool, site, digest) => {}
        State::Right(bytes) => report.copies.add(Tally::file(bytes)),
    }
    report
}

/// Whether the pool's content was wrong and still is.
fn is_wrong(pool: &Site, digest: &Digest, wrong: &HashSet<Digest>, watch: &Watch) -> bool {
    wrong.contains(digest) && matches!(content::look(pool, digest, watch), State::Wrong(_))
}

/// Whether a repository and the pool have one and the same file.
pub(super) fn is_one(pool: &Site, site: &Site, digest: &Digest) -> bool {
    let (pooled, own) = (stat(pool, digest), stat(site, digest));
    pooled.zip(own).is_some_and(|(pooled, own)| pooled.is_same(&own))
}

/// Whether the pool does not have what a repository has, nor will give it back. The pool is looked at first: what is taken
/// from both is taken from the repository first. What comes back from the trash in between is seen after it.
fn is_alone(pool: &Site, site: &Site, digest: &Digest) -> bool {
    let is_pooled = || stat(pool, digest).is_some();
    !(is_pooled() || pool.condemns(digest) || is_pooled()) && stat(site, digest).is_some()
}

fn stat(site: &Site, digest: &Digest) -> Option<Stat> {
    site.files.stat(&site.content(digest)?).ok()?
}
