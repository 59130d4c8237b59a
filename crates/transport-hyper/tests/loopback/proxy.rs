//! Requests through a proxy: who sees what, and what is told when it says no.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use wharf_client::{Body, Secret, Transport, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Proxies, Proxy, ProxyRefusal, Timeouts, Tls};

use crate::authority::Authority;
use wharf_testkit::transport::{HELLO, get, read, server, spawn, talk};

/// `robot:hunter2`
const ACCOUNT: &str = "proxy-authorization: basic cm9ib3q6ahvudgvymg==";

fn through(address: &str) -> Proxies {
    let proxy: Proxy = address.parse().unwrap();
    Proxies::all(proxy.with_account("robot", Secret::new("hunter2")).unwrap())
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Up to the empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(read).unwrap().to_ascii_lowercase()
}

/// Reads the head of a request for a tunnel, leads to `port` whatever is asked for, and tells the head and all that
/// came through from the client.
async fn tunnel(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16) -> (String, Vec<u8>) {
    let asked = head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").await.unwrap();
    (asked, relay(stream, port).await)
}

async fn relay(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16) -> Vec<u8> {
    let mut first = Vec::new();
    stream.read_buf(&mut first).await.unwrap();
    let mut host = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    host.write_all(&first).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut host).await;
    first
}

async fn secret_get(transport: &Hyper, url: &str) -> Result<Vec<u8>, TransportError> {
    let request = Request::get(url).header("authorization", "Bearer canary-5eecret").body(Body::empty());
    read(transport.send(request.unwrap()).await?).await
}

fn refusal(error: &TransportError) -> Option<StatusCode> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(refusal) = error.downcast_ref::<ProxyRefusal>() {
            return Some(refusal.status());
        }
        next = error.source();
    }
    None
}

#[tokio::test]
async fn plain_http_goes_to_the_proxy_as_it_is() {
    let (address, seen) = server(HELLO, false).await;
    let transport = Hyper::new().with_proxies(through(&format!("http://{address}")));
    assert_eq!(secret_get(&transport, "http://registry.test/v2/?n=1").await.unwrap(), b"hello");
    let seen = seen.await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get http://registry.test/v2/?n=1 http/1.1\r\n"), "{seen}");
    assert!(seen.contains(ACCOUNT) && seen.contains("host: registry.test\r\n"), "{seen}");
}

#[tokio::test]
async fn a_host_that_is_gone_to_directly_hears_nothing_of_the_proxy() {
    let (address, seen) = server(HELLO, false).await;
    let proxies = through("http://127.0.0.1:1").with_bypass("127.0.0.1").unwrap();
    let transport = Hyper::new().with_proxies(proxies);
    assert_eq!(secret_get(&transport, &format!("http://{address}/v2/")).await.unwrap(), b"hello");
    let seen = seen.await.unwrap().to_ascii_lowercase();
    assert!(seen.starts_with("get /v2/ http/1.1\r\n") && !seen.contains("proxy-authorization"), "{seen}");
}

/// The tunnel is asked for with the account, and what goes through it is for the host alone.
#[tokio::test]
async fn https_is_with_the_host_and_not_with_the_proxy() {
    let authority = Authority::new("one");
    for is_secure in [false, true] {
        let (port, host) = authority.serve(None).await;
        let (listener, proxy_port) = listen().await;
        let mut config = authority.server(None);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let proxy = spawn(async move {
            let stream = listener.accept().await.unwrap().0;
            match is_secure {
                true => {
                    let stream = acceptor.accept(stream).await.unwrap();
                    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
                    tunnel(stream, port).await
                }
                false => tunnel(stream, port).await,
            }
        });
        let scheme = if is_secure { "https" } else { "http" };
        let tls = Tls::new().without_system_roots().with_roots_pem(&authority.pem).unwrap();
        let proxies = through(&format!("{scheme}://localhost:{proxy_port}"));
        let transport = Hyper::new().with_tls(tls).with_proxies(proxies);
        assert_eq!(secret_get(&transport, &format!("https://localhost:{port}/v2/")).await.unwrap(), b"hello");
        drop(transport);
        let host = host.await.unwrap().unwrap().text.to_ascii_lowercase();
        assert!(host.starts_with("get /v2/ http/1.1\r\n") && host.contains("canary-5eecret"), "{host}");
        assert!(!host.contains("proxy-authorization"), "{host}");
        let (asked, first) = proxy.await.unwrap();
        assert!(asked.starts_with(&format!("connect localhost:{port} http/1.1\r\n")), "{asked}");
        assert!(asked.contains(ACCOUNT) && asked.contains(&format!("host: localhost:{port}\r\n")), "{asked}");
        assert!(!asked.contains("canary"), "{asked}");
        assert_eq!(first[0], 22, "a handshake of TLS begins with its record");
    }
}

