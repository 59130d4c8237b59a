use wharf_registry::{Descriptor, Tag};

/// What a copy did. What the target had already is in the [`Plan`](crate::Plan).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The manifest that was copied: of the chosen platform if there was one, else what was asked for.
    pub root: Descriptor,
    /// How many blobs were moved.
    pub blobs: usize,
    /// How many bytes that were.
    pub bytes: u64,
    /// How many blobs were mounted from the source's repository.
    pub mounted: usize,
    /// How many manifests were stored, the root included.
    pub manifests: usize,
    /// The tags that did not point to the root before and do now.
    pub tags: Vec<Tag>,
}
