//! What laws do and expect again and again. Each panics with the repository, which bears the law's name.

use bytes::Bytes;
use futures_util::TryStreamExt;
use wharf_registry::{
    Blob, ByteStream, Descriptor, Digest, Document, Error, ErrorCode, Precondition, Registry, Repository, Tag,
    TagOrDigest,
};

/// The value, where an error breaks the law.
pub(super) fn succeeds<T>(law: &Repository, result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{law}: {error:?}"))
}

/// The value, or nothing where the registry does not offer the operation.
pub(super) fn if_offered<T>(law: &Repository, result: Result<T, Error>) -> Option<T> {
    match result {
        Err(error) if error.is_unsupported() => None,
        result => Some(succeeds(law, result)),
    }
}

/// An error with one of these codes.
pub(super) fn is_refused<T>(law: &Repository, result: Result<T, Error>, codes: &[ErrorCode]) {
    match result {
        Ok(_) => panic!("{law}: succeeded, and should have failed with one of {codes:?}"),
        Err(error) => assert!(codes.contains(error.code()), "{law}: not one of {codes:?}: {error:?}"),
    }
}

/// An error that says that something is not there.
pub(super) fn is_not_found<T>(law: &Repository, result: Result<T, Error>) {
    match result {
        Ok(_) => panic!("{law}: found what should not be there"),
        Err(error) => assert!(error.is_not_found(), "{law}: not \"not found\": {error:?}"),
    }
}

/// Stores bytes as a blob.
pub(super) async fn put(registry: &dyn Registry, repository: &Repository, bytes: &Bytes) -> Descriptor {
    let blob = Blob::from_bytes(bytes.clone());
    let descriptor = blob.descriptor().clone();
    succeeds(repository, registry.put_blob(repository, blob).await);
    descriptor
}

/// Stores a manifest whose content is there.
pub(super) async fn put_manifest(registry: &dyn Registry, repository: &Repository, document: &Document, tags: &[Tag]) {
    let put = registry.put_manifest(repository, document, tags, &Precondition::Always).await;
    succeeds(repository, put);
}

/// All bytes of a stream.
pub(super) async fn drain(law: &Repository, stream: ByteStream) -> Bytes {
    let pieces: Vec<Bytes> = succeeds(law, stream.try_collect().await);
    pieces.concat().into()
}

/// The bytes of a blob, by whatever way they come.
pub(super) async fn blob(registry: &dyn Registry, repository: &Repository, digest: &Digest) -> Bytes {
    let blob = succeeds(repository, registry.blob(repository, digest).await);
    drain(repository, Box::pin(blob)).await
}

/// The blob is there and has these bytes, its size is told right, and it is what it is called.
pub(super) async fn has_blob(registry: &dyn Registry, repository: &Repository, digest: &Digest, bytes: &Bytes) {
    assert!(blob(registry, repository, digest).await == *bytes, "{repository}: other bytes under {digest}");
    let stat = succeeds(repository, registry.stat_blob(repository, digest).await);
    assert_eq!((&stat.digest, stat.size), (digest, bytes.len() as u64), "{repository}: stat disagrees");
}

/// Nobody can see the blob in the repository.
pub(super) async fn lacks_blob(registry: &dyn Registry, repository: &Repository, digest: &Digest) {
    is_not_found(repository, registry.stat_blob(repository, digest).await);
    is_not_found(repository, registry.blob(repository, digest).await);
}

/// The manifest is there under this name with these bytes, this digest and this media type, and resolving agrees.
pub(super) async fn has_manifest(
    registry: &dyn Registry,
    repository: &Repository,
    which: impl Into<TagOrDigest> + Send,
    document: &Document,
) {
    let which = which.into();
    let found = succeeds(repository, registry.manifest(repository, &which).await);
    assert_eq!(found, *document, "{repository}: another manifest under {which}");
    let resolved = succeeds(repository, registry.resolve(repository, &which).await);
    assert_eq!(resolved.digest, *document.digest(), "{repository}: {which} resolves to another digest");
    assert_eq!(resolved.size, document.bytes().len() as u64, "{repository}: {which} resolves to another size");
    assert_eq!(resolved.media_type, *document.media_type(), "{repository}: {which} resolves to another media type");
}

/// There is no such manifest or tag in the repository.
pub(super) async fn lacks_manifest(
    registry: &dyn Registry,
    repository: &Repository,
    which: impl Into<TagOrDigest> + Send,
) {
    let which = which.into();
    is_not_found(repository, registry.manifest(repository, &which).await);
    is_not_found(repository, registry.resolve(repository, &which).await);
}
