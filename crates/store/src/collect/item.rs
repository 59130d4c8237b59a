//! What collector and back end tell each other.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::SystemTime;

use wharf_registry::{Descriptor, Digest, MediaType};

use super::Epoch;

/// Content that there is, for everybody to see or condemned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes, if that is known without another look.
    pub size: Option<u64>,
    /// When it came, or came back.
    pub touched: SystemTime,
    /// When it was condemned, if it is.
    pub condemned: Option<Epoch>,
}

impl Item {
    /// Content that everybody can see who may.
    #[must_use]
    pub const fn new(digest: Digest, size: Option<u64>, touched: SystemTime) -> Self {
        Self { digest, size, touched, condemned: None }
    }

    /// The same, condemned.
    #[must_use]
    pub fn condemned(self, epoch: Epoch) -> Self {
        Self { condemned: Some(epoch), ..self }
    }
}

/// Something for which content is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Root {
    /// A recorded manifest. One that has several records is told several times.
    Manifest {
        /// Its digest.
        digest: Digest,
        /// What it is recorded as.
        media_type: MediaType,
        /// Whether this record has a name, be it a tag or one that cannot be a tag.
        is_named: bool,
    },
    /// Content that a [`Lease`](super::Lease) holds, be it there or not.
    Leased(Digest),
    /// A manifest that something leads to, and that was not there when its needs were looked for.
    Arrived(Digest),
    /// A record that cannot be read, so that nobody knows what it needs.
    Unreadable,
}

impl Root {
    /// A manifest as it is recorded, under a name or without one.
    #[must_use]
    pub fn manifest(record: &Descriptor, is_named: bool) -> Self {
        Self::Manifest { digest: record.digest.clone(), media_type: record.media_type.clone(), is_named }
    }
}

/// The roots that a collector has followed. As long as there are no others, it knows what is needed: manifests do not
/// change, so a new need comes with a new root, or with a manifest that was [missing](Self::missing).
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// With what each is recorded as, unless it is only leased: what it leads to depends on that.
    pub(super) followed: HashMap<Digest, Vec<MediaType>>,
    /// Untagged manifests that are to go, for as long as nobody names or leases them.
    pub(super) doomed: HashSet<Digest>,
    /// What something leads to that is not there.
    pub(super) missing: BTreeSet<Digest>,
}

impl Known {
    /// The manifests that something leads to and that were not there. A back end looks for each, under the same lock as for
    /// roots, and tells of those that are there by now as [`Root::Arrived`].
    pub fn missing(&self) -> impl Iterator<Item = &Digest> {
        self.missing.iter()
    }

    /// Whether a root was taken into account. A back end asks this for each of its roots, under the lock under which roots
    /// change, before it condemns or sweeps anything.
    #[must_use]
    pub fn contains(&self, root: &Root) -> bool {
        match root {
            Root::Manifest { digest, media_type, is_named } => {
                let is_followed = self.followed.get(digest).is_some_and(|known| known.contains(media_type));
                is_followed || (!is_named && self.doomed.contains(digest))
            }
            Root::Leased(digest) => self.followed.contains_key(digest),
            Root::Arrived(_) | Root::Unreadable => false,
        }
    }
}

/// What is to be condemned, a small batch of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Condemn {
    /// Which content.
    pub digests: Vec<Digest>,
    /// Only content that came before that is condemned.
    pub before: SystemTime,
    /// The epoch in which it is condemned.
    pub epoch: Epoch,
}

/// What is to be swept, a small batch of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sweep {
    /// Which content.
    pub digests: Vec<Digest>,
    /// Only content that was condemned in this epoch or before it is swept.
    pub until: Epoch,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a collector that overlooks one loses content")]
pub enum Outcome {
    /// This content of it was condemned, or swept; other was brought back, or is younger than it was, or has gone.
    Done(Vec<Digest>),
    /// Nothing, because there are roots that the collector does not know.
    New(Vec<Root>),
}
