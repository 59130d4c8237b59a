//! How long is waited for what.

use std::time::Duration;

/// How long is waited before a request fails.
///
/// There is none for a request as a whole: a large blob takes as long as it takes, while it moves.
///
/// ```
/// use std::time::Duration;
/// use wharf_transport_hyper::{Hyper, Timeouts};
///
/// let mut timeouts = Timeouts::default();
/// assert_eq!(timeouts.response, Duration::from_secs(60));
/// timeouts.connect = Duration::from_secs(3);
/// let transport = Hyper::new().with_timeouts(timeouts);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection to the host or to a proxy, and once more for what has to be said on it before the first
    /// request, TLS among others: 10 seconds.
    pub connect: Duration,
    /// For the head of a response, counted from the last byte of the request: 60 seconds, since a registry may have to
    /// bring what it was sent to its disk first.
    pub response: Duration,
    /// For the next bytes of a response's body: 30 seconds.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), response: seconds(60), idle: seconds(30) }
    }
}
