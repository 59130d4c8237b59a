//! Bodies that must not take forever on their way here: a short one has a time, and a long one must not fall below a
//! rate.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyDataStream;

use crate::rate::{Rate, TICK};
use crate::{Body, Clock, TransportError, TransportErrorKind};

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
    rate: Rate,
    alarm: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Paced {
    pub(crate) fn new(body: Body, clock: Arc<dyn Clock>, slowest: u64) -> Self {
        Self { body: Some(BodyDataStream::new(body)), clock, rate: Rate::new(slowest), alarm: None }
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
                let now = self.clock.now();
                self.rate.wait(now);
                if let Err(error) = self.rate.judge() {
                    self.end();
                    return Poll::Ready(Some(Err(error)));
                }
                if self.is_later(context) {
                    return Poll::Pending;
                }
            }
        };
        if self.rate.is_waiting() {
            let now = self.clock.now();
            self.rate.rest(now);
        }
        match &piece {
            Some(Ok(piece)) => self.rate.flow(piece.len() as u64),
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
