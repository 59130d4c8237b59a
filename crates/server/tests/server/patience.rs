//! Peers that take too long, on a clock that only moves while everybody waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};
use wharf_server::{Server, Service};
use wharf_store::Store;

use crate::backend::{Lagging, Stuck};
use crate::harness::{EMPTY_INDEX, INDEX, ask, put_blob, start};
use crate::net::Running;

/// The patience of a server to which nothing else is said.
const HEADER: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_for_room_is_told_to_come_again() {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck)).with_manifest_memory(1);
    let running = Running::serving(Server::default(), service.clone(), service);
    let length = EMPTY_INDEX.len();
    let head = format!("PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Type: {INDEX}\r\n");
    let request = format!("{head}Content-Length: {length}\r\n\r\n{EMPTY_INDEX}");
    let (mut first, mut second) = (running.connect().await, running.connect().await);
    first.send(&request).await;
    stuck.begun.notified().await;
    second.send(&request).await;
    let waits = Instant::now();
    let (head, body) = second.response().await;
    assert_eq!(waits.elapsed().as_secs(), IDLE.as_secs());
    assert!(head.starts_with("http/1.1 503") && head.contains("retry-after: 5"), "{head}{body}");
    stuck.go_on.notify_one();
    assert!(first.response().await.0.starts_with("http/1.1 201"));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_what_he_wants_is_cut_off() {
    let running = Running::new(Server::default());
    for begin in ["", "P", "PRI * HTTP/2.0\r\n", "GET /v2/ HT", "GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST"] {
        let begun = Instant::now();
        let mut peer = running.connect().await;
        peer.send(begin).await;
        let rest = peer.rest().await;
        assert!(!rest.contains("200"), "{begin}: {rest}");
        assert_eq!(begun.elapsed().as_secs(), HEADER.as_secs(), "{begin}");
    }
    let mut peer = running.connect().await;
    assert!(peer.get("/v2/").await.0.starts_with("http/1.1 200"));
    let begun = Instant::now();
    assert_eq!(peer.rest().await, "", "an idle connection is closed as well");
    assert_eq!(begun.elapsed().as_secs(), HEADER.as_secs());
}

/// The time for a head is one for all of it, however lively it comes.
#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_is_cut_off() {
    let running = Running::new(Server::default());
    let (begun, mut peer) = (Instant::now(), running.connect().await);
    let head = format!("GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: {}\r\n\r\n", "x".repeat(100));
    for byte in head.chars() {
        if peer.0.write_all(byte.to_string().as_bytes()).await.is_err() {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    assert!(!peer.rest().await.contains("200"));
    assert!(begun.elapsed() < 2 * HEADER, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stands_still_is_given_up_and_what_came_is_kept() {
    let running = Running::new(Server::default());
    let location = start(&running.service, "a");
    let (begun, mut peer) = (Instant::now(), running.begin_upload(&location).await);
    let (head, body) = peer.response().await;
    assert!(head.starts_with("http/1.1 408") && body.contains("SIZE_INVALID"), "{head}{body}");
    assert_eq!(ask(&running.service, "GET", &location, &[], "").header("range"), "0-4");
    assert_eq!(begun.elapsed().as_secs(), IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_given_up() {
    let running = Running::new(Server::default());
    let location = start(&running.service, "a");
    let (begun, mut peer) = (Instant::now(), running.connect().await);
    peer.send(&format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")).await;
    let (mut reader, mut writer) = tokio::io::split(peer.0);
    let trickles = async {
        while writer.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
        std::future::pending().await
    };
    let mut status = [0; 12];
    tokio::select! {
        read = reader.read_exact(&mut status) => assert_eq!(read.unwrap(), 12),
        () = trickles => {}
    }
    assert_eq!(&status, b"HTTP/1.1 408");
    assert!(begun.elapsed() < 2 * IDLE, "{:?}", begun.elapsed());
}

/// Whoever is refused could otherwise hold the place of somebody who writes for hours, without any right.
#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_is_not_waited_for_for_long() {
    let running = Running::new(Server::default());
    let (begun, peer) = (Instant::now(), running.connect().await);
    let (mut reader, mut writer) = tokio::io::split(peer.0);
    let head = "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n";
    writer.write_all(head.as_bytes()).await.unwrap();
    let trickles = async {
        while writer.write_all(&[b'x'; 2048]).await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
        std::future::pending().await
    };
    let mut status = [0; 12];
    tokio::select! {
        read = reader.read_exact(&mut status) => assert_eq!(read.unwrap(), 12),
        () = trickles => {}
    }
    assert_eq!(&status, b"HTTP/1.1 404");
    assert_eq!(begun.elapsed().as_secs(), IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_leaves_what_had_come() {
    let store = Store::memory();
    let served = Service::new(Lagging(store.clone()));
    let running = Running::serving(Server::default(), served, Service::new(store));
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

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up() {
    let running = Running::new(Server::default().with_connections(1));
    let digest = put_blob(&running.service, "a", vec![0; 16 << 20]);
    let mut peer = running.connect().await;
    peer.send(&format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert!(peer.head().await.starts_with("HTTP/1.1 200"));
    let (begun, mut next) = (Instant::now(), running.connect().await);
    assert!(next.get("/v2/").await.0.starts_with("http/1.1 200"), "there is room again");
    assert!(begun.elapsed() <= 2 * IDLE, "{:?}", begun.elapsed());
    assert!(peer.rest().await.len() < 16 << 20);
}

/// A session at which somebody is for long is not waited for for ever.
#[tokio::test(start_paused = true)]
async fn who_waits_too_long_for_a_session_is_told_to_come_again() {
    const SECONDS: usize = 50;
    let running = Running::new(Server::default());
    let location = start(&running.service, "a");
    let (mut first, mut second) = (running.connect().await, running.connect().await);
    let length = SECONDS * 2048;
    first.send(&format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")).await;
    sleep(Duration::from_millis(1)).await;
    let begun = Instant::now();
    let sending = async {
        for _ in 0..SECONDS {
            sleep(Duration::from_secs(1)).await;
            first.send(&"x".repeat(2048)).await;
        }
        first.response().await.0
    };
    let asking = async {
        let (head, _) = second.get(&location).await;
        (head, begun.elapsed().as_secs())
    };
    let (sent, (refused, waited)) = tokio::join!(sending, asking);
    assert!(refused.starts_with("http/1.1 429") && refused.contains("retry-after: 5"), "{refused}");
    assert_eq!(waited, IDLE.as_secs());
    assert!(sent.starts_with("http/1.1 202") && sent.contains(&format!("range: 0-{}", length - 1)), "{sent}");
}
