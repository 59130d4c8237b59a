//! Recording a manifest: what it needs, its tags and its subject are judged and written under the layout's lock.

use std::path::Path;

use wharf_registry::Digest;

use super::files::Files;
use super::root::Root;
use super::{link, referrers, trash};
use crate::{Error, NewManifest, Put};

/// Records a manifest in a layout, if everything that it needs is there and its tags allow it.
pub(super) fn put(root: &Root, layout: &Path, new: &NewManifest) -> Result<Put, Error> {
    let files = root.files();
    let held = root.hold(layout)?;
    let missing = missing(files, layout, new)?;
    if !missing.is_empty() {
        return Ok(Put::Missing(missing));
    }
    held.update(|index| {
        let NewManifest { manifest, manifests, children, subject, tags, when, .. } = new;
        let is_unrecorded = |digest: &&Digest| index.manifest(digest).is_none();
        let unrecorded: Vec<_> = manifests.iter().filter(is_unrecorded).cloned().collect();
        if !unrecorded.is_empty() && index.manifest(&manifest.digest).is_none() {
            return Ok(Put::Unrecorded(unrecorded));
        }
        if !index.put(manifest, children, tags, when) {
            return Ok(Put::Refused);
        }
        // Before the index has it: what is recorded must not be missing among the referrers.
        subject.as_ref().map_or(Ok(()), |subject| referrers::add(files, layout, subject, &manifest.digest))?;
        Ok(Put::Done)
    })
}

/// What the layout does not see. What it sees the pool has afterwards as well.
fn missing(files: &Files, layout: &Path, new: &NewManifest) -> Result<Vec<Digest>, Error> {
    let mut missing = Vec::new();
    for digest in new.required() {
        match trash::size(files, layout, digest)? {
            Some(_) => link::keep(files, layout, digest)?,
            None => missing.push(digest.clone()),
        }
    }
    Ok(missing)
}
