//! What is told of each request to those who count.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::time::sleep;
use tower_service::Service as _;
use wharf_server::{Exchange, Metrics, Server, Service};
use wharf_store::Store;

use crate::backend::{Small, Stuck};
use crate::harness::{EMPTY_INDEX, INDEX, ask, put_blob, put_index, request, start};
use crate::net::Running;

/// Writes down everything.
#[derive(Default)]
struct Book {
    begun: Mutex<Vec<(&'static str, &'static str)>>,
    ended: Mutex<Vec<Exchange>>,
}

impl Metrics for Book {
    fn begun(&self, endpoint: &'static str, method: &'static str) {
        self.begun.lock().unwrap().push((endpoint, method));
    }

    fn ended(&self, exchange: &Exchange) {
        self.ended.lock().unwrap().push(exchange.clone());
    }
}

impl Book {
    /// The one request that was told of since the last time.
    fn one(&self) -> Exchange {
        let (begun, mut ended) = (std::mem::take(&mut *self.begun.lock().unwrap()), self.ended.lock().unwrap());
        assert_eq!((begun.len(), ended.len()), (1, 1), "{begun:?} {ended:?}");
        let exchange = ended.pop().unwrap();
        assert_eq!(begun[0], (exchange.endpoint, exchange.method));
        assert!(exchange.head.is_none_or(|head| head <= exchange.duration));
        assert_eq!(exchange.head.is_some(), exchange.status.is_some());
        exchange
    }

    /// How many requests go on.
    fn in_flight(&self) -> usize {
        self.begun.lock().unwrap().len() - self.ended.lock().unwrap().len()
    }
}

fn watched(store: Store<wharf_store::memory::Blobs, wharf_store::memory::Names>) -> (Arc<Book>, Service) {
    let book = Arc::new(Book::default());
    (Arc::clone(&book), Service::new(store).with_metrics(book))
}

#[test]
fn each_request_is_told_once_under_one_of_few_names() {
    let store = Store::memory();
    let plain = Service::new(store.clone());
    let (book, service) = watched(store);
    let index = put_index(&plain, "a", "latest");
    let digest = put_blob(&plain, "a", "hello");
    let session = start(&plain, "a");
    let rows: &[(&str, String, &str, &str, &str)] = &[
        ("GET", "/v2/".into(), "", "base", "GET"),
        ("GET", "/v2/a/manifests/latest".into(), "", "get_manifest", "GET"),
        ("HEAD", "/v2/a/manifests/latest".into(), "", "head_manifest", "HEAD"),
        ("PUT", "/v2/a/manifests/other".into(), EMPTY_INDEX, "put_manifest", "PUT"),
        ("GET", "/v2/a/manifests/none".into(), "", "get_manifest", "GET"),
        ("GET", format!("/v2/a/blobs/{digest}"), "", "get_blob", "GET"),
        ("HEAD", format!("/v2/a/blobs/{digest}"), "", "head_blob", "HEAD"),
        ("POST", format!("/v2/b/blobs/uploads/?mount={digest}&from=a"), "", "mount_blob", "POST"),
        ("POST", format!("/v2/c/blobs/uploads/?digest={digest}"), "hello", "post_blob", "POST"),
        ("POST", "/v2/a/blobs/uploads/".into(), "", "start_upload", "POST"),
        ("PATCH", session.clone(), "hello", "append_upload", "PATCH"),
        ("GET", session.clone(), "", "upload_status", "GET"),
        ("PUT", format!("{session}?digest={digest}"), "", "finish_upload", "PUT"),
        ("DELETE", session.clone(), "", "cancel_upload", "DELETE"),
        ("GET", "/v2/a/tags/list".into(), "", "list_tags", "GET"),
        ("GET", "/v2/_catalog".into(), "", "list_repositories", "GET"),
        ("GET", format!("/v2/a/referrers/{index}"), "", "list_referrers", "GET"),
        ("DELETE", format!("/v2/a/blobs/{digest}"), "", "delete_blob", "DELETE"),
        ("DELETE", "/v2/a/manifests/other".into(), "", "delete_manifest", "DELETE"),
        ("BREW", "/v2/".into(), "", "none", "other"),
        ("GET", "/coffee".into(), "", "none", "GET"),
        ("GET", "/v2/A/manifests/latest".into(), "", "none", "GET"),
    ];
    for (method, target, body, endpoint, counted) in rows {
        let answer = ask(&service, method, target, &[("content-type", INDEX)], *body);
        let told = book.one();
        assert_eq!((told.endpoint, told.method), (*endpoint, *counted), "{method} {target}");
        assert_eq!(told.status.unwrap().as_u16(), answer.status, "{method} {target}");
        assert_eq!((told.received, told.sent), (body.len() as u64, answer.body.len() as u64), "{method} {target}");
        assert!(told.is_complete, "{method} {target}");
    }
}

