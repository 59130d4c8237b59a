//! What refers to a manifest is listed, where that is offered: all of it, with what it says of itself, for as long as it
//! is there.
//!
//! What is asked is the list that the distribution-spec calls referrers; tags that stand in for it are a client's
//! affair.

use futures_util::TryStreamExt;
use wharf_registry::{Descriptor, Digest, Document, Index, Manifest, MediaType, Registry, Repository};

use super::expect::{if_offered, put, put_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    are_listed(registry).await;
    of_nothing(registry).await;
    come_before_their_subject(registry).await;
    are_promoted(registry).await;
    are_gone_when_deleted(registry).await;
    under_either_algorithm(registry).await;
    arrive_all(registry).await;
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
    kind("application/vnd.example.signature")
}

fn kind(text: &str) -> MediaType {
    MediaType::parse(text).unwrap()
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

/// The kind of a referrer is its `artifactType`, of an image without one its config's media type, and of an index without
/// one nothing; all of its annotations are listed, and a filter takes what is of the very kind that it names.
pub async fn are_promoted(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/are-promoted");
    let subject = Descriptor::of(MediaType::IMAGE_MANIFEST, b"laws/referrer/are-promoted");
    let config = put(registry, &repository, &"{}".into()).await;
    let of_kind = |media_type| Descriptor::new(media_type, config.digest.clone(), config.size);
    let (config, empty) = (of_kind(kind("application/vnd.example.config")), of_kind(MediaType::EMPTY));
    let image = |config: &Descriptor, number: &str| {
        Manifest::new(config.clone(), Vec::new()).with_subject(subject.clone()).with_annotation("number", number)
    };
    let index = |number: &str| Index::new(Vec::new()).with_subject(subject.clone()).with_annotation("number", number);
    let (mut typed, mut typed_index) = (image(&empty, "1"), index("2"));
    (typed.artifact_type, typed_index.artifact_type) = (Some(signature()), Some(kind("application/vnd.example.list")));
    typed.annotations.extend([("empty".into(), String::new()), ("\u{e9} \"\\\n".into(), "\u{1f40b}".into())]);
    let annotations = typed.annotations.clone();
    let documents = [
        (Document::assemble(typed).unwrap().into_raw(), Some(signature())),
        (Document::assemble(typed_index).unwrap().into_raw(), Some(kind("application/vnd.example.list"))),
        (Document::assemble(image(&config, "3")).unwrap().into_raw(), Some(config.media_type.clone())),
        (Document::assemble(index("4")).unwrap().into_raw(), None),
    ];
    for (document, _) in &documents {
        put_manifest(registry, &repository, document, &[]).await;
    }
    let Some(found) = referrers(registry, &repository, &subject.digest, None).await else { return };
    assert_eq!(found.len(), documents.len(), "{repository}: {found:?}");
    for (document, artifact_type) in &documents {
        let entry = found.iter().find(|entry| entry.digest == *document.digest());
        let entry = entry.unwrap_or_else(|| panic!("{repository}: {} is missing", document.digest()));
        let told = Descriptor::new(entry.media_type.clone(), entry.digest.clone(), entry.size);
        assert_eq!(told, document.descriptor(), "{repository}");
        assert_eq!(entry.artifact_type, *artifact_type, "{repository}: the kind of {}", document.digest());
        if let Some(wanted) = artifact_type {
            let of_its_kind = referrers(registry, &repository, &subject.digest, Some(wanted)).await;
            assert_eq!(of_its_kind.as_deref(), Some(std::slice::from_ref(entry)), "{repository}: {wanted}");
        }
    }
    let first = found.iter().find(|entry| entry.digest == *documents[0].0.digest());
    assert_eq!(first.map(|entry| &entry.annotations), Some(&annotations), "{repository}");
}

/// A subject need not be there, neither before its referrers nor at all; and one that comes later has them.
pub async fn come_before_their_subject(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/come-before-their-subject");
    let image = fixture::image(1, 1, 100);
    fixture::push_blobs(registry, &repository, &image).await;
    let referrer = referrer_of(&image.manifest.descriptor());
    put_manifest(registry, &repository, &referrer, &[tag("signature")]).await;
    for _ in 0..2 {
        let Some(found) = digests(registry, &repository, image.manifest.digest()).await else { return };
        assert_eq!(found, [referrer.digest().clone()], "{repository}");
        put_manifest(registry, &repository, &image.document(), &[]).await;
    }
}

/// A referrer that was deleted is not listed from that moment on; one whose subject was deleted is.
pub async fn are_gone_when_deleted(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/are-gone-when-deleted");
    let image = fixture::image(1, 1, 100);
    fixture::push(registry, &repository, &image, &tag("subject")).await;
    let (stays, goes) = (referrer_of(&image.manifest.descriptor()), numbered(&image.manifest.descriptor(), 1));
    for document in [&stays, &goes, &stays] {
        put_manifest(registry, &repository, document, &[]).await;
    }
    let subject = image.manifest.digest();
    let Some(found) = digests(registry, &repository, subject).await else { return };
    assert_eq!(found, sorted([&stays, &goes]), "{repository}");
    let deleted = if_offered(&repository, registry.delete_manifest(&repository, goes.digest()).await);
    if deleted.is_some() {
        assert_eq!(digests(registry, &repository, subject).await, Some(sorted([&stays])), "{repository}");
        if_offered(&repository, registry.delete_manifest(&repository, subject).await);
        assert_eq!(digests(registry, &repository, subject).await, Some(sorted([&stays])), "{repository}");
        put_manifest(registry, &repository, &goes, &[]).await;
        assert_eq!(digests(registry, &repository, subject).await, Some(sorted([&stays, &goes])), "{repository}");
    }
}

/// Subjects and referrers are told apart by the whole of their digest, of whatever algorithm.
pub async fn under_either_algorithm(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/referrer/under-either-algorithm");
    let image = fixture::image(1, 1, 100);
    fixture::push(registry, &repository, &image, &tag("subject")).await;
    let by_sha256 = image.manifest.descriptor();
    let by_sha512 = Descriptor::new(MediaType::IMAGE_MANIFEST, fixture::sha512(image.manifest.bytes()), by_sha256.size);
    let (one, other) = (numbered(&by_sha256, 1), numbered(&by_sha512, 2));
    let other =
        Document::verified(MediaType::IMAGE_MANIFEST, other.bytes().clone(), &fixture::sha512(other.bytes())).unwrap();
    for document in [&one, &other] {
        put_manifest(registry, &repository, document, &[]).await;
    }
    let Some(found) = digests(registry, &repository, &by_sha256.digest).await else { return };
    assert_eq!(found, [one.digest().clone()], "{repository}");
    let found = digests(registry, &repository, &by_sha512.digest).await;
    assert_eq!(found, Some(vec![other.digest().clone()]), "{repository}");
}

/// However many they are, and however much they say, all of them are listed, in the order of bytes.
pub async fn arrive_all(registry: &dyn Registry) {
    const COUNT: usize = 300;
    let repository = Repository::from_static("laws/referrer/arrive-all");
    let image = fixture::image(1, 1, 100);
    fixture::push_blobs(registry, &repository, &image).await;
    let subject = image.manifest.descriptor();
    let documents: Vec<_> = (0..COUNT).map(|number| numbered(&subject, number)).collect();
    for document in &documents {
        put_manifest(registry, &repository, document, &[]).await;
    }
    let Some(found) = digests(registry, &repository, &subject.digest).await else { return };
    assert_eq!(found.len(), COUNT, "{repository}");
    assert_eq!(found, sorted(&documents), "{repository}");
}

/// One of many referrers, together too large for one document.
fn numbered(subject: &Descriptor, number: usize) -> Document {
    let mut manifest = fixture::image(1, 1, 100).manifest.view().clone();
    manifest.subject = Some(subject.clone());
    manifest.annotations.insert("number".into(), format!("{number:020000}"));
    Document::author(manifest).unwrap().into_raw()
}

fn sorted<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Vec<Digest> {
    let mut digests: Vec<_> = documents.into_iter().map(|document| document.digest().clone()).collect();
    digests.sort_unstable();
    digests
}

/// The digests of what is listed, if that is offered.
async fn digests(registry: &dyn Registry, repository: &Repository, subject: &Digest) -> Option<Vec<Digest>> {
    let found = referrers(registry, repository, subject, None).await?;
    Some(found.into_iter().map(|entry| entry.digest).collect())
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
