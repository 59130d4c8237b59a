//! Blobs come back as they were stored.
//!
//! What these laws need is `put_blob`, `blob` and `stat_blob`. Nothing here may be unsupported: a registry that can be
//! written to at all stores blobs.

use bytes::Bytes;
use wharf_registry::{Blob, Descriptor, MediaType, Registry, Repository};

use super::expect::{has_blob, lacks_blob, put, succeeds};
use crate::fixture;

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    comes_back(registry).await;
    can_be_stored_again(registry).await;
    can_be_empty(registry).await;
    comes_in_pieces(registry).await;
    keeps_its_algorithm(registry).await;
    belongs_to_its_repository(registry).await;
}

/// A blob that was stored has the same bytes, and stat tells its digest and size.
pub async fn comes_back(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob/comes-back");
    let bytes = Bytes::from_static(b"hello");
    let blob = put(registry, &repository, &bytes).await;
    has_blob(registry, &repository, &blob.digest, &bytes).await;
}

/// Storing what is there already succeeds and changes nothing.
///
/// A push that was repeated after a lost answer depends on it.
pub async fn can_be_stored_again(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob/can-be-stored-again");
    let bytes = fixture::bytes(1, 10_000);
    put(registry, &repository, &bytes).await;
    let blob = put(registry, &repository, &bytes).await;
    has_blob(registry, &repository, &blob.digest, &bytes).await;
}

/// A blob of no bytes is a blob.
pub async fn can_be_empty(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob/can-be-empty");
    let blob = put(registry, &repository, &Bytes::new()).await;
    has_blob(registry, &repository, &blob.digest, &Bytes::new()).await;
}

/// 3 MiB in pieces of odd sizes, some of them empty, are one blob.
///
/// Where pieces end means nothing, and neither must an empty one be taken for the end.
pub async fn comes_in_pieces(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob/comes-in-pieces");
    let bytes = fixture::bytes(2, 3 << 20);
    let descriptor = fixture::described(MediaType::OCTET_STREAM, &bytes);
    let blob = Blob::new(descriptor.clone(), fixture::pieces(&bytes));
    succeeds(&repository, registry.put_blob(&repository, blob).await);
    has_blob(registry, &repository, &descriptor.digest, &bytes).await;
}

/// A blob that was stored under its SHA-512 digest is found under that.
///
/// A registry that stored it under another digest alone would have taken a name from whoever needs it.
pub async fn keeps_its_algorithm(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/blob/keeps-its-algorithm");
    let bytes = fixture::bytes(3, 70_000);
    let digest = fixture::sha512(&bytes);
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64);
    let blob = Blob::new(descriptor, fixture::pieces(&bytes));
    succeeds(&repository, registry.put_blob(&repository, blob).await);
    has_blob(registry, &repository, &digest, &bytes).await;
}

/// A blob of one repository is not visible in another: knowing a digest is not permission.
pub async fn belongs_to_its_repository(registry: &dyn Registry) {
    let owner = Repository::from_static("laws/blob/belongs-to-its-repository/owner");
    let other = Repository::from_static("laws/blob/belongs-to-its-repository/other");
    let blob = put(registry, &owner, &fixture::bytes(4, 1000)).await;
    put(registry, &other, &fixture::bytes(5, 1000)).await;
    lacks_blob(registry, &other, &blob.digest).await;
}
