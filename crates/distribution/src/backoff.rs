//! How often and after what pause something is made again.

use std::time::Duration;

use http::StatusCode;

/// How persistent somebody is when requests fail in a way that may pass.
///
/// ```
/// use std::time::Duration;
/// use wharf_distribution::Patience;
///
/// let mut patience = Patience::default();
/// assert_eq!((patience.attempts, patience.budget), (4, Duration::from_secs(60)));
/// patience.attempts = 10;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// How often something is tried, the first time included: 4. None counts as 1.
    pub attempts: u32,
    /// How long after the first attempt the last one may begin, waiting included: 60 seconds.
    pub budget: Duration,
    /// The pause after the first attempt, which doubles with each: half a second.
    pub pause: Duration,
    /// How long is waited at most because a peer said so: 30 seconds.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { attempts: 4, budget: seconds(60), pause: Duration::from_millis(500), longest_wait: seconds(30) }
    }
}

/// A pause before the next attempt: any time between the two will do. It is left to chance, which is the caller's, so
/// that many who failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use wharf_distribution::{Attempts, Patience};
///
/// let mut attempts = Attempts::new(Patience::default(), Duration::ZERO);
/// let pause = attempts.pause(Duration::ZERO, None).unwrap();
/// assert_eq!((pause.least, pause.most), (Duration::from_millis(250), Duration::from_millis(500)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pause {
    /// The shortest pause.
    pub least: Duration,
    /// The longest pause.
    pub most: Duration,
}

/// What is left of somebody's patience. Time is an argument: any clock will do that never goes back.
#[derive(Clone, Debug)]
pub struct Attempts {
    patience: Patience,
    started: Duration,
    failed: u32,
}

impl Attempts {
    /// All of it, for something that begins now.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::{Attempts, Patience};
    /// let attempts = Attempts::new(Patience::default(), Duration::ZERO);
    /// assert!(attempts.has_room(Duration::ZERO, Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub const fn new(patience: Patience, now: Duration) -> Self {
        Self { patience, started: now, failed: 0 }
    }

    /// Begins a new budget of time, with as many attempts as are left.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::{Attempts, Patience};
    /// let (mut attempts, hour) = (Attempts::new(Patience::default(), Duration::ZERO), Duration::from_secs(3600));
    /// assert!(!attempts.has_room(hour, Duration::ZERO));
    /// attempts.begin(hour);
    /// assert!(attempts.has_room(hour, Duration::ZERO));
    /// ```
    pub const fn begin(&mut self, now: Duration) {
        self.started = now;
    }

    /// How long to wait after one more failure, at which the peer asked for a pause or did not; nothing when it is time
    /// to give up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::{Attempts, Patience};
    /// let mut attempts = Attempts::new(Patience::default(), Duration::ZERO);
    /// let told = attempts.pause(Duration::ZERO, Some(Duration::from_secs(7))).unwrap();
    /// assert_eq!(told.least, Duration::from_secs(7));
    /// assert!(attempts.pause(Duration::from_secs(61), None).is_none(), "too late");
    /// ```
    pub fn pause(&mut self, now: Duration, told: Option<Duration>) -> Option<Pause> {
        let Patience { attempts, pause, longest_wait, .. } = self.patience;
        self.failed = self.failed.saturating_add(1);
        let own = pause.saturating_mul(1_u32.checked_shl(self.failed - 1).unwrap_or(u32::MAX));
        let own = own.min(longest_wait.max(pause));
        let (told, half) = (told.unwrap_or_default(), own / 2);
        let pause = Pause {
            least: told.min(longest_wait).max(half),
            most: told.saturating_add(half).min(longest_wait).max(own),
        };
        (self.failed < attempts && self.has_room(now, pause.most)).then_some(pause)
    }

    /// Whether the next attempt would begin in time after so long a wait.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::{Attempts, Patience};
    /// let attempts = Attempts::new(Patience::default(), Duration::ZERO);
    /// assert!(!attempts.has_room(Duration::ZERO, Duration::from_secs(61)));
    /// ```
    #[must_use]
    pub fn has_room(&self, now: Duration, wait: Duration) -> bool {
        now.saturating_sub(self.started).saturating_add(wait) <= self.patience.budget
    }
}

/// Whether the same request may have another answer soon. 499 and 522 are in no standard: they are what proxies say of
/// whoever is behind them.
///
/// ```
/// use http::StatusCode;
/// use wharf_distribution::may_pass;
///
/// assert!(may_pass(StatusCode::SERVICE_UNAVAILABLE) && !may_pass(StatusCode::NOT_FOUND));
/// ```
#[must_use]
pub fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 499 | 500 | 502 | 503 | 504 | 522)
}