/// The name is for the proxy to look up.
#[tokio::test]
async fn a_tunnel_that_is_refused_is_told_as_the_proxy_told_it() {
    use TransportErrorKind::{Connect, Forbidden};
    let cases = [
        (407, Forbidden),
        (403, Forbidden),
        (404, Forbidden),
        (302, Forbidden),
        (429, Connect),
        (408, Connect),
        (500, Connect),
        (502, Connect),
        (503, Connect),
    ];
    for (status, kind) in cases {
        // The connection stays, as those of proxies do, and a page comes with the answer.
        let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 6\r\n\r\n<html>");
        let (address, seen) = server(answer, true).await;
        let transport = Hyper::new().with_proxies(through(&format!("http://{address}")));
        let error = get(&transport, "https://registry.test/v2/".to_owned()).await.unwrap_err();
        assert_eq!((error.kind(), refusal(&error)), (kind, StatusCode::from_u16(status).ok()), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"));
        drop(transport);
        assert!(seen.await.unwrap().starts_with("CONNECT registry.test:443 HTTP/1.1\r\n"));
    }
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks_is_no_answer_of_the_host() {
    let answer = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n";
    let (address, _seen) = server(answer, false).await;
    let transport = Hyper::new().with_proxies(through(&format!("http://{address}")));
    let error = get(&transport, "http://registry.test/".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Forbidden);
    assert_eq!(refusal(&error), Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED));
    assert_eq!(error.source().unwrap().to_string(), "the proxy answered 407 Proxy Authentication Required");
    // A host may say what it likes.
    let (address, _seen) = server(answer, false).await;
    let answer = get(&Hyper::new(), format!("http://{address}/")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PROXY_AUTHENTICATION_REQUIRED);
}

#[tokio::test]
async fn a_proxy_that_makes_no_tunnel_is_no_connection() {
    let cases = [("", false), ("", true), ("SSH-2.0-x\r\n", false), ("HTTP/1.1 200 OK\r\n\r\nmore than that", true)];
    for (answer, stay) in cases {
        let (address, _seen) = server(answer, stay).await;
        let mut timeouts = Timeouts::default();
        // Whatever comes may take its time.
        if answer.is_empty() && stay {
            timeouts.connect = Duration::from_millis(100);
        }
        let transport = Hyper::new().with_timeouts(timeouts).with_proxies(through(&format!("http://{address}")));
        let error = get(&transport, "https://registry.test/".to_owned()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect, "{answer:?}: {error:?}");
        assert_eq!(format!("{error:?}").contains("InvalidData"), answer.contains("more"), "{error:?}");
    }
}

/// A proxy of SOCKS 5 for one connection to `port`, whatever is asked for. It tells the host and the port.
async fn socks(listener: TcpListener, port: u16) -> (String, u16) {
    let mut stream = listener.accept().await.unwrap().0;
    let mut methods = [0; 3];
    stream.read_exact(&mut methods).await.unwrap();
    assert_eq!(methods, [5, 1, 2], "the account, and nothing else, is offered");
    stream.write_all(&[5, 2]).await.unwrap();
    let mut account = [0; 15];
    stream.read_exact(&mut account).await.unwrap();
    assert_eq!(&account, b"\x01\x05robot\x07hunter2");
    stream.write_all(&[1, 0]).await.unwrap();
    let mut command = [0; 5];
    stream.read_exact(&mut command).await.unwrap();
    assert_eq!(command[..4], [5, 1, 0, 3], "a name, not an address");
    let mut name = vec![0; command[4].into()];
    stream.read_exact(&mut name).await.unwrap();
    let asked = stream.read_u16().await.unwrap();
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    relay(stream, port).await;
    (String::from_utf8(name).unwrap(), asked)
}

#[tokio::test]
async fn socks_leads_to_names_that_only_the_proxy_knows() {
    let (address, host) = server(HELLO, false).await;
    let (listener, port) = listen().await;
    let proxy = spawn(socks(listener, address.port()));
    let transport = Hyper::new().with_proxies(through(&format!("socks5h://127.0.0.1:{port}")));
    assert_eq!(secret_get(&transport, "http://registry.test/v2/").await.unwrap(), b"hello");
    drop(transport);
    assert_eq!(proxy.await.unwrap(), ("registry.test".to_owned(), 80));
    let host = host.await.unwrap().to_ascii_lowercase();
    assert!(host.starts_with("get /v2/ http/1.1\r\n") && !host.contains("proxy-authorization"), "{host}");
}

#[tokio::test]
async fn https_through_socks_is_with_the_host() {
    let authority = Authority::new("one");
    let (target, host) = authority.serve(None).await;
    let (listener, port) = listen().await;
    let proxy: JoinHandle<_> = spawn(socks(listener, target));
    let tls = Tls::new().without_system_roots().with_roots_pem(&authority.pem).unwrap();
    let transport = Hyper::new().with_tls(tls).with_proxies(through(&format!("socks5://127.0.0.1:{port}")));
    assert_eq!(secret_get(&transport, "https://localhost/v2/").await.unwrap(), b"hello");
    drop(transport);
    assert_eq!(proxy.await.unwrap(), ("localhost".to_owned(), 443));
    assert!(host.await.unwrap().unwrap().text.contains("canary-5eecret"));
}

#[tokio::test]
async fn a_socks_proxy_that_says_no_is_no_connection() {
    let (listener, port) = listen().await;
    let proxy = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        stream.write_all(&[5, 255]).await.unwrap();
        talk(stream, "", false).await
    });
    let transport = Hyper::new().with_proxies(through(&format!("socks5://127.0.0.1:{port}")));
    let error = get(&transport, "https://registry.test/".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    drop(transport);
    drop(proxy.await);
}
