//! HTTP/2, by a client that keeps to the rules and by one that does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use wharf_registry::Digest;
use wharf_server::{Server, Service};

use crate::backend::Stuck;
use crate::harness::{EMPTY_INDEX, INDEX, put_blob};
use crate::net::Running;

/// A client that takes of its streams what it likes.
pub(crate) struct Client {
    sender: SendRequest<Bytes>,
    tasks: JoinSet<Result<(), h2::Error>>,
}

impl Client {
    /// A client whose streams have windows of so many bytes, and whose connection has one that is never in the way.
    pub(crate) async fn connect(running: &Running, window: u32) -> Self {
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window).initial_connection_window_size(1 << 30);
        let (sender, connection) = builder.handshake(running.connect().await.0).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        Self { sender, tasks }
    }

    pub(crate) async fn get(&mut self, target: &str) -> Response<RecvStream> {
        let request = Request::get(format!("http://x{target}")).body(()).unwrap();
        let mut sender = self.sender.clone().ready().await.unwrap();
        sender.send_request(request, true).unwrap().0.await.unwrap()
    }

    /// How the connection ends.
    pub(crate) async fn ended(mut self) -> Result<(), h2::Error> {
        drop(self.sender);
        self.tasks.join_next().await.unwrap().unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn http_2_with_prior_knowledge() {
    let running = Running::new(Server::default());
    let io = TokioIo::new(running.connect().await.0);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let content = Bytes::from(vec![7; 3_000_000]);
    let digest = Digest::of(&content);
    let put = Request::post(format!("http://x/v2/a/blobs/uploads/?digest={digest}")).body(Full::new(content.clone()));
    assert_eq!(sender.send_request(put.unwrap()).await.unwrap().status(), 201);
    let get = Request::get(format!("http://x/v2/a/blobs/{digest}")).body(Full::default()).unwrap();
    let response = sender.send_request(get).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), content);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_only_answers_pings_ends() {
    let running = Running::new(Server::default());
    let mut client = Client::connect(&running, 100).await;
    assert_eq!(client.get("/v2/").await.status(), 200);
    let begun = Instant::now();
    // The client answers pings, and holds the connection open.
    client.tasks.join_next().await.unwrap().unwrap().expect("it is told that it is over, and not cut off");
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}

