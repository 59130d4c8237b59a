//! Blobs over connections that break: the laws of content hold all the same, and a blob comes over a socket as well.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::net::TcpListener;
use wharf::client::{Body, Client, Event, InProcess, Retry, Transport, TransportError, TransportErrorKind};
use wharf::registry::{Blob, Digest, Host, Operation, Read, Registry, Repository, Write};
use wharf::server::{Service, serve};
use wharf::store::Store;
use wharf::transport_hyper::Hyper;
use wharf_testkit::{Fault, Faulty, laws};

/// Breaks the body of every answer that has one and is a blob's, once for each address and range.
struct Cutting<T> {
    transport: T,
    cut: Mutex<HashSet<(String, String)>>,
    cuts: Arc<AtomicUsize>,
}

#[async_trait]
impl<T: Transport> Transport for Cutting<T> {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let range = request.headers().get("range").map(|value| value.to_str().unwrap().to_owned());
        let name = (request.uri().path().to_owned(), range.unwrap_or_default());
        let is_blob = request.method() == http::Method::GET && name.0.contains("/blobs/sha");
        let response = self.transport.send(request).await?;
        let is_new = is_blob && response.status().is_success() && self.cut.lock().unwrap().insert(name);
        if !is_new {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let length = body.length().unwrap();
        self.cuts.fetch_add(1, Ordering::SeqCst);
        Ok(http::Response::from_parts(parts, cut(body, length / 2)))
    }
}

/// The first bytes of a body, and the end of its connection.
fn cut(body: Body, length: u64) -> Body {
    let pieces = body.into_stream().scan(length, |left, piece| {
        let piece = piece.map(|piece| piece.slice(..piece.len().min(*left as usize)));
        *left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        std::future::ready(Some(piece).filter(|piece| !piece.as_ref().is_ok_and(Bytes::is_empty)))
    });
    let end = async { Err(TransportError::new(TransportErrorKind::Closed, "told to")) };
    Body::stream(pieces.chain(stream::once(end)), None)
}

/// Patience that costs a test no time.
fn at_once() -> Retry {
    let mut retry = Retry::default();
    (retry.pause, retry.progress) = (Duration::ZERO, 1);
    retry
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_laws_of_content_hold_when_every_blob_breaks_once() {
    let transport = InProcess::new(Service::new(Store::memory()));
    let cuts = Arc::default();
    let cutting = Cutting { transport, cut: Mutex::default(), cuts: Arc::clone(&cuts) };
    let client = Client::new(cutting, Host::parse("registry.test").unwrap()).unwrap().with_retry(at_once());
    laws::blob::all(&client).await;
    laws::blob_refusal::all(&client).await;
    laws::range::all(&client).await;
    laws::mount::all(&client).await;
    laws::upload::all(&client).await;
    laws::manifest::all(&client).await;
    laws::concurrency::all(&client).await;
    laws::integrity::all(&client).await;
    assert!(cuts.load(Ordering::SeqCst) > 20, "{cuts:?}");
}

#[allow(clippy::disallowed_methods, reason = "the server ends with the test's runtime")]
async fn over_a_socket(registry: impl Registry + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::parse(&listener.local_addr().unwrap().to_string()).unwrap();
    tokio::spawn(serve(listener, Service::new(registry), std::future::pending()));
    Client::new(Hyper::new(), host).unwrap().plain_http().with_retry(at_once())
}

/// A registry whose streams fail after some bytes, each time: its connection breaks before the body's end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_comes_over_many_connections() {
    // More than the server holds back, so that some of it comes.
    const CUT: u64 = 2_000_000;
    const SIZE: u32 = 9_500_000;
    let registry = Faulty::new(Store::memory());
    let repository = Repository::from_static("app");
    let content: Bytes = (0..SIZE).map(|at| ((at * 31) >> 7) as u8).collect::<Vec<_>>().into();
    registry.put_blob(&repository, Blob::from_bytes(content.clone())).await.unwrap();
    registry.always(Operation::GetBlob, Fault::Cut(CUT));
    let offsets = Arc::new(Mutex::new(vec![0]));
    let told = Arc::clone(&offsets);
    let client = over_a_socket(registry).await.with_observer(move |event| match event {
        Event::Resumption { offset, .. } => told.lock().unwrap().push(*offset),
        // A request that got a connection which was about to end.
        Event::Retry { .. } | Event::Progress { .. } => {}
        other => panic!("{other:?}"),
    });
    let blob = client.blob(&repository, &Digest::of(&content)).await.unwrap();
    let pieces: Vec<_> = blob.try_collect().await.unwrap();
    assert!(pieces.concat() == content);
    let offsets = offsets.lock().unwrap();
    assert!(offsets.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= CUT), "{offsets:?}");
    assert!(offsets.len() as u64 > u64::from(SIZE) / CUT, "{offsets:?}");
}
