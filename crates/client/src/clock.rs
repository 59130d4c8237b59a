//! The only files that ask what time it is.

mod timer;

use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use timer::Timer;

/// What time it is, for the expiry of tokens, and waiting. Time is an argument, so that a test can make an hour pass.
///
/// ```
/// use std::pin::Pin;
/// use std::time::Duration;
///
/// /// Time stands still, and whoever waits waits forever.
/// struct Stopped;
///
/// impl wharf_client::Clock for Stopped {
///     fn now(&self) -> Duration {
///         Duration::ZERO
///     }
///
///     fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         Box::pin(std::future::pending())
///     }
/// }
/// ```
pub trait Clock: Send + Sync {
    /// The time since some moment that stays the same; it never decreases.
    ///
    /// Only differences count, so any beginning will do. A clock that is set to another time of day must not show it
    /// here.
    fn now(&self) -> Duration;

    /// A future that is ready when `duration` has passed since the call, by this clock.
    ///
    /// # Cancel safety
    /// Dropping it must leave nothing behind: requests that end early drop it all the time.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// The time of day, as the time since 1970 began, if it is known.
    ///
    /// It is asked for when a registry names a date to come back at and not what time it thinks it is.
    fn date(&self) -> Option<Duration> {
        None
    }
}

/// The machine's monotonic clock.
///
/// It waits on a thread of its own, which is shared by the whole program and starts when something is first waited for,
/// so that it needs no runtime.
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

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(Timer::new(duration))
    }

    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else takes as an argument")]
    fn date(&self) -> Option<Duration> {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()
    }
}
