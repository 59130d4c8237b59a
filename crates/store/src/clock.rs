//! What time it is. It is asked only how long an upload session has lain idle and how long content has been there, also by
//! a process that did not see it come, so it is the time of the calendar.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// What tells the time; the system's unless another is given.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that is used unless another one is given")]
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
