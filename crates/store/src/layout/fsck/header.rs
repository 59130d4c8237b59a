//! The two files that make a directory a layout.

use std::collections::HashMap;

use wharf_registry::LayoutHeader;

use super::finding::{Finding, Kind};
use super::site::Site;
use crate::layout::entry::Entry;
use crate::layout::header;
use crate::layout::index::Index;
use crate::layout::update::{self, INDEX};

/// What the index of a layout says, if it says anything.
pub(super) fn read(site: &Site, findings: &mut Vec<Finding>) -> Option<Index> {
    if !header::exists(&site.files, &site.path).unwrap_or(false) {
        findings.push(site.fault(Kind::Header, LayoutHeader::FILE));
    }
    match update::read(&site.files, &site.path) {
        Ok(index) => {
            findings.extend(check_entries(site, index.entries()));
            Some(index)
        }
        Err(error) => {
            findings.push(site.fault(Kind::Index(error), INDEX));
            None
        }
    }
}

fn check_entries<'a>(site: &Site, entries: impl Iterator<Item = Entry<'a>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first = HashMap::new();
    for (position, entry) in entries.enumerate() {
        let Some(digest) = entry.digest() else {
            findings.push(site.fault(Kind::Entry { position }, INDEX));
            continue;
        };
        let Some(name) = entry.name() else { continue };
        if *first.entry(name).or_insert(digest) != digest {
            findings.push(site.note(Kind::Ambiguous { name: name.to_owned() }, INDEX));
        }
    }
    findings
}
