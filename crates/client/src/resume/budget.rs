//! How often a download is resumed: as often as a request is made, counted anew whenever enough has come.
//!
//! A large blob over a bad line needs more connections than any fixed number, and a peer that hands out a byte for each
//! must not be asked forever. So what counts is what has come since the attempts were last counted anew. Bytes that came
//! a second time and were skipped have to be outweighed by new ones as well: else a peer that always begins at the start
//! would have a blob fetched over and over, a little farther each time.

use std::time::Duration;

use crate::Retry;
use crate::retry::Attempts;

pub(super) struct Budget {
    retry: Retry,
    attempts: Attempts,
    /// New bytes since the attempts were counted anew.
    flowed: u64,
    /// Bytes that were announced for a second time since then.
    skipped: u64,
}

impl Budget {
    pub(super) fn new(retry: Retry, now: Duration) -> Self {
        Self { retry, attempts: Attempts::new(retry, now), flowed: 0, skipped: 0 }
    }

    pub(super) const fn flow(&mut self, bytes: u64) {
        self.flowed = self.flowed.saturating_add(bytes);
    }

    pub(super) const fn skip(&mut self, bytes: u64) {
        self.skipped = self.skipped.saturating_add(bytes);
    }

    /// How long to wait before the body that just broke off is resumed; nothing when it is time to give up.
    ///
    /// The time that bytes took to flow is no waiting, so each body has the whole of [`Retry::budget`] to be resumed in.
    pub(super) fn pause(&mut self, now: Duration) -> Option<Duration> {
        if self.flowed >= self.retry.progress.max(self.skipped).max(1) {
            *self = Self::new(self.retry, now);
        }
        self.attempts.begin(now);
        self.attempts.pause(now, None)
    }

    /// What is left for the request that resumes it.
    pub(super) const fn attempts(&mut self) -> &mut Attempts {
        &mut self.attempts
    }
}
