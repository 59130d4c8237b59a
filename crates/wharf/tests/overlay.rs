//! A pull-through cache between two servers: a client of a server of a cache over a client of a server. What is counted are
//! the requests that come to the origin.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use wharf::client::{Body, Client, Clock, InProcess, Retry, Transport, TransportError};
use wharf::registry::{
    Digest, Error, ErrorCode, Host, List, Overlay, Policy, Read, Registry, Repository, Tag, TagOrDigest,
};
use wharf::server::Service;
use wharf::store::{Store, memory};
use wharf_testkit::fixture::{self, Image, tag};

type Memory = Store<memory::Blobs, memory::Names>;

const APP: Repository = Repository::from_static("app");

/// The way to the origin: what was asked, and what is answered in place of it.
#[derive(Clone)]
struct Wire {
    origin: Arc<dyn Transport>,
    asked: Arc<Mutex<Vec<String>>>,
    status: Arc<Mutex<Option<u16>>>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let asked = format!("{} {}", request.method(), request.uri().path());
        self.asked.lock().unwrap().push(asked);
        let status = *self.status.lock().unwrap();
        match status {
            None => self.origin.send(request).await,
            Some(status) => Ok(http::Response::builder().status(status).body(Body::empty()).unwrap()),
        }
    }
}

struct Setup {
    origin: Memory,
    wire: Wire,
    clock: Arc<Mutex<Instant>>,
    client: Client,
    image: Image,
}

/// A clock on which pauses between requests cost no time, and the end of patience never comes.
#[derive(Default)]
struct Hasty(Mutex<Duration>);

impl Clock for Hasty {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if duration > Duration::from_secs(10) {
            return Box::pin(std::future::pending());
        }
        *self.0.lock().unwrap() += duration;
        Box::pin(std::future::ready(()))
    }
}

fn client_of(transport: impl Transport + 'static) -> Client {
    let client = Client::new(transport, Host::parse("registry.test").unwrap()).unwrap();
    client.with_clock(Hasty::default()).with_retry(Retry::none())
}

fn served(registry: impl Registry + 'static) -> InProcess<Service> {
    InProcess::new(Service::new(registry))
}

impl Setup {
    #[allow(clippy::disallowed_methods, reason = "where a clock begins does not matter")]
    async fn new(freshness: Duration) -> Self {
        let (origin, image) = (Store::memory(), fixture::image(1, 2, 100_000));
        fixture::push(&origin, &APP, &image, &Tag::LATEST).await;
        let wire = Wire { origin: Arc::new(served(origin.clone())), asked: Arc::default(), status: Arc::default() };
        let clock = Arc::new(Mutex::new(Instant::now()));
        let hands = Arc::clone(&clock);
        let cache = Overlay::new(Store::memory().with_policy(Policy::Sparse), client_of(wire.clone()));
        let cache = cache.with_freshness(freshness, move || *hands.lock().unwrap());
        Self { origin, wire, clock, client: client_of(served(cache)), image }
    }

    /// What the origin was asked since the last time, without the words that are the same.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.wire.asked.lock().unwrap());
        asked.into_iter().map(|line| line.replace("/v2/app/", "")).collect()
    }

    fn answers(&self, status: Option<u16>) {
        *self.wire.status.lock().unwrap() = status;
    }

    fn wait(&self, time: Duration) {
        *self.clock.lock().unwrap() += time;
    }

    async fn blob(&self, digest: &Digest) -> Result<Bytes, Error> {
        let pieces: Vec<Bytes> = self.client.blob(&APP, digest).await?.try_collect().await?;
        Ok(pieces.concat().into())
    }

    fn layer(&self) -> Digest {
        Digest::of(&self.image.layers[0])
    }
}

const fn latest() -> TagOrDigest {
    TagOrDigest::Tag(Tag::LATEST)
}

#[tokio::test]
async fn an_image_comes_from_its_origin_once() {
    let setup = Setup::new(Duration::ZERO).await;
    for _ in 0..3 {
        let found = setup.client.resolve(&APP, &latest()).await.unwrap();
        setup.client.manifest(&APP, &found.digest.into()).await.unwrap();
        for blob in setup.image.blobs() {
            assert_eq!(setup.blob(&Digest::of(blob)).await.unwrap(), *blob);
        }
    }
    let asked = setup.asked();
    let of = |method: &str| asked.iter().filter(|line| line.starts_with(method)).count();
    assert_eq!((of("HEAD manifests/latest"), of("GET manifests"), of("GET blobs"), asked.len()), (3, 1, 3, 7));
}

