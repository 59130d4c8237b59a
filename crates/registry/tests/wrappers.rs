//! Wrappers refuse what they are there to refuse, and are otherwise what they wrap.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt};
use wharf_registry::{
    Algorithm, Blob, Delete, Digest, Document, Error, ErrorCode, Immutable, List, Precondition, Read, ReadOnly,
    Registry, Repository, Tag, UploadId, Write,
};
use wharf_store::Store;
use wharf_testkit::{fixture, laws};

const APP: Repository = Repository::from_static("app");

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

fn tags(registry: &impl List) -> Vec<Tag> {
    now(registry.tags(&APP, None).try_collect()).unwrap()
}

#[test]
fn read_only_reads() {
    let (store, image) = (Store::memory(), fixture::image(1, 1, 100));
    now(fixture::push(&store, &APP, &image, &Tag::LATEST));
    let registry = ReadOnly::new(store);
    assert_eq!(now(registry.manifest(&APP, &Tag::LATEST.into())).unwrap(), image.document());
    assert_eq!(now(registry.resolve(&APP, &Tag::LATEST.into())).unwrap(), image.document().descriptor());
    let layer = Digest::of(&image.layers[0]);
    let pieces: Vec<Bytes> = now(now(registry.blob(&APP, &layer)).unwrap().try_collect()).unwrap();
    assert_eq!(pieces.concat(), image.layers[0]);
    assert_eq!(now(registry.stat_blob(&APP, &layer)).unwrap().size, 100);
    assert_eq!(tags(&registry), [Tag::LATEST]);
}

#[test]
fn read_only_changes_nothing() {
    let (store, image) = (Store::memory(), fixture::image(1, 1, 100));
    now(fixture::push(&store, &APP, &image, &Tag::LATEST));
    let registry = ReadOnly::new(store.clone());
    let (digest, layer) = (image.manifest.digest(), Digest::of(&image.layers[0]));
    let session = UploadId::parse("session").unwrap();
    for refused in [
        now(registry.put_blob(&APP, Blob::from_bytes("new"))),
        now(put(&registry, &image.document(), &[fixture::tag("new")], &Precondition::Always)),
        now(registry.start_upload(&APP, Algorithm::SHA256)).map(drop),
        now(registry.resume_upload(&APP, &session)).map(drop),
        now(registry.delete_tag(&APP, &Tag::LATEST)),
        now(registry.delete_manifest(&APP, digest)),
        now(registry.delete_blob(&APP, &layer)),
    ] {
        assert!(refused.unwrap_err().is_unsupported());
    }
    let other = Repository::from_static("other");
    assert!(!now(registry.mount(&other, &layer, &APP)).unwrap());
    assert!(now(store.stat_blob(&other, &layer)).unwrap_err().is_not_found());
    assert_eq!(tags(&store), [Tag::LATEST]);
    assert_eq!(now(store.resolve(&APP, &Tag::LATEST.into())).unwrap().digest, *digest);
}

async fn put(registry: &dyn Registry, document: &Document, tags: &[Tag], when: &Precondition) -> Result<(), Error> {
    registry.put_manifest(&APP, document, tags, when).await
}

#[test]
fn immutable_obeys_all_laws_but_those_of_change() {
    let registry = Immutable::new(Store::memory());
    now(laws::blob::all(&registry));
    now(laws::blob_refusal::all(&registry));
    now(laws::range::all(&registry));
    now(laws::mount::all(&registry));
    now(laws::upload::all(&registry));
    now(laws::manifest::all(&registry));
    now(laws::integrity::all(&registry));
    now(laws::listing::all(&registry));
    now(laws::concurrency::all(&registry));
}

#[test]
fn immutable_tags_stay() {
    let (registry, [old, new]) = (Immutable::new(Store::memory()), [1, 2].map(|seed| fixture::image(seed, 1, 100)));
    now(fixture::push(&registry, &APP, &old, &Tag::LATEST));
    now(fixture::push_blobs(&registry, &APP, &new));
    let points_to_old = Precondition::PointsTo(old.manifest.digest().clone());
    let points_to_new = Precondition::PointsTo(new.manifest.digest().clone());
    for when in [Precondition::Always, Precondition::Unset, points_to_old.clone(), points_to_new.clone()] {
        let moved = now(put(&registry, &new.document(), &[Tag::LATEST], &when));
        assert_eq!(*moved.unwrap_err().code(), ErrorCode::DENIED, "{when:?}");
    }
    assert_eq!(now(registry.manifest(&APP, &Tag::LATEST.into())).unwrap(), old.document());

    for when in [Precondition::Always, Precondition::Unset, points_to_old] {
        now(put(&registry, &old.document(), &[Tag::LATEST], &when)).expect("the same again");
    }
    now(put(&registry, &new.document(), &[], &points_to_new)).expect("no tag is moved");
    now(put(&registry, &new.document(), &[fixture::tag("2")], &Precondition::Always)).expect("a new tag");
}

#[test]
fn immutable_deletes_nothing() {
    let (registry, image) = (Immutable::new(Store::memory()), fixture::image(1, 1, 100));
    now(fixture::push(&registry, &APP, &image, &Tag::LATEST));
    for refused in [
        now(registry.delete_tag(&APP, &Tag::LATEST)),
        now(registry.delete_manifest(&APP, image.manifest.digest())),
        now(registry.delete_blob(&APP, &Digest::of(&image.config))),
    ] {
        assert_eq!(*refused.unwrap_err().code(), ErrorCode::DENIED);
    }
    assert_eq!(now(registry.manifest(&APP, &Tag::LATEST.into())).unwrap(), image.document());
}
