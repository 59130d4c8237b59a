//! Any service can be served, over any stream.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use http::{Extensions, Request, Response};
use http_body_util::{BodyExt, Either, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use wharf_server::{Body, RemoteAddress, RequestBody, Server, Service, serve};

use crate::harness::memory;
use crate::http2;
use crate::net::{Peer, Running};

/// A registry with pages of a program beside it, one of which panics at once, one later, and one fails.
#[derive(Clone)]
struct Pages(Service);

impl tower_service::Service<Request<RequestBody>> for Pages {
    type Response = Response<Either<Body, Full<Bytes>>>;
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let page = |text: String| ready(Ok(Response::new(Either::Right(Full::from(text))))).boxed();
        match request.uri().path() {
            "/healthz" => page("well".into()),
            "/panics" => panic!("it panics"),
            "/panics/later" => async { panic!("it panics") }.boxed(),
            "/fails" => ready(Err(io::ErrorKind::Other.into())).boxed(),
            "/who" => page(format!(
                "{:?} {:?}",
                request.extensions().get::<RemoteAddress>(),
                request.extensions().get::<u8>()
            )),
            _ => {
                let answer = self.0.call(request);
                async { Ok(answer.await.unwrap_or_else(|never| match never {}).map(Either::Left)) }.boxed()
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_can_have_pages_beside_its_registry() {
    let running = Running::serving(Server::default(), Pages(memory()), memory());
    let mut peer = running.connect().await;
    assert_eq!(peer.get("/healthz").await.1, "well");
    assert_eq!(peer.get("/v2/").await.1, "{}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_or_panics_harms_no_other_request() {
    let running = Running::serving(Server::default(), Pages(memory()), memory());
    let mut peer = running.connect().await;
    for target in ["/panics", "/panics/later", "/fails"] {
        let (head, body) = peer.get(target).await;
        assert!(head.starts_with("http/1.1 500") && body.contains("UNKNOWN"), "{head}{body}");
        peer.send(&format!("PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).await;
        let (head, body) = peer.response().await;
        assert!(head.starts_with("http/1.1 500") && !body.contains("panic"), "{head}{body}");
    }
    assert_eq!(peer.get("/healthz").await.1, "well", "even on the same connection");
    let mut client = http2::Client::connect(&running, 1 << 16).await;
    for target in ["/panics", "/panics/later", "/fails"] {
        assert_eq!(client.get(target).await.status(), 500);
    }
    assert_eq!(client.get("/healthz").await.status(), 200);
}

/// A body that panics cannot be an answer any more: it ends its connection, and no other.
#[tokio::test(start_paused = true)]
async fn a_body_that_panics_ends_its_connection() {
    #[derive(Clone)]
    struct Panics;
    impl tower_service::Service<Request<RequestBody>> for Panics {
        type Response = Response<http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
            let panics = request.uri().path() == "/panics";
            let body = Full::from("well").map_frame(move |frame| if panics { panic!("it panics") } else { frame });
            ready(Ok(Response::builder().header("content-length", 4).body(body.boxed_unsync()).unwrap()))
        }
    }
    let running = Running::serving(Server::default().with_connections(2), Panics, memory());
    let (begun, mut other) = (Instant::now(), running.connect().await);
    assert_eq!(other.get("/").await.1, "well");
    for _ in 0..3 {
        let mut peer = running.connect().await;
        peer.send("GET /panics HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(!peer.rest().await.contains("well"));
    }
    assert_eq!(other.get("/").await.1, "well");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// A service is asked only once it is ready.
#[tokio::test(start_paused = true)]
async fn a_service_may_take_its_time_to_be_ready() {
    #[derive(Clone)]
    struct Lazy(Arc<AtomicUsize>, bool);
    impl tower_service::Service<Request<RequestBody>> for Lazy {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            if self.0.fetch_add(1, Ordering::SeqCst) < 5 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.1 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
            assert!(self.1, "it was not ready");
            ready(Ok(Response::new(Full::from("well"))))
        }
    }
    let running = Running::serving(Server::default(), Lazy(Arc::default(), false), memory());
    assert_eq!(running.connect().await.get("/").await.1, "well");
}

/// A handshake of one byte, which requests can ask for; one that is a zero fails.
async fn first_byte(mut stream: DuplexStream) -> io::Result<(DuplexStream, Extensions)> {
    let byte = stream.read_u8().await?;
    stream.write_u8(byte).await?;
    let mut extensions = Extensions::new();
    extensions.insert(byte);
    if byte == 0 { Err(io::ErrorKind::InvalidData.into()) } else { Ok((stream, extensions)) }
}

fn shaking(server: Server) -> Running {
    let serve = move |door, stopped| server.serve_with(door, first_byte, Pages(memory()), stopped);
    Running::run(memory(), serve)
}

async fn shake(running: &Running, byte: u8) -> Peer {
    let mut peer = running.connect().await;
    peer.0.write_u8(byte).await.unwrap();
    assert_eq!(peer.0.read_u8().await.unwrap(), byte);
    peer
}

#[tokio::test(start_paused = true)]
async fn what_a_handshake_found_out_is_known_to_each_request() {
    let running = shaking(Server::default());
    let mut peer = shake(&running, 7).await;
    for _ in 0..2 {
        assert_eq!(peer.get("/who").await.1, "None Some(7)");
    }
    assert_eq!(shake(&running, 8).await.get("/who").await.1, "None Some(8)");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_fails_or_takes_too_long_ends_its_connection_and_holds_up_nobody() {
    let running = shaking(Server::default());
    let (begun, mut silent) = (Instant::now(), running.connect().await);
    assert_eq!(shake(&running, 0).await.rest().await, "");
    assert_eq!(shake(&running, 7).await.get("/healthz").await.1, "well");
    assert_eq!(begun.elapsed(), Duration::ZERO, "while another says nothing");
    assert_eq!(silent.rest().await, "");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_a_place_among_the_connections() {
    let running = shaking(Server::default().with_connections(1));
    let (begun, _silent) = (Instant::now(), running.connect().await);
    assert_eq!(shake(&running, 7).await.get("/healthz").await.1, "well");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_no_handshake() {
    let mut running = shaking(Server::default());
    let (begun, mut silent) = (Instant::now(), running.connect().await);
    tokio::task::yield_now().await;
    running.shut_down();
    running.ended().await;
    assert_eq!(silent.rest().await, "");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn requests_over_tcp_know_where_they_came_from() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, mut tasks) = (listener.local_addr().unwrap(), JoinSet::new());
    tasks.spawn(serve(listener, Pages(memory()), pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let own = stream.local_addr().unwrap();
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with(&format!("Some(RemoteAddress({own})) None")), "{answer}");
}
