//! How far requests may go: what the client tells its transport, and what it learns from it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Request, Response};
use wharf_client::{
    Body, Client, ErrorKind, Fault, PeerAddress, Reach, Transport, TransportError, TransportErrorKind, UrlFault,
};
use wharf_registry::{Blob, Read, Write};

use crate::peer::{
    Peer, bearer, blob_reply, digest, fault, host, latest, manifest_reply, reply, repository, token, wire,
};

/// A peer, and how far each request to it may go. Those to the registry come from an address.
#[derive(Clone)]
struct Network {
    peer: Peer,
    home: Option<IpAddr>,
    /// From where the registry answers over plain http.
    plain: Option<IpAddr>,
    elsewhere: Option<IpAddr>,
    seen: Arc<Mutex<Vec<(String, Reach)>>>,
}

impl Network {
    fn new(peer: Peer) -> Self {
        Self { peer, home: None, plain: None, elsewhere: None, seen: Arc::default() }
    }

    fn client(&self, name: &str) -> Client {
        Client::new(self.clone(), host(name)).unwrap()
    }

    fn seen(&self) -> Vec<(String, Reach)> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let name = request.uri().host().unwrap().to_owned();
        let home = if request.uri().scheme_str() == Some("http") { self.plain } else { self.home };
        let address = if name == "registry.example.com" { home } else { self.elsewhere };
        self.seen.lock().unwrap().push((name, Reach::of(request.extensions())));
        let mut response = self.peer.send(request).await?;
        address.map(|address| response.extensions_mut().insert(PeerAddress::new(address)));
        Ok(response)
    }
}

/// Leads to content elsewhere.
fn leading(place: &'static str) -> Network {
    Network::new(Peer::new(move |sent| match sent.url.contains("/blobs/") {
        true => reply(307, &[("location", place)], ""),
        false => blob_reply("content"),
    }))
}

async fn pull(client: &Client) -> Result<(), wharf_registry::Error> {
    client.blob(&repository(), &digest("content")).await.map(drop)
}

fn seen(name: &str, reach: Reach) -> (String, Reach) {
    (name.to_owned(), reach)
}

#[tokio::test]
async fn a_redirect_elsewhere_stays_on_the_internet() {
    let network = leading("https://cdn.example.net/x");
    let client = network.client("registry.example.com");
    pull(&client).await.unwrap();
    assert_eq!(network.seen(), [seen("registry.example.com", Reach::Anywhere), seen("cdn.example.net", Reach::Public)]);
    let network = leading("https://registry.example.com:8443/x");
    pull(&network.client("registry.example.com")).await.unwrap();
    assert_eq!(network.seen()[1], seen("registry.example.com", Reach::Public), "another port is another place");
}

#[tokio::test]
async fn so_does_an_upload() {
    let network = Network::new(Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "https://uploads.example.net/1")], ""),
        _ => reply(500, &[], ""),
    }));
    let client = network.client("registry.example.com").with_retry(wharf_client::Retry::none());
    let blob = Blob::from_bytes("content");
    client.put_blob(&repository(), blob).await.unwrap_err();
    let reaches: Vec<_> = network.seen().into_iter().filter(|(name, _)| name == "uploads.example.net").collect();
    assert!(!reaches.is_empty() && reaches.iter().all(|(_, reach)| *reach == Reach::Public), "{reaches:?}");
}

#[tokio::test]
async fn a_token_service_is_where_it_may_be() {
    let cases = [
        ("registry.example.com", "https://registry.example.com/token", false, Reach::Anywhere),
        ("registry.example.com", "https://login.example.com/token", false, Reach::Public),
        ("registry.example.com", "https://login.example.com/token", true, Reach::Anywhere),
        ("docker.io", "https://auth.docker.io/token", false, Reach::Anywhere),
        ("docker.io", "https://auth.example.com/token", false, Reach::Public),
    ];
    for (registry, realm, trusted, expected) in cases {
        let network = Network::new(Peer::new(move |sent| match sent.header("authorization") {
            _ if sent.url.starts_with(realm) => token("abc"),
            None => bearer(realm),
            Some(_) => manifest_reply(),
        }));
        let mut client = network.client(registry);
        if trusted {
            client = client.trust_realm(host("login.example.com"));
        }
        client.manifest(&repository(), &latest()).await.unwrap();
        assert_eq!(network.seen()[1].1, expected, "{realm}");
    }
}

