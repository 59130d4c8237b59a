//! What connections are made with.

use std::sync::Arc;

use crate::names::{self, Resolve};
use crate::trust::Trust;
use crate::{Proxies, Timeouts};

/// How connections are made, whoever they are for.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) timeouts: Timeouts,
    pub(crate) trust: Trust,
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) resolver: Arc<dyn Resolve>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            trust: Trust::default(),
            proxies: Arc::default(),
            resolver: Arc::new(names::System),
        }
    }
}
