//! What is below a prefix, and nothing else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::error::Error as StdError;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Algorithm, Blob, ByteRange, ByteStream, Delete, Descriptor, Digest, Document, Error, ErrorCode, List, MediaType,
    Operation, Precondition, Range, Raw, Read, Registry, Repository, Scoped, Tag, TagOrDigest, Write,
};
use wharf_store::{Store, memory};
use wharf_testkit::Faulty;
use wharf_testkit::fixture::{self, repository, tag};

const TEAM: Repository = Repository::from_static("team/secret");
const APP: Repository = Repository::from_static("app");
const FULL: Repository = Repository::from_static("team/secret/app");

type Below = Arc<Faulty<Store<memory::Blobs, memory::Names>>>;

fn setup() -> (Below, Scoped<Below>) {
    let below = Arc::new(Faulty::new(Store::memory()));
    (Arc::clone(&below), Scoped::new(below, TEAM))
}

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

fn repositories(registry: &dyn Registry, after: Option<&str>) -> Vec<String> {
    let after = after.map(repository);
    let found: Vec<Repository> = now(registry.repositories(after.as_ref()).try_collect()).unwrap();
    found.into_iter().map(|name| name.to_string()).collect()
}

/// An error and its causes that are of this crate, as they print.
fn told(error: &(dyn StdError + 'static)) -> String {
    format!("{error}{}", error.downcast_ref::<Error>().map(|error| format!(" {}", error.context())).unwrap_or_default())
}

#[test]
fn names_are_short_above_and_long_below() {
    let (below, registry) = setup();
    let image = fixture::image(1, 1, 100);
    now(fixture::push(&registry, &APP, &image, &Tag::LATEST));
    assert_eq!(now(below.resolve(&FULL, &Tag::LATEST.into())).unwrap(), image.document().descriptor());
    assert!(now(below.resolve(&APP, &Tag::LATEST.into())).unwrap_err().is_not_found());

    let other = fixture::image(2, 1, 100);
    now(fixture::push(below.inner(), &APP, &other, &tag("outside")));
    now(fixture::push(below.inner(), &TEAM, &other, &tag("outside")));
    assert!(now(registry.resolve(&APP, &tag("outside").into())).unwrap_err().is_not_found());
    assert!(now(registry.resolve(&repository("team/secret/app"), &Tag::LATEST.into())).is_err());
    let tags: Vec<Tag> = now(registry.tags(&APP, None).try_collect()).unwrap();
    assert_eq!(tags, [Tag::LATEST]);
}

#[test]
fn only_what_is_below_the_prefix_is_listed() {
    let (below, registry) = setup();
    let image = fixture::image(1, 1, 10);
    let names = [
        "a",
        "team",
        "team/secret",
        "team/secret-a/x",
        "team/secret.z",
        "team/secret.zz/x",
        "team/secret/app",
        "team/secret/app-2",
        "team/secret/app/deep",
        "team/secret/b",
        "team/secret0",
        "team/secret__a",
        "team/secreta",
        "team/secretz/app",
        "z",
    ];
    for name in names {
        now(fixture::push(below.inner(), &repository(name), &image, &Tag::LATEST));
    }
    assert_eq!(repositories(&registry, None), ["app", "app-2", "app/deep", "b"]);
    assert_eq!(repositories(&registry, Some("app")), ["app-2", "app/deep", "b"]);
    assert_eq!(repositories(&registry, Some("app-2")), ["app/deep", "b"]);
    assert_eq!(repositories(&registry, Some("aqua")), ["b"]);
    assert_eq!(repositories(&registry, Some("b")), [""; 0]);
    let long = format!("app/{}", "y".repeat(251));
    assert_eq!(repositories(&registry, Some(&long)), ["b"], "longer than any name can be below the prefix");
}

/// A list of which nothing may be read that is not below the prefix, but for the first name that comes after.
struct Guarded;

impl List for Guarded {
    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> wharf_registry::Items<'a, Repository> {
        let names = ["team/secret-x", "team/secret.x", "team/secret/a", "team/secret/b", "team/secret0"];
        let names = names.into_iter().map(repository).filter(move |name| after.is_none_or(|after| name > after));
        let read = names.inspect(|name| assert!(name.as_str() > "team/secret/", "{name} was read"));
        let end = std::iter::once_with(|| panic!("read beyond the prefix"));
        stream::iter(read.map(Ok).chain(end)).boxed()
    }
}

