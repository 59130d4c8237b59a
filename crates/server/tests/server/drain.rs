//! A server that is told to stop.

use std::time::Duration;

use tokio::time::Instant;
use wharf_server::Server;

use crate::harness::{ask, put_blob, start};
use crate::http2;
use crate::net::Running;

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_an_upload_finish() {
    let mut running = Running::new(Server::default());
    let location = start(&running.service, "a");
    let (mut fresh, mut idle) = (running.connect().await, running.connect().await);
    assert!(idle.get("/v2/").await.0.starts_with("http/1.1 200"));
    let (mut peer, begun) = (running.begin_upload(&location).await, Instant::now());
    running.shut_down();
    assert_eq!(fresh.rest().await, "", "a connection on which nothing was asked is closed");
    assert_eq!(idle.rest().await, "", "and one on which nothing is asked any more");
    running.closed().await;
    assert_eq!(begun.elapsed(), Duration::ZERO, "at once");
    peer.send("56789").await;
    let (head, _) = peer.response().await;
    assert!(head.starts_with("http/1.1 202") && head.contains("range: 0-9"), "{head}");
    assert!(head.contains("connection: close"), "{head}");
    running.ended().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_an_answer_finish() {
    let mut running = Running::new(Server::default());
    let content = vec![7; 1 << 20];
    let digest = put_blob(&running.service, "a", content.clone());
    let mut peer = running.connect().await;
    peer.send(&format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert!(peer.head().await.starts_with("HTTP/1.1 200"));
    running.shut_down();
    running.closed().await;
    assert_eq!(peer.rest().await.into_bytes(), content);
    running.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_ever() {
    let grace = Duration::from_secs(7);
    let mut running = Running::new(Server::default().with_grace(grace));
    let location = start(&running.service, "a");
    let (mut peer, begun) = (running.begin_upload(&location).await, Instant::now());
    running.shut_down();
    running.ended().await;
    assert_eq!(begun.elapsed().as_secs(), grace.as_secs());
    assert_eq!(peer.rest().await, "");
}

/// What is cut off at the end of the grace has not come for nothing.
#[tokio::test(start_paused = true)]
async fn an_upload_that_a_shutdown_cuts_off_keeps_what_had_come() {
    let mut running = Running::new(Server::default().with_grace(Duration::from_secs(7)));
    let location = start(&running.service, "a");
    let _peer = running.begin_upload(&location).await;
    running.shut_down();
    running.ended().await;
    let status = loop {
        let status = ask(&running.service, "GET", &location, &[], "");
        match status.status {
            // The request still holds the session.
            400 => tokio::task::yield_now().await,
            _ => break status,
        }
    };
    assert_eq!((status.status, status.header("range")), (204, "0-4"));
}

#[tokio::test(start_paused = true)]
async fn over_http_2_a_shutdown_is_said_and_requests_that_began_are_answered() {
    let mut running = Running::new(Server::default());
    let content = vec![7; 1 << 20];
    let digest = put_blob(&running.service, "a", content.clone());
    let mut client = http2::Client::connect(&running, 100_000).await;
    let mut body = client.get(&format!("/v2/a/blobs/{digest}")).await.into_body();
    let begun = Instant::now();
    running.shut_down();
    running.closed().await;
    let mut received = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        body.flow_control().release_capacity(piece.len()).unwrap();
        received.extend_from_slice(&piece);
    }
    assert_eq!(received, content);
    client.ended().await.expect("the connection is told that it is over, and not cut off");
    running.ended().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