/// Where the registry is, and whether it may lead to names and addresses that are private.
#[tokio::test]
async fn who_is_inside_may_lead_inside() {
    let private = "10.1.2.3".parse().ok();
    let public = "192.0.2.1".parse().ok();
    let mapped = "::ffff:192.168.0.1".parse().ok();
    let cases = [
        (None, None, Reach::Public),
        (public, None, Reach::Public),
        (public, private, Reach::Public),
        (private, public, Reach::Anywhere),
        (mapped, None, Reach::Anywhere),
    ];
    for (home, elsewhere, expected) in cases {
        for (place, name) in [("https://cdn.example.net/x", "cdn.example.net"), ("https://10.9.9.9/x", "10.9.9.9")] {
            let network = Network { home, elsewhere, ..leading(place) };
            let client = network.client("registry.example.com");
            // What is learnt about elsewhere holds for no other request.
            for _ in 0..2 {
                let pulled = pull(&client).await;
                match (expected, name) {
                    (Reach::Public, "10.9.9.9") => {
                        assert_eq!(fault(&pulled.unwrap_err()), Fault::Redirect(UrlFault::PrivateAddress));
                        assert_eq!(network.seen(), [seen("registry.example.com", Reach::Anywhere)]);
                    }
                    _ => assert_eq!(network.seen()[1], seen(name, expected), "{home:?} {place}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn who_was_named_inside_or_without_https_may_lead_anywhere() {
    for place in ["https://cdn.example.net/x", "https://10.9.9.9/x", "https://localhost/x"] {
        let network = leading(place);
        let clients = [
            network.client("192.168.0.1:5000"),
            network.client("localhost:5000"),
            network.client("registry.example.com").plain_http(),
            network.client("registry.example.com").allow_private_addresses(),
        ];
        for client in clients {
            pull(&client).await.unwrap();
            assert_eq!(network.seen()[1].1, Reach::Anywhere, "{place}");
        }
        let public = network.client("192.0.2.1");
        assert_eq!(pull(&public).await.is_ok(), place.contains("example.net"));
    }
}

#[tokio::test]
async fn what_is_forbidden_is_not_tried_again() {
    struct Walled(Mutex<u32>);

    #[async_trait]
    impl Transport for Walled {
        async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
            *self.0.lock().unwrap() += 1;
            Err(TransportError::new(TransportErrorKind::Forbidden, "a wall"))
        }
    }

    let transport = Arc::new(Walled(Mutex::new(0)));
    let client = Client::new(Arc::clone(&transport), host("registry.example.com")).unwrap();
    let error = pull(&client).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Transport(TransportErrorKind::Forbidden));
    assert_eq!((wire(&error).is_retryable(), *transport.0.lock().unwrap()), (false, 1));
}

#[test]
fn addresses_where_anybody_may_be_sent() {
    let public = ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.0"];
    let more = ["192.0.1.0", "192.167.0.1", "169.253.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255"];
    let sixes = ["2606:4700::1", "2001:db8::1", "2001:1::", "2003::", "fe00::", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"];
    for address in public.into_iter().chain(more).chain(sixes) {
        assert!(Reach::Public.admits(address.parse().unwrap()), "{address}");
    }
    let private = ["0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1"];
    let more = ["127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.168.1.1"];
    let last = ["198.18.0.0", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255"];
    let sixes = ["::", "::1", "::10.0.0.1", "::1.1.1.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1.1.1.1"];
    let others = ["2001::1", "2002:101:101::", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1"];
    for address in private.into_iter().chain(more).chain(last).chain(sixes).chain(others) {
        assert!(!Reach::Public.admits(address.parse().unwrap()), "{address}");
        assert!(Reach::Anywhere.admits(address.parse().unwrap()), "{address}");
    }
}

/// Whoever is on the way can answer over plain http, from wherever they like.
#[tokio::test]
async fn what_came_over_plain_http_tells_nothing_of_where_the_registry_is() {
    let network = Network { plain: Some([10, 0, 0, 1].into()), ..leading("https://cdn.example.net/x") };
    let client = network.client("registry.example.com");
    pull(&client.clone().plain_http()).await.unwrap();
    network.seen();
    pull(&client).await.unwrap();
    assert_eq!(network.seen()[1], seen("cdn.example.net", Reach::Public));
}
