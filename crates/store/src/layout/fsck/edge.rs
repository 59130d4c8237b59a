//! Lists of referrers: whoever refers is listed, and whoever is listed refers.

use std::collections::HashSet;
use std::path::Path;

use wharf_registry::{Digest, Tag};

use super::document::Walked;
use super::finding::{Finding, Kind, Severity, Thing};
use super::site::Site;
use super::tree;
use crate::layout::disk::Stat;
use crate::layout::link;
use crate::layout::referrers::{REFERRERS, subject};

/// Compares the lists with what the manifests of a repository say. What those say that are wrong, nobody knows.
pub(super) fn check(site: &Site, walked: &Walked, wrong: &HashSet<Digest>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let listed = files(site, &mut findings);
    for (list, referrer) in listed.iter().filter(|(_, referrer)| !wrong.contains(referrer)) {
        if !refers(site, walked, referrer, list) {
            let path = Path::new(REFERRERS).join(list).join(referrer.to_string().replacen(':', "-", 1));
            findings.push(site.note(Kind::NoReferrer { list: list.clone() }, path));
        }
    }
    for (name, children) in walked.lists.iter().filter(|(name, _)| is_list(name)) {
        let known = children.iter().filter(|child| !wrong.contains(child) && is_there(site, child));
        let others = known.filter(|child| !refers(site, walked, child, name));
        findings.extend(others.map(|child| site.about(Severity::Note, Kind::NoReferrer { list: name.clone() }, child)));
    }
    findings.extend(unlisted(site, walked, &listed));
    findings
}

/// What is listed by files of this store, each as the name of the list and the referrer.
fn files(site: &Site, findings: &mut Vec<Finding>) -> HashSet<(String, Digest)> {
    let mut listed = HashSet::new();
    for list in names(site, Path::new(REFERRERS), findings) {
        let below = Path::new(REFERRERS).join(&list.name);
        if list.thing != Thing::Directory {
            findings.push(site.note(Kind::Stranger, below));
            continue;
        }
        for named in names(site, &below, findings) {
            match digest(&named.name) {
                Some(referrer) => drop(listed.insert((list.name.clone(), referrer))),
                None => findings.push(site.note(Kind::Stranger, below.join(&named.name))),
            }
        }
    }
    listed
}

fn names(site: &Site, path: &Path, findings: &mut Vec<Finding>) -> Vec<tree::Named> {
    tree::list(&site.files, &site.path.join(path)).unwrap_or_else(|error| {
        findings.push(site.fault(Kind::Unreadable(error), path));
        Vec::new()
    })
}

/// Manifests that have a subject and are in none of its lists. Other tools leave such, where it is no fault: in a layout, and
/// among many as files that their owner can write to.
fn unlisted(site: &Site, walked: &Walked, listed: &HashSet<(String, Digest)>) -> Vec<Finding> {
    let entered = walked.lists.iter().flat_map(|(name, children)| children.iter().map(move |child| (name, child)));
    let entered: HashSet<_> = entered.collect();
    let is_others = |referrer| stat(site, referrer).is_some_and(|stat| link::is_others(&stat));
    let severity = |referrer| match site.is_whole_store() || is_others(referrer) {
        true => Severity::Note,
        false => Severity::Fault,
    };
    let mut findings = Vec::new();
    for (referrer, subject) in &walked.subjects {
        let list = Tag::referrers_fallback(subject).as_str().to_owned();
        if !entered.contains(&(&list, referrer)) && !listed.contains(&(list, referrer.clone())) {
            findings.push(site.about(severity(referrer), Kind::Unlisted { subject: subject.clone() }, referrer));
        }
    }
    findings
}

/// Whether a manifest is there whose subject has this list.
fn refers(site: &Site, walked: &Walked, referrer: &Digest, list: &str) -> bool {
    let is_of = |subject: &Digest| Tag::referrers_fallback(subject).as_str() == list;
    match walked.subjects.get(referrer) {
        Some(subject) => is_of(subject),
        None => subject(&site.files, &site.path, referrer).is_some_and(|subject| is_of(&subject)),
    }
}

fn is_there(site: &Site, digest: &Digest) -> bool {
    stat(site, digest).is_some()
}

fn stat(site: &Site, digest: &Digest) -> Option<Stat> {
    site.files.stat(&site.content(digest)?).ok()?
}

/// Whether a name of the index can be one under which clients keep the referrers of a manifest.
fn is_list(name: &str) -> bool {
    digest(name).is_some()
}

fn digest(name: &str) -> Option<Digest> {
    Digest::parse_registered(&name.replacen('-', ":", 1)).ok()
}
