use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A clock that a test moves on. Clones show the same time, which begins at nothing.
///
/// ```
/// use std::time::Duration;
/// use wharf_testkit::emulate::Clock;
///
/// let clock = Clock::default();
/// clock.clone().advance(Duration::from_secs(5));
/// assert_eq!(clock.now(), Duration::from_secs(5));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Duration>>);

impl Clock {
    /// How long ago the clock began.
    #[must_use]
    pub fn now(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}
