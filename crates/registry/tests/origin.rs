//! What a cache asks its origin, how often, and what it makes of the answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::sync::Semaphore;
use wharf_registry::{
    Algorithm, Blob, ByteRange, Delete, Descriptor, Digest, Document, Error, ErrorCode, Items, List, MediaType,
    Operation, Overlay, Precondition, Range, Raw, Read, Repository, Tag, TagOrDigest, Upload, UploadId, Write,
};
use wharf_store::{Store, memory};
use wharf_testkit::fixture::{self, Image, tag};
use wharf_testkit::{Fault, Faulty, laws};

type Memory = Store<memory::Blobs, memory::Names>;
type Cache = Overlay<Memory, Arc<Faulty<Memory>>>;

const APP: Repository = Repository::from_static("app");
const OTHER: Repository = Repository::from_static("other");
const MINUTE: Duration = Duration::from_secs(60);

/// A clock that a test moves on.
#[derive(Clone)]
struct Hands(Arc<Mutex<Instant>>);

impl Hands {
    #[allow(clippy::disallowed_methods, reason = "where a clock begins does not matter")]
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn move_on(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

struct Setup {
    near: Memory,
    far: Arc<Faulty<Memory>>,
    cache: Cache,
    clock: Hands,
    stale: Arc<AtomicUsize>,
    image: Image,
}

impl Setup {
    /// A cache over an origin with one image, tagged `latest`, with a clock if there is a freshness.
    fn new(freshness: Option<Duration>) -> Self {
        let (near, far) = (Store::memory().sparse(), Arc::new(Faulty::new(Store::memory())));
        let (image, clock, stale) = (fixture::image(1, 1, 1000), Hands::new(), Arc::new(AtomicUsize::new(0)));
        now(fixture::push(far.inner(), &APP, &image, &Tag::LATEST));
        let (hands, heard) = (clock.clone(), Arc::clone(&stale));
        let cache = Overlay::new(near.clone(), Arc::clone(&far)).on_stale(move |_, _| {
            heard.fetch_add(1, Ordering::SeqCst);
        });
        let cache = match freshness {
            Some(freshness) => cache.with_freshness(freshness, move || *hands.0.lock().unwrap()),
            None => cache,
        };
        Self { near, far, cache, clock, stale, image }
    }

    fn get(&self, which: impl Into<TagOrDigest>) -> Result<Digest, Error> {
        now(self.cache.manifest(&APP, &which.into())).map(|document| document.digest().clone())
    }

    fn head(&self, which: impl Into<TagOrDigest>) -> Result<Digest, Error> {
        now(self.cache.resolve(&APP, &which.into())).map(|found| found.digest)
    }

    fn asked(&self) -> (usize, usize) {
        (self.far.count(Operation::Resolve), self.far.count(Operation::GetManifest))
    }

    fn stale(&self) -> usize {
        self.stale.swap(0, Ordering::SeqCst)
    }

    /// Moves `latest` of the origin to another image.
    fn moves(&self) -> Digest {
        let image = fixture::image(2, 1, 10);
        now(fixture::push(self.far.inner(), &APP, &image, &Tag::LATEST));
        image.manifest.digest().clone()
    }

    fn far_answers(&self, code: &ErrorCode) {
        for operation in [Operation::GetManifest, Operation::Resolve, Operation::ListTags, Operation::ListReferrers] {
            self.far.always(operation, Fault::Refuse(code.clone()));
        }
    }
}

/// What does not wait, now.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory does not wait")
}

#[test]
fn a_fresh_tag_is_not_asked_for() {
    let setup = Setup::new(Some(MINUTE));
    let old = setup.get(Tag::LATEST).unwrap();
    let new = setup.moves();
    setup.clock.move_on(MINUTE - Duration::from_millis(1));
    assert_eq!((setup.get(Tag::LATEST).unwrap(), setup.head(Tag::LATEST).unwrap()), (old.clone(), old));
    assert_eq!(setup.asked(), (0, 1));
    setup.clock.move_on(Duration::from_millis(1));
    assert_eq!(setup.head(Tag::LATEST).unwrap(), new);
    assert_eq!(setup.head(Tag::LATEST).unwrap(), new);
    assert_eq!(setup.asked(), (1, 1));
    assert_eq!(setup.get(Tag::LATEST).unwrap(), new, "what was asked for is not kept yet");
    assert_eq!(setup.get(Tag::LATEST).unwrap(), new);
    assert_eq!((setup.asked(), setup.stale()), ((1, 2), 0));
}

#[test]
fn without_freshness_a_tag_is_asked_for_each_time() {
    for freshness in [None, Some(Duration::ZERO)] {
        let setup = Setup::new(freshness);
        for times in 1..4 {
            setup.get(Tag::LATEST).unwrap();
            setup.head(Tag::LATEST).unwrap();
            assert_eq!(setup.asked(), (times, times));
        }
    }
}

/// First where the tag points, then what is there: both names are known afterwards, in whatever order.
#[test]
fn a_tag_is_kept_with_what_it_was_resolved_to() {
    let digest = fixture::image(1, 1, 1000).manifest.digest().clone();
    for digest_first in [false, true] {
        let setup = Setup::new(None);
        if digest_first {
            setup.get(digest.clone()).unwrap();
        }
        setup.head(Tag::LATEST).unwrap();
        setup.get(digest.clone()).unwrap();
        assert_eq!(setup.asked(), (1, 1));
        setup.far_answers(&ErrorCode::UNAVAILABLE);
        assert_eq!(
            (setup.head(Tag::LATEST).unwrap(), setup.get(Tag::LATEST).unwrap()),
            (digest.clone(), digest.clone())
        );
        assert_eq!(setup.stale(), 2);
    }
}

#[test]
fn an_origin_that_is_asked_too_much_is_left_alone() {
    let setup = Setup::new(Some(Duration::ZERO));
    let old = setup.get(Tag::LATEST).unwrap();
    now(fixture::push(setup.far.inner(), &APP, &fixture::image(3, 1, 10), &tag("other")));
    setup.far.next(Operation::GetManifest, Fault::Refuse(ErrorCode::TOOMANYREQUESTS));
    assert_eq!(setup.get(Tag::LATEST).unwrap(), old);
    let (new, asked) = (setup.moves(), setup.asked());
    for _ in 0..3 {
        assert_eq!((setup.get(Tag::LATEST).unwrap(), setup.head(Tag::LATEST).unwrap()), (old.clone(), old.clone()));
    }
    assert_eq!((setup.asked(), setup.stale()), (asked, 7));
    setup.get(tag("other")).expect("what is not kept is asked for");
    assert_eq!(setup.asked(), (asked.0, asked.1 + 1));
    setup.clock.move_on(MINUTE - Duration::from_millis(1));
    assert_eq!(setup.head(Tag::LATEST).unwrap(), old);
    setup.clock.move_on(Duration::from_millis(1));
    assert_eq!(setup.head(Tag::LATEST).unwrap(), new);
    assert_eq!(setup.stale(), 1);
}

#[test]
fn only_too_many_requests_are_a_reason_to_pause() {
    let setup = Setup::new(Some(Duration::ZERO));
    setup.get(Tag::LATEST).unwrap();
    setup.far.next(Operation::Resolve, Fault::Refuse(ErrorCode::UNAVAILABLE));
    setup.head(Tag::LATEST).unwrap();
    let new = setup.moves();
    assert_eq!(setup.head(Tag::LATEST).unwrap(), new);
}

#[test]
fn what_was_not_found_is_asked_for_again() {
    let setup = Setup::new(Some(MINUTE));
    for _ in 0..2 {
        assert!(setup.get(tag("new")).unwrap_err().is_not_found());
        assert!(setup.head(tag("new")).unwrap_err().is_not_found());
    }
    assert_eq!(setup.asked(), (2, 2));
    let image = fixture::image(3, 1, 10);
    now(fixture::push(setup.far.inner(), &APP, &image, &tag("new")));
    assert_eq!(setup.get(tag("new")).unwrap(), *image.manifest.digest());

    setup.clock.move_on(MINUTE);
    now(setup.far.inner().delete_tag(&APP, &tag("new"))).unwrap();
    assert!(setup.head(tag("new")).unwrap_err().is_not_found());
    assert!(setup.get(tag("new")).unwrap_err().is_not_found(), "it is not fresh again by that");
}

#[test]
fn a_tag_that_was_not_found_is_not_fresh() {
    let setup = Setup::new(Some(MINUTE));
    setup.head(Tag::LATEST).unwrap();
    now(setup.far.inner().delete_tag(&APP, &Tag::LATEST)).unwrap();
    setup.head(Tag::LATEST).expect("nobody has asked");
    assert!(setup.get(Tag::LATEST).unwrap_err().is_not_found(), "what is not kept is asked for");
    assert!(setup.head(Tag::LATEST).unwrap_err().is_not_found());
}

#[test]
fn what_was_kept_for_one_repository_is_not_there_for_another() {
    let setup = Setup::new(None);
    let (layer, digest) = (Digest::of(&setup.image.layers[0]), setup.image.manifest.digest().clone());
    setup.get(digest.clone()).unwrap();
    let _: Vec<Bytes> = now(now(setup.cache.blob(&APP, &layer)).unwrap().try_collect()).unwrap();
    setup.far.reset();
    assert!(now(setup.cache.blob(&OTHER, &layer)).unwrap_err().is_not_found());
    assert!(now(setup.cache.stat_blob(&OTHER, &layer)).unwrap_err().is_not_found());
    assert!(now(setup.cache.blob_range(&OTHER, &layer, ByteRange::From { first: 0 })).unwrap_err().is_not_found());
    assert!(now(setup.cache.manifest(&OTHER, &digest.clone().into())).unwrap_err().is_not_found());
    for operation in [Operation::GetBlob, Operation::GetManifest] {
        setup.far.always(operation, Fault::Refuse(ErrorCode::DENIED));
    }
    assert!(now(setup.cache.blob(&OTHER, &layer)).unwrap_err().is_unauthorized());
    assert!(now(setup.cache.manifest(&OTHER, &digest.into())).unwrap_err().is_unauthorized());
    assert!(setup.far.calls().iter().all(|call| call.name.starts_with("other ")), "each was asked for");
    assert_eq!(setup.far.calls().len(), 6);
}

fn tags(list: &impl List) -> Result<Vec<Tag>, Error> {
    now(list.tags(&APP, None).try_collect())
}

#[test]
fn tags_are_those_of_the_origin_as_long_as_it_answers() {
    let setup = Setup::new(None);
    now(fixture::push(setup.far.inner(), &APP, &fixture::image(3, 1, 10), &tag("other")));
    assert_eq!(tags(&setup.cache).unwrap(), [Tag::LATEST, tag("other")]);
    let after: Vec<Tag> = now(setup.cache.tags(&APP, Some(&Tag::LATEST)).try_collect()).unwrap();
    assert_eq!(after, [tag("other")]);
    setup.far_answers(&ErrorCode::UNAVAILABLE);
    let error = tags(&setup.cache).unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAVAILABLE, "nothing known is not nothing there");
    setup.far.reset();
    setup.get(Tag::LATEST).unwrap();
    for code in [ErrorCode::UNAVAILABLE, ErrorCode::TOOMANYREQUESTS, ErrorCode::UNSUPPORTED] {
        setup.far.reset();
        setup.far_answers(&code);
        assert_eq!(tags(&setup.cache).unwrap(), [Tag::LATEST]);
        assert_eq!(setup.stale(), 1);
    }
    for code in [ErrorCode::DENIED, ErrorCode::UNAUTHORIZED, ErrorCode::NAME_UNKNOWN] {
        setup.far.reset();
        setup.far_answers(&code);
        assert_eq!(*tags(&setup.cache).unwrap_err().code(), code);
    }
    assert_eq!(setup.stale(), 0);
}

