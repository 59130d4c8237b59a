//! Many requests at once: how many connections, and how many tokens, they take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use wharf_client::{Client, Limits};
use wharf_registry::{Digest, Host, Read, Repository, Tag};
use wharf_transport_hyper::Hyper;

use wharf_testkit::transport::spawn;

/// How often the token service lets others go first.
const PAUSE: usize = 50_000;

/// What was asked of a registry that hands out its tokens itself.
#[derive(Default)]
struct Asked {
    connections: AtomicUsize,
    tokens: AtomicUsize,
    manifests: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_questions_take_one_token_and_hardly_more_connections_than_are_asked_at_once() {
    const QUESTIONS: usize = 10_000;
    let at_once = Limits::default().requests;
    let (address, asked) = registry().await;
    let client = Client::new(Hyper::new(), Host::parse(&address.to_string()).unwrap()).unwrap().plain_http();
    let (repository, tag) = (Repository::parse("team/app").unwrap(), Tag::parse("1").unwrap().into());

    // Four times as many callers as the client lets through.
    let found = stream::iter(0..QUESTIONS).map(|_| client.resolve(&repository, &tag)).buffer_unordered(4 * at_once);
    let found = found.filter(|found| std::future::ready(found.is_ok())).count().await;

    assert_eq!(found, QUESTIONS);
    assert_eq!(asked.tokens.load(Ordering::Relaxed), 1);
    // A connection whose answer has come is free a moment later. Who asks within that moment begins another one, which
    // stays: five or so in all.
    let connections = asked.connections.load(Ordering::Relaxed);
    assert!(connections <= 2 * at_once, "{connections} connections");
    // Only who asked before there was a token asked twice.
    let manifests = asked.manifests.load(Ordering::Relaxed);
    assert!(manifests <= QUESTIONS + 4 * at_once, "{manifests} questions");
}

async fn registry() -> (SocketAddr, Arc<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Asked::default());
    let counting = Arc::clone(&asked);
    spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counting.connections.fetch_add(1, Ordering::Relaxed);
            spawn(answer_all(stream, address, Arc::clone(&counting)));
        }
    });
    (address, asked)
}

/// One answer after another, for as long as the client keeps the connection.
async fn answer_all(stream: TcpStream, address: SocketAddr, asked: Arc<Asked>) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufStream::new(stream);
    while let Some(head) = head(&mut stream).await {
        if head.starts_with("get /token?") {
            asked.tokens.fetch_add(1, Ordering::Relaxed);
            // Others get to ask meanwhile, and must not.
            for _ in 0..PAUSE {
                tokio::task::yield_now().await;
            }
        }
        let answer = answer(&head, address, &asked);
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

/// The head of a request without a body.
async fn head(stream: &mut BufStream<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    Some(head.to_ascii_lowercase())
}

fn answer(head: &str, address: SocketAddr, asked: &Asked) -> String {
    if head.starts_with("get /token?") {
        // For as long as ten thousand questions take on any machine; a minute, if nothing were said, can be too short.
        let token = r#"{"token":"pass","expires_in":86400}"#;
        return format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{token}", token.len());
    }
    assert!(head.starts_with("head /v2/team/app/manifests/1 "), "{head}");
    asked.manifests.fetch_add(1, Ordering::Relaxed);
    match head.contains("\r\nauthorization: bearer pass\r\n") {
        true => format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nContent-Length: 2\r\n\
             Docker-Content-Digest: {}\r\n\r\n",
            Digest::of(b"{}")
        ),
        false => format!(
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\
             WWW-Authenticate: Bearer realm=\"http://{address}/token\",service=\"s\"\r\n\r\n"
        ),
    }
}
