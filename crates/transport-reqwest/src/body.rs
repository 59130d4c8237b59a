//! Bodies on their way in and out of reqwest.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use wharf_client::{Body, TransportError};

use crate::failure;

/// A request's body as reqwest takes it: one that threads may share. Nobody shares it, so the lock is always free.
pub(crate) struct Outgoing(Mutex<Body>);

impl Outgoing {
    /// A body that keeps its length if that is known, and is none if that is 0.
    pub(crate) fn wrap(body: Body) -> reqwest::Body {
        match body.length() {
            Some(0) => reqwest::Body::from(Bytes::new()),
            _ => reqwest::Body::wrap(Self(Mutex::new(body))),
        }
    }

    fn look<T>(&self, look: impl FnOnce(&Body) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(self.0.get_mut().unwrap_or_else(PoisonError::into_inner)).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.look(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.look(HttpBody::size_hint)
    }
}

/// A response's body as reqwest gives it, with errors that say what they mean.
pub(crate) struct Incoming(pub(crate) reqwest::Body);

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.0).poll_frame(context).map_err(failure::of_body)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
