use std::fmt;
use std::num::NonZeroUsize;

use wharf_registry::{Descriptor, Document};

/// What is to be copied, found out and not yet done: data to print, to count and to decide on.
///
/// It says what the target lacked when it was made. Running it does the rest in any case, so a target that changes in
/// between costs work and not correctness, unless content vanishes: then [`run`](Self::run) fails with
/// [`MANIFEST_BLOB_UNKNOWN`](wharf_registry::ErrorCode::MANIFEST_BLOB_UNKNOWN) and the next plan moves it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) root: Document,
    pub(crate) root_present: bool,
    /// The manifests below the root: first those without children, then those that have but such, and so on.
    pub(crate) levels: Vec<Vec<Document>>,
    pub(crate) blobs: Vec<PlannedBlob>,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) mount: bool,
}

impl Plan {
    /// The manifest that is copied, and that tags will point to.
    #[must_use]
    pub fn root(&self) -> Descriptor {
        self.root.descriptor()
    }

    /// Whether the target has the root already, and with it everything below: nothing is left but tags to be moved.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.root_present
    }

    /// The manifests to store, children before parents. The root is the last, and not among them if it is present.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let root = (!self.root_present).then_some(&self.root);
        self.levels.iter().flatten().chain(root)
    }

    /// The blobs that these manifests need, each once, in the manifests' order.
    #[must_use]
    pub fn blobs(&self) -> &[PlannedBlob] {
        &self.blobs
    }

    /// The blobs that the target lacks.
    pub fn missing(&self) -> impl Iterator<Item = &Descriptor> {
        self.blobs.iter().filter(|blob| blob.state == BlobState::Missing).map(|blob| &blob.descriptor)
    }

    /// How many bytes of blobs the target lacks; at most so many move, and fewer when some can be mounted.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.missing().fold(0, |bytes, blob| bytes.saturating_add(blob.size))
    }
}

/// A few lines for a person, without an end of line after the last.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.root.media_type(), self.root.digest())?;
        if self.root_present {
            return f.write_str("the target has it already");
        }
        writeln!(f, "manifests to store: {}", self.documents().count())?;
        write!(f, "blobs to move: {} of {}, {} bytes", self.missing().count(), self.blobs.len(), self.bytes())
    }
}

/// A blob that the image needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedBlob {
    /// The blob, as the manifest describes it.
    pub descriptor: Descriptor,
    /// Whether it must be moved.
    pub state: BlobState,
}

/// Whether the target had a blob when the copy was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it is there or it is not")]
pub enum BlobState {
    /// It is there.
    Present,
    /// It must be mounted or moved.
    Missing,
}