/// A registry that has referrers, or an error in their place, and nothing else.
struct Shelf(Result<Vec<Descriptor>, ErrorCode>);

#[async_trait]
impl Read for Shelf {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        Err(Error::new(ErrorCode::BLOB_UNKNOWN, Operation::GetBlob))
    }
}

impl List for Shelf {
    fn referrers<'a>(&'a self, _: &'a Repository, _: &'a Digest, _: Option<&'a MediaType>) -> Items<'a, Descriptor> {
        match &self.0 {
            Ok(found) => stream::iter(found.iter().cloned().map(Ok)).boxed(),
            Err(code) => stream::iter([Err(Error::new(code.clone(), Operation::ListReferrers))]).boxed(),
        }
    }
}

impl Write for Shelf {}
impl Delete for Shelf {}

#[test]
fn referrers_of_both_are_listed_and_those_of_an_origin_that_is_away_do_not_look_missing() {
    let [a, b, c] = [b"a", b"b", b"c"].map(|bytes| Descriptor::of(MediaType::IMAGE_MANIFEST, bytes));
    let (away, refused) = (Err(ErrorCode::UNAVAILABLE), Err(ErrorCode::DENIED));
    let unsupported = Err(ErrorCode::UNSUPPORTED);
    let [none, one] = [Ok(vec![]), Ok(vec![a.clone()])];
    let two = Ok(vec![b.clone(), a.clone()]);
    let table = [
        (&none, &two, &two),
        (&one, &two, &two),
        (&two, &none, &two),
        (&unsupported, &two, &two),
        (&away, &two, &two),
        (&none, &none, &none),
        (&one, &away, &one),
        (&none, &away, &away),
        (&unsupported, &away, &away),
        (&one, &unsupported, &one),
        (&none, &unsupported, &none),
        (&unsupported, &unsupported, &unsupported),
        (&one, &refused, &refused),
    ];
    let list = |near: &Result<_, _>, far: &Result<_, _>| {
        let cache = Overlay::new(Shelf(near.clone()), Shelf(far.clone()));
        let (app, subject) = (APP, Digest::of(b""));
        let found: Result<Vec<_>, Error> = now(cache.referrers(&app, &subject, None).try_collect());
        found.map_err(|error| error.code().clone())
    };
    for (near, far, expected) in table {
        assert_eq!(list(near, far), *expected, "near {near:?}, far {far:?}");
    }
    let kept = Ok(vec![c.clone(), a.clone()]);
    assert_eq!(list(&kept, &two), Ok(vec![b, a, c]), "what only the cache knows comes last, and nothing twice");
}

