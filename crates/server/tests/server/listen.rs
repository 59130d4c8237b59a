//! The listener, over sockets on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wharf_registry::Digest;
use wharf_server::{Server, Service};
use wharf_store::Store;

use crate::backend::{Lagging, Stuck};
use crate::harness::{EMPTY_INDEX, INDEX, ask, memory, put_blob, put_index, start};

/// So short that a test can wait for it, and long enough for what a test does in the meantime.
const SHORT: Duration = Duration::from_millis(60);

/// A server of its own for every test.
struct Running {
    address: SocketAddr,
    service: Service,
    stop: Option<oneshot::Sender<()>>,
    tasks: JoinSet<()>,
}

impl Running {
    async fn new(server: Server) -> Self {
        let service = memory();
        Self::serving(server, service.clone(), service).await
    }

    /// Serves one service, and asks another about what came of it.
    async fn serving(server: Server, served: Service, service: Service) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (address, mut tasks) = (listener.local_addr().unwrap(), JoinSet::new());
        tasks.spawn(async move { server.serve(listener, served, async { drop(stopped.await) }).await });
        Self { address, service, stop: Some(stop), tasks }
    }

    async fn connect(&self) -> Peer {
        Peer(TcpStream::connect(self.address).await.unwrap())
    }

    /// Begins an upload of ten bytes and sends five of them, once the server is seen to read them.
    async fn begin_upload(&self, location: &str) -> Peer {
        let mut peer = self.connect().await;
        peer.send(&format!(
            "PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
        ))
        .await;
        assert!(peer.head().await.starts_with("HTTP/1.1 100"));
        peer.send("01234").await;
        peer
    }

    fn shut_down(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn ended(&mut self) {
        self.tasks.join_next().await.unwrap().unwrap();
    }
}

struct Peer(TcpStream);

impl Peer {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Up to and with the empty line after the headers; less when the connection ends.
    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).unwrap()
    }

    /// A response with a body.
    async fn response(&mut self) -> (String, String) {
        let head = self.head().await.to_ascii_lowercase();
        let length =
            head.split("content-length: ").nth(1).map_or(0, |rest| rest[..rest.find('\r').unwrap()].parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// Everything until the connection ends, whether well or not.
    async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let running = Running::new(Server::default()).await;
    put_index(&running.service, "a", "latest");
    let mut peer = running.connect().await;
    for _ in 0..3 {
        peer.send(
            "GET /v2/a/manifests/latest HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n",
        )
        .await;
        let (head, body) = peer.response().await;
        assert!(head.starts_with("http/1.1 200") && !head.contains("evil"), "{head}");
        assert_eq!(body, EMPTY_INDEX);
        peer.send("HEAD /v2/a/manifests/none HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(peer.head().await.starts_with("HTTP/1.1 404"));
    }
}

#[tokio::test]
async fn http_2_with_prior_knowledge() {
    let running = Running::new(Server::default()).await;
    let io = TokioIo::new(running.connect().await.0);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let content = Bytes::from(vec![7; 3_000_000]);
    let digest = Digest::of(&content);
    let uri = |path: String| format!("http://{}{path}", running.address);
    let put =
        http::Request::post(uri(format!("/v2/a/blobs/uploads/?digest={digest}"))).body(Full::new(content.clone()));
    assert_eq!(sender.send_request(put.unwrap()).await.unwrap().status(), 201);
    let get = http::Request::get(uri(format!("/v2/a/blobs/{digest}"))).body(Full::default()).unwrap();
    let response = sender.send_request(get).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), content);
}

/// A server with little patience, for one connection at a time; enough of it to begin an HTTP/2 connection.
fn impatient() -> Server {
    Server::default().with_idle_timeout(5 * SHORT).with_header_timeout(5 * SHORT).with_connections(1)
}

#[tokio::test]
async fn a_connection_that_only_answers_pings_ends() {
    let running = Running::new(impatient()).await;
    let io = TokioIo::new(running.connect().await.0);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let get = http::Request::get(format!("http://{}/v2/", running.address)).body(Full::<Bytes>::default()).unwrap();
    assert_eq!(sender.send_request(get).await.unwrap().status(), 200);
    tasks.join_next().await.unwrap().unwrap().expect("it is told that it is over, and not cut off");
}

