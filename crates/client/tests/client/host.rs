//! From a registry's name to its address, and the pieces that are public.

use wharf_client::{
    Body, Client, Error, HostError, InProcess, Transport, TransportError, TransportErrorKind, UrlFault,
};
use wharf_registry::{Read, Registry};

use crate::peer::{Peer, SECRET, digest, host, latest, manifest_reply, reply, repository};

#[tokio::test]
async fn a_host_is_taken_as_it_is_written() {
    let table = [
        ("registry.example.com", "https://registry.example.com/"),
        ("registry.example.com:443", "https://registry.example.com/"),
        ("registry.example.com:80", "https://registry.example.com:80/"),
        ("localhost:5000", "https://localhost:5000/"),
        ("LOCALHOST:05000", "https://localhost:5000/"),
        ("127.0.0.1:5000", "https://127.0.0.1:5000/"),
        ("[::1]:5000", "https://[::1]:5000/"),
        ("[0:0:0:0:0:0:0:1]", "https://[::1]/"),
        ("docker.io", "https://registry-1.docker.io/"),
    ];
    for (name, url) in table {
        let peer = Peer::script([manifest_reply(), manifest_reply()]);
        let client = Client::new(peer.clone(), host(name)).unwrap();
        client.manifest(&repository(), &latest()).await.unwrap();
        assert_eq!(peer.sent()[0].url, format!("{url}v2/team/app/manifests/latest"));
        client.plain_http().manifest(&repository(), &latest()).await.unwrap();
        assert!(peer.sent()[1].url.starts_with("http://"));
    }
}

#[tokio::test]
async fn plain_http_keeps_the_port() {
    for (name, url) in [("r.example:443", "http://r.example:443/"), ("r.example:80", "http://r.example/")] {
        let peer = Peer::script([manifest_reply()]);
        let client = Client::new(peer.clone(), host(name)).unwrap().plain_http();
        client.manifest(&repository(), &latest()).await.unwrap();
        assert!(peer.sent()[0].url.starts_with(url), "{name}");
    }
}

#[test]
fn a_host_that_would_be_repaired_is_refused() {
    let table = [
        ("localhost:0", HostError::Port),
        ("localhost:65536", HostError::Port),
        ("localhost:99999999999999999999", HostError::Port),
        ("[1:2]", HostError::Ipv6),
        ("[:::]:1", HostError::Ipv6),
        ("127.1", HostError::Name),
        ("0x7f.1", HostError::Name),
        ("2130706433", HostError::Name),
        ("1.2.3.256", HostError::Name),
        ("127.0.0.01", HostError::Name),
        ("xn--a", HostError::Name),
    ];
    for (name, expected) in table {
        assert_eq!(Client::new(Peer::script([]), host(name)).unwrap_err(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_failed_connection_is_not_tried_over_http() {
    struct Unplugged(Peer);

    #[async_trait::async_trait]
    impl Transport for Unplugged {
        async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
            self.0.send(request).await?;
            Err(TransportError::new(TransportErrorKind::Tls, "unknown issuer"))
        }
    }

    let peer = Peer::script([reply(200, &[], "")]);
    let client = Client::new(Unplugged(peer.clone()), host("localhost:5000")).unwrap();
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(error.code().as_str(), "UNAVAILABLE");
    assert_eq!(peer.lines(), ["GET https://localhost:5000/v2/team/app/manifests/latest"]);
}

#[derive(Clone)]
struct Echo;

impl tower_service::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        assert_eq!(request.uri(), format!("/v2/team/app/blobs/{}", digest("content")).as_str());
        assert_eq!(request.headers()["host"], "localhost:5000");
        std::future::ready(Ok(http::Response::new(Body::from("content"))))
    }
}

#[tokio::test]
async fn a_service_in_the_same_process_sees_what_a_server_sees() {
    let client = Client::new(InProcess::new(Echo), host("localhost:5000")).unwrap().plain_http();
    let blob = client.blob(&repository(), &digest("content")).await.unwrap();
    assert_eq!(blob.descriptor().size, 7);
    assert_eq!(blob.into_bytes(&wharf_registry::Limits::default()).await.unwrap(), "content");
}

#[test]
fn the_public_types_are_what_they_are_needed_as() {
    fn is<T: Send + Sync + 'static>() {}
    is::<Client>();
    is::<Error>();
    is::<TransportError>();
    is::<UrlFault>();
    fn boxed(client: Client) -> Box<dyn Registry> {
        Box::new(client)
    }
    let _ = boxed(Peer::script([]).client());
    let _: Option<Box<dyn Transport>> = None;
    let _: Option<Box<dyn wharf_client::Credentials>> = None;
    let _: Option<Box<dyn wharf_client::Clock>> = None;
    assert!(size_of::<Error>() <= 8, "errors are passed by their pointer");
    assert!(!SECRET.is_empty());
}
