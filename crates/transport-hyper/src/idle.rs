//! Waiting, but not forever.
//!
//! What is limited is silence, not duration. A response is waited for from the last piece of the request's body on, and
//! the next bytes of its own body from when somebody asks for them: a reader that takes its time is not the peer's
//! fault.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep, timeout};
use wharf_client::{Body, TransportError, TransportErrorKind};

use crate::failure;

/// How far a request's body has got. A request that is still being sent is not one that nobody answers.
#[derive(Default)]
pub(crate) struct Activity(AtomicU64);

impl Activity {
    /// The same body, leaving a mark here whenever a piece of it is taken.
    pub(crate) fn watch(self: &Arc<Self>, body: Body) -> Body {
        match body.length() {
            Some(0) => body,
            _ => Body::new(Marked { body, activity: Arc::clone(self) }),
        }
    }

    /// What `work` gives, or a timeout when it gives nothing for `limit` and the body did not move meanwhile.
    pub(crate) async fn limit<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let mut work = std::pin::pin!(work);
        loop {
            let before = self.0.load(Ordering::Relaxed);
            match timeout(limit, &mut work).await {
                Ok(done) => return done,
                Err(_) if self.0.load(Ordering::Relaxed) != before => {}
                Err(_) => return Err(silent(limit)),
            }
        }
    }
}

/// A request's body that counts how often it was taken from.
struct Marked {
    body: Body,
    activity: Arc<Activity>,
}

impl HttpBody for Marked {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.activity.0.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body that fails when nothing comes for too long.
pub(crate) struct Watched {
    body: Incoming,
    limit: Duration,
    /// Runs while something is awaited.
    alarm: Option<Pin<Box<Sleep>>>,
    awaiting: bool,
}

impl Watched {
    pub(crate) const fn new(body: Incoming, limit: Duration) -> Self {
        Self { body, limit, alarm: None, awaiting: false }
    }

    /// Whether the wait that is going on has lasted too long. It begins here if none was going on.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let limit = self.limit;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.awaiting {
            self.awaiting = true;
            alarm.as_mut().reset(Instant::now() + limit);
        }
        alarm.as_mut().poll(context).is_ready()
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                self.awaiting = false;
                Poll::Ready(frame.map(|frame| frame.map_err(failure::of_body)))
            }
            Poll::Pending if self.is_late(context) => Poll::Ready(Some(Err(silent(self.limit)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The timeout, with how long nothing came as its cause.
fn silent(limit: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, Silent(limit))
}

/// The peer said nothing.
#[derive(Debug)]
struct Silent(Duration);

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing came for {:?}", self.0)
    }
}

impl std::error::Error for Silent {}