/// An origin whose answers wait until they are let go.
struct Held {
    registry: Arc<Faulty<Memory>>,
    gate: Semaphore,
}

#[async_trait]
impl Read for Held {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let answer = self.registry.manifest(repository, which).await;
        let _open = self.gate.acquire().await.unwrap();
        answer
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        let answer = self.registry.resolve(repository, which).await;
        let _open = self.gate.acquire().await.unwrap();
        answer
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.registry.blob(repository, digest).await
    }
}

impl List for Held {}

struct Waiting {
    held: Arc<Held>,
    far: Arc<Faulty<Memory>>,
    cache: Overlay<Memory, Arc<Held>>,
    image: Image,
}

impl Waiting {
    fn new() -> Self {
        let Setup { near, far, image, .. } = Setup::new(None);
        let held = Arc::new(Held { registry: Arc::clone(&far), gate: Semaphore::new(0) });
        Self { held: Arc::clone(&held), far, cache: Overlay::new(near, held), image }
    }
}

#[tokio::test]
async fn many_askers_are_one_question() {
    let Waiting { held, far, cache, image } = Waiting::new();
    let by_digest: TagOrDigest = image.manifest.digest().clone().into();
    let get = async |which: TagOrDigest| cache.manifest(&APP, &which).await;
    let mut first = Box::pin(get(Tag::LATEST.into()));
    let mut gets = Box::pin(join_all((0..20).map(|_| get(Tag::LATEST.into()))));
    let mut by_digest = Box::pin(join_all((0..20).map(|_| get(by_digest.clone()))));
    let mut heads = Box::pin(join_all((0..20).map(|_| async { cache.resolve(&APP, &Tag::LATEST.into()).await })));
    assert!(first.as_mut().now_or_never().is_none() && gets.as_mut().now_or_never().is_none());
    assert!(by_digest.as_mut().now_or_never().is_none() && heads.as_mut().now_or_never().is_none());
    drop(first);
    held.gate.add_permits(100);
    let all: Vec<_> = gets.await.into_iter().chain(by_digest.await).collect();
    assert!(all.into_iter().all(|found| found.unwrap() == image.document()));
    assert!(heads.await.into_iter().all(|found| found.unwrap() == image.document().descriptor()));
    assert_eq!((far.count(Operation::GetManifest), far.count(Operation::Resolve)), (2, 1));
    get(Tag::LATEST.into()).await.unwrap();
    assert_eq!(far.count(Operation::GetManifest), 3, "the next question is another one");
}

