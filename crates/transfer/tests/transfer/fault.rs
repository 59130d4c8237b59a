//! Whose fault it is, and that nothing is to be seen of it.

use std::error::Error as _;

use async_trait::async_trait;
use wharf_registry::{
    Blob, Descriptor, Digest, Document, Error as RegistryError, ErrorCode, Index, Limits, Manifest, MediaType, Raw,
    Read, Repository, TagOrDigest,
};
use wharf_transfer::{Error, Options, Side, Source, Step, Target, plan};

use crate::fixture::{FROM, TO, blob, copy_latest, image, index, layer, manifest, two_platforms};
use crate::shelf::{Fault, Shelf};

/// Copies an image whose layer `arm64` goes wrong at the source, and checks that nothing but whole blobs arrived.
async fn read_with(fault: Fault) -> Error {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    source.break_reading(&layer("arm64"), fault);
    let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    assert!(!target.has_blob(&TO, &layer("arm64")), "{fault:?}");
    assert_eq!((target.tag(&TO, "latest"), target.manifests()), (None, 0), "{fault:?}");
    assert_eq!(source.open(), 0, "{fault:?}: what was on its way is dropped");
    error
}

#[tokio::test]
async fn bytes_that_go_wrong_are_the_source_s_fault() {
    for (fault, code) in [
        (Fault::Corrupt, ErrorCode::DIGEST_INVALID),
        (Fault::Short, ErrorCode::SIZE_INVALID),
        (Fault::Long, ErrorCode::SIZE_INVALID),
        (Fault::Lies, ErrorCode::SIZE_INVALID),
        (Fault::Breaks, ErrorCode::UNAVAILABLE),
        (Fault::Refuses, ErrorCode::DENIED),
    ] {
        let error = read_with(fault).await;
        assert_eq!((error.side(), error.code()), (Side::Source, Some(&code)), "{fault:?}");
        assert_eq!(error.step(), &Step::Blob(layer("arm64")), "{fault:?}");
    }
}

#[tokio::test]
async fn a_manifest_that_lies_about_a_blob_is_the_source_s_fault_even_if_the_target_has_the_blob() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let mut config = blob(&source, MediaType::IMAGE_CONFIG, "{}");
    config.size += 1;
    let root = manifest(&source, Document::author(Manifest::new(config, Vec::new())).unwrap().into_raw());
    source.set_tag(&FROM, "latest", &root.digest);
    target.add_blob(&TO, "{}");
    let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    assert_eq!((error.side(), error.code()), (Side::Source, Some(&ErrorCode::SIZE_INVALID)));
    assert_eq!(target.manifests(), 0);
}

#[tokio::test]
async fn the_source_s_own_error_comes_through() {
    let error = read_with(Fault::Breaks).await;
    assert_eq!(error.to_string(), format!("source: cannot read blob {}", layer("arm64")));
    assert_eq!(error.source().unwrap().to_string(), "get blob cable cut: UNAVAILABLE");

    let mismatch = read_with(Fault::Short).await;
    let cause = mismatch.registry().unwrap().source().unwrap();
    assert_eq!(cause.to_string(), "size mismatch: expected 5 bytes, got 4");
}

#[tokio::test]
async fn a_target_that_refuses_is_at_fault_itself() {
    let probe = Shelf::default();
    let root = two_platforms(&probe);
    let arm64 = image(&probe, "linux/arm64", &["base", "arm64"]);
    for (digest, code, step) in [
        (layer("arm64"), ErrorCode::DENIED, Step::Blob(layer("arm64"))),
        // Refused unread: the target cannot use the digest, or does not want so many bytes.
        (layer("arm64"), ErrorCode::DIGEST_INVALID, Step::Blob(layer("arm64"))),
        (layer("arm64"), ErrorCode::SIZE_INVALID, Step::Blob(layer("arm64"))),
        (arm64.digest.clone(), ErrorCode::MANIFEST_INVALID, Step::Manifest(arm64.digest.clone())),
        (root.digest.clone(), ErrorCode::DENIED, Step::Manifest(root.digest.clone())),
    ] {
        let (source, target) = (Shelf::default(), Shelf::default());
        two_platforms(&source);
        target.refuse(&digest, code.clone());
        let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
        assert_eq!((error.side(), error.code(), error.step()), (Side::Target, Some(&code), &step));
        assert_eq!(target.tag(&TO, "latest"), None);
        assert!(target.document(&TO, &root.digest).is_none());
    }
}

#[tokio::test]
async fn a_copy_that_failed_is_taken_up_where_it_ended() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = two_platforms(&source);
    target.refuse(&root.digest, ErrorCode::UNAVAILABLE);
    copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    target.refuse(&root.digest, ErrorCode::TOOMANYREQUESTS);
    target.take_calls();

    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let rest = plan(from, &TagOrDigest::Digest(root.digest.clone()), to, &Options::default()).await.unwrap();
    assert_eq!((rest.documents().count(), rest.bytes()), (1, 0), "the root alone");
}

#[tokio::test]
async fn what_is_not_there_is_the_source_s_fault() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    assert_eq!((error.side(), error.code()), (Side::Source, Some(&ErrorCode::MANIFEST_UNKNOWN)));
    assert_eq!(error.to_string(), "source: cannot resolve latest");

    let missing = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(b"missing"), 7);
    source.set_tag(&FROM, "latest", &index(&source, &[&missing]).digest);
    let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    assert_eq!((error.side(), error.step()), (Side::Source, &Step::Walk));
    assert_eq!(error.code(), Some(&ErrorCode::MANIFEST_UNKNOWN));
}

#[tokio::test]
async fn the_limits_of_a_walk_hold() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let mut root = image(&source, "linux/amd64", &["1"]);
    for _ in 0..3 {
        root = index(&source, &[&root]);
    }
    source.set_tag(&FROM, "latest", &root.digest);
    for (depth, fits) in [(2, false), (3, true), (4, true)] {
        let mut limits = Limits::default();
        limits.depth = depth;
        let copied = copy_latest(&source, &target, &Options::default().with_limits(limits)).await;
        assert_eq!(copied.is_ok(), fits, "depth {depth}");
        if let Err(error) = copied {
            assert_eq!((error.side(), error.step()), (Side::Source, &Step::Walk));
            assert_eq!(error.source().unwrap().to_string(), "indexes are nested too deeply");
        }
    }
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_refused() {
    let (source, target) = (Shelf::default(), Shelf::default());
    let root = manifest(&source, Document::new(MediaType::IMAGE_INDEX, "{}"));
    source.set_tag(&FROM, "latest", &root.digest);
    let error = copy_latest(&source, &target, &Options::default()).await.unwrap_err();
    assert_eq!((error.side(), error.step()), (Side::Source, &Step::Walk));
    assert!(error.registry().is_none());
}

#[tokio::test]
async fn another_document_than_the_one_asked_for_is_refused() {
    let (source, target) = (Liar, Shelf::default());
    let asked = TagOrDigest::Digest(Digest::of(b"asked"));
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let error = plan(from, &asked, to, &Options::default()).await.unwrap_err();
    assert_eq!((error.side(), error.code()), (Side::Source, Some(&ErrorCode::DIGEST_INVALID)));
    assert_eq!(error.step(), &Step::Resolve(asked));
}

/// A source that has one answer to everything.
struct Liar;

#[async_trait]
impl Read for Liar {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, RegistryError> {
        Ok(Document::author(Index::new(Vec::new())).unwrap().into_raw())
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, RegistryError> {
        Ok(Blob::from_bytes("lie"))
    }
}