#[test]
fn a_blob_is_over_when_its_last_byte_is_handed_over() {
    let book = Arc::new(Book::default());
    let pieces = Small { pieces: vec!["one", "two", "three"], ..Small::default() };
    let mut service = Service::new(pieces).unverified().with_metrics(Arc::clone(&book));
    let target = format!("/v2/a/blobs/{}", wharf_registry::Digest::of(b"onetwothree"));
    let get = || request("GET", &target, &[], Full::<Bytes>::default());
    let mut body = service.call(get()).now_or_never().unwrap().unwrap().into_body();
    for sent in [3, 6, 11] {
        assert_eq!(book.in_flight(), 1, "before {sent} bytes");
        body.frame().now_or_never().unwrap().unwrap().unwrap();
    }
    // Who has all that was promised need not ask whether there is more.
    drop(body);
    let told = book.one();
    assert_eq!((told.sent, told.is_complete), (11, true));

    let mut body = service.call(get()).now_or_never().unwrap().unwrap().into_body();
    body.frame().now_or_never().unwrap().unwrap().unwrap();
    drop(body);
    let told = book.one();
    assert_eq!((told.sent, told.is_complete, told.status.unwrap().as_u16()), (3, false, 200), "it broke off");
}

#[test]
fn an_answer_that_fails_on_its_way_is_not_complete() {
    let book = Arc::new(Book::default());
    let digest = wharf_registry::Digest::of(b"something else");
    let mut service = Service::new(Small { pieces: vec!["one"], ..Small::default() }).with_metrics(Arc::clone(&book));
    let get = request("GET", &format!("/v2/a/blobs/{digest}"), &[], Full::<Bytes>::default());
    let body = service.call(get).now_or_never().unwrap().unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(3));
    body.collect().now_or_never().unwrap().unwrap_err();
    let told = book.one();
    assert!(!told.is_complete && told.status.is_some(), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn times_are_those_of_the_head_and_of_the_end() {
    let stuck = Arc::new(Stuck::default());
    let book = Arc::new(Book::default());
    let mut service = Service::new(Arc::clone(&stuck)).with_metrics(Arc::clone(&book));
    let late = stream::once(async {
        sleep(Duration::from_secs(3)).await;
        Ok::<_, std::io::Error>(Frame::data(Bytes::from(EMPTY_INDEX)))
    });
    let body = StreamBody::new(Box::pin(late));
    let mut put = pin!(service.call(request("PUT", "/v2/a/manifests/1", &[("content-type", INDEX)], body)));
    tokio::select! {
        _ = &mut put => panic!("it is stuck"),
        () = stuck.begun.notified() => {}
    }
    sleep(Duration::from_secs(4)).await;
    stuck.go_on.notify_one();
    let response = put.await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(book.in_flight(), 1);
    drop(response);
    let told = book.one();
    assert_eq!((told.head, told.duration), (Some(Duration::from_secs(7)), Duration::from_secs(12)));
    assert_eq!(told.received, EMPTY_INDEX.len() as u64);
}

#[test]
fn a_request_that_is_dropped_is_over() {
    let stuck = Arc::new(Stuck::default());
    let book = Arc::new(Book::default());
    let mut service = Service::new(stuck).with_metrics(Arc::clone(&book));
    let body = Full::<Bytes>::from(EMPTY_INDEX);
    let mut put = service.call(request("PUT", "/v2/a/manifests/1", &[("content-type", INDEX)], body));
    assert!((&mut put).now_or_never().is_none());
    assert_eq!(book.in_flight(), 1);
    drop(put);
    let told = book.one();
    assert_eq!((told.status, told.head, told.is_complete), (None, None, false));
    assert_eq!(told.received, EMPTY_INDEX.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn over_a_connection_it_is_the_same() {
    let (book, service) = watched(Store::memory());
    let running = Running::serving(Server::default(), service, crate::harness::memory());
    let mut peer = running.connect().await;
    assert!(peer.get("/v2/").await.0.starts_with("http/1.1 200"));
    let told = book.one();
    assert_eq!((told.endpoint, told.sent, told.is_complete), ("base", 2, true));

    peer.send("POST /v2/a/blobs/uploads/?digest=x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await;
    assert!(peer.response().await.0.starts_with("http/1.1 400"));
    let told = book.one();
    assert_eq!(
        (told.endpoint, told.received, told.status.unwrap().as_u16()),
        ("none", 5, 400),
        "what is drained is read"
    );
}