#[tokio::test]
async fn all_fail_together_and_the_next_asks_anew() {
    let Waiting { held, far, cache, image } = Waiting::new();
    far.next(Operation::GetManifest, Fault::Refuse(ErrorCode::UNAVAILABLE));
    let get = async || cache.manifest(&APP, &Tag::LATEST.into()).await;
    let mut gets = Box::pin(join_all((0..5).map(|_| get())));
    assert!(gets.as_mut().now_or_never().is_none());
    held.gate.add_permits(100);
    assert!(gets.await.into_iter().all(|found| *found.unwrap_err().code() == ErrorCode::UNAVAILABLE));
    assert_eq!(get().await.unwrap(), image.document());
    assert_eq!(far.count(Operation::GetManifest), 2);
}

/// An origin that has one manifest under every name.
struct Liar(Image);

#[async_trait]
impl Read for Liar {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Ok(self.0.document())
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        Ok(Blob::from_bytes("anything"))
    }
}

impl List for Liar {}

#[test]
fn another_manifest_than_was_asked_for_is_neither_kept_nor_passed_on() {
    let (near, image) = (Store::memory().sparse(), fixture::image(1, 1, 10));
    let cache = Overlay::new(near.clone(), Liar(image.clone()));
    let asked: TagOrDigest = Digest::of(b"another").into();
    assert_eq!(*now(cache.manifest(&APP, &asked)).unwrap_err().code(), ErrorCode::DIGEST_INVALID);
    assert!(now(near.manifest(&APP, &asked)).is_err());
    assert!(now(near.manifest(&APP, &image.manifest.digest().clone().into())).is_err());
}

