//! What is being written, put aside or waiting to be deleted, and what a writer left behind.

use std::path::Path;

use super::finding::{Finding, Kind};
use super::known::QUARANTINE;
use super::report::Report;
use super::site::Site;
use super::tree;
use crate::Error;
use crate::layout::place::INGEST;
use crate::layout::seen::system_time;
use crate::layout::stale;
use crate::layout::trash::TRASH;

/// How deep files are in the trash, which has a directory for each time that something was put there.
const LEVELS: usize = 2;

/// Counts what is beside the content of a layout or of the pool.
pub(super) fn look(site: &Site) -> Report {
    let tally = |name| tree::tally(&site.files, &site.path.join(name), LEVELS);
    Report {
        ingest: tally(INGEST),
        trash: tally(TRASH),
        quarantine: tally(QUARANTINE),
        findings: leftovers(site),
        ..Report::default()
    }
}

fn leftovers(site: &Site) -> Vec<Finding> {
    let names = tree::list(&site.files, &site.path.join(INGEST)).unwrap_or_default();
    let below = names.iter().map(|named| Path::new(INGEST).join(&named.name));
    let left = below.filter(|below| is_left(site, below).unwrap_or(false));
    left.map(|below| site.note(Kind::Leftover, below)).collect()
}

fn is_left(site: &Site, below: &Path) -> Result<bool, Error> {
    let file = site.files.open(&site.path.join(below))?;
    file.map_or(Ok(false), |file| stale::is_left(&file, system_time()))
}
