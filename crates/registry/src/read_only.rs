use async_trait::async_trait;

use crate::forward::forward;
use crate::{Delete, List, Read, Write};

/// A registry that cannot be changed: what it wraps can be read and listed, and everything else is unsupported.
///
/// ```
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// Box::new(wharf_registry::ReadOnly::new(registry))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReadOnly<R>(R);

impl<R> ReadOnly<R> {
    /// Takes a registry's writing and deleting away.
    pub const fn new(registry: R) -> Self {
        Self(registry)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for ReadOnly<R> {
    forward!(self => self.0; manifest, blob, resolve, stat_blob, blob_range);
}

// The defaults refuse; that is the whole point.
impl<R: Send + Sync> Write for ReadOnly<R> {}
impl<R: Send + Sync> Delete for ReadOnly<R> {}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for ReadOnly<R> {
    forward!(self => self.0; tags, repositories, referrers);
}
