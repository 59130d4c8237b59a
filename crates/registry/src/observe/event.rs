use std::sync::Arc;

use wharf_reference::{Repository, Tag};
use wharf_spec::{Descriptor, Digest};

/// Something that has happened to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Where.
    pub repository: Repository,
    /// Whose doing it was, if that was said.
    pub by: Option<Arc<str>>,
    /// What.
    pub kind: EventKind,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A manifest was stored, or was there already and was stored again. Each of its tags is told of after it.
    ManifestPushed {
        /// Which one.
        manifest: Descriptor,
    },
    /// A tag was made to point to a manifest, for the first time, from another one, or again.
    TagSet {
        /// Which one.
        tag: Tag,
        /// Where it pointed before.
        from: Previous,
        /// Where it points now.
        to: Descriptor,
    },
    /// A tag was deleted.
    TagDeleted {
        /// Which one.
        tag: Tag,
        /// Where it pointed.
        from: Previous,
    },
    /// A manifest was deleted, with every tag that pointed to it.
    ManifestDeleted {
        /// Which one.
        digest: Digest,
    },
    /// A blob was stored, at once or by an upload, or was there already and was stored again.
    BlobPushed {
        /// Which one.
        blob: Descriptor,
    },
    /// A blob of another repository was made visible.
    BlobMounted {
        /// Which one.
        digest: Digest,
        /// Where from.
        from: Repository,
    },
    /// A blob was deleted.
    BlobDeleted {
        /// Which one.
        digest: Digest,
    },
    /// A manifest was read.
    ManifestPulled {
        /// Which one.
        manifest: Descriptor,
        /// By which tag, unless by digest.
        tag: Option<Tag>,
    },
    /// All bytes of a blob were read. A part of one, and one that was not read to its end, is not told of.
    BlobPulled {
        /// Which one.
        blob: Descriptor,
    },
}

/// Where a tag pointed before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Previous {
    /// There was no such tag.
    Nothing,
    /// To this manifest.
    Manifest(Digest),
    /// The registry did not say.
    Unknown,
}

impl EventKind {
    /// What a tag pointed to that now points elsewhere: the sign that it was overwritten.
    ///
    /// ```
    /// use wharf_registry::{Digest, Event};
    ///
    /// fn alarm(event: &Event) -> Option<&Digest> {
    ///     event.kind.overwritten()
    /// }
    /// ```
    #[must_use]
    pub fn overwritten(&self) -> Option<&Digest> {
        match self {
            Self::TagSet { from: Previous::Manifest(from), to, .. } if *from != to.digest => Some(from),
            _ => None,
        }
    }
}