#[tokio::test]
async fn many_clients_are_one_request() {
    let setup = Setup::new(Duration::ZERO).await;
    let layer = setup.layer();
    let blobs = join_all((0..10).map(|_| setup.blob(&layer))).await;
    assert!(blobs.into_iter().all(|blob| blob.unwrap() == setup.image.layers[0]));
    assert_eq!(setup.asked(), [format!("GET blobs/{layer}")]);
}

#[tokio::test]
async fn asking_whether_something_is_there_fetches_nothing() {
    let setup = Setup::new(Duration::ZERO).await;
    let layer = setup.layer();
    assert_eq!(setup.client.stat_blob(&APP, &layer).await.unwrap().size, 100_000);
    let digest: TagOrDigest = setup.image.manifest.digest().clone().into();
    setup.client.resolve(&APP, &digest).await.unwrap();
    assert_eq!(setup.asked(), [format!("HEAD blobs/{layer}"), format!("HEAD manifests/{digest}")]);
}

#[tokio::test]
async fn a_fresh_tag_costs_no_request() {
    let minute = Duration::from_secs(60);
    let setup = Setup::new(minute).await;
    for _ in 0..2 {
        setup.client.manifest(&APP, &latest()).await.unwrap();
        setup.client.resolve(&APP, &latest()).await.unwrap();
    }
    assert_eq!(setup.asked(), ["GET manifests/latest"]);
    setup.wait(minute);
    setup.client.resolve(&APP, &latest()).await.unwrap();
    assert_eq!(setup.asked(), ["HEAD manifests/latest"]);
}

#[tokio::test]
async fn what_is_kept_outlasts_an_origin_that_fails() {
    let setup = Setup::new(Duration::ZERO).await;
    setup.client.manifest(&APP, &latest()).await.unwrap();
    setup.blob(&setup.layer()).await.unwrap();
    for status in [500, 502, 503, 429] {
        setup.answers(Some(status));
        assert_eq!(setup.client.manifest(&APP, &latest()).await.unwrap(), setup.image.document(), "{status}");
        assert_eq!(setup.blob(&setup.layer()).await.unwrap(), setup.image.layers[0], "{status}");
        let tags: Vec<Tag> = setup.client.tags(&APP, None).try_collect().await.unwrap();
        assert_eq!(tags, [Tag::LATEST], "{status}");
        assert!(setup.client.manifest(&APP, &tag("unknown").into()).await.is_err());
    }
    for status in [401, 403, 404] {
        setup.wait(Duration::from_secs(60));
        setup.answers(Some(status));
        let error = setup.client.manifest(&APP, &latest()).await.unwrap_err();
        assert!(error.is_not_found() || error.is_unauthorized(), "{status}: {error}");
    }
}

#[tokio::test]
async fn an_origin_that_is_asked_too_much_hears_nothing_for_a_minute() {
    let setup = Setup::new(Duration::ZERO).await;
    setup.client.manifest(&APP, &latest()).await.unwrap();
    setup.answers(Some(429));
    setup.client.manifest(&APP, &latest()).await.unwrap();
    assert_eq!(setup.asked(), ["GET manifests/latest"; 2]);
    for _ in 0..5 {
        setup.client.manifest(&APP, &latest()).await.unwrap();
        setup.client.resolve(&APP, &latest()).await.unwrap();
    }
    assert_eq!(setup.asked(), [""; 0]);
    let unknown = setup.client.manifest(&APP, &tag("unknown").into()).await.unwrap_err();
    assert_eq!(*unknown.code(), ErrorCode::TOOMANYREQUESTS);
    assert_eq!(setup.asked(), ["GET manifests/unknown"]);
    setup.wait(Duration::from_secs(60));
    setup.answers(None);
    setup.client.resolve(&APP, &latest()).await.unwrap();
    assert_eq!(setup.asked(), ["HEAD manifests/latest"]);
}

#[tokio::test]
async fn tags_are_those_of_the_origin_and_content_is_kept_for_its_repository() {
    let setup = Setup::new(Duration::ZERO).await;
    fixture::push(&setup.origin, &APP, &fixture::image(2, 1, 10), &tag("next")).await;
    let tags: Vec<Tag> = setup.client.tags(&APP, None).try_collect().await.unwrap();
    assert_eq!(tags, [Tag::LATEST, tag("next")]);
    setup.blob(&setup.layer()).await.unwrap();
    setup.asked();
    let other = setup.client.blob(&Repository::from_static("other"), &setup.layer()).await;
    assert!(other.unwrap_err().is_not_found());
    assert_eq!(setup.asked(), [format!("GET /v2/other/blobs/{}", setup.layer())]);
}
