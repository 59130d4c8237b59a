//! What helpers answered a moment ago, in memory alone. A copy of an image can want hundreds of tokens, and some helpers
//! take a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::lock::Mutex as AsyncMutex;

use super::{HelperError, HelperName};
use crate::Credential;

/// An answer of a helper for each registry that it was asked for.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<(HelperName, Box<str>), Slot>>);

/// Who holds it asks the helper, while others wait.
pub(super) type Slot = Arc<AsyncMutex<Option<Kept>>>;

type Answer = Result<Option<Credential>, HelperError>;

pub(super) struct Kept {
    answer: Answer,
    until: Duration,
}

/// More registries than this are not remembered.
const MAX_SLOTS: usize = 256;

impl Cache {
    pub(super) fn slot(&self, helper: &HelperName, server: &str) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (helper.clone(), server.into());
        if slots.len() >= MAX_SLOTS && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}

impl Kept {
    /// An answer that is good until the clock shows `until`.
    pub(super) const fn new(answer: Answer, until: Duration) -> Self {
        Self { answer, until }
    }

    /// The answer, if it is still good.
    pub(super) fn at(&self, now: Duration) -> Option<&Answer> {
        (now < self.until).then_some(&self.answer)
    }
}
