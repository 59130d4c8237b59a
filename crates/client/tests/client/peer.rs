//! A peer that answers as it is told to and records everything it is sent.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use wharf_client::{Body, Client, Clock, Error, ErrorKind, Fault, Retry, Transport, TransportError};
use wharf_registry::{Digest, Error as RegistryError, Host, MediaType, Repository, Tag, TagOrDigest};

pub(crate) const HOST: &str = "registry.example.com";
pub(crate) const SECRET: &str = "canary-5eecret";
/// `robot:canary-5eecret`
pub(crate) const BASIC: &str = "Basic cm9ib3Q6Y2FuYXJ5LTVlZWNyZXQ=";

/// A request as the peer saw it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) broken: bool,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }

    pub(crate) fn is_to(&self, origin: &str) -> bool {
        self.url.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'))
    }
}

type Handler = Box<dyn Fn(&Sent) -> Response<Body> + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Peer {
    handler: Arc<Handler>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Peer {
    pub(crate) fn new(handler: impl Fn(&Sent) -> Response<Body> + Send + Sync + 'static) -> Self {
        Self { handler: Arc::new(Box::new(handler)), sent: Arc::default() }
    }

    /// Answers in turn, and fails the test when more is asked.
    pub(crate) fn script(replies: impl IntoIterator<Item = Response<Body>>) -> Self {
        let replies = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
        Self::new(move |sent| {
            let reply = replies.lock().unwrap().pop_front();
            reply.unwrap_or_else(|| panic!("unexpected {}", sent.line()))
        })
    }

    /// A client that repeats nothing.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.clone(), host(HOST)).unwrap().with_retry(Retry::none())
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.sent().iter().map(Sent::line).collect()
    }

    /// How many requests there were whose URL has `part` in it.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.sent().iter().filter(|sent| sent.url.contains(part)).count()
    }
}

#[async_trait]
impl Transport for Peer {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        // Lets requests that are under way at the same time meet.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let (parts, body) = request.into_parts();
        let expected = body.length();
        let mut pieces = body.into_stream();
        let mut all = BytesMut::new();
        let failure = loop {
            match pieces.try_next().await {
                Ok(Some(piece)) => all.extend_from_slice(&piece),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let broken = failure.is_some() || expected.is_some_and(|expected| expected != all.len() as u64);
        let url = parts.uri.to_string();
        let sent = Sent { method: parts.method, url, headers: parts.headers, body: all.freeze(), broken };
        self.sent.lock().unwrap().push(sent.clone());
        match failure {
            Some(failure) => Err(failure),
            None => Ok((self.handler)(&sent)),
        }
    }
}

/// A clock that a test moves on. A hasty one moves on by itself to the end of whatever is waited for.
#[derive(Clone, Default)]
pub(crate) struct FakeClock(Arc<Mutex<Time>>);

#[derive(Default)]
struct Time {
    now: Duration,
    is_hasty: bool,
    slept: Vec<Duration>,
    date: Option<Duration>,
    wakers: Vec<Waker>,
}

impl FakeClock {
    pub(crate) fn hasty() -> Self {
        let clock = Self::default();
        clock.0.lock().unwrap().is_hasty = true;
        clock
    }

    pub(crate) fn advance(&self, seconds: u64) {
        let mut time = self.0.lock().unwrap();
        time.now += Duration::from_secs(seconds);
        time.wakers.drain(..).for_each(Waker::wake);
    }

    pub(crate) fn set_date(&self, seconds: u64) {
        self.0.lock().unwrap().date = Some(Duration::from_secs(seconds));
    }

    /// How long was waited, each time that somebody really did.
    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().slept.clone()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (time, until) = (Arc::clone(&self.0), self.now() + duration);
        let mut is_new = true;
        Box::pin(std::future::poll_fn(move |context| {
            let mut time = time.lock().unwrap();
            if std::mem::take(&mut is_new) && !duration.is_zero() {
                time.slept.push(duration);
            }
            if time.is_hasty {
                time.now = time.now.max(until);
            }
            if time.now >= until {
                return Poll::Ready(());
            }
            time.wakers.push(context.waker().clone());
            Poll::Pending
        }))
    }

    fn date(&self) -> Option<Duration> {
        self.0.lock().unwrap().date
    }
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    response
}

pub(crate) fn bearer(realm: &str) -> Response<Body> {
    let challenge = format!("Bearer realm=\"{realm}\",service=\"r\"");
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
    reply(401, &[("www-authenticate", &challenge)], body)
}

pub(crate) fn token(token: &str) -> Response<Body> {
    reply(200, &[], format!("{{\"token\":\"{token}\",\"expires_in\":300}}"))
}

pub(crate) fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

pub(crate) fn repository() -> Repository {
    Repository::from_static("team/app")
}

pub(crate) fn latest() -> TagOrDigest {
    TagOrDigest::Tag(Tag::LATEST)
}

pub(crate) const MANIFEST: &str = r#"{"schemaVersion":2,"manifests":[]}"#;

pub(crate) fn manifest_reply() -> Response<Body> {
    reply(200, &[("content-type", MediaType::IMAGE_INDEX.as_str())], MANIFEST)
}

pub(crate) fn blob_reply(bytes: &'static str) -> Response<Body> {
    reply(200, &[("content-length", &bytes.len().to_string())], bytes)
}

pub(crate) fn digest(bytes: &str) -> Digest {
    Digest::of(bytes.as_bytes())
}

/// The error on the wire below a registry's error.
pub(crate) fn wire(error: &RegistryError) -> &Error {
    error.source().and_then(|source| source.downcast_ref()).unwrap_or_else(|| panic!("not of the wire: {error:?}"))
}

pub(crate) fn fault(error: &RegistryError) -> Fault {
    match wire(error).kind() {
        ErrorKind::Peer(fault) => fault,
        other => panic!("not the peer's fault: {other:?}"),
    }
}

/// Everything that an error can print.
pub(crate) fn printed(error: &RegistryError) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

/// Fails if a secret is anywhere but in the `Authorization` of requests to `allowed`.
pub(crate) fn assert_confined(peer: &Peer, allowed: &[&str]) {
    for sent in peer.sent() {
        let text = format!("{} {:?}", sent.url, String::from_utf8_lossy(&sent.body));
        assert!(!text.contains(SECRET), "secret in {text}");
        let authorization = sent.headers.get("authorization");
        if let Some(value) = authorization {
            assert!(allowed.iter().any(|origin| sent.is_to(origin)), "authorization sent to {}", sent.url);
            assert!(value.is_sensitive(), "authorization can be printed");
        }
        assert!(!format!("{:?}", sent.headers).contains(SECRET));
    }
}
