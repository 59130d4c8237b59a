//! Content in its place in a layout: what is there, and what is not.

use std::path::Path;

use wharf_registry::Digest;

use super::disk::Stat;
use super::files::Files;
use super::place::{BLOBS, place};
use crate::Error;

/// The size of content in a layout, if the system knows it without a look at the disk.
pub(super) fn known_size(files: &Files, layout: &Path, digest: &Digest) -> Option<u64> {
    let path = place(layout, digest).ok()?;
    files.known(&path).map(|stat| stat.size).filter(|size| *size > 0)
}

/// The size of content in a layout, if it is there.
pub(super) fn size(files: &Files, layout: &Path, digest: &Digest) -> Result<Option<u64>, Error> {
    let size = files.stat(&place(layout, digest)?)?.map(|stat| stat.size);
    Ok(size.filter(|size| *size > 0 || digest.matches(&[]) == Ok(true)))
}

/// Removes content from a layout, and says whether it was there.
pub(super) fn remove(files: &Files, layout: &Path, digest: &Digest) -> Result<bool, Error> {
    files.remove(&place(layout, digest)?)
}

/// All that has the place of content in a layout, whole or not. What others put beside that is passed over.
pub(super) fn list(files: &Files, layout: &Path, mut found: impl FnMut(Digest, Stat)) -> Result<(), Error> {
    let blobs = layout.join(BLOBS);
    for algorithm in files.list(&blobs)? {
        let algorithm = algorithm?;
        let directory = blobs.join(&algorithm);
        for name in files.list(&directory)? {
            let name = name?;
            let text = algorithm.to_str().zip(name.to_str()).map(|(algorithm, name)| format!("{algorithm}:{name}"));
            let digest = text.and_then(|text| Digest::parse_registered(&text).ok());
            if let Some((digest, stat)) = digest.zip(files.stat(&directory.join(&name))?) {
                found(digest, stat);
            }
        }
    }
    Ok(())
}
