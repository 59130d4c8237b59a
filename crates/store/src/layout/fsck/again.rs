//! A second look at what was found while others may have changed it.

use std::collections::HashSet;

use wharf_registry::Digest;

use super::finding::Finding;
use super::report::Report;
use super::site::Site;
use crate::layout::update::{INDEX, INDEX_BYTES};

/// How often a repository is looked at whose index changes all the time. Each time leaves only what was found before.
const LOOKS: usize = 4;

/// Looks at a repository until nothing was found, or its index was the same before and after, or it was looked at often
/// enough.
///
/// Whoever stores a manifest has everything in place before the index names it, and whoever deletes one takes it out of
/// the index first. So what is wrong under an index that did not change is wrong.
pub(super) fn settle(site: &Site, look: impl Fn() -> Report) -> Report {
    let mut index = digest(site);
    let mut report = look();
    for _ in 1..LOOKS {
        let now = digest(site);
        if report.findings.is_empty() || now == index {
            break;
        }
        index = now;
        let again = look();
        let found: HashSet<_> = again.findings.iter().map(Finding::key).collect();
        report.findings.retain(|finding| found.contains(&finding.key()));
    }
    report
}

fn digest(site: &Site) -> Option<Digest> {
    Some(Digest::of(&site.files.read(&site.path.join(INDEX), INDEX_BYTES).ok()??))
}
