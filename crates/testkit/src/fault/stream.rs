//! Faults of the bytes on their way.
//!
//! The bytes are changed and the descriptor is not, so whoever verifies them sees the difference, and whoever does not
//! will not.

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use wharf_registry::{Blob, ByteStream, Operation};

use super::{Fault, unavailable};

/// The same blob, with a fault in its stream if it is one of a stream.
pub(super) fn spoilt(blob: Blob, fault: Option<&Fault>, operation: Operation) -> Blob {
    match fault {
        Some(Fault::Cut(_) | Fault::Truncate(_) | Fault::Corrupt(_)) => {
            let (descriptor, stream) = blob.into_unverified();
            Blob::new(descriptor, spoilt_stream(stream, fault, operation))
        }
        _ => blob,
    }
}

/// The same bytes, with a fault if it is one of a stream.
pub(super) fn spoilt_stream(stream: ByteStream, fault: Option<&Fault>, operation: Operation) -> ByteStream {
    match fault {
        Some(Fault::Cut(after)) => {
            Box::pin(first(stream, *after).chain(stream::once(std::future::ready(Err(unavailable(operation))))))
        }
        Some(Fault::Truncate(after)) => first(stream, *after),
        Some(Fault::Corrupt(at)) => corrupt(stream, *at),
        _ => stream,
    }
}

/// The first `length` bytes.
fn first(stream: ByteStream, length: u64) -> ByteStream {
    let pieces = stream.scan(length, |left, piece| {
        let piece = piece.map(|mut piece| {
            piece.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= piece.len() as u64;
            piece
        });
        // An empty piece is where the end is, or was there before.
        std::future::ready(Some(piece).filter(|piece| !piece.as_ref().is_ok_and(Bytes::is_empty)))
    });
    Box::pin(pieces)
}

/// All bytes, the one at `at` with its lowest bit turned over.
fn corrupt(stream: ByteStream, at: u64) -> ByteStream {
    let pieces = stream.scan(0_u64, move |passed, piece| {
        let piece = piece.map(|piece| {
            let within = at.checked_sub(*passed).and_then(|at| usize::try_from(at).ok());
            *passed += piece.len() as u64;
            let mut piece = BytesMut::from(piece);
            if let Some(byte) = within.and_then(|at| piece.get_mut(at)) {
                *byte ^= 1;
            }
            piece.freeze()
        });
        std::future::ready(Some(piece))
    });
    Box::pin(pieces)
}