/// Asks for a blob of a MiB and takes `bytes` of it each `every` seconds, while small requests keep the connection
/// moving. Says how much of the blob came, after how many seconds that was over, and whether it was whole.
async fn take(bytes: usize, every: u64) -> (usize, u64, bool) {
    let running = Running::new(Server::default());
    let digest = put_blob(&running.service, "a", vec![7; 1 << 20]);
    let mut client = Client::connect(&running, 20_000).await;
    let mut body = client.get(&format!("/v2/a/blobs/{digest}")).await.into_body();
    let (begun, mut received, mut held) = (Instant::now(), 0, 0);
    let whole = loop {
        tokio::select! {
            piece = body.data() => match piece {
                Some(Ok(piece)) => (received, held) = (received + piece.len(), held + piece.len()),
                other => break other.is_none(),
            },
            () = sleep(Duration::from_secs(every)) => {
                let taken = held.min(bytes);
                held -= taken;
                body.flow_control().release_capacity(taken).unwrap();
                assert_eq!(client.get("/v2/").await.status(), 200);
                if begun.elapsed() > Duration::from_secs(24 * 60 * 60) {
                    panic!("nothing came of it within a day, but {received} bytes");
                }
            },
        }
    };
    assert_eq!(client.get("/v2/").await.status(), 200, "the others go on");
    (received, begun.elapsed().as_secs(), whole)
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_stands_still_beside_others_is_reset() {
    let (received, after, whole) = take(0, 5).await;
    assert!(!whole && (80..=110).contains(&after) && received < 1 << 20, "{received} bytes in {after} s");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_trickles_beside_others_is_reset() {
    let (received, after, whole) = take(1000, 5).await;
    assert!(!whole && after < 400 && received < 1 << 20, "{received} bytes in {after} s");
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_be_slow() {
    let (received, after, whole) = take(10_000, 5).await;
    assert!(whole && received == 1 << 20 && after > 300, "{received} bytes in {after} s");
}

/// A stream waits for as long as the registry needs.
#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_for_us_is_not_reset() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck));
    let running = Running::serving(Server::default(), service.clone(), service);
    let mut client = Client::connect(&running, 100).await;
    let put = Request::put("http://x/v2/a/manifests/1").header("content-type", INDEX).body(()).unwrap();
    let (answer, mut body) = client.sender.send_request(put, false).unwrap();
    body.send_data(EMPTY_INDEX.into(), true).unwrap();
    stuck.begun.notified().await;
    sleep(Duration::from_secs(1000)).await;
    stuck.go_on.notify_one();
    assert_eq!(answer.await.unwrap().status(), 201);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_no_answer_leaves_its_place() {
    let running = Running::new(Server::default().with_connections(1));
    let digest = put_blob(&running.service, "a", vec![0; 1 << 20]);
    let mut client = Client::connect(&running, 100).await;
    let mut body = client.get(&format!("/v2/a/blobs/{digest}")).await.into_body();
    let begun = Instant::now();
    assert!(running.connect().await.get("/v2/").await.0.starts_with("http/1.1 200"), "there is room again");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let mut last = body.data().await;
    while let Some(Ok(_)) = last {
        last = body.data().await;
    }
    assert!(last.is_some(), "nobody takes the part for the whole");
}

/// Over HTTP/2 a request can be taken back for nothing, and what it began goes on; so there is a bound on that.
#[tokio::test(start_paused = true)]
async fn writes_beyond_the_limit_wait() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck));
    let running = Running::serving(Server::default().with_connections(1), service.clone(), service);
    let mut client = Client::connect(&running, 100).await;
    let put = async |client: &mut Client, target: &str| {
        let put = Request::put(format!("http://x{target}")).header("content-type", INDEX).body(()).unwrap();
        let mut sender = client.sender.clone().ready().await.unwrap();
        let (answer, mut body) = sender.send_request(put, false).unwrap();
        body.send_data(EMPTY_INDEX.into(), true).unwrap();
        (answer, body)
    };
    let (first, mut body) = put(&mut client, "/v2/a/manifests/1").await;
    stuck.begun.notified().await;
    body.send_reset(h2::Reason::CANCEL);
    drop(first);
    let (second, _body) = put(&mut client, "/v2/a/manifests/2").await;
    // The second request was read before this one is answered.
    assert_eq!(client.get("/v2/").await.status(), 200);
    assert_eq!(stuck.count.load(Ordering::SeqCst), 1, "the first goes on although nobody waits for it");
    stuck.go_on.notify_one();
    stuck.begun.notified().await;
    stuck.go_on.notify_one();
    assert_eq!(second.await.unwrap().status(), 201);
}

/// A request that finds no room to write is not held for ever, or whoever holds the room would silence all others.
#[tokio::test(start_paused = true)]
async fn who_waits_too_long_to_write_is_told_to_come_again() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck));
    let running = Running::serving(Server::default().with_connections(1), service.clone(), service);
    let mut client = Client::connect(&running, 10_000).await;
    let put = || Request::put("http://x/v2/a/manifests/1").header("content-type", INDEX).body(()).unwrap();
    let (first, mut body) = client.sender.send_request(put(), false).unwrap();
    body.send_data(EMPTY_INDEX.into(), true).unwrap();
    stuck.begun.notified().await;
    let begun = Instant::now();
    let mut sender = client.sender.clone().ready().await.unwrap();
    let (second, mut body) = sender.send_request(put(), false).unwrap();
    body.send_data(EMPTY_INDEX.into(), true).unwrap();
    let refused = second.await.unwrap();
    assert_eq!((refused.status().as_u16(), begun.elapsed().as_secs()), (503, 30));
    assert_eq!(refused.headers()["retry-after"], "5");
    stuck.go_on.notify_one();
    assert_eq!(first.await.unwrap().status(), 201);
}
