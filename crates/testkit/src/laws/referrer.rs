//! What refers to a manifest is listed, where that is offered.
//!
//! What is asked is the list that the distribution-spec calls referrers; tags that stand in for it are a client's
//! affair.

use futures_util::TryStreamExt;
use wharf_registry::{Descriptor, Digest, Document, MediaType, Registry, Repository};

use super::expect::{if_offered, put_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    are_listed(registry).await;
    of_nothing(registry).await;
}

/// A manifest with a subject is listed as its referrer, with its kind of artifact and its annotations.
pub async fn are_listed(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/are-listed");
    let image = fixture::image(1, 1, 100);
    fixture::push(registry, &repository, &image, &tag("subject")).await;
    let referrer = referrer_of(&image.manifest.descriptor());
    put_manifest(registry, &repository, &referrer, &[]).await;
    let subject = image.manifest.digest();
    let Some(found) = referrers(registry, &repository, subject, None).await else { return };
    let [found] = found.as_slice() else { panic!("{repository}: not one referrer: {found:?}") };
    let expected = Descriptor::new(MediaType::IMAGE_MANIFEST, referrer.digest().clone(), referrer.bytes().len() as u64);
    let mut expected = expected.with_annotation("org.example.kind", "signature");
    expected.artifact_type = Some(signature());
    assert_eq!(*found, expected, "{repository}");
    let of_its_kind = referrers(registry, &repository, subject, Some(&signature())).await;
    assert_eq!(of_its_kind, Some(vec![expected]), "{repository}");
    let of_another = referrers(registry, &repository, subject, Some(&MediaType::IMAGE_MANIFEST)).await;
    assert_eq!(of_another, Some(Vec::new()), "{repository}");
}

fn signature() -> MediaType {
    MediaType::parse("application/vnd.example.signature").unwrap()
}

/// An image with the blobs of the first one, which says something about `subject`.
fn referrer_of(subject: &Descriptor) -> Document {
    let mut manifest = fixture::image(1, 1, 100).manifest.view().clone();
    manifest.artifact_type = Some(signature());
    manifest.subject = Some(subject.clone());
    manifest.annotations.insert("org.example.kind".into(), "signature".into());
    Document::author(manifest).unwrap().into_raw()
}

/// Nothing refers to a manifest that nobody refers to, or that is not there; that is no error.
pub async fn of_nothing(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/of-nothing");
    let image = fixture::image(2, 1, 100);
    fixture::push(registry, &repository, &image, &tag("alone")).await;
    for digest in [image.manifest.digest(), &Digest::of(b"laws/referrer/of-nothing")] {
        if let Some(found) = referrers(registry, &repository, digest, None).await {
            assert_eq!(found, [], "{repository}");
        }
    }
}

/// The list, if it is offered.
async fn referrers(
    registry: &dyn Registry,
    repository: &Repository,
    digest: &Digest,
    artifact_type: Option<&MediaType>,
) -> Option<Vec<Descriptor>> {
    if_offered(repository, registry.referrers(repository, digest, artifact_type).try_collect().await)
}
