//! What happened is told, once it has, and nothing else is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Algorithm, Blob, ByteRange, Delete, Descriptor, Digest, Document, Error, ErrorCode, Event, EventKind, MediaType,
    Observe, Operation, Precondition, Previous, Raw, Read, Repository, Tag, TagOrDigest, Write,
};
use wharf_store::{Store, memory};
use wharf_testkit::fixture::{self, tag};
use wharf_testkit::{Fault, Faulty};

const APP: Repository = Repository::from_static("app");

type Below = Faulty<Store<memory::Blobs, memory::Names>>;

struct Setup {
    below: Store<memory::Blobs, memory::Names>,
    faults: Arc<Below>,
    registry: Observe<Arc<Below>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Setup {
    fn new() -> Self {
        let below = Store::memory();
        let faults = Arc::new(Faulty::new(below.clone()));
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let sink = Arc::clone(&events);
        let registry = Observe::new(Arc::clone(&faults), move |event| sink.lock().unwrap().push(event));
        Self { below, faults, registry, events }
    }

    /// What was told since the last time.
    fn told(&self) -> Vec<EventKind> {
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        assert!(events.iter().all(|event| event.repository == APP));
        events.into_iter().map(|event| event.kind).collect()
    }
}

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

fn octets(bytes: &'static [u8]) -> Descriptor {
    Descriptor::of(MediaType::OCTET_STREAM, bytes)
}

#[test]
fn an_overwritten_tag_is_seen() {
    let setup = Setup::new();
    let [old, new] = [1, 2].map(|seed| fixture::image(seed, 1, 10));
    for image in [&old, &new] {
        now(fixture::push_blobs(&setup.below, &APP, image));
    }
    let put = |image: &fixture::Image, tags: &[Tag], when| {
        now(setup.registry.put_manifest(&APP, &image.document(), tags, &when)).unwrap();
        setup.told()
    };
    let [old_digest, new_digest] = [&old, &new].map(|image| image.manifest.digest().clone());
    let pushed = |image: &fixture::Image| EventKind::ManifestPushed { manifest: image.document().descriptor() };
    let set = |name, from, image: &fixture::Image| EventKind::TagSet {
        tag: tag(name),
        from,
        to: image.document().descriptor(),
    };
    assert_eq!(put(&old, &[], Precondition::Always), [pushed(&old)], "without a tag");
    let told = put(&old, &[tag("it")], Precondition::Unset);
    assert_eq!(told, [pushed(&old), set("it", Previous::Nothing, &old)]);
    let told = put(&old, &[tag("it")], Precondition::Unset);
    assert_eq!(told, [pushed(&old), set("it", Previous::Manifest(old_digest.clone()), &old)]);
    assert!(told.iter().all(|kind| kind.overwritten().is_none()), "the same again is not overwritten");
    let told = put(&new, &[tag("it"), tag("other")], Precondition::Always);
    let expected =
        [pushed(&new), set("it", Previous::Manifest(old_digest.clone()), &new), set("other", Previous::Nothing, &new)];
    assert_eq!(told, expected);
    assert_eq!(told.iter().filter_map(EventKind::overwritten).collect::<Vec<_>>(), [&old_digest]);

    let asked = setup.faults.count(Operation::Resolve);
    let told = put(&old, &[tag("it")], Precondition::PointsTo(new_digest.clone()));
    assert_eq!(told[1], set("it", Previous::Manifest(new_digest), &old));
    assert_eq!(setup.faults.count(Operation::Resolve), asked, "the precondition says it");

    setup.faults.next(Operation::Resolve, Fault::Refuse(ErrorCode::UNAVAILABLE));
    assert_eq!(put(&new, &[tag("it")], Precondition::Always)[1], set("it", Previous::Unknown, &new));
}

/// Two who move a tag at the same time: with preconditions the history has no gaps, and the loser tells nothing.
#[tokio::test]
async fn of_two_who_expect_the_same_one_is_told() {
    let setup = Setup::new();
    let [a, b, c] = [1, 2, 3].map(|seed| fixture::image(seed, 1, 10));
    for image in [&a, &b, &c] {
        fixture::push_blobs(&setup.below, &APP, image).await;
    }
    fixture::put_document(&setup.below, &APP, &a.document(), &[tag("it")]).await;
    let when = Precondition::PointsTo(a.manifest.digest().clone());
    let (b, c, tags) = (b.document(), c.document(), [tag("it")]);
    let put = async |document| setup.registry.put_manifest(&APP, document, &tags, &when).await;
    let (one, other) = futures_util::future::join(put(&b), put(&c)).await;
    assert!(one.is_ok() != other.is_ok());
    let told = setup.told();
    let winner = if one.is_ok() { b } else { c };
    assert_eq!(told.len(), 2);
    let set = EventKind::TagSet {
        tag: tag("it"),
        from: Previous::Manifest(a.manifest.digest().clone()),
        to: winner.descriptor(),
    };
    assert_eq!(told[1], set);
}

#[test]
fn blobs_are_told_of_however_they_come() {
    let setup = Setup::new();
    now(setup.registry.put_blob(&APP, Blob::from_bytes("one"))).unwrap();
    assert_eq!(setup.told(), [EventKind::BlobPushed { blob: octets(b"one") }]);

    let mut upload = now(setup.registry.start_upload(&APP, Algorithm::SHA256)).unwrap();
    now(upload.append(fixture::pieces(&Bytes::from_static(b"t")))).unwrap();
    let id = upload.id().clone();
    drop(upload);
    let mut upload = now(setup.registry.resume_upload(&APP, &id)).unwrap();
    now(upload.append(fixture::pieces(&Bytes::from_static(b"wo")))).unwrap();
    assert_eq!(setup.told(), [], "not before its end");
    now(upload.commit(&Digest::of(b"two"))).unwrap();
    assert_eq!(setup.told(), [EventKind::BlobPushed { blob: octets(b"two") }]);

    let from = Repository::from_static("from");
    now(setup.below.put_blob(&from, Blob::from_bytes("three"))).unwrap();
    let digest = Digest::of(b"three");
    assert!(now(setup.registry.mount(&APP, &digest, &from)).unwrap());
    assert_eq!(setup.told(), [EventKind::BlobMounted { digest: digest.clone(), from: from.clone() }]);
    assert!(!now(setup.registry.mount(&APP, &Digest::of(b"none"), &from)).unwrap());
    assert_eq!(setup.told(), [], "what was not mounted");
    now(setup.registry.delete_blob(&APP, &digest)).unwrap();
    assert_eq!(setup.told(), [EventKind::BlobDeleted { digest }]);
}

#[test]
fn deletions_are_told_of() {
    let setup = Setup::new();
    let image = fixture::image(1, 1, 10);
    now(fixture::push(&setup.below, &APP, &image, &tag("it")));
    let digest = image.manifest.digest().clone();
    now(setup.registry.delete_tag(&APP, &tag("it"))).unwrap();
    assert_eq!(setup.told(), [EventKind::TagDeleted { tag: tag("it"), from: Previous::Manifest(digest.clone()) }]);
    now(setup.registry.delete_manifest(&APP, &digest)).unwrap();
    assert_eq!(setup.told(), [EventKind::ManifestDeleted { digest }]);
}

#[test]
fn what_failed_is_not_told_of() {
    let setup = Setup::new();
    let image = fixture::image(1, 1, 10);
    now(fixture::push(&setup.below, &APP, &image, &tag("it")));
    let spoilt = Blob::new(octets(b"promised"), fixture::pieces(&Bytes::from_static(b"came")));
    now(setup.registry.put_blob(&APP, spoilt)).unwrap_err();
    let mut upload = now(setup.registry.start_upload(&APP, Algorithm::SHA256)).unwrap();
    now(upload.append(fixture::pieces(&Bytes::from_static(b"bytes")))).unwrap();
    now(upload.commit(&Digest::of(b"others"))).unwrap_err();
    now(now(setup.registry.start_upload(&APP, Algorithm::SHA256)).unwrap().cancel()).unwrap();
    let other = fixture::image(2, 1, 10).document();
    now(setup.registry.put_manifest(&APP, &other, &[tag("it")], &Precondition::Always)).unwrap_err();
    now(setup.registry.put_manifest(&APP, &image.document(), &[tag("new")], &Precondition::PointsTo(Digest::of(b""))))
        .unwrap_err();
    now(setup.registry.delete_tag(&APP, &tag("none"))).unwrap_err();
    now(setup.registry.delete_manifest(&APP, &Digest::of(b"none"))).unwrap_err();
    now(setup.registry.delete_blob(&APP, &Digest::of(b"none"))).unwrap_err();
    now(setup.registry.manifest(&APP, &tag("it").into())).unwrap();
    assert_eq!(setup.told(), []);
}

#[test]
fn reads_are_told_of_on_request() {
    let setup = Setup::new();
    let image = fixture::image(1, 1, 10_000);
    now(fixture::push(&setup.below, &APP, &image, &tag("it")));
    let registry = setup.registry.clone().with_pulls();
    let manifest = image.document().descriptor();
    now(registry.manifest(&APP, &tag("it").into())).unwrap();
    now(registry.manifest(&APP, &manifest.digest.clone().into())).unwrap();
    now(registry.resolve(&APP, &tag("it").into())).unwrap();
    let by_tag = EventKind::ManifestPulled { manifest: manifest.clone(), tag: Some(tag("it")) };
    assert_eq!(setup.told(), [by_tag, EventKind::ManifestPulled { manifest, tag: None }], "asking is not reading");

    let layer = Digest::of(&image.layers[0]);
    now(registry.stat_blob(&APP, &layer)).unwrap();
    let _ = now(registry.blob_range(&APP, &layer, ByteRange::From { first: 0 })).unwrap();
    let mut blob = now(registry.blob(&APP, &layer)).unwrap();
    assert_eq!(setup.told(), [], "nothing was read so far");
    let mut left = 10_000;
    while left > 0 {
        left -= now(blob.next()).unwrap().unwrap().len();
    }
    let pulled = EventKind::BlobPulled { blob: Descriptor::new(MediaType::OCTET_STREAM, layer.clone(), 10_000) };
    assert_eq!(setup.told(), [pulled], "without waiting for the end of the stream");
    assert!(now(blob.next()).is_none());
    assert_eq!(setup.told(), [], "and not twice");

    setup.faults.next(Operation::GetBlob, Fault::Truncate(5_000));
    let _ = now(now(registry.blob(&APP, &layer)).unwrap().try_collect::<Vec<_>>());
    assert_eq!(setup.told(), [], "half of it");
    now(setup.below.put_blob(&APP, Blob::from_bytes(""))).unwrap();
    let _ = now(registry.blob(&APP, &Digest::of(b""))).unwrap();
    assert_eq!(setup.told(), [EventKind::BlobPulled { blob: octets(b"") }]);
}

#[test]
fn views_name_who_asked() {
    let setup = Setup::new();
    let [alice, bob] = ["alice", "bob"].map(|name| setup.registry.by(name));
    now(alice.put_blob(&APP, Blob::from_bytes("a"))).unwrap();
    now(bob.put_blob(&APP, Blob::from_bytes("b"))).unwrap();
    let mut upload = now(bob.start_upload(&APP, Algorithm::SHA256)).unwrap();
    now(upload.append(fixture::pieces(&Bytes::from_static(b"c")))).unwrap();
    now(upload.commit(&Digest::of(b"c"))).unwrap();
    now(setup.registry.put_blob(&APP, Blob::from_bytes("d"))).unwrap();
    let names: Vec<_> = setup.events.lock().unwrap().iter().map(|event| event.by.clone()).collect();
    assert_eq!(names, [Some("alice".into()), Some("bob".into()), Some("bob".into()), None]);
}

/// A blob whose stream goes on after its last byte, with nothing.
struct Lingering;

#[async_trait]
impl Read for Lingering {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        let pieces = ["", "by", "te", "", ""].map(|piece| Ok(Bytes::from(piece)));
        Ok(Blob::new(octets(b"byte"), stream::iter(pieces).boxed()))
    }
}

#[test]
fn a_blob_is_told_of_once() {
    let times = Arc::new(Mutex::new(0));
    let sink = Arc::clone(&times);
    let registry = Observe::new(Lingering, move |_| *sink.lock().unwrap() += 1).with_pulls();
    let _: Vec<Bytes> = now(now(registry.blob(&APP, &Digest::of(b"byte"))).unwrap().try_collect()).unwrap();
    assert_eq!(*times.lock().unwrap(), 1);
}