#[tokio::test]
async fn an_answer_that_its_stream_does_not_take_is_given_up() {
    let running = Running::new(impatient()).await;
    let digest = put_blob(&running.service, "a", vec![0; 1 << 20]);
    let io = TokioIo::new(running.connect().await.0);
    let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = client.initial_stream_window_size(100).handshake(io).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let get = format!("http://{}/v2/a/blobs/{digest}", running.address);
    let get = http::Request::get(get).body(Full::<Bytes>::default()).unwrap();
    let answer = sender.send_request(get).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut next = running.connect().await;
    next.send("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(next.response().await.0.starts_with("http/1.1 200"), "there is room again");
    assert!(answer.into_body().collect().await.is_err(), "nobody takes the part for the whole");
}

/// Over HTTP/2 a request can be taken back for nothing, and what it began goes on; so there is a bound on that.
#[tokio::test]
async fn writes_beyond_the_limit_wait() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck));
    let running = Running::serving(Server::default().with_connections(1), service.clone(), service).await;
    let io = TokioIo::new(running.connect().await.0);
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(connection);
    let request = |method: &str, path: &str, body: &'static str| {
        let uri = format!("http://{}{path}", running.address);
        http::Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", INDEX)
            .body(Full::<Bytes>::from(body))
            .unwrap()
    };
    let first = sender.send_request(request("PUT", "/v2/a/manifests/1", EMPTY_INDEX));
    stuck.begun.notified().await;
    drop(first);
    let second = sender.send_request(request("PUT", "/v2/a/manifests/2", EMPTY_INDEX));
    // The second request was read before this one is answered.
    assert_eq!(sender.send_request(request("GET", "/v2/", "")).await.unwrap().status(), 200);
    assert_eq!(stuck.count.load(Ordering::SeqCst), 1, "the first goes on although nobody waits for it");
    stuck.go_on.notify_one();
    stuck.begun.notified().await;
    stuck.go_on.notify_one();
    assert_eq!(second.await.unwrap().status(), 201);
}

#[tokio::test]
async fn who_waits_too_long_for_room_is_told_to_come_again() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck)).with_manifest_memory(1);
    let running = Running::serving(Server::default().with_idle_timeout(SHORT), service.clone(), service).await;
    let length = EMPTY_INDEX.len();
    let head = format!("PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Type: {INDEX}\r\n");
    let request = format!("{head}Content-Length: {length}\r\n\r\n{EMPTY_INDEX}");
    let (mut first, mut second) = (running.connect().await, running.connect().await);
    first.send(&request).await;
    stuck.begun.notified().await;
    second.send(&request).await;
    let (head, body) = second.response().await;
    assert!(head.starts_with("http/1.1 503") && head.contains("retry-after: 5"), "{head}{body}");
    stuck.go_on.notify_one();
    assert!(first.response().await.0.starts_with("http/1.1 201"));
}

#[tokio::test]
async fn a_shutdown_lets_an_upload_finish() {
    let mut running = Running::new(Server::default()).await;
    let location = start(&running.service, "a");
    let mut idle = running.connect().await;
    let mut peer = running.begin_upload(&location).await;
    running.shut_down();
    assert_eq!(idle.rest().await, "", "a connection without a request is closed");
    assert!(TcpStream::connect(running.address).await.is_err(), "nothing new is accepted");
    peer.send("56789").await;
    let (head, _) = peer.response().await;
    assert!(head.starts_with("http/1.1 202") && head.contains("range: 0-9"), "{head}");
    running.ended().await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let mut running = Running::new(Server::default().with_grace(SHORT)).await;
    let location = start(&running.service, "a");
    let mut peer = running.begin_upload(&location).await;
    running.shut_down();
    running.ended().await;
    assert_eq!(peer.rest().await, "");
}

