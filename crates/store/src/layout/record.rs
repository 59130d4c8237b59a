//! Recording a manifest: what it needs, its tags and its subject are judged and written under the layout's lock.

use std::collections::BTreeSet;
use std::path::Path;

use wharf_registry::{Content, Descriptor, Digest, Precondition};

use super::files::Files;
use super::root::Root;
use super::{link, referrers, trash};
use crate::refs::has_kind;
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

/// Takes a manifest out of a layout, with its tags, and says whether it was there.
///
/// Its children had no record of their own as long as it kept them. They were stored like any other manifest, so they get
/// one again, and go only when somebody asks for that.
pub(super) fn remove(root: &Root, layout: &Path, digest: &Digest) -> Result<bool, Error> {
    let (files, held) = (root.files(), root.hold(layout)?);
    let children = children(files, layout, digest)?;
    let removed = held.update(|index| {
        let removed = index.remove_manifest(digest);
        let is_lost = |child: &&Descriptor| removed && index.manifest(&child.digest).is_none();
        let lost: Vec<_> = children.iter().filter(is_lost).collect();
        for child in lost {
            index.put(child, &[], &[], &Precondition::Always);
        }
        Ok(removed)
    })?;
    referrers::remove(files, layout, digest)?;
    if removed {
        trash::forget(files, layout, digest)?;
    }
    Ok(removed)
}

/// The manifests that an index in the layout names, as what they say that they are. What is recorded keeps all that it leads
/// to, so there are none if anything of that is not there, as in sparse stores.
fn children(files: &Files, layout: &Path, digest: &Digest) -> Result<Vec<Descriptor>, Error> {
    let Some((_, named)) = whole(files, layout, digest)? else { return Ok(Vec::new()) };
    let (mut seen, mut waiting, mut found) = (named.clone(), Vec::from_iter(named.clone()), Vec::new());
    while let Some(next) = waiting.pop() {
        let Some((manifest, below)) = whole(files, layout, &next)? else { return Ok(Vec::new()) };
        waiting.extend(below.into_iter().filter(|child| seen.insert(child.clone())));
        found.push(manifest);
    }
    found.retain(|manifest| named.contains(&manifest.digest) && has_kind(manifest));
    Ok(found)
}

/// What a manifest is and which others it names, if it can be read and its blobs are there.
fn whole(files: &Files, layout: &Path, digest: &Digest) -> Result<Option<(Descriptor, BTreeSet<Digest>)>, Error> {
    let Some(document) = referrers::document(files, layout, digest) else { return Ok(None) };
    let manifest = document.descriptor();
    let Ok(content) = document.decode::<Content>() else { return Ok(None) };
    for blob in content.view().blobs() {
        if trash::size(files, layout, &blob.digest)?.is_none() {
            return Ok(None);
        }
    }
    let children = content.view().children().filter(|child| has_kind(child));
    Ok(Some((manifest, children.map(|child| child.digest.clone()).collect())))
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
