//! One timer for a connection's waiting. It measures single waits and not whole requests: a large blob may take hours,
//! as long as it moves.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Goes off when one wait has taken too long. A wait begins when it is polled, and ends with [`rest`](Self::rest); the
/// timer is made at the first wait and set anew at the others, so that what never waits costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    since: Option<Instant>,
}

impl Alarm {
    /// Whether the wait has taken longer than `patience`, which counts when the wait begins.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, patience: Duration) -> Poll<()> {
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(now + patience),
                None => self.sleep = Some(Box::pin(tokio::time::sleep_until(now + patience))),
            }
        }
        self.sleep.as_mut().map_or(Poll::Pending, |sleep| sleep.as_mut().poll(context))
    }

    /// Ends the wait, and says how long it was.
    pub(crate) fn rest(&mut self) -> Duration {
        self.since.take().map_or(Duration::ZERO, |since| since.elapsed())
    }
}