/// A registry that is written to at its origin and read through a cache.
struct Through {
    far: Arc<Faulty<Memory>>,
    cache: Cache,
}

#[async_trait]
impl Read for Through {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        self.cache.manifest(repository, which).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.cache.blob(repository, digest).await
    }

    async fn resolve(&self, repository: &Repository, which: &TagOrDigest) -> Result<Descriptor, Error> {
        self.cache.resolve(repository, which).await
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        self.cache.stat_blob(repository, digest).await
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        self.cache.blob_range(repository, digest, range).await
    }
}

#[async_trait]
impl Write for Through {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        self.far.put_blob(repository, blob).await
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        self.far.mount(repository, digest, from).await
    }

    async fn start_upload(&self, repository: &Repository, algorithm: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        self.far.start_upload(repository, algorithm).await
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        self.far.resume_upload(repository, id).await
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        self.far.put_manifest(repository, document, tags, when).await
    }
}

impl List for Through {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        self.cache.tags(repository, after)
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        self.cache.referrers(repository, digest, artifact_type)
    }
}

impl Delete for Through {}

#[test]
fn what_is_read_through_a_cache_obeys_all_laws() {
    let Setup { far, cache, .. } = Setup::new(Some(Duration::ZERO));
    now(laws::all(&Through { far, cache }));
}
