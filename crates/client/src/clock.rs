//! The only file that asks what time it is.

use std::time::{Duration, Instant};

/// What time it is, for the expiry of tokens. Time is an argument, so that a test can make an hour pass.
///
/// ```
/// use std::time::Duration;
///
/// struct Stopped;
///
/// impl wharf_client::Clock for Stopped {
///     fn now(&self) -> Duration {
///         Duration::ZERO
///     }
/// }
/// ```
pub trait Clock: Send + Sync {
    /// The time since some moment that stays the same; it never decreases.
    ///
    /// Only differences count, so any beginning will do. A clock that is set to another time of day must not show it
    /// here.
    fn now(&self) -> Duration;
}

/// The machine's monotonic clock.
///
/// ```
/// use wharf_client::{Clock, SystemClock};
///
/// let clock = SystemClock::new();
/// let before = clock.now();
/// assert!(before <= clock.now());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else takes as an argument")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
