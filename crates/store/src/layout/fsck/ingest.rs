//! What is being written, put aside or waiting to be deleted, and what a writer left behind.

use std::path::Path;
use std::time::Duration;

use super::finding::{Finding, Kind};
use super::known::{QUARANTINE, TRASH};
use super::report::Report;
use super::site::Site;
use super::tree;
use crate::Error;
use crate::layout::file::{self, failed};
use crate::layout::place::INGEST;
use crate::layout::seen::system_time;

/// How deep files are in the trash, which has a directory for each time that something was put there.
const LEVELS: usize = 2;
/// How old a file is that nobody writes any more.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts what is beside the content of a layout or of the pool.
pub(super) fn look(site: &Site) -> Report {
    let tally = |name| tree::tally(&site.path.join(name), LEVELS);
    Report {
        ingest: tally(INGEST),
        trash: tally(TRASH),
        quarantine: tally(QUARANTINE),
        findings: leftovers(site),
        ..Report::default()
    }
}

fn leftovers(site: &Site) -> Vec<Finding> {
    let names = tree::list(&site.path.join(INGEST)).unwrap_or_default();
    let below = names.iter().map(|named| Path::new(INGEST).join(&named.name));
    let left = below.filter(|below| is_left(&site.path.join(below)).unwrap_or(false));
    left.map(|below| site.note(Kind::Leftover, below)).collect()
}

/// Whether a file is old and nobody holds it. The lock of a young file is not tried: its writer may be about to.
fn is_left(path: &Path) -> Result<bool, Error> {
    let Some(file) = file::open(path)? else { return Ok(false) };
    let modified = file.metadata().and_then(|metadata| metadata.modified()).map_err(failed("look at", path))?;
    let is_old = system_time().duration_since(modified).is_ok_and(|age| age > GRACE);
    Ok(is_old && file.try_lock_shared().is_ok())
}
