//! Parts of blobs, where they are offered.
//!
//! Ranges are those of RFC 9110, section 14, one at a time. `UNSUPPORTED` is an answer, and then the law is silent.

use bytes::Bytes;
use wharf_registry::{ByteRange, Digest, ErrorCode, Registry, Repository};

use super::expect::{drain, if_offered, is_not_found, is_refused, put};
use crate::fixture;

/// How long the blob is of which parts are read, in bytes.
const SIZE: usize = 100_000;

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    is_a_part(registry).await;
    ends_with_the_blob(registry).await;
    outside_is_refused(registry).await;
    of_an_unknown_blob(registry).await;
}

/// Each form of a range gives the bytes that it means, and says where they are.
pub async fn is_a_part(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/range/is-a-part");
    for (range, first, end) in [
        (ByteRange::Between { first: 0, last: 0 }, 0, 1),
        (ByteRange::Between { first: 500, last: 70_000 }, 500, 70_001),
        (ByteRange::Between { first: 0, last: 99_999 }, 0, SIZE),
        (ByteRange::From { first: 0 }, 0, SIZE),
        (ByteRange::From { first: 99_999 }, 99_999, SIZE),
        (ByteRange::Last { length: 1 }, 99_999, SIZE),
        (ByteRange::Last { length: 12_345 }, 87_655, SIZE),
    ] {
        gives(registry, &repository, range, first, end).await;
    }
}

/// A range that goes beyond the blob's end ends there.
pub async fn ends_with_the_blob(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/range/ends-with-the-blob");
    gives(registry, &repository, ByteRange::Between { first: 99_000, last: 100_000 }, 99_000, SIZE).await;
    gives(registry, &repository, ByteRange::Between { first: 1, last: 1 << 40 }, 1, SIZE).await;
    gives(registry, &repository, ByteRange::Last { length: 100_001 }, 0, SIZE).await;
}

/// Stores the blob and reads a part of it, which must be the bytes from `first` to before `end`.
async fn gives(registry: &dyn Registry, repository: &Repository, range: ByteRange, first: usize, end: usize) {
    let bytes = fixture::bytes(1, SIZE);
    let blob = put(registry, repository, &bytes).await;
    let part = registry.blob_range(repository, &blob.digest, range).await;
    let Some(part) = if_offered(repository, part) else { return };
    assert_eq!((part.offset(), part.length()), (first as u64, (end - first) as u64), "{repository}: {range:?}");
    assert_eq!((&part.blob().digest, part.blob().size), (&blob.digest, SIZE as u64), "{repository}: {range:?}");
    let found = drain(repository, part.into_unverified()).await;
    assert!(found == bytes.slice(first..end), "{repository}: other bytes in {range:?}");
}

/// A range of which no byte is in the blob is refused; so is every range of an empty blob.
pub async fn outside_is_refused(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/range/outside-is-refused");
    let outside = [ByteRange::From { first: 100_000 }, ByteRange::Between { first: 100_000, last: 100_001 }];
    let blob = put(registry, &repository, &fixture::bytes(1, SIZE)).await;
    for range in outside {
        refuses(registry, &repository, &blob.digest, range).await;
    }
    let blob = put(registry, &repository, &Bytes::new()).await;
    refuses(registry, &repository, &blob.digest, ByteRange::From { first: 0 }).await;
}

/// Asks for a part in vain.
async fn refuses(registry: &dyn Registry, repository: &Repository, digest: &Digest, range: ByteRange) {
    let part = registry.blob_range(repository, digest, range).await;
    is_refused(repository, part, &[ErrorCode::RANGE_INVALID, ErrorCode::UNSUPPORTED]);
}

/// A part of a blob that is not there is not there.
pub async fn of_an_unknown_blob(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/range/of-an-unknown-blob");
    put(registry, &repository, &fixture::bytes(2, 10)).await;
    let part = registry.blob_range(&repository, &Digest::of(b"unknown"), ByteRange::From { first: 0 }).await;
    if !part.as_ref().is_err_and(wharf_registry::Error::is_unsupported) {
        is_not_found(&repository, part);
    }
}