#[tokio::test]
async fn who_does_not_say_what_he_wants_is_cut_off() {
    let running = Running::new(Server::default().with_header_timeout(SHORT)).await;
    for begin in ["", "P", "PRI * HTTP/2.0\r\n", "GET /v2/ HT", "GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST"] {
        let mut peer = running.connect().await;
        peer.send(begin).await;
        let rest = peer.rest().await;
        assert!(!rest.contains("200"), "{begin}: {rest}");
    }
    let mut peer = running.connect().await;
    peer.send("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(peer.response().await.0.starts_with("http/1.1 200"));
    assert_eq!(peer.rest().await, "", "an idle connection is closed as well");
}

#[tokio::test]
async fn a_body_that_stands_still_is_given_up_and_what_came_is_kept() {
    let running = Running::new(Server::default().with_idle_timeout(SHORT)).await;
    let location = start(&running.service, "a");
    let mut peer = running.begin_upload(&location).await;
    let (head, body) = peer.response().await;
    assert!(head.starts_with("http/1.1 408") && body.contains("SIZE_INVALID"), "{head}{body}");
    assert_eq!(ask(&running.service, "GET", &location, &[], "").header("range"), "0-4");
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_what_had_come() {
    let store = Store::memory();
    let served = Service::new(Lagging(store.clone()));
    let running = Running::serving(Server::default(), served, Service::new(store)).await;
    for rest in ["", "567", "56789"].repeat(5) {
        let location = start(&running.service, "a");
        let mut peer = running.begin_upload(&location).await;
        peer.send(rest).await;
        drop(peer);
        let status = loop {
            let status = ask(&running.service, "GET", &location, &[], "");
            match status.status {
                // The request still holds the session.
                400 => tokio::task::yield_now().await,
                _ => break status,
            }
        };
        assert_eq!((status.status, status.header("range")), (204, &*format!("0-{}", 4 + rest.len())));
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_given_up() {
    let running = Running::new(Server::default().with_idle_timeout(SHORT).with_connections(1)).await;
    let digest = put_blob(&running.service, "a", vec![0; 16 << 20]);
    let mut peer = running.connect().await;
    peer.send(&format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert!(peer.head().await.starts_with("HTTP/1.1 200"));
    let mut next = running.connect().await;
    next.send("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(next.response().await.0.starts_with("http/1.1 200"), "there is room again");
    assert!(peer.rest().await.len() < 16 << 20);
}

#[tokio::test]
async fn requests_that_could_be_read_in_two_ways_are_refused() {
    let running = Running::new(Server::default()).await;
    let location = start(&running.service, "a");
    let rows = [
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 3, 4\r\n\r\nabcd",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: -4\r\n\r\nabcd",
        "Content-Length: 4 4\r\n\r\nabcd",
        "Content-Length: 99999999999999999999\r\n\r\nabcd",
        "Transfer-Encoding: chunked, identity\r\n\r\nabcd",
        "X-Folded: a\r\n b\r\nContent-Length: 4\r\n\r\nabcd",
        "X Space: a\r\nContent-Length: 4\r\n\r\nabcd",
    ];
    for headers in rows {
        let mut peer = running.connect().await;
        peer.send(&format!("PATCH {location} HTTP/1.1\r\nHost: x\r\n{headers}")).await;
        let head = peer.head().await;
        assert!(head.starts_with("HTTP/1.1 400"), "{headers}: {head}");
    }
    assert_eq!(ask(&running.service, "GET", &location, &[], "").header("range"), "0-0");
}

#[tokio::test]
async fn headers_have_a_limit() {
    let running = Running::new(Server::default()).await;
    let filler = "x".repeat(17_000);
    let (large, many) = (format!("X-Large: {filler}\r\n"), "X-Many: x\r\n".repeat(101));
    for headers in [large, many] {
        let mut peer = running.connect().await;
        peer.send(&format!("GET /v2/ HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
        let head = peer.head().await;
        assert!(head.starts_with("HTTP/1.1 431"), "{head}");
    }
}

/// The answer to a body that is far too large can be read although the peer goes on sending.
#[tokio::test]
async fn who_is_refused_gets_to_know_why() {
    let running = Running::new(Server::default()).await;
    let length = 20 << 20;
    let (mut reader, mut writer) = running.connect().await.0.into_split();
    let head = format!(
        "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Type: {INDEX}\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(&vec![b' '; length]).await.unwrap();
    });
    let sent = tasks.join_next().await.unwrap();
    let mut answer = Vec::new();
    reader.read_to_end(&mut answer).await.unwrap();
    assert!(sent.is_ok() && answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let running = Running::new(Server::default().with_connections(1)).await;
    let request = "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut first = running.connect().await;
    first.send(request).await;
    first.response().await;
    let mut second = running.connect().await;
    second.send(request).await;
    for _ in 0..3 {
        first.send(request).await;
        first.response().await;
    }
    let mut byte = [0];
    let early = second.0.try_read(&mut byte);
    assert_eq!(early.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(first);
    assert!(second.response().await.0.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn a_refused_body_does_not_end_the_connection() {
    let running = Running::new(Server::default()).await;
    let mut peer = running.connect().await;
    let body = "x".repeat(1 << 20);
    for _ in 0..3 {
        let length = body.len();
        peer.send(&format!(
            "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        assert!(peer.response().await.0.starts_with("http/1.1 404"));
    }
}

#[tokio::test]
async fn a_body_that_is_not_wanted_is_not_asked_for() {
    let running = Running::new(Server::default()).await;
    let mut peer = running.connect().await;
    peer.send(
        "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    )
    .await;
    assert!(peer.head().await.starts_with("HTTP/1.1 404"));
}
