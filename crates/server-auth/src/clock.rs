//! What time of day it is: the only file here that asks.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What tells the time, as the time since 1970 began; the system's unless another is given.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Duration {
        (self.0)()
    }
}

impl Default for Clock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that is used unless another one is given")]
    fn default() -> Self {
        // A machine that believes to be before 1970 finds every token to be of the future, and refuses it.
        Self::new(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
