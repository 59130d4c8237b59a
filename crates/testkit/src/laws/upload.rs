//! Upload sessions, where they are offered.
//!
//! A session is one of a repository, is held by one handle at a time, and is known by its name alone once that is
//! dropped.

use futures_util::{StreamExt, stream};
use wharf_registry::{Algorithm, Digest, Error, ErrorCode, Operation, Registry, Repository, Upload, UploadId};

use super::expect::{has_blob, if_offered, is_not_found, is_refused, lacks_blob, succeeds};
use crate::fixture;

/// All laws of this module; silent when the registry offers no upload sessions.
pub async fn all(registry: &dyn Registry) {
    becomes_a_blob(registry).await;
    ends_under_another_algorithm(registry).await;
    can_be_resumed(registry).await;
    can_be_empty(registry).await;
    survives_a_broken_stream(registry).await;
    wrong_digest_ends_it(registry).await;
    belongs_to_its_repository(registry).await;
    can_be_cancelled(registry).await;
    unknown_session(registry).await;
}

/// A new session, if sessions are offered.
async fn start(registry: &dyn Registry, repository: &Repository) -> Option<Box<dyn Upload>> {
    start_for(registry, repository, Algorithm::SHA256).await
}

/// A new session for content of which the digest will probably be of this algorithm.
async fn start_for(
    registry: &dyn Registry,
    repository: &Repository,
    algorithm: Algorithm<'_>,
) -> Option<Box<dyn Upload>> {
    let upload = if_offered(repository, registry.start_upload(repository, algorithm).await)?;
    assert_eq!(upload.offset(), 0, "{repository}: a new session holds bytes");
    Some(upload)
}

/// A session that must be there.
async fn resume(registry: &dyn Registry, repository: &Repository, id: &UploadId) -> Box<dyn Upload> {
    succeeds(repository, registry.resume_upload(repository, id).await)
}

/// What was appended in parts becomes one blob; the offset counts along, and nobody sees the blob before the end.
pub async fn becomes_a_blob(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/becomes-a-blob");
    let Some(mut upload) = start(registry, &repository).await else { return };
    let bytes = fixture::bytes(1, 300_000);
    for part in [0..100_000, 100_000..100_001, 100_001..300_000] {
        let offset = succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(part.clone()))).await);
        assert_eq!((offset, upload.offset()), (part.end as u64, part.end as u64), "{repository}: wrong offset");
    }
    let digest = Digest::of(&bytes);
    lacks_blob(registry, &repository, &digest).await;
    let stored = succeeds(&repository, upload.commit(&digest).await);
    assert_eq!((&stored.digest, stored.size), (&digest, 300_000), "{repository}: commit tells something else");
    has_blob(registry, &repository, &digest, &bytes).await;
}

/// A session ends under a digest of whatever algorithm, whether that was said when it began or not.
pub async fn ends_under_another_algorithm(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/ends-under-another-algorithm");
    let bytes = fixture::bytes(8, 120_000);
    let digests = [Digest::of(&bytes), fixture::sha512(&bytes)];
    for said in [Algorithm::SHA512, Algorithm::SHA256] {
        for digest in &digests {
            let Some(mut upload) = start_for(registry, &repository, said).await else { return };
            succeeds(&repository, upload.append(fixture::pieces(&bytes)).await);
            let stored = succeeds(&repository, upload.commit(digest).await);
            assert_eq!((&stored.digest, stored.size), (digest, 120_000), "{repository}: {said} was said");
            has_blob(registry, &repository, digest, &bytes).await;
        }
    }
}

/// A session whose handle was dropped goes on where it was, by its name.
pub async fn can_be_resumed(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/can-be-resumed");
    let Some(mut upload) = start(registry, &repository).await else { return };
    let bytes = fixture::bytes(2, 150_000);
    succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(..90_000))).await);
    let id = upload.id().clone();
    drop(upload);

    let mut upload = resume(registry, &repository, &id).await;
    assert_eq!((upload.id(), upload.offset()), (&id, 90_000), "{repository}: another session");
    succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(90_000..))).await);
    succeeds(&repository, upload.commit(&Digest::of(&bytes)).await);
    has_blob(registry, &repository, &Digest::of(&bytes), &bytes).await;
    is_not_found(&repository, registry.resume_upload(&repository, &id).await);
}

