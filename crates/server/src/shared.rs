//! What a service is made of; its clones share it.

use std::sync::Arc;

use crate::budget::Budget;
use crate::call::Settings;
use crate::crowd::Crowd;
use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::source::Source;
use crate::turn::Turns;
use crate::warning::Warnings;

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) source: Source,
    pub(crate) settings: Settings,
    pub(crate) gate: Option<Arc<Gate>>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) crowd: Crowd,
    pub(crate) turns: Arc<Turns>,
    pub(crate) warnings: Warnings,
    pub(crate) metrics: Option<Arc<dyn Metrics>>,
}

impl Shared {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            settings: Settings::default(),
            gate: None,
            budget: Arc::default(),
            crowd: Crowd::default(),
            turns: Arc::default(),
            warnings: Warnings::default(),
            metrics: None,
        }
    }
}
