//! Who sees what, what a manifest needs, and what is refused.

use std::error::Error as _;

use futures_util::TryStreamExt;
use wharf_registry::{
    Blob, Delete, Descriptor, Digest, Document, ErrorCode, Index, List, Manifest, MediaType, Policy, PolicyError,
    Precondition, Read, Repository, Tag, TagOrDigest, Write,
};
use wharf_store::Store;

use crate::{APP, OTHER, code, described, image, manifest, put_image, read, sha512, tag};

const NOWHERE: Repository = Repository::from_static("no/where");

#[tokio::test]
async fn knowing_a_digest_is_not_permission() {
    let store = Store::memory();
    let pushed = put_image(&store, "config", &[tag("t")]).await;
    store.put_blob(&OTHER, Blob::from_bytes("mine")).await.unwrap();
    let config = Digest::of(b"config");
    let by_digest = TagOrDigest::Digest(pushed.digest().clone());
    assert_eq!(code(store.blob(&OTHER, &config).await), ErrorCode::BLOB_UNKNOWN);
    assert_eq!(code(store.stat_blob(&OTHER, &config).await), ErrorCode::BLOB_UNKNOWN);
    assert_eq!(code(store.manifest(&OTHER, &by_digest).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(store.resolve(&OTHER, &by_digest).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(store.delete_blob(&OTHER, &config).await), ErrorCode::BLOB_UNKNOWN);
    assert_eq!(code(store.delete_manifest(&OTHER, pushed.digest()).await), ErrorCode::MANIFEST_UNKNOWN);
    assert!(!store.mount(&NOWHERE, &config, &OTHER).await.unwrap(), "a mount asks the repository that it is from");
    let put = store.put_manifest(&OTHER, &pushed, &[], &Precondition::Always).await;
    assert_eq!(code(put), ErrorCode::MANIFEST_BLOB_UNKNOWN);

    assert!(store.mount(&OTHER, &config, &APP).await.unwrap());
    store.delete_blob(&APP, &config).await.unwrap();
    assert_eq!(read(&store, &OTHER, &config).await.unwrap(), b"config", "others keep it");
    assert_eq!(code(store.stat_blob(&APP, &config).await), ErrorCode::BLOB_UNKNOWN);
}

#[tokio::test]
async fn a_manifest_comes_after_what_it_needs() {
    let store = Store::memory();
    let child = image("config");
    let index = Document::author(Index::new(vec![child.descriptor()])).unwrap().into_raw();
    let put = async |document| store.put_manifest(&APP, document, &[tag("t")], &Precondition::Always).await;

    let error = put(&child).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    assert!(error.to_string().contains(&Digest::of(b"config").to_string()), "{error} names what is missing");
    assert_eq!(code(put(&index).await), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    assert_eq!(code(manifest(&store, tag("t")).await), ErrorCode::NAME_UNKNOWN, "nothing is left behind");

    store.put_blob(&APP, Blob::from_bytes("config")).await.unwrap();
    put(&child).await.unwrap();
    put(&index).await.unwrap();
    assert_eq!(manifest(&store, tag("t")).await.unwrap(), index);
}

#[tokio::test]
async fn subjects_and_foreign_layers_need_not_be_there() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("config")).await.unwrap();
    let foreign = MediaType::parse("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").unwrap();
    let layer = Descriptor::new(foreign, Digest::of(b"elsewhere"), 9);
    let mut image = Manifest::new(described(b"config"), vec![layer]);
    image.subject = Some(described(b"not pushed yet"));
    let document = Document::author(image).unwrap().into_raw();
    store.put_manifest(&APP, &document, &[], &Precondition::Always).await.unwrap();
}

#[tokio::test]
async fn a_sparse_store_takes_manifests_first() {
    let store = Store::memory();
    let sparse = store.clone().with_policy(Policy::Sparse);
    let child = image("config");
    sparse.put_manifest(&APP, &child, &[tag("t")], &Precondition::Always).await.unwrap();
    assert_eq!(manifest(&store, tag("t")).await.unwrap(), child, "clones share content and names");
    let again = store.put_manifest(&APP, &child, &[], &Precondition::Always).await;
    assert_eq!(code(again), ErrorCode::MANIFEST_BLOB_UNKNOWN, "the other one is as strict as before");
    let broken = Document::new(MediaType::IMAGE_MANIFEST, "{}");
    assert_eq!(code(sparse.put_manifest(&APP, &broken, &[], &Precondition::Always).await), ErrorCode::MANIFEST_INVALID);
}

#[tokio::test]
async fn what_cannot_be_read_is_no_manifest() {
    let store = Store::memory();
    for (media_type, bytes) in [
        (MediaType::IMAGE_MANIFEST, "{"),
        (MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"config":{},"layers":[]}"#),
        (MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#),
    ] {
        let document = Document::new(media_type, bytes);
        let error = store.put_manifest(&APP, &document, &[tag("t")], &Precondition::Always).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::MANIFEST_INVALID);
        assert!(matches!(error.source().unwrap().downcast_ref(), Some(PolicyError::Unreadable(_))));
    }
}

#[tokio::test]
async fn content_without_a_record_says_itself_what_it_is() {
    let store = Store::memory();
    let index = Document::author(Index::new(Vec::new())).unwrap().into_raw();
    store.put_blob(&APP, Blob::from_bytes(index.bytes().clone())).await.unwrap();
    assert_eq!(manifest(&store, index.digest().clone()).await.unwrap(), index);
    let resolved = store.resolve(&APP, &index.digest().clone().into()).await.unwrap();
    assert_eq!(resolved, index.descriptor());

    store.put_blob(&APP, Blob::from_bytes("a layer")).await.unwrap();
    for result in [
        manifest(&store, Digest::of(b"a layer")).await.map(drop),
        store.resolve(&APP, &Digest::of(b"a layer").into()).await.map(drop),
        store.delete_manifest(&APP, &Digest::of(b"a layer")).await,
    ] {
        assert_eq!(code(result), ErrorCode::MANIFEST_UNKNOWN);
    }
    assert_eq!(read(&store, &APP, &Digest::of(b"a layer")).await.unwrap(), b"a layer");
    store.delete_manifest(&APP, index.digest()).await.unwrap();
    assert_eq!(code(manifest(&store, index.digest().clone()).await), ErrorCode::MANIFEST_UNKNOWN);
}

/// Whoever may store manifests could otherwise turn one that others pull into something that nobody knows, without moving
/// a tag and without deleting anything.
#[tokio::test]
async fn what_a_manifest_is_known_as_stays() {
    let store = Store::memory();
    let subject = put_image(&store, "config", &[]).await;
    let image = Manifest::new(described(b"config"), Vec::new()).with_subject(subject.descriptor());
    let image = Document::author(image).unwrap().into_raw();
    store.put_manifest(&APP, &image, &[tag("t")], &Precondition::Always).await.unwrap();
    let unknown = Document::new(MediaType::parse("application/vnd.example.note").unwrap(), image.bytes().clone());
    for (tags, when) in
        [(vec![], Precondition::Always), (vec![tag("t")], Precondition::Unset), (vec![tag("u")], Precondition::Always)]
    {
        let error = store.put_manifest(&APP, &unknown, &tags, &when).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::MANIFEST_INVALID);
        let why = error.source().unwrap().downcast_ref();
        assert_eq!(why, Some(&PolicyError::Known(MediaType::IMAGE_MANIFEST)));
    }
    for which in [TagOrDigest::from(tag("t")), image.digest().clone().into()] {
        assert_eq!(manifest(&store, which).await.unwrap(), image);
    }
    assert_eq!(code(manifest(&store, tag("u")).await), ErrorCode::MANIFEST_UNKNOWN);
    let referrers: Vec<_> = store.referrers(&APP, subject.digest(), None).try_collect().await.unwrap();
    assert_eq!(referrers.len(), 1, "a signature is not hidden");
}