/// A session that was begun through one handle to a storage goes on through another, be it in another process or after a
/// restart: where it stood, under a digest of either algorithm, and for one of them at a time.
///
/// This is for registries whose sessions outlive them, and so it is not among [`all`].
pub async fn goes_on_elsewhere(one: &dyn Registry, other: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/goes-on-elsewhere");
    let bytes = fixture::bytes(7, 150_000);
    let digests = [Digest::of(&bytes), fixture::sha512(&bytes)];
    for (said, digest) in
        [Algorithm::SHA256, Algorithm::SHA512].into_iter().flat_map(|said| digests.iter().map(move |it| (said, it)))
    {
        let mut upload = succeeds(&repository, one.start_upload(&repository, said).await);
        succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(..40_000))).await);
        let id = upload.id().clone();
        is_refused(&repository, other.resume_upload(&repository, &id).await, &[ErrorCode::BLOB_UPLOAD_INVALID]);
        drop(upload);

        let mut upload = resume(other, &repository, &id).await;
        assert_eq!(upload.offset(), 40_000, "{repository}: it stands elsewhere");
        succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(40_000..90_000))).await);
        is_refused(&repository, one.resume_upload(&repository, &id).await, &[ErrorCode::BLOB_UPLOAD_INVALID]);
        drop(upload);

        let mut upload = resume(one, &repository, &id).await;
        assert_eq!(upload.offset(), 90_000, "{repository}: it does not stand where the other left it");
        succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(90_000..))).await);
        succeeds(&repository, upload.commit(digest).await);
        has_blob(other, &repository, digest, &bytes).await;
        is_not_found(&repository, other.resume_upload(&repository, &id).await);
    }
}

/// A session to which nothing was appended becomes the empty blob.
pub async fn can_be_empty(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/can-be-empty");
    let Some(upload) = start(registry, &repository).await else { return };
    let digest = Digest::of(b"");
    succeeds(&repository, upload.commit(&digest).await);
    has_blob(registry, &repository, &digest, &bytes::Bytes::new()).await;
}

/// When a stream fails while it is appended, the session tells how much it has, and going on from there is right.
///
/// How much it has is the registry's to say: what came before the failure may be there or not, and the offset tells.
pub async fn survives_a_broken_stream(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/survives-a-broken-stream");
    let Some(mut upload) = start(registry, &repository).await else { return };
    let bytes = fixture::bytes(3, 150_000);
    let broken = stream::iter([Err(Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob))]);
    let appended = upload.append(Box::pin(fixture::pieces(&bytes.slice(..90_000)).chain(broken))).await;
    assert!(appended.is_err(), "{repository}: a broken stream was taken for a whole one");
    let id = upload.id().clone();
    drop(upload);

    let mut upload = resume(registry, &repository, &id).await;
    let offset = usize::try_from(upload.offset()).unwrap();
    assert!(offset <= 90_000, "{repository}: holds more than was sent");
    succeeds(&repository, upload.append(fixture::pieces(&bytes.slice(offset..))).await);
    succeeds(&repository, upload.commit(&Digest::of(&bytes)).await);
    has_blob(registry, &repository, &Digest::of(&bytes), &bytes).await;
}

/// A session that is committed under a digest that its bytes do not have stores nothing and is gone.
///
/// Its bytes are of no use to anybody who could name them.
pub async fn wrong_digest_ends_it(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/wrong-digest-ends-it");
    let Some(mut upload) = start(registry, &repository).await else { return };
    let bytes = fixture::bytes(4, 1000);
    let wrong = Digest::of(b"laws/upload/wrong-digest-ends-it");
    succeeds(&repository, upload.append(fixture::pieces(&bytes)).await);
    let id = upload.id().clone();
    is_refused(&repository, upload.commit(&wrong).await, &[ErrorCode::DIGEST_INVALID]);
    lacks_blob(registry, &repository, &wrong).await;
    lacks_blob(registry, &repository, &Digest::of(&bytes)).await;
    is_not_found(&repository, registry.resume_upload(&repository, &id).await);
}

/// The session of one repository is unknown in every other, and goes on untouched.
pub async fn belongs_to_its_repository(registry: &dyn Registry) {
    let owner = Repository::from_static("laws/upload/belongs-to-its-repository/owner");
    let other = Repository::from_static("laws/upload/belongs-to-its-repository/other");
    let Some(mut upload) = start(registry, &owner).await else { return };
    let bytes = fixture::bytes(5, 1000);
    succeeds(&owner, upload.append(fixture::pieces(&bytes)).await);
    let id = upload.id().clone();
    drop(upload);
    is_not_found(&other, registry.resume_upload(&other, &id).await);
    assert_eq!(resume(registry, &owner, &id).await.offset(), 1000, "{owner}: disturbed from elsewhere");
}

/// A session that was cancelled is gone.
pub async fn can_be_cancelled(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/can-be-cancelled");
    let Some(mut upload) = start(registry, &repository).await else { return };
    let bytes = fixture::bytes(6, 1000);
    succeeds(&repository, upload.append(fixture::pieces(&bytes)).await);
    let id = upload.id().clone();
    succeeds(&repository, upload.cancel().await);
    is_not_found(&repository, registry.resume_upload(&repository, &id).await);
    lacks_blob(registry, &repository, &Digest::of(&bytes)).await;
}

/// A session that never was is unknown.
pub async fn unknown_session(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/upload/unknown-session");
    if start(registry, &repository).await.is_some() {
        let id = UploadId::parse("laws-upload-unknown-session").unwrap();
        is_not_found(&repository, registry.resume_upload(&repository, &id).await);
    }
}
