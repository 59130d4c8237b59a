use std::fmt;
use std::time::{Duration, SystemTime};

/// When content was condemned: a second of the collector's clock. It decides how long content can be brought back, and
/// never whether something that is needed goes.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wharf_store::collect::Epoch;
///
/// let epoch = Epoch::at(SystemTime::UNIX_EPOCH + Duration::from_secs(90));
/// assert_eq!(epoch.to_string(), "90");
/// assert_eq!(Epoch::parse("90"), Some(epoch));
/// assert_eq!(Epoch::parse("090"), None, "an epoch has one name");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of a moment; the first one for any before 1970.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    /// Reads what `Display` prints; nothing when it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let epoch = Self(text.parse().ok()?);
        (epoch.to_string() == text).then_some(epoch)
    }

    /// The epoch that is so much later.
    pub(super) const fn later(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by.as_secs()))
    }

    /// Whether content that was condemned in this epoch is to be swept by now. A clock that was set back makes epochs
    /// younger, and those of the future are not due.
    #[must_use]
    pub fn is_due(self, now: SystemTime, grace: Duration) -> bool {
        let age = Self::at(now).0.checked_sub(self.0);
        age.is_some_and(|age| Duration::from_secs(age) >= grace)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
