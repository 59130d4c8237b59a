//! Connections and the requests on them.

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wharf_server::{Server, serve};

use crate::harness::{EMPTY_INDEX, INDEX, memory, put_index};
use crate::net::Running;

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let running = Running::new(Server::default());
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
async fn headers_have_a_limit() {
    let running = Running::new(Server::default());
    let filler = "x".repeat(17_000);
    let (large, many) = (format!("X-Large: {filler}\r\n"), "X-Many: x\r\n".repeat(101));
    for headers in [large, many] {
        let mut peer = running.connect().await;
        peer.send(&format!("GET /v2/ HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
        let head = peer.head().await;
        assert!(head.starts_with("HTTP/1.1 431"), "{head}");
    }
}

/// The answer to a body that is far too large can be read although the peer goes on sending. Only a socket shows this:
/// one that is closed with unread bytes loses what it had still to send.
#[tokio::test]
async fn who_is_refused_gets_to_know_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, mut tasks) = (listener.local_addr().unwrap(), JoinSet::new());
    tasks.spawn(serve(listener, memory(), std::future::pending()));
    let length = 20 << 20;
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let head = format!(
        "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Type: {INDEX}\r\nContent-Length: {length}\r\n\r\n"
    );
    let sends = async {
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(&vec![b' '; length]).await.unwrap();
    };
    let mut answer = Vec::new();
    let reads = async {
        sends.await;
        reader.read_to_end(&mut answer).await.unwrap();
    };
    reads.await;
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let running = Running::new(Server::default().with_connections(1));
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
    assert!(second.0.read_u8().now_or_never().is_none());
    drop(first);
    assert!(second.response().await.0.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn a_refused_body_does_not_end_the_connection() {
    let running = Running::new(Server::default());
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
    let running = Running::new(Server::default());
    let mut peer = running.connect().await;
    peer.send(
        "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    )
    .await;
    assert!(peer.head().await.starts_with("HTTP/1.1 404"));
}