#[test]
fn nothing_is_read_outside_of_the_prefix() {
    let list = Scoped::new(Guarded, TEAM);
    let found: Vec<Repository> = now(list.repositories(None).try_collect()).unwrap();
    assert_eq!(found, ["a", "b"].map(repository));
}

/// With the prefix, `after` is too long to be a name, and what is left of it comes before other names.
#[test]
fn a_list_goes_on_after_a_name_that_is_too_long() {
    let (_, registry) = setup();
    let stem = "a".repeat(241);
    for name in [&stem, &format!("{stem}-0"), &format!("{stem}a")] {
        now(registry.put_blob(&repository(name), Blob::from_bytes("x"))).unwrap();
    }
    assert_eq!(repositories(&registry, Some(&format!("{stem}__b"))), [format!("{stem}a")]);
    assert_eq!(repositories(&registry, Some(&stem)).len(), 2);
}

#[test]
fn a_prefix_without_room_has_nothing() {
    for length in [253, 254, 255] {
        let store = Store::memory();
        let prefix = repository(&"p".repeat(length));
        let registry = Scoped::new(store.clone(), prefix);
        let put = now(registry.put_blob(&repository("a"), Blob::from_bytes("x")));
        assert_eq!(put.is_ok(), length == 253);
        assert_eq!(repositories(&registry, None).len(), usize::from(length == 253), "{length}");
        assert_eq!(repositories(&registry, Some("0")).len(), usize::from(length == 253), "{length}");
    }
}

#[test]
fn blobs_are_mounted_from_within_alone() {
    let (below, registry) = setup();
    let blob = Blob::from_bytes("content");
    let digest = blob.descriptor().digest.clone();
    now(below.put_blob(&repository("outside"), blob)).unwrap();
    for from in ["outside", "team/secret/outside", &"n".repeat(255)] {
        assert!(!now(registry.mount(&APP, &digest, &repository(from))).unwrap(), "{from}");
    }
    now(registry.put_blob(&repository("inside"), Blob::from_bytes("content"))).unwrap();
    assert!(now(registry.mount(&APP, &digest, &repository("inside"))).unwrap());
}

