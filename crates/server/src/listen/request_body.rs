//! Request bodies as a listener hands them to a service.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::listen::incoming::Watched;

/// The body of a request that came over a connection.
///
/// It ends with an error when its peer stands still or trickles, as [`Server::with_idle_timeout`] has it, and when the
/// connection breaks.
///
/// [`Server::with_idle_timeout`]: crate::Server::with_idle_timeout
pub struct RequestBody(Watched<Incoming>);

impl RequestBody {
    pub(super) fn new(body: Incoming, idle: Duration) -> Self {
        Self(Watched::new(body, idle))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl std::fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}
