//! Content of unknown length on its way to a registry, and what became of its source.
//!
//! A transport that fails because its body failed says only that; what the body's source had to say is kept here, and
//! is the error that the caller gets.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use wharf_registry::Error;

use crate::{Body, TransportError, TransportErrorKind};

/// What a stream of content has come to, seen from beside it.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    bytes: u64,
    failure: Option<Error>,
}

impl Watch {
    /// The stream as a body of unknown length, which ends where the source fails: what came before counts.
    pub(crate) fn until_failure(&self, source: impl Stream<Item = Result<Bytes, Error>> + Send + 'static) -> Body {
        let watch = self.clone();
        let pieces = source.scan((), move |(), piece| {
            let piece = piece.map_err(|error| watch.fail(error)).ok();
            watch.count(piece.as_ref());
            std::future::ready(piece.map(Ok))
        });
        Body::stream(pieces, None)
    }

    fn count(&self, piece: Option<&Bytes>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.bytes += piece.map_or(0, |piece| piece.len() as u64);
    }

    fn fail(&self, error: Error) -> TransportError {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(error);
        TransportError::new(TransportErrorKind::Other, "the source failed")
    }

    /// How many bytes were taken from the source.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// The source's own error, which is the cause of whatever the transport complained about after it.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }
}
