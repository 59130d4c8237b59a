//! What a blob is not is refused, and never visible.
//!
//! Each law ends by looking for what was said and for what was sent, under both digests: a registry that reports an
//! error and keeps the bytes breaks the law as well.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use wharf_registry::{Blob, Descriptor, Digest, Error, ErrorCode, MediaType, Operation, Registry, Repository};

use super::expect::{has_blob, is_refused, lacks_blob, put};
use crate::fixture;

/// How a difference in length may be told: which of the two is noticed first is nobody's business.
const OTHER_LENGTH: [ErrorCode; 2] = [ErrorCode::SIZE_INVALID, ErrorCode::DIGEST_INVALID];

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    wrong_bytes(registry).await;
    too_short(registry).await;
    too_long(registry).await;
    empty(registry).await;
    broken_midway(registry).await;
    unknown_algorithm(registry).await;
    wrong_bytes_replace_nothing(registry).await;
}

/// The right number of wrong bytes is refused.
pub async fn wrong_bytes(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/wrong-bytes");
    let (said, sent) = (fixture::bytes(1, 200_000), fixture::bytes(2, 200_000));
    refuses(registry, &repository, &said, &sent, &[ErrorCode::DIGEST_INVALID]).await;
}

/// A blob of which the end is missing is refused.
pub async fn too_short(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/too-short");
    let said = fixture::bytes(3, 200_000);
    refuses(registry, &repository, &said, &said.slice(..199_999), &OTHER_LENGTH).await;
}

/// A blob that goes on after its end is refused.
pub async fn too_long(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/too-long");
    let sent = fixture::bytes(4, 200_000);
    refuses(registry, &repository, &sent.slice(..199_999), &sent, &OTHER_LENGTH).await;
}

/// Nothing, where something was said to come, is refused.
pub async fn empty(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/empty");
    refuses(registry, &repository, &fixture::bytes(5, 10), &Bytes::new(), &OTHER_LENGTH).await;
}

/// Sends some bytes as others, and finds neither afterwards.
async fn refuses(registry: &dyn Registry, repository: &Repository, said: &Bytes, sent: &Bytes, codes: &[ErrorCode]) {
    let blob = Blob::new(fixture::described(MediaType::OCTET_STREAM, said), fixture::pieces(sent));
    is_refused(repository, registry.put_blob(repository, blob).await, codes);
    lacks_blob(registry, repository, &Digest::of(said)).await;
    lacks_blob(registry, repository, &Digest::of(sent)).await;
}

/// A blob whose stream fails midway is not stored, in whatever words that is told.
pub async fn broken_midway(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/broken-midway");
    let bytes = fixture::bytes(6, 200_000);
    let broken = stream::iter([Err(Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob))]);
    let stream = fixture::pieces(&bytes.slice(..150_000)).chain(broken);
    let blob = Blob::new(fixture::described(MediaType::OCTET_STREAM, &bytes), Box::pin(stream));
    let put = registry.put_blob(&repository, blob).await;
    assert!(put.is_err(), "{repository}: half a blob was taken for a whole one");
    lacks_blob(registry, &repository, &Digest::of(&bytes)).await;
    lacks_blob(registry, &repository, &Digest::of(&bytes.slice(..150_000))).await;
}

/// A blob under a digest that cannot be computed is refused.
pub async fn unknown_algorithm(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/unknown-algorithm");
    let digest = Digest::parse("md5:5d41402abc4b2a76b9719d911017c592").unwrap();
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest, 5);
    let blob = Blob::new(descriptor, fixture::pieces(&Bytes::from_static(b"hello")));
    let put = registry.put_blob(&repository, blob).await;
    is_refused(&repository, put, &[ErrorCode::DIGEST_INVALID, ErrorCode::UNSUPPORTED]);
}

/// Wrong bytes never take the place of the right ones, whether they are refused or, because the blob is there, ignored.
///
/// A registry that need not read what it has already may say that all is well.
pub async fn wrong_bytes_replace_nothing(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob-refusal/wrong-bytes-replace-nothing");
    let (right, wrong) = (fixture::bytes(7, 5000), fixture::bytes(8, 5000));
    let descriptor = put(registry, &repository, &right).await;
    let blob = Blob::new(descriptor.clone(), fixture::pieces(&wrong));
    let _ = registry.put_blob(&repository, blob).await;
    has_blob(registry, &repository, &descriptor.digest, &right).await;
    lacks_blob(registry, &repository, &Digest::of(&wrong)).await;
}
