//! Laws that every transport over sockets must obey, tried against servers on the loopback interface, and these servers.

use std::error::Error as _;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};

/// An answer with five bytes.
pub const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A server for one connection: reads the head of a request, writes `answer`, and keeps the connection open until the
/// client ends it, if it should. It returns what it has read.
pub async fn server(answer: impl Into<String>, stay: bool) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, answer) = (listener.local_addr().unwrap(), answer.into());
    (address, spawn(async move { talk(listener.accept().await.unwrap().0, &answer, stay).await }))
}

/// Runs beside the test.
#[allow(clippy::disallowed_methods, reason = "the server of a test runs beside it")]
pub fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

/// What a [`server`] does on its connection.
pub async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, stay: bool) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("\r\n\r\n") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            break;
        }
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    if stay {
        let _ = stream.read_to_end(&mut read).await;
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// A request without anything.
pub async fn get(transport: &dyn Transport, url: String) -> Result<Response<Body>, TransportError> {
    transport.send(Request::get(url).body(Body::empty()).unwrap()).await
}

/// The body's bytes, or why they broke off.
pub async fn read(response: Response<Body>) -> Result<Vec<u8>, TransportError> {
    let mut body = std::pin::pin!(response.into_body());
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        all.extend(frame?.into_data().unwrap_or_default());
    }
    Ok(all)
}

/// Every law but that of [silence](gives_up_on_silence).
pub async fn all(transport: &dyn Transport) {
    sends_what_it_is_given(transport).await;
    sends_bodies_with_and_without_their_length(transport).await;
    leaves_redirects_and_encodings_alone(transport).await;
    tells_that_nobody_is_there(transport).await;
    tells_that_a_body_was_cut(transport).await;
    tells_that_a_connection_ended(transport).await;
    hands_out_the_error_of_a_request_body(transport).await;
}

async fn sends_what_it_is_given(transport: &dyn Transport) {
    let (address, server) = server(HELLO, false).await;
    let response = get(transport, format!("http://{address}/v2/?n=1")).await.unwrap();
    assert_eq!(response.body().length(), Some(5));
    assert_eq!(read(response).await.unwrap(), b"hello");
    let seen = server.await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get /v2/?n=1 http/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: {address}")));
    for unwanted in ["accept-encoding", "transfer-encoding", "content-length", "cookie", "user-agent"] {
        assert!(!seen.contains(unwanted), "{seen}");
    }
}

async fn sends_bodies_with_and_without_their_length(transport: &dyn Transport) {
    let pieces = || stream::iter([Ok(Bytes::from("hel")), Ok(Bytes::from("lo"))]);
    let cases = [
        (Body::from("hello"), "content-length: 5\r\n", "\r\n\r\nhello"),
        (Body::stream(pieces(), Some(5)), "content-length: 5\r\n", "\r\n\r\nhello"),
        (Body::stream(pieces(), None), "transfer-encoding: chunked\r\n", "2\r\nlo\r\n0\r\n\r\n"),
    ];
    for (body, head, end) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            let mut stream = listener.accept().await.unwrap().0;
            let mut read = Vec::new();
            // Whatever the head says, the last chunk is the end.
            while !read.ends_with(end.as_bytes()) && !read.ends_with(b"0\r\n\r\n") {
                assert!(stream.read_buf(&mut read).await.unwrap() > 0, "{}", String::from_utf8_lossy(&read));
            }
            stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            String::from_utf8(read).unwrap().to_ascii_lowercase()
        });
        let response = transport.send(Request::put(format!("http://{address}/")).body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 201);
        let seen = server.await.unwrap();
        assert!(seen.contains(head), "{seen}");
    }
}

async fn leaves_redirects_and_encodings_alone(transport: &dyn Transport) {
    let answer =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw";
    let (address, _server) = server(answer, false).await;
    let response = get(transport, format!("http://{address}/")).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().len()), (302, 3));
    assert_eq!(read(response).await.unwrap(), b"raw");
}

async fn tells_that_nobody_is_there(transport: &dyn Transport) {
    // A port that was given back could be somebody else's by now; this one the system gives to nobody.
    let error = get(transport, "http://127.0.0.1:1/?canary-5eecret".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert!(error.source().is_some());
    assert!(!format!("{error:?}").contains("canary"), "an error repeats no request: {error:?}");
}

async fn tells_that_a_body_was_cut(transport: &dyn Transport) {
    for head in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
        let (address, _server) = server(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\nhello"), false).await;
        let response = get(transport, format!("http://{address}/")).await.unwrap();
        let read = read(response).await;
        assert!(matches!(&read, Err(error) if error.kind() == TransportErrorKind::Closed), "{head}: {read:?}");
    }
}

async fn tells_that_a_connection_ended(transport: &dyn Transport) {
    let (address, _server) = server("", false).await;
    let error = get(transport, format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Closed, "{error:?}");
}

async fn hands_out_the_error_of_a_request_body(transport: &dyn Transport) {
    let (address, _server) = server("", true).await;
    let failure = TransportError::new(TransportErrorKind::Other, "the source failed");
    let body = Body::stream(stream::iter([Ok(Bytes::from("abc")), Err(failure)]), Some(9));
    let error = transport.send(Request::put(format!("http://{address}/")).body(body).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other, "{error:?}");
    let mut cause = error.source();
    while let Some(next) = cause.and_then(std::error::Error::source) {
        cause = Some(next);
    }
    assert_eq!(cause.unwrap().to_string(), "the source failed");
}

/// A transport that waits for 50 milliseconds or so does not wait forever: not for a head, and not for a body.
pub async fn gives_up_on_silence(impatient: &dyn Transport) {
    let (address, _server) = server("", true).await;
    let error = get(impatient, format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
    let error = read(in_time(impatient).await).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

/// An answer whose head came in time, and whose body does not. On a busy machine the first head that does may be a late one.
async fn in_time(impatient: &dyn Transport) -> Response<Body> {
    for _ in 0..1_000 {
        let (address, _server) = server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true).await;
        match get(impatient, format!("http://{address}/")).await {
            Ok(response) => return response,
            Err(error) => assert_eq!(error.kind(), TransportErrorKind::Timeout),
        }
    }
    panic!("no head came in time");
}
