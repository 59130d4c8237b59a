//! The lowest rate of a body on its way, here or there.
//!
//! Only waiting for the peer counts. Who comes back late is not the peer's fault, so of each wait no more is counted than
//! the time after which somebody who is there would have looked again.

use std::fmt;
use std::time::Duration;

use crate::{TransportError, TransportErrorKind};

/// How long the peer is waited for before its rate is judged.
const WINDOW: Duration = Duration::from_secs(60);

/// How often who waits looks at the clock.
pub(crate) const TICK: Duration = Duration::from_secs(10);

/// How much came, or went, in how much waiting.
#[derive(Debug)]
pub(crate) struct Rate {
    /// The lowest, in bytes a second.
    slowest: u64,
    /// Since when, or since when last counted, the peer is waited for.
    since: Option<Duration>,
    waited: Duration,
    bytes: u64,
}

impl Rate {
    pub(crate) const fn new(slowest: u64) -> Self {
        Self { slowest, since: None, waited: Duration::ZERO, bytes: 0 }
    }

    /// The peer is waited for, from now on or still.
    pub(crate) fn wait(&mut self, now: Duration) {
        let since = self.since.replace(now).unwrap_or(now);
        self.waited += now.saturating_sub(since).min(TICK);
    }

    /// The peer is not waited for any more.
    pub(crate) fn rest(&mut self, now: Duration) {
        if self.since.is_some() {
            self.wait(now);
            self.since = None;
        }
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.since.is_some()
    }

    pub(crate) const fn flow(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Fails when too little came in a window of waiting. The next window begins when one has ended.
    pub(crate) fn judge(&mut self) -> Result<(), TransportError> {
        if self.waited < WINDOW {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.bytes);
        self.waited = Duration::ZERO;
        match bytes < self.slowest.saturating_mul(WINDOW.as_secs()) {
            true => Err(TransportError::new(TransportErrorKind::Timeout, TooSlow { slowest: self.slowest })),
            false => Ok(()),
        }
    }
}

/// The body moved, but not as fast as it must.
#[derive(Debug)]
struct TooSlow {
    slowest: u64,
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fewer than {} bytes a second got through for {:?}", self.slowest, WINDOW)
    }
}

impl std::error::Error for TooSlow {}
