//! A client at the end of an emulated network.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{TryStreamExt, stream};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use wharf_client::{
    Body, Client, Clock, Credential, Error, Host, Retry, Secret, Transport, TransportError, TransportErrorKind,
};
use wharf_registry::{Digest, Error as RegistryError, Repository, TagOrDigest};
use wharf_store::Store;
use wharf_testkit::emulate::registries::Emulation;
use wharf_testkit::emulate::{self, Emulated, Network, Peer, Quirk, Served};

pub(crate) const SECRET: &str = "canary-5eecret";

/// A registry of our own, with everything in memory.
pub(crate) fn registry() -> impl Peer + 'static {
    Served::new(wharf_server::Service::new(Store::memory()))
}

/// A client that knows a password, and whose pauses take no time.
pub(crate) fn client(emulation: &Emulation) -> Client {
    anonymous(emulation).with_credentials(Credential::basic("robot", Secret::new(SECRET)))
}

pub(crate) fn anonymous(emulation: &Emulation) -> Client {
    at(emulation.host, &emulation.network, &emulation.clock)
}

pub(crate) fn at(host: &str, network: &Network, clock: &emulate::Clock) -> Client {
    let client = Client::new(Wire(network.clone()), Host::parse(host).unwrap()).unwrap();
    client.with_clock(Hasty(clock.clone())).with_retry(Retry::default())
}

/// A registry of our own with some quirks, and an anonymous client of it.
pub(crate) fn with(quirks: impl IntoIterator<Item = Quirk>) -> (Network, Client) {
    over(registry(), quirks)
}

/// Any peer with some quirks in the registry's place.
pub(crate) fn over(peer: impl Peer + 'static, quirks: impl IntoIterator<Item = Quirk>) -> (Network, Client) {
    let network = Network::default();
    network.put("https://registry.example.com", Emulated::new(peer).with_all(quirks));
    let client = at("registry.example.com", &network, &emulate::Clock::default());
    (network, client)
}

pub(crate) fn repository() -> Repository {
    Repository::from_static("team/app")
}

pub(crate) fn latest() -> TagOrDigest {
    TagOrDigest::Tag(wharf_registry::Tag::LATEST)
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}

/// The error on the wire below a registry's error.
pub(crate) fn wire(error: &RegistryError) -> &Error {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref())
        .unwrap_or_else(|| panic!("not of the wire: {error:?}"))
}

/// Everything that an error can print.
pub(crate) fn printed(error: &RegistryError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

/// The network as a transport: a body that is shorter than its length breaks off, and where nobody answers the
/// connection is closed.
struct Wire(Network);

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let is_head = head.method == Method::HEAD;
        let body = body.into_stream().try_fold(BytesMut::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        });
        let request = Request::from_parts(head, body.await?.freeze());
        let closed = || TransportError::new(TransportErrorKind::Closed, "the peer hung up");
        let (head, body) = self.0.send(request).await.ok_or_else(closed)?.into_parts();
        let said = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let is_cut = !is_head && head.status != StatusCode::NO_CONTENT && said.is_some_and(|said| said > body.len());
        let pieces = [Ok(body)].into_iter().chain(is_cut.then(|| Err(closed())));
        let pieces: Vec<Result<Bytes, TransportError>> = pieces.filter(|_| !is_head).collect();
        Ok(Response::from_parts(head, Body::stream(stream::iter(pieces), None)))
    }
}

/// A clock that is moved on by whoever really waits.
struct Hasty(emulate::Clock);

impl Clock for Hasty {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.0.clone();
        Box::pin(async move { clock.advance(duration) })
    }

    fn date(&self) -> Option<Duration> {
        None
    }
}
