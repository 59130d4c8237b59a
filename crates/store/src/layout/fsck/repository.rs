//! Repositories: which there are, and what is looked at in each.

use std::collections::HashSet;
use std::path::Path;

use wharf_registry::{Digest, LayoutHeader, Policy, Repository};

use super::finding::{Finding, Kind, Thing};
use super::known;
use super::report::Report;
use super::site::Site;
use super::tree::{self, Named};
use super::watch::Watch;
use super::{again, content, document, edge, header, ingest, link};
use crate::layout::root::{LAYOUT, REPOSITORIES, Root, Shape};
use crate::layout::update::{self, INDEX};

/// The layouts of the repositories of a store of many, in the order of their names. A directory that nothing was ever
/// stored in is none. What is in the way is told.
pub(super) fn find(root: &Root, findings: &mut Vec<Finding>) -> Vec<Site> {
    let mut repositories = Vec::new();
    let mut waiting = vec![None];
    while let Some(parent) = waiting.pop() {
        let (children, is_one) = children(&Site::pool(root), parent.as_ref(), findings);
        waiting.extend(children.into_iter().map(Some));
        repositories.extend(parent.filter(|_| is_one));
    }
    repositories.sort_unstable();
    let sites = repositories.iter().filter_map(|repository| Site::of(root, repository));
    sites.filter(|site| !is_unused(site)).collect()
}

/// The repositories that can be below another one, and whether that is one itself.
fn children(pool: &Site, parent: Option<&Repository>, findings: &mut Vec<Finding>) -> (Vec<Repository>, bool) {
    let below = Path::new(REPOSITORIES).join(parent.map_or("", Repository::as_str));
    let names = tree::list(&pool.files, &below).unwrap_or_else(|error| {
        findings.push(pool.fault(Kind::Unreadable(error), &below));
        Vec::new()
    });
    let (mut children, mut is_one) = (Vec::new(), false);
    for named in names {
        match child(&named, parent) {
            Some(child) => children.push(child),
            None if parent.is_some() && named.name == LAYOUT => match named.thing {
                Thing::Directory => is_one = true,
                thing => findings.push(pool.fault(Kind::Obstacle(thing), below.join(LAYOUT))),
            },
            None => findings.push(pool.note(Kind::Stranger, below.join(&named.name))),
        }
    }
    (children, is_one)
}

fn child(named: &Named, parent: Option<&Repository>) -> Option<Repository> {
    let name = Some(&named.name).filter(|_| named.thing == Thing::Directory)?;
    let path = parent.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
    Repository::parse(&path).ok()
}

/// Whether a layout was begun and never used: whoever makes one writes its header last.
fn is_unused(site: &Site) -> bool {
    let is_there = |name| !matches!(tree::look(&site.files, &site.path.join(name)), Ok(None));
    let names_nothing =
        || !is_there(INDEX) || update::read(&site.files, &site.path).is_ok_and(|index| index.entries().len() == 0);
    !is_there(LayoutHeader::FILE) && names_nothing() && content::list(site).content.is_empty()
}

/// Looks at one repository, beside the content that it shares with the pool.
pub(super) fn check(root: &Root, site: &Site, policy: Policy, wrong: &HashSet<Digest>, watch: &Watch) -> Report {
    let mut report = Report { repositories: 1, findings: known::of_layout(site), ..Report::default() };
    report.add(ingest::look(site));
    if root.shape() == Shape::Single {
        report.add(again::settle(site, || look(site, policy, wrong)));
        return report;
    }
    let seen = link::check(&Site::pool(root), site, wrong, watch);
    let is_wrong = |finding: &&Finding| !matches!(finding.kind, Kind::NotInPool);
    let wrong = seen.findings.iter().filter(is_wrong).filter_map(|finding| finding.digest.clone()).collect();
    report.add(seen);
    report.add(again::settle(site, || look(site, policy, &wrong)));
    report
}

/// The index and everything that it leads to. Content that is wrong was told already.
fn look(site: &Site, policy: Policy, wrong: &HashSet<Digest>) -> Report {
    let mut findings = Vec::new();
    let index = header::read(site, &mut findings);
    let walked = document::walk(site, policy, wrong, index.iter().flat_map(|index| index.entries()));
    findings.extend(edge::check(site, &walked, wrong));
    findings.extend(walked.findings);
    Report { findings, documents: walked.documents, ..Report::default() }
}
