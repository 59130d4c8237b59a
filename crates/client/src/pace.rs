//! Bodies that must not take forever: a short one has a time, and a long one must not fall below a rate.
//!
//! Only waiting for the peer counts. A reader that comes back late is not the peer's fault, so of each wait no more is
//! counted than the time after which a reader that is there would have looked again.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyDataStream;

use crate::{Body, Clock, TransportError, TransportErrorKind};

/// How long the peer is waited for before its rate is judged.
const WINDOW: Duration = Duration::from_secs(60);

/// How often who waits looks at the clock.
const TICK: Duration = Duration::from_secs(10);

/// What `work` gives, or a timeout if it takes longer than `limit`.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    match select(std::pin::pin!(work), clock.sleep(limit)).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => Err(TransportError::new(TransportErrorKind::Timeout, Late(limit))),
    }
}

/// The pieces of a body that fails when it becomes too slow.
pub(crate) struct Paced {
    body: Option<BodyDataStream<Body>>,
    clock: Arc<dyn Clock>,
    /// The lowest rate, in bytes a second.
    slowest: u64,
    alarm: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Since when, or since when last counted, nothing has come.
    since: Option<Duration>,
    waited: Duration,
    bytes: u64,
}

impl Paced {
    pub(crate) fn new(body: Body, clock: Arc<dyn Clock>, slowest: u64) -> Self {
        let (alarm, since, waited) = (None, None, Duration::ZERO);
        Self { body: Some(BodyDataStream::new(body)), clock, slowest, alarm, since, waited, bytes: 0 }
    }

    /// Counts the wait that is going on.
    fn add_wait(&mut self) {
        let now = self.clock.now();
        let since = self.since.replace(now).unwrap_or(now);
        self.waited += now.saturating_sub(since).min(TICK);
    }

    /// Whether too little came in a window of waiting. The next window begins when one has ended.
    fn is_too_slow(&mut self) -> bool {
        if self.waited < WINDOW {
            return false;
        }
        let came = std::mem::take(&mut self.bytes);
        self.waited = Duration::ZERO;
        came < self.slowest.saturating_mul(WINDOW.as_secs())
    }

    /// Makes sure that somebody looks again in a while, which may be now.
    fn is_later(&mut self, context: &mut Context<'_>) -> bool {
        let alarm = self.alarm.get_or_insert_with(|| self.clock.sleep(TICK));
        let is_later = alarm.as_mut().poll(context).is_pending();
        if !is_later {
            self.alarm = None;
        }
        is_later
    }

    fn end(&mut self) {
        (self.body, self.alarm) = (None, None);
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let Poll::Ready(piece) = body.poll_next_unpin(context) else {
            loop {
                self.add_wait();
                if self.is_too_slow() {
                    self.end();
                    let slow = TooSlow { slowest: self.slowest };
                    return Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::Timeout, slow))));
                }
                if self.is_later(context) {
                    return Poll::Pending;
                }
            }
        };
        if self.since.is_some() {
            self.add_wait();
            self.since = None;
        }
        match &piece {
            Some(Ok(piece)) => self.bytes = self.bytes.saturating_add(piece.len() as u64),
            _ => self.end(),
        }
        Poll::Ready(piece)
    }
}

/// The body did not end in time.
#[derive(Debug)]
struct Late(Duration);

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body took longer than {:?}", self.0)
    }
}

impl std::error::Error for Late {}

/// The body came, but not as fast as it must.
#[derive(Debug)]
struct TooSlow {
    slowest: u64,
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fewer than {} bytes a second came for {:?}", self.slowest, WINDOW)
    }
}

impl std::error::Error for TooSlow {}
