//! Content and names in memory: for tests, for caches, and as the shortest back end to read.
//!
//! Content that no repository sees any more stays until it is [collected](crate::collect).
//!
//! The order of calls that the traits ask of a back end, and the promises that they make, can all be seen here.

mod blobs;
mod collect;
mod names;
mod sessions;

pub use blobs::{Blobs, Writer};
pub use collect::{Lease, Turn};
pub use names::Names;
pub use sessions::{Held, Sessions};

use crate::Store;

impl Store<Blobs, Names> {
    /// A registry in memory, empty at first. Clones share their content.
    ///
    /// ```
    /// use wharf_registry::Registry;
    /// use wharf_store::Store;
    ///
    /// let registry: Box<dyn Registry> = Box::new(Store::memory());
    /// ```
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Blobs::default(), Names::default())
    }
}
