//! The transport against servers on the loopback interface, down to the bytes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as _;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Timeouts};

/// A server for one connection: reads the head of a request, writes `answer`, and keeps the connection open until the
/// client ends it, if it should. It returns what it has read.
async fn server(answer: &'static str, stay: bool) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, spawn(async move { talk(listener.accept().await.unwrap().0, answer, stay).await }))
}

#[allow(clippy::disallowed_methods, reason = "the server of a test runs beside it")]
fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, stay: bool) -> String {
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

async fn get(transport: &Hyper, url: String) -> Result<Response<Body>, TransportError> {
    transport.send(Request::get(url).body(Body::empty()).unwrap()).await
}

/// The body's bytes, or why they broke off.
async fn read(response: Response<Body>) -> Result<Vec<u8>, TransportError> {
    let mut body = std::pin::pin!(response.into_body());
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        all.extend(frame?.into_data().unwrap_or_default());
    }
    Ok(all)
}

fn impatient() -> Hyper {
    let mut timeouts = Timeouts::default();
    timeouts.response = Duration::from_millis(50);
    timeouts.idle = Duration::from_millis(50);
    Hyper::new().with_timeouts(timeouts)
}

#[tokio::test]
async fn a_request_over_plain_http() {
    let (address, server) = server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false).await;
    let response = get(&Hyper::new(), format!("http://{address}/v2/?n=1")).await.unwrap();
    assert_eq!(response.body().length(), Some(5));
    assert_eq!(read(response).await.unwrap(), b"hello");
    let seen = server.await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get /v2/?n=1 http/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: {address}")));
    assert!(!seen.contains("accept-encoding") && !seen.contains("transfer-encoding"), "{seen}");
}

#[tokio::test]
async fn redirects_and_encodings_are_left_to_the_caller() {
    let answer =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw";
    let (address, _server) = server(answer, false).await;
    let response = get(&Hyper::new(), format!("http://{address}/")).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().len()), (302, 3));
    assert_eq!(read(response).await.unwrap(), b"raw");
}

#[tokio::test]
async fn nobody_there_is_a_failure_to_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = get(&Hyper::new(), format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_an_error() {
    for head in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
        let answer: &'static str = Box::leak(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\nhello").into_boxed_str());
        let (address, _server) = server(answer, false).await;
        let response = get(&Hyper::new(), format!("http://{address}/")).await.unwrap();
        let read = read(response).await;
        assert!(matches!(&read, Err(error) if error.kind() == TransportErrorKind::Closed), "{head}: {read:?}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_closed() {
    let (address, _server) = server("", false).await;
    let error = get(&Hyper::new(), format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Closed);
}

#[tokio::test]
async fn silence_before_the_head_times_out() {
    let (address, _server) = server("", true).await;
    let error = get(&impatient(), format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn silence_in_the_body_times_out() {
    let (address, _server) = server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true).await;
    let response = get(&impatient(), format!("http://{address}/")).await.unwrap();
    let error = read(response).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

/// All of the body takes longer than an answer is waited for, and no piece of it does.
#[tokio::test]
async fn a_body_that_is_being_sent_is_not_silence() {
    let ticks = tokio::time::interval(Duration::from_millis(60));
    let pieces = futures_util::stream::unfold((ticks, 8), |(mut ticks, left)| async move {
        ticks.tick().await;
        (left > 0).then(|| (Ok(Bytes::from("x")), (ticks, left - 1)))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let mut read = Vec::new();
        while !read.ends_with(b"0\r\n\r\n") {
            assert!(stream.read_buf(&mut read).await.unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        read
    });
    let request = Request::patch(format!("http://{address}/")).body(Body::stream(pieces, None)).unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.response = Duration::from_millis(200);
    let response = Hyper::new().with_timeouts(timeouts).send(request).await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(String::from_utf8_lossy(&server.await.unwrap()).contains("transfer-encoding: chunked"));
}

#[tokio::test]
async fn the_error_of_a_request_body_breaks_the_request_off() {
    let (address, _server) = server("", true).await;
    let failure = TransportError::new(TransportErrorKind::Other, "the source failed");
    let pieces = [Ok(Bytes::from("abc")), Err(failure)];
    let body = Body::stream(futures_util::stream::iter(pieces), Some(9));
    let error = Hyper::new().send(Request::put(format!("http://{address}/")).body(body).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    let mut cause = error.source();
    while let Some(next) = cause.and_then(std::error::Error::source) {
        cause = Some(next);
    }
    assert_eq!(cause.unwrap().to_string(), "the source failed");
}

/// A server with a certificate for `localhost` of its own making, and that certificate.
async fn tls_server(answer: &'static str) -> (u16, Vec<u8>, JoinHandle<Option<String>>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let der = made.cert.der().to_vec();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = spawn(async move {
        let stream = acceptor.accept(listener.accept().await.unwrap().0).await.ok()?;
        Some(talk(stream, answer, false).await)
    });
    (port, der, server)
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn a_certificate_that_was_added_is_trusted() {
    let (port, der, server) = tls_server(HELLO).await;
    let transport = Hyper::new().with_root(der).unwrap();
    let response = get(&transport, format!("https://localhost:{port}/")).await.unwrap();
    assert_eq!(read(response).await.unwrap(), b"hello");
    assert!(server.await.unwrap().unwrap().contains(&format!("host: localhost:{port}")));
}

#[tokio::test]
async fn no_other_certificate_is_and_nothing_is_sent_to_its_owner() {
    let (_, other, _) = tls_server("").await;
    let (port, _, server) = tls_server(HELLO).await;
    let transport = Hyper::new().with_root(other).unwrap();
    let error = get(&transport, format!("https://localhost:{port}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error:?}");
    assert_eq!(server.await.unwrap(), None);
}

#[tokio::test]
async fn a_certificate_of_another_name_is_not_trusted() {
    let (port, der, server) = tls_server(HELLO).await;
    let transport = Hyper::new().with_root(der).unwrap();
    let error = get(&transport, format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error:?}");
    assert_eq!(server.await.unwrap(), None);
}

#[tokio::test]
async fn plain_http_behind_https_is_no_connection_to_trust() {
    let (_, der, _) = tls_server("").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        stream.write_all(HELLO.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read).await;
        read
    });
    let transport = Hyper::new().with_root(der).unwrap();
    let error = get(&transport, format!("https://localhost:{port}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error:?}");
    assert!(!String::from_utf8_lossy(&server.await.unwrap()).contains("HTTP/1.1"), "nothing is asked in the clear");
}

#[test]
fn what_is_no_certificate_is_refused() {
    assert!(Hyper::new().with_root(b"-----BEGIN CERTIFICATE-----".to_vec()).is_err());
}
