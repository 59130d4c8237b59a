//! The names that are known in a store, and what else is there.

use wharf_registry::LayoutHeader;

use super::finding::{Finding, Kind, Thing};
use super::site::Site;
use super::tree::{self, Named};
use crate::Error;
use crate::layout::lease::LEASES;
use crate::layout::place::{BLOBS, INGEST};
use crate::layout::referrers::REFERRERS;
use crate::layout::root::REPOSITORIES;
use crate::layout::trash::TRASH;
use crate::layout::update::INDEX;

/// Where content is that was put aside.
pub(super) const QUARANTINE: &str = "quarantine";
/// With what the names of locks begin, and of whatever else has no place in a layout.
const OWN: &str = ".wharf.";

/// The directories of a layout.
const DIRECTORIES: [&str; 6] = [BLOBS, INGEST, REFERRERS, TRASH, QUARANTINE, LEASES];
/// The directories of a store of many.
const OF_MANY: [&str; 6] = [BLOBS, INGEST, REPOSITORIES, TRASH, QUARANTINE, LEASES];
const FILES: [&str; 2] = [LayoutHeader::FILE, INDEX];

/// What is in a layout and does not belong there.
pub(super) fn of_layout(site: &Site) -> Vec<Finding> {
    unknown(site, &DIRECTORIES, &FILES).unwrap_or_else(|error| vec![site.fault(Kind::Unreadable(error), "")])
}

/// What is in the directory of a store of many and does not belong there.
///
/// # Errors
/// When that cannot be listed.
pub(super) fn of_many(site: &Site) -> Result<Vec<Finding>, Error> {
    unknown(site, &OF_MANY, &[])
}

fn unknown(site: &Site, directories: &[&str], files: &[&str]) -> Result<Vec<Finding>, Error> {
    let names = tree::list(&site.files, &site.path)?;
    let found = names.iter().filter_map(|named| match named {
        named if directories.contains(&named.name.as_str()) => obstacle(site, named),
        named if files.contains(&named.name.as_str()) || named.name.starts_with(OWN) => not_a_file(site, named),
        named => Some(site.note(Kind::Stranger, &named.name)),
    });
    Ok(found.collect())
}

/// What is no directory where one should be.
pub(super) fn obstacle(site: &Site, named: &Named) -> Option<Finding> {
    (named.thing != Thing::Directory).then(|| site.fault(Kind::Obstacle(named.thing), &named.name))
}

fn not_a_file(site: &Site, named: &Named) -> Option<Finding> {
    (named.thing != Thing::File).then(|| site.fault(Kind::Obstacle(named.thing), &named.name))
}
