//! Requests and responses over plain http, down to the bytes.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Timeouts};

use crate::server::{get, read, server, spawn};

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
