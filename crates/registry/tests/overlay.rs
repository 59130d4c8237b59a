//! A pull-through cache fetches once, keeps only what is verified, and serves what it has when the origin is away.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt};
use wharf_registry::{
    Algorithm, Blob, ByteRange, Delete, Digest, Document, Error, ErrorCode, List, Operation, Overlay, Policy,
    Precondition, Read, Repository, Tag, TagOrDigest, Write,
};
use wharf_store::{Store, memory};
use wharf_testkit::fixture::{self, Image};
use wharf_testkit::{Fault, Faulty};

type Memory = Store<memory::Blobs, memory::Names>;

const APP: Repository = Repository::from_static("app");

/// A cache that is empty, over an origin with one image that is tagged `latest`.
struct Setup {
    near: Arc<Faulty<Memory>>,
    far: Arc<Faulty<Memory>>,
    cache: Overlay<Arc<Faulty<Memory>>, Arc<Faulty<Memory>>>,
    image: Image,
}

impl Setup {
    fn new() -> Self {
        let near = Arc::new(Faulty::new(Store::memory().with_policy(Policy::Sparse)));
        let far = Arc::new(Faulty::new(Store::memory()));
        let image = fixture::image(1, 1, 10_000);
        now(fixture::push(far.inner(), &APP, &image, &Tag::LATEST));
        let cache = Overlay::new(Arc::clone(&near), Arc::clone(&far));
        Self { near, far, cache, image }
    }

    fn layer(&self) -> Digest {
        Digest::of(&self.image.layers[0])
    }

    fn digest(&self) -> TagOrDigest {
        self.image.manifest.digest().clone().into()
    }

    fn manifest(&self, which: &TagOrDigest) -> Result<Document, Error> {
        now(self.cache.manifest(&APP, which))
    }

    fn blob(&self, digest: &Digest) -> Result<Bytes, Error> {
        let pieces: Vec<Bytes> = now(now(self.cache.blob(&APP, digest))?.try_collect())?;
        Ok(pieces.concat().into())
    }

    fn far_is_away(&self, code: &ErrorCode) {
        for operation in [Operation::GetManifest, Operation::Resolve, Operation::GetBlob, Operation::StatBlob] {
            self.far.always(operation, Fault::Refuse(code.clone()));
        }
    }
}

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

const fn latest() -> TagOrDigest {
    TagOrDigest::Tag(Tag::LATEST)
}

#[test]
fn a_manifest_is_fetched_by_digest_once() {
    let setup = Setup::new();
    for _ in 0..3 {
        assert_eq!(setup.manifest(&setup.digest()).unwrap(), setup.image.document());
    }
    assert_eq!(setup.far.count(Operation::GetManifest), 1);
    assert!(now(setup.near.inner().resolve(&APP, &latest())).unwrap_err().is_not_found(), "nobody named the tag");
}

#[test]
fn a_tag_is_asked_for_each_time() {
    let setup = Setup::new();
    assert_eq!(setup.manifest(&latest()).unwrap(), setup.image.document());
    let new = fixture::image(2, 1, 10);
    now(fixture::push(setup.far.inner(), &APP, &new, &Tag::LATEST));
    assert_eq!(setup.manifest(&latest()).unwrap(), new.document());
    assert_eq!(now(setup.cache.resolve(&APP, &latest())).unwrap().digest, *new.manifest.digest());
    assert_eq!(now(setup.near.inner().resolve(&APP, &latest())).unwrap().digest, *new.manifest.digest());
}

