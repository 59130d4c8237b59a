//! How much more is tried, by what came of it.

use std::time::Duration;

use super::fault::Reason;
use super::request::{Step, Wait};
use crate::{Attempts, Patience};

/// What is left of an upload's patience. It comes back when something got through that had not before.
#[derive(Clone, Debug)]
pub(super) struct Persistence {
    patience: Patience,
    attempts: Option<Attempts>,
    failures: u32,
}

impl Persistence {
    pub(super) const fn new(patience: Patience) -> Self {
        Self { patience, attempts: None, failures: 0 }
    }

    /// Whether anything is tried a second time.
    pub(super) const fn is_any(&self) -> bool {
        self.patience.attempts > 1
    }

    /// The pause after a failure, or the end.
    pub(super) fn wait(&mut self, reason: Reason, told: Option<Duration>, now: Duration) -> Option<Wait> {
        let patience = self.patience;
        let attempts = self.attempts.get_or_insert_with(|| Attempts::new(patience, now));
        self.failures = self.failures.saturating_add(1);
        let pause = attempts.pause(now, told)?;
        Some(Wait { pause, failures: self.failures, reason })
    }

    /// Which attempt the next one is.
    pub(super) const fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    pub(super) fn renew(&mut self) {
        (self.attempts, self.failures) = (None, 0);
    }
}

impl<T> From<Wait> for Step<T> {
    fn from(wait: Wait) -> Self {
        Self::Wait(wait)
    }
}
