//! How often, how long and after what pause a request is made again. What may be repeated at all is told in `persist`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use wharf_distribution::{Patience, Pause};

/// How persistent a client is when a request fails in a way that may pass.
///
/// The pause between attempts begins with [`pause`](Self::pause) and doubles with each; half of it is left to chance, so
/// that many clients do not come back at once. A registry that says when to come back (`Retry-After`) is obeyed up to
/// [`longest_wait`](Self::longest_wait). An attempt that would begin after the [`budget`](Self::budget) is not made.
///
/// A blob whose connection breaks is gone on with from where it broke off. Each time counts as a failed attempt, with a
/// budget of its own, and all are forgotten when [`progress`](Self::progress) has been made: a large blob may take as
/// many connections as it needs, and one that does not come nearer to its end is given up.
///
/// ```
/// use std::time::Duration;
/// use wharf_client::Retry;
///
/// let mut retry = Retry::default();
/// assert_eq!((retry.attempts, retry.budget), (4, Duration::from_secs(60)));
/// retry.attempts = 10;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often a request is made, the first time included: 4. None counts as 1.
    pub attempts: u32,
    /// How long after the first attempt the last one may begin, waiting included: 60 seconds.
    pub budget: Duration,
    /// The pause after the first attempt: half a second.
    pub pause: Duration,
    /// How long is waited at most because a registry said so: 30 seconds.
    pub longest_wait: Duration,
    /// How many bytes of a blob must come before its attempts are counted anew, when its connection breaks: 1 MiB.
    pub progress: u64,
}

impl Default for Retry {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let pause = Duration::from_millis(500);
        Self { attempts: 4, budget: seconds(60), pause, longest_wait: seconds(30), progress: 1 << 20 }
    }
}

impl Retry {
    /// Nothing is repeated or resumed, and nothing is waited for.
    ///
    /// ```
    /// use wharf_client::Retry;
    ///
    /// assert_eq!(Retry::none().attempts, 1);
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        let no = Duration::ZERO;
        Self { attempts: 1, budget: no, pause: no, longest_wait: no, progress: u64::MAX }
    }
}

impl From<Retry> for Patience {
    fn from(retry: Retry) -> Self {
        let mut patience = Self::default();
        (patience.attempts, patience.budget) = (retry.attempts, retry.budget);
        (patience.pause, patience.longest_wait) = (retry.pause, retry.longest_wait);
        patience
    }
}

/// What is left of a client's persistence for one call, the exchange of its token included.
pub(crate) struct Attempts {
    left: wharf_distribution::Attempts,
    is_busy: bool,
}

impl Attempts {
    pub(crate) fn new(retry: Retry, now: Duration) -> Self {
        Self { left: wharf_distribution::Attempts::new(retry.into(), now), is_busy: false }
    }

    /// Begins a new budget of time, with as many attempts as are left.
    pub(crate) const fn begin(&mut self, now: Duration) {
        self.left.begin(now);
    }

    /// Notes that the peer has asked for fewer requests.
    pub(crate) const fn busy(&mut self) {
        self.is_busy = true;
    }

    /// Whether it has since this was last asked.
    pub(crate) const fn was_busy(&mut self) -> bool {
        std::mem::replace(&mut self.is_busy, false)
    }

    /// How long to wait after one more failure, at which the registry asked for a pause or did not; nothing when it is
    /// time to give up.
    pub(crate) fn pause(&mut self, now: Duration, told: Option<Duration>) -> Option<Duration> {
        self.left.pause(now, told).map(chosen)
    }

    /// Whether the next attempt would begin in time after so long a wait.
    pub(crate) fn has_room(&self, now: Duration, wait: Duration) -> bool {
        self.left.has_room(now, wait)
    }
}

/// One of the times that a pause may take.
pub(crate) fn chosen(pause: Pause) -> Duration {
    pause.least.saturating_add(some_of(pause.most.saturating_sub(pause.least)))
}

/// A part of it that is left to chance. The standard library seeds its maps with what the system has of that, which will
/// do here.
fn some_of(duration: Duration) -> Duration {
    let most = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let chance = RandomState::new().hash_one(0);
    Duration::from_micros(most.checked_add(1).map_or(chance, |choices| chance % choices))
}