#[test]
fn what_is_kept_is_served_when_the_origin_is_away() {
    for code in [ErrorCode::UNAVAILABLE, ErrorCode::TOOMANYREQUESTS] {
        let setup = Setup::new();
        setup.manifest(&latest()).unwrap();
        setup.blob(&setup.layer()).unwrap();
        setup.far_is_away(&code);
        assert_eq!(setup.manifest(&latest()).unwrap(), setup.image.document());
        assert_eq!(setup.manifest(&setup.digest()).unwrap(), setup.image.document());
        assert_eq!(now(setup.cache.resolve(&APP, &latest())).unwrap().digest, *setup.image.manifest.digest());
        assert_eq!(now(setup.cache.resolve(&APP, &setup.digest())).unwrap().digest, *setup.image.manifest.digest());
        assert_eq!(setup.blob(&setup.layer()).unwrap(), setup.image.layers[0]);
        assert_eq!(now(setup.cache.stat_blob(&APP, &setup.layer())).unwrap().size, 10_000);
    }
}

#[test]
fn a_refusal_of_the_origin_is_not_its_absence() {
    for code in [ErrorCode::UNAUTHORIZED, ErrorCode::DENIED] {
        let setup = Setup::new();
        setup.manifest(&latest()).unwrap();
        setup.far_is_away(&code);
        assert_eq!(*setup.manifest(&latest()).unwrap_err().code(), code);
        assert_eq!(*now(setup.cache.resolve(&APP, &latest())).unwrap_err().code(), code);
    }
}

#[test]
fn what_is_not_kept_fails_as_the_origin_does() {
    let setup = Setup::new();
    setup.far_is_away(&ErrorCode::TOOMANYREQUESTS);
    for error in [
        setup.manifest(&latest()).unwrap_err(),
        setup.manifest(&setup.digest()).unwrap_err(),
        now(setup.cache.resolve(&APP, &latest())).unwrap_err(),
        setup.blob(&setup.layer()).unwrap_err(),
        now(setup.cache.stat_blob(&APP, &setup.layer())).unwrap_err(),
    ] {
        assert_eq!(*error.code(), ErrorCode::TOOMANYREQUESTS);
    }
}

#[test]
fn a_tag_that_is_gone_is_gone() {
    let setup = Setup::new();
    setup.manifest(&latest()).unwrap();
    now(setup.far.inner().delete_tag(&APP, &Tag::LATEST)).unwrap();
    assert!(setup.manifest(&latest()).unwrap_err().is_not_found());
    assert!(now(setup.cache.resolve(&APP, &latest())).unwrap_err().is_not_found());
    assert!(setup.manifest(&setup.digest()).is_ok(), "content does not go with its name");
}

#[test]
fn an_index_is_kept_before_its_images() {
    let (setup, index) = (Setup::new(), fixture::multi_platform(7, 1, 100));
    now(fixture::push_index(setup.far.inner(), &APP, &index, &fixture::tag("all")));
    assert_eq!(setup.manifest(&fixture::tag("all").into()).unwrap(), index.document());
    setup.far_is_away(&ErrorCode::UNAVAILABLE);
    assert_eq!(setup.manifest(&fixture::tag("all").into()).unwrap(), index.document());
}

#[test]
fn a_blob_is_fetched_once() {
    let setup = Setup::new();
    for _ in 0..3 {
        assert_eq!(setup.blob(&setup.layer()).unwrap(), setup.image.layers[0]);
    }
    assert_eq!(setup.far.count(Operation::GetBlob), 1);
}

#[test]
fn a_spoilt_blob_is_not_kept() {
    for fault in [Fault::Corrupt(5000), Fault::Truncate(9999), Fault::Cut(5000)] {
        let setup = Setup::new();
        setup.far.next(Operation::GetBlob, fault.clone());
        assert!(setup.blob(&setup.layer()).is_err(), "{fault:?}");
        assert!(now(setup.near.inner().stat_blob(&APP, &setup.layer())).is_err(), "{fault:?}");
        assert_eq!(setup.blob(&setup.layer()).unwrap(), setup.image.layers[0], "the next attempt is a new one");
    }
}

