use wharf_registry::{Descriptor, Tag};

use crate::Plan;

/// What just happened, for progress bars and logs.
///
/// Events come from inside the copy's future, one at a time; a slow listener slows the copy down.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The plan is about to be run. Comes first, once.
    Planned {
        /// The plan.
        plan: &'a Plan,
    },
    /// The target had the blob when the copy was planned.
    BlobPresent {
        /// The blob.
        blob: &'a Descriptor,
    },
    /// A blob is about to be moved.
    BlobStarted {
        /// The blob.
        blob: &'a Descriptor,
    },
    /// Bytes of a blob have gone from the source to the target. Events may be left out in between, bytes are not.
    BlobProgress {
        /// The blob.
        blob: &'a Descriptor,
        /// How many bytes since the last event about this blob.
        added: u64,
        /// How many bytes in all.
        moved: u64,
    },
    /// The target has verified and stored a blob.
    BlobDone {
        /// The blob.
        blob: &'a Descriptor,
    },
    /// The target took a blob from the source's repository without moving it.
    BlobMounted {
        /// The blob.
        blob: &'a Descriptor,
    },
    /// The target has stored a manifest. The root comes last.
    ManifestDone {
        /// The manifest.
        manifest: &'a Descriptor,
    },
    /// The target's tag points to the root.
    TagDone {
        /// The tag.
        tag: &'a Tag,
    },
}
