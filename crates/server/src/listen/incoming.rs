//! Request bodies that stand still or trickle. A body earns a second with each KiB, so that a slow line gets as long as
//! it needs, and one byte from time to time does not hold a connection for ever.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::listen::alarm::Alarm;
use crate::payload::PayloadError;

#[cfg(test)]
mod tests;

/// The slowest body that is waited for, in bytes a second.
const SLOWEST: u64 = 1024;

/// A request's body that may not stand still, nor trickle. Only time in which we wait for the peer counts.
pub(crate) struct Watched<B> {
    body: B,
    alarm: Alarm,
    idle: Duration,
    received: u64,
    waited: Duration,
}

impl<B> Watched<B> {
    /// A body whose next piece may take `idle`.
    pub(crate) fn new(body: B, idle: Duration) -> Self {
        Self { body, alarm: Alarm::default(), idle, received: 0, waited: Duration::ZERO }
    }

    /// How long the peer may take for the next piece.
    fn patience(&self) -> Duration {
        let earned = self.idle.saturating_add(Duration::from_secs(self.received / SLOWEST));
        earned.saturating_sub(self.waited).min(self.idle)
    }
}

impl<B> Body for Watched<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            let patience = this.patience();
            return this.alarm.poll(context, patience).map(|()| Some(Err(PayloadError::Slow.into())));
        };
        this.waited += this.alarm.rest();
        if let Some(Ok(frame)) = &frame {
            this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