#[tokio::test]
async fn what_nobody_could_read_becomes_what_it_is() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("config")).await.unwrap();
    let image = image("config");
    let lenient = store.clone().with_policy(Policy::Lenient);
    for (name, wrong) in [("a", "application/vnd.example.note"), ("b", "application/vnd.oci.image.index.v1+json")] {
        let repository = Repository::parse(name).unwrap();
        store.mount(&repository, &Digest::of(b"config"), &APP).await.unwrap();
        let wrong = Document::new(MediaType::parse(wrong).unwrap(), image.bytes().clone());
        lenient.put_manifest(&repository, &wrong, &[tag("t")], &Precondition::Always).await.unwrap();
        store.put_manifest(&repository, &image, &[], &Precondition::Always).await.unwrap();
        for which in [TagOrDigest::from(tag("t")), image.digest().clone().into()] {
            assert_eq!(store.manifest(&repository, &which).await.unwrap(), image, "{name}");
        }
    }
}

#[tokio::test]
async fn sha512_is_as_good_a_name() {
    let store = Store::memory();
    let config = Descriptor::new(MediaType::IMAGE_CONFIG, sha512(b"config"), 6);
    store.put_blob(&APP, Blob::new(config.clone(), crate::pieces(&["con", "fig"]))).await.unwrap();
    assert_eq!(read(&store, &APP, &config.digest).await.unwrap(), b"config");
    assert_eq!(code(store.stat_blob(&APP, &Digest::of(b"config")).await), ErrorCode::BLOB_UNKNOWN);

    let authored = Document::author(Manifest::new(config.clone(), Vec::new())).unwrap();
    let digest = sha512(authored.bytes());
    let document = Document::verified(MediaType::IMAGE_MANIFEST, authored.bytes().clone(), &digest).unwrap();
    store.put_manifest(&APP, &document, &[tag("t")], &Precondition::Unset).await.unwrap();
    assert_eq!(store.resolve(&APP, &tag("t").into()).await.unwrap().digest, digest);
    assert_eq!(manifest(&store, digest.clone()).await.unwrap(), document);
    // Without its record the manifest is still read under the digest that it was asked for by.
    store.put_blob(&OTHER, Blob::from_bytes("x")).await.unwrap();
    assert!(store.mount(&OTHER, &digest, &APP).await.unwrap());
    assert_eq!(store.manifest(&OTHER, &digest.into()).await.unwrap(), document);

    let wrong = Descriptor::new(MediaType::OCTET_STREAM, sha512(b"other"), 6);
    let put = store.put_blob(&APP, Blob::new(wrong, crate::pieces(&["config"]))).await;
    assert_eq!(code(put), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn what_cannot_be_verified_is_refused() {
    let store = Store::memory();
    let digest = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    let blob = Blob::new(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), 0), crate::pieces(&[]));
    assert_eq!(code(store.put_blob(&APP, blob).await), ErrorCode::DIGEST_INVALID);
    assert_eq!(code(store.blob(&APP, &digest).await), ErrorCode::DIGEST_INVALID);
    assert_eq!(code(store.stat_blob(&APP, &digest).await), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn a_refused_manifest_leaves_nothing_behind() {
    let store = Store::memory();
    let first = put_image(&store, "first", &[tag("a")]).await;
    store.put_blob(&APP, Blob::from_bytes("second")).await.unwrap();
    let second = image("second");
    let elsewhere = Precondition::PointsTo(second.digest().clone());
    for (tags, when) in [(vec![tag("b"), tag("a")], &Precondition::Unset), (vec![tag("a")], &elsewhere)] {
        assert_eq!(code(store.put_manifest(&APP, &second, &tags, when).await), ErrorCode::DENIED);
    }
    assert_eq!(code(manifest(&store, second.digest().clone()).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(manifest(&store, tag("b")).await), ErrorCode::MANIFEST_UNKNOWN, "no tag moves when one may not");
    assert_eq!(manifest(&store, tag("a")).await.unwrap(), first);
    store.put_manifest(&APP, &first, &[tag("a"), tag("b")], &Precondition::Unset).await.unwrap();
}

#[tokio::test]
async fn a_manifest_goes_with_its_tags_and_a_tag_alone() {
    let store = Store::memory();
    let gone = put_image(&store, "gone", &[tag("a"), tag("b"), tag("c")]).await;
    let stays = put_image(&store, "stays", &[tag("d")]).await;
    store.delete_tag(&APP, &tag("a")).await.unwrap();
    assert_eq!(manifest(&store, gone.digest().clone()).await.unwrap(), gone);
    assert_eq!(code(store.delete_tag(&APP, &tag("a")).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(store.delete_blob(&APP, gone.digest()).await), ErrorCode::DENIED, "it is not deleted as a blob");

    store.delete_manifest(&APP, gone.digest()).await.unwrap();
    assert_eq!(code(manifest(&store, gone.digest().clone()).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(store.delete_manifest(&APP, gone.digest()).await), ErrorCode::MANIFEST_UNKNOWN);
    let tags: Vec<Tag> = store.tags(&APP, None).try_collect().await.unwrap();
    assert_eq!(tags, [tag("d")]);
    assert_eq!(manifest(&store, tag("d")).await.unwrap(), stays);
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_named() {
    let store = Store::memory();
    let digest = Digest::of(b"x");
    assert_eq!(code(store.delete_tag(&NOWHERE, &tag("a")).await), ErrorCode::NAME_UNKNOWN);
    assert_eq!(code(store.delete_manifest(&NOWHERE, &digest).await), ErrorCode::NAME_UNKNOWN);
    assert_eq!(code(store.delete_blob(&NOWHERE, &digest).await), ErrorCode::NAME_UNKNOWN);
    assert_eq!(code(store.resolve(&NOWHERE, &tag("a").into()).await), ErrorCode::NAME_UNKNOWN);
    let error = store.tags(&NOWHERE, None).try_next().await.unwrap_err();
    assert_eq!(error.to_string(), "list tags of no/where: NAME_UNKNOWN");
}

#[tokio::test]
async fn lists_go_on_after_a_name_that_need_not_exist() {
    let store = Store::memory();
    put_image(&store, "config", &[tag("b"), tag("B"), tag("a.1"), tag("a")]).await;
    store.put_blob(&OTHER, Blob::from_bytes("x")).await.unwrap();
    for (after, expected) in [
        (None, vec!["B", "a", "a.1", "b"]),
        (Some("a"), vec!["a.1", "b"]),
        (Some("a.0"), vec!["a.1", "b"]),
        (Some("b"), vec![]),
    ] {
        let after = after.map(tag);
        let tags: Vec<Tag> = store.tags(&APP, after.as_ref()).try_collect().await.unwrap();
        assert_eq!(tags, expected.into_iter().map(tag).collect::<Vec<_>>());
    }
    let repositories: Vec<_> = store.repositories(Some(&APP)).try_collect().await.unwrap();
    assert_eq!(repositories, [OTHER]);
    assert_eq!(store.referrers(&OTHER, &Digest::of(b""), None).try_next().await.unwrap(), None);
}