#[test]
fn a_name_that_is_too_long_is_invalid() {
    let (_, registry) = setup();
    let (long, digest) = (repository(&"n".repeat(244)), Digest::of(b""));
    let image = fixture::image(1, 1, 10).document();
    let fits = repository(&"n".repeat(243));
    assert!(now(registry.stat_blob(&fits, &digest)).unwrap_err().is_not_found());
    let id = wharf_registry::UploadId::parse("id").unwrap();
    let errors = [
        now(registry.manifest(&long, &Tag::LATEST.into())).unwrap_err(),
        now(registry.blob(&long, &digest)).unwrap_err(),
        now(registry.resolve(&long, &Tag::LATEST.into())).unwrap_err(),
        now(registry.stat_blob(&long, &digest)).unwrap_err(),
        now(registry.blob_range(&long, &digest, ByteRange::From { first: 0 })).unwrap_err(),
        now(registry.put_blob(&long, Blob::from_bytes("x"))).unwrap_err(),
        now(registry.mount(&long, &digest, &APP)).unwrap_err(),
        now(registry.start_upload(&long, Algorithm::SHA256)).map(drop).unwrap_err(),
        now(registry.resume_upload(&long, &id)).map(drop).unwrap_err(),
        now(registry.put_manifest(&long, &image, &[], &Precondition::Always)).unwrap_err(),
        now(registry.tags(&long, None).next()).unwrap().unwrap_err(),
        now(registry.referrers(&long, &digest, None).next()).unwrap().unwrap_err(),
        now(registry.delete_tag(&long, &Tag::LATEST)).unwrap_err(),
        now(registry.delete_manifest(&long, &digest)).unwrap_err(),
        now(registry.delete_blob(&long, &digest)).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(*error.code(), ErrorCode::NAME_INVALID, "{error}");
        assert!(error.to_string().contains(long.as_str()) && !error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn errors_name_what_was_asked_for() {
    let (_, registry) = setup();
    let (digest, latest) = (Digest::of(b"none"), Tag::LATEST.into());
    now(registry.put_blob(&APP, Blob::from_bytes("x"))).unwrap();
    let mut upload = now(registry.start_upload(&APP, Algorithm::SHA256)).unwrap();
    let broken = Error::new(ErrorCode::UNAVAILABLE, Operation::Upload).named(&FULL);
    let held = upload.id().clone();
    let errors = [
        now(registry.manifest(&APP, &latest)).unwrap_err(),
        now(registry.blob(&APP, &digest)).unwrap_err(),
        now(registry.resolve(&APP, &latest)).unwrap_err(),
        now(registry.stat_blob(&APP, &digest)).unwrap_err(),
        now(registry.blob_range(&APP, &digest, ByteRange::From { first: 0 })).unwrap_err(),
        now(registry.put_manifest(&APP, &fixture::image(9, 1, 10).document(), &[], &Precondition::Always)).unwrap_err(),
        now(registry.resume_upload(&APP, &held)).map(drop).unwrap_err(),
        now(registry.tags(&repository("none"), None).next()).unwrap().unwrap_err(),
        now(registry.delete_tag(&APP, &Tag::LATEST)).unwrap_err(),
        now(registry.delete_manifest(&APP, &digest)).unwrap_err(),
        now(registry.delete_blob(&APP, &digest)).unwrap_err(),
        now(upload.append(stream::iter([Err(broken)]).boxed())).unwrap_err(),
        now(upload.commit(&digest)).unwrap_err(),
    ];
    for error in errors {
        let text = told(&error);
        assert!(!text.contains("secret") && !text.contains("team"), "{text}");
        assert!(text.contains("app") || text.contains("none"), "{text}");
    }
    let found = now(registry.manifest(&APP, &latest)).unwrap_err();
    assert_eq!(found.to_string(), "get manifest app latest: MANIFEST_UNKNOWN");
}

/// A registry of which nothing comes but errors that name the repository.
struct Failing;

fn failure(repository: &Repository) -> Error {
    Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(repository)
}

fn failing(repository: &Repository) -> ByteStream {
    stream::iter([Err(failure(repository))]).boxed()
}

#[async_trait]
impl Read for Failing {
    async fn manifest(&self, repository: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(failure(repository))
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), 5);
        let about = repository.clone();
        Ok(Blob::new(blob, failing(repository)).explain(move |_| failure(&about)))
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, _: ByteRange) -> Result<Range, Error> {
        let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), 5);
        Ok(Range::new(blob, 0, 5, failing(repository)))
    }
}

#[async_trait]
impl Write for Failing {
    async fn mount(&self, into: &Repository, _: &Digest, from: &Repository) -> Result<bool, Error> {
        Err(Error::new(ErrorCode::UNAVAILABLE, Operation::Mount).about(into, from))
    }
}

#[test]
fn errors_of_what_flows_name_what_was_asked_for() {
    let (registry, digest) = (Scoped::new(Failing, TEAM), Digest::of(b"x"));
    let blob: Result<Vec<Bytes>, Error> = now(now(registry.blob(&APP, &digest)).unwrap().try_collect());
    assert_eq!(blob.unwrap_err().to_string(), "get blob app: UNAVAILABLE");
    let part = now(registry.blob_range(&APP, &digest, ByteRange::From { first: 0 })).unwrap();
    let part: Result<Vec<Bytes>, Error> = now(part.into_unverified().try_collect());
    assert_eq!(part.unwrap_err().to_string(), "get blob app: UNAVAILABLE");
    let mount = now(registry.mount(&APP, &digest, &repository("from"))).unwrap_err();
    assert_eq!(mount.to_string(), "mount blob app from: UNAVAILABLE");
}

/// A prefix whose text is in other words as well.
#[test]
fn only_the_name_is_changed_in_errors() {
    let registry = Scoped::new(Store::memory(), repository("a"));
    let error = now(registry.resolve(&repository("a/b"), &tag("a").into())).unwrap_err();
    assert_eq!(error.to_string(), "resolve a/b a: NAME_UNKNOWN");
}
