//! What an answer says of coming back later.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use wharf_distribution::{ErrorBody, RateLimit, RetryAfter};
use wharf_registry::ErrorCode;

use crate::Clock;

/// How long a peer wants to be left alone. A date is compared with the peer's own idea of the time, if it tells it.
pub(crate) fn told(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    RetryAfter::read(headers, || clock.date().map(|date| date.as_secs()))
}

/// The longest time after which coming back is worth waiting for; what is farther away is a window of its own.
const SOON: Duration = Duration::from_secs(30);

/// Whether an answer to too many requests says that a number of them for hours is used up, and not merely that there were
/// too many at once: a code that says so, no time to come back at that is near, and the numbers or the words of such a
/// limit.
pub(crate) fn is_used_up(headers: &HeaderMap, told: Option<Duration>, said: &ErrorBody) -> bool {
    let Some(entry) = said.errors.first() else { return false };
    if told.is_some_and(|told| told <= SOON) || entry.code != ErrorCode::TOOMANYREQUESTS {
        return false;
    }
    let limit = RateLimit::read(headers);
    let spent = limit.is_some_and(|limit| limit.remaining.is_none_or(|remaining| remaining == 0));
    told.is_some() || spent || entry.message.to_ascii_lowercase().contains("rate limit")
}

/// Whether an answer to too many requests may be about the password that it was sent: some registries lock an account
/// for as long as somebody goes on trying. Those that only have too much to do say so in the words of the specification.
pub(crate) fn may_be_locked(authorization: Option<&HeaderValue>, said: &ErrorBody) -> bool {
    let by_password = authorization.is_some_and(|value| value.as_bytes().starts_with(b"Basic "));
    by_password && said.errors.is_empty()
}
