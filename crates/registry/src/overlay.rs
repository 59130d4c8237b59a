use async_trait::async_trait;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Content, Descriptor, Digest, Document, Limits, Raw};

use crate::{Blob, ByteRange, Delete, Error, Items, List, Precondition, Range, Read, Registry, Write};

/// A pull-through cache: reads come from `near`, and what it lacks is fetched from `far` and kept in `near`.
///
/// A tag is asked for at `far` each time, because it can move; when `far` does not answer, what `near` knows is used.
/// Content with a digest never changes, so it is fetched once. Nothing is kept before it is verified. Manifests are kept
/// in `near` although their blobs are fetched later, so `near` must not insist on them. Writing and deleting are
/// unsupported: a cache is not the place for either.
///
/// ```
/// # fn wrap(near: impl wharf_registry::Registry + 'static, far: impl wharf_registry::Read + 'static) {
/// let cache = wharf_registry::Overlay::new(near, far);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Overlay<N, F> {
    near: N,
    far: F,
}

impl<N, F> Overlay<N, F> {
    /// `near` as a cache of `far`.
    pub const fn new(near: N, far: F) -> Self {
        Self { near, far }
    }
}
