//! Every wrapper is a registry, and one that cannot be changed is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt};
use wharf_registry::{
    Algorithm, Blob, Checked, Delete, Digest, Document, Error, Immutable, List, Observe, Policy, Precondition, Read,
    ReadOnly, Registry, Repository, Scoped, Tag, TagPattern, UploadId, Write,
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
fn wrappers_without_a_policy_obey_all_laws() {
    now(laws::all(&Observe::new(Store::memory(), |_| ()).with_pulls()));
    now(laws::all(&Observe::new(Store::memory(), |_| ()).by("somebody")));
    now(laws::all(&Scoped::new(Store::memory(), Repository::from_static("team/app"))));
    now(laws::all(&Immutable::matching(Store::memory(), [TagPattern::parse("elsewhere:*").unwrap()])));
    now(laws::all(&Immutable::matching(Store::memory(), [])));
    now(laws::all(&Checked::new(Store::memory().with_policy(Policy::Lenient), Policy::Referential)));
    now(laws::sparse(&Checked::new(Store::memory().with_policy(Policy::Lenient), Policy::Sparse)));
}

#[test]
fn wrappers_around_wrappers_obey_all_laws() {
    let store = Observe::new(Store::memory(), |_| ());
    let inner = Scoped::new(Immutable::matching(store, []), Repository::from_static("a"));
    now(laws::all(&Observe::new(Scoped::new(inner, Repository::from_static("b.c")), |_| ()).with_pulls()));
}