#[test]
fn asking_about_content_does_not_fetch_it() {
    let setup = Setup::new();
    assert_eq!(now(setup.cache.stat_blob(&APP, &setup.layer())).unwrap().size, 10_000);
    assert_eq!(now(setup.cache.resolve(&APP, &setup.digest())).unwrap(), setup.image.document().descriptor());
    assert_eq!(setup.far.count(Operation::GetBlob) + setup.far.count(Operation::GetManifest), 0);
    assert_eq!(setup.near.count(Operation::PutBlob) + setup.near.count(Operation::PutManifest), 0);
}

#[test]
fn a_range_fetches_the_whole_blob_once() {
    let setup = Setup::new();
    for first in [0, 9_000, 42] {
        let range = ByteRange::Between { first, last: first + 9 };
        let part = now(setup.cache.blob_range(&APP, &setup.layer(), range)).unwrap();
        let pieces: Vec<Bytes> = now(part.into_unverified().try_collect()).unwrap();
        let first = usize::try_from(first).unwrap();
        assert_eq!(pieces.concat(), setup.image.layers[0][first..first + 10]);
    }
    let outside = now(setup.cache.blob_range(&APP, &setup.layer(), ByteRange::From { first: 10_000 }));
    assert_eq!(*outside.unwrap_err().code(), ErrorCode::RANGE_INVALID);
    assert_eq!(setup.far.count(Operation::GetBlob), 1);
}

#[test]
fn a_manifest_that_cannot_be_kept_is_served() {
    let setup = Setup::new();
    setup.near.always(Operation::PutManifest, Fault::Refuse(ErrorCode::UNAVAILABLE));
    setup.near.always(Operation::GetManifest, Fault::Refuse(ErrorCode::UNAVAILABLE));
    assert_eq!(setup.manifest(&latest()).unwrap(), setup.image.document());
    assert_eq!(setup.manifest(&setup.digest()).unwrap(), setup.image.document());
}

#[test]
fn a_blob_that_cannot_be_kept_is_an_error() {
    let setup = Setup::new();
    setup.near.always(Operation::PutBlob, Fault::Refuse(ErrorCode::UNAVAILABLE));
    assert_eq!(*setup.blob(&setup.layer()).unwrap_err().code(), ErrorCode::UNAVAILABLE);
}

#[test]
fn unknown_content_is_unknown() {
    let (setup, unknown) = (Setup::new(), Digest::of(b"unknown"));
    assert!(setup.blob(&unknown).unwrap_err().is_not_found());
    assert!(setup.manifest(&unknown.clone().into()).unwrap_err().is_not_found());
    assert!(now(setup.cache.stat_blob(&APP, &unknown)).unwrap_err().is_not_found());
    let range = ByteRange::From { first: 0 };
    assert!(now(setup.cache.blob_range(&APP, &unknown, range)).unwrap_err().is_not_found());
}

#[test]
fn repositories_are_those_of_which_something_is_kept() {
    let setup = Setup::new();
    now(fixture::push(setup.far.inner(), &Repository::from_static("other"), &setup.image, &Tag::LATEST));
    setup.manifest(&latest()).unwrap();
    let repositories: Vec<Repository> = now(setup.cache.repositories(None).try_collect()).unwrap();
    assert_eq!(repositories, [APP]);
}

#[test]
fn nothing_is_written_or_deleted_through_it() {
    let setup = Setup::new();
    setup.manifest(&latest()).unwrap();
    let image = setup.image.document();
    for refused in [
        now(setup.cache.put_blob(&APP, Blob::from_bytes("new"))),
        now(setup.cache.put_manifest(&APP, &image, &[fixture::tag("new")], &Precondition::Always)),
        now(setup.cache.start_upload(&APP, Algorithm::SHA256)).map(drop),
        now(setup.cache.delete_tag(&APP, &Tag::LATEST)),
        now(setup.cache.delete_manifest(&APP, image.digest())),
        now(setup.cache.delete_blob(&APP, &setup.layer())),
    ] {
        assert!(refused.unwrap_err().is_unsupported());
    }
    assert!(setup.manifest(&latest()).is_ok());
}
