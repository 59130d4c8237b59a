//! Requests that must stay on the Internet, where names lead to addresses of this machine.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;
use http::{Request, Response};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use wharf_client::{Body, PeerAddress, Reach, Transport, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Proxies, Resolve};

use crate::server::{HELLO, read, server, spawn};

/// Every name leads to the same addresses.
struct Names(Vec<IpAddr>);

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

fn leading_to(addresses: &[&str]) -> Hyper {
    Hyper::new().with_resolver(Names(addresses.iter().map(|address| address.parse().unwrap()).collect()))
}

async fn ask(transport: &Hyper, url: &str, reach: Reach) -> Result<Response<Body>, TransportError> {
    let mut request = Request::get(url).body(Body::empty()).unwrap();
    request.extensions_mut().insert(reach);
    transport.send(request).await
}

fn forbidden(outcome: Result<Response<Body>, TransportError>) {
    assert_eq!(outcome.unwrap_err().kind(), TransportErrorKind::Forbidden);
}

/// The server answers on one connection for as long as it is used, and to nobody else.
#[tokio::test]
async fn a_connection_that_was_made_without_the_rule_is_not_used_under_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        drop(listener);
        let mut asked = Vec::new();
        while tokio::io::AsyncReadExt::read_buf(&mut stream, &mut asked).await.unwrap_or(0) > 0 {
            if asked.ends_with(b"\r\n\r\n") {
                stream.write_all(HELLO.as_bytes()).await.unwrap();
            }
        }
        String::from_utf8(asked).unwrap().matches("GET").count()
    });
    let transport = leading_to(&["127.0.0.1"]);
    let url = format!("http://registry.test:{port}/");
    for _ in 0..2 {
        assert_eq!(read(ask(&transport, &url, Reach::Anywhere).await.unwrap()).await.unwrap(), b"hello");
    }
    forbidden(ask(&transport, &url, Reach::Public).await);
    assert_eq!(read(ask(&transport, &url, Reach::Anywhere).await.unwrap()).await.unwrap(), b"hello");
    drop(transport);
    assert_eq!(server.await.unwrap(), 3, "all on one connection, and none of those that are forbidden");
}

#[tokio::test]
async fn no_name_and_no_address_leads_to_this_machine() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for addresses in
        [&["127.0.0.1"][..], &["::ffff:127.0.0.1"], &["64:ff9b::7f00:1"], &["0.0.0.0"], &["10.0.0.1", "::1"]]
    {
        for scheme in ["http", "https"] {
            forbidden(ask(&leading_to(addresses), &format!("{scheme}://cdn.test:{port}/"), Reach::Public).await);
        }
    }
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        forbidden(ask(&Hyper::new(), &format!("http://{host}:{port}/"), Reach::Public).await);
    }
    let waiting = std::future::poll_fn(|context| std::task::Poll::Ready(listener.poll_accept(context).is_pending()));
    assert!(waiting.await, "nobody has connected");
}

#[tokio::test]
async fn who_answered_is_told_and_a_proxy_is_not_who_answered() {
    let (address, _server) = server(HELLO, false).await;
    let response = ask(&Hyper::new(), &format!("http://{address}/"), Reach::Anywhere).await.unwrap();
    assert_eq!(response.extensions().get(), Some(&PeerAddress::new(address.ip())));

    let (address, _server) = server(HELLO, false).await;
    let proxied = Hyper::new().with_proxies(Proxies::all(format!("http://{address}").parse().unwrap()));
    let response = ask(&proxied, "http://registry.test/", Reach::Anywhere).await.unwrap();
    assert_eq!(response.extensions().get::<PeerAddress>(), None);
}

/// The proxy is where the caller said, and looks up names itself; what is an address needs no looking up.
#[tokio::test]
async fn through_a_proxy_only_addresses_are_judged() {
    let (address, server) = server(HELLO, false).await;
    let proxied = leading_to(&["127.0.0.1"])
        .with_proxies(Proxies::all(format!("http://proxy.test:{}", address.port()).parse().unwrap()));
    forbidden(ask(&proxied, "http://10.0.0.1/", Reach::Public).await);
    assert_eq!(read(ask(&proxied, "http://cdn.test/", Reach::Public).await.unwrap()).await.unwrap(), b"hello");
    assert!(server.await.unwrap().starts_with("GET http://cdn.test/ "));
}
