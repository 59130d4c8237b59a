//! Which registry answers whom.

use std::sync::Arc;

use wharf_registry::Registry;

use crate::Identity;

type Choose = dyn Fn(&Identity) -> Arc<dyn Registry> + Send + Sync;

/// One registry for everybody, or one for each who asks.
#[derive(Clone)]
pub(crate) enum Source {
    One(Arc<dyn Registry>),
    Each(Arc<Choose>),
}

impl Source {
    /// The registry that answers `identity`.
    pub(crate) fn of(&self, identity: &Identity) -> Arc<dyn Registry> {
        match self {
            Self::One(registry) => Arc::clone(registry),
            Self::Each(choose) => choose(identity),
        }
    }
}
