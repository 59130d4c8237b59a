//! Requests and responses over plain http.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};
use wharf_testkit::transport::{self, spawn};
use wharf_transport_hyper::{Hyper, Timeouts};

#[tokio::test]
async fn the_laws_of_transports() {
    transport::all(&Hyper::new()).await;
}

#[tokio::test]
async fn silence_times_out() {
    let mut timeouts = Timeouts::default();
    timeouts.response = Duration::from_millis(50);
    timeouts.idle = Duration::from_millis(50);
    transport::gives_up_on_silence(&Hyper::new().with_timeouts(timeouts)).await;
}

/// All of the body takes longer than an answer is waited for, and no piece of it does. On a busy machine a piece may, so there
/// are slower tries; whoever counted all of the body would fail at any pace.
#[tokio::test]
async fn a_body_that_is_being_sent_is_not_silence() {
    let mut pace = Duration::from_millis(60);
    while let Err(error) = send(pace).await {
        assert_eq!(error.kind(), TransportErrorKind::Timeout, "{error:?}");
        assert!(pace < Duration::from_secs(10), "{error:?}");
        pace *= 4;
    }
}

/// Sends eight pieces at a pace, where an answer is waited for as long as three of them take.
async fn send(pace: Duration) -> Result<(), TransportError> {
    let ticks = tokio::time::interval(pace);
    let pieces = futures_util::stream::unfold((ticks, 8), |(mut ticks, left)| async move {
        ticks.tick().await;
        (left > 0).then(|| (Ok(Bytes::from("x")), (ticks, left - 1)))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        let mut read = Vec::new();
        while !read.ends_with(b"0\r\n\r\n") && stream.read_buf(&mut read).await.unwrap_or(0) > 0 {}
        let _ = stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await;
        read
    });
    let request = Request::patch(format!("http://{address}/")).body(Body::stream(pieces, None)).unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.response = pace * 3;
    let response = Hyper::new().with_timeouts(timeouts).send(request).await?;
    assert_eq!(response.status(), 201);
    assert!(String::from_utf8_lossy(&server.await.unwrap()).contains("transfer-encoding: chunked"));
    Ok(())
}
