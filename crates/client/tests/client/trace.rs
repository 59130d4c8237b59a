//! What `tracing` is told: what happened, in which operation, and no secret.

use std::fmt::{Debug, Write};
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::{StreamExt, TryStreamExt};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Metadata, Subscriber};
use tracing_core::span::Current;
use wharf_client::{Client, Credential, Limits, Retry, Secret, TransportErrorKind};
use wharf_registry::{Algorithm, Blob, ByteRange, Delete, Document, List, Precondition, Raw, Read, Tag, Write as _};

use crate::peer::{
    FakeClock, HOST, MANIFEST, Peer, SECRET, Sent, bearer, digest, latest, manifest_reply, printed, reply, repository,
    token,
};
use crate::ranges::{ranges, span};
use crate::resume::{CONTENT, End, broken, one, part_of};

/// Writes down everything: a line for each span and each event, the latter behind the spans that they are in.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    spans: Vec<(String, &'static Metadata<'static>)>,
    entered: Vec<u64>,
}

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().lines)
    }

    /// As long as the guard lives, what this thread does is written down.
    fn listen(&self) -> DefaultGuard {
        LazyLock::force(&OTHERS);
        tracing::subscriber::set_default(self.clone())
    }
}

/// With only one subscriber in the whole process, `tracing` asks the thread that first comes to an event whether anybody
/// is interested, and remembers what it says for all threads. Tests run in many.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [Dispatch::new(Notes::default()), Dispatch::new(Notes::default())]);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {field}={value}").unwrap();
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "wharf_client"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        let mut written = self.0.lock().unwrap();
        written.lines.push(line.0.clone());
        written.spans.push((line.0, attributes.metadata()));
        Id::from_u64(written.spans.len() as u64)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("record".to_owned());
        values.record(&mut line);
        self.0.lock().unwrap().lines.push(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        let mut written = self.0.lock().unwrap();
        let within: Vec<_> = written.entered.iter().map(|id| written.spans[*id as usize - 1].0.clone()).collect();
        written.lines.push(format!("[{}] {}", within.join("; "), line.0));
    }

    fn enter(&self, id: &Id) {
        self.0.lock().unwrap().entered.push(id.into_u64());
    }

    fn exit(&self, id: &Id) {
        let entered = self.0.lock().unwrap().entered.pop();
        assert_eq!(entered, Some(id.into_u64()), "what is entered last is left first");
    }

    fn current_span(&self) -> Current {
        let written = self.0.lock().unwrap();
        match written.entered.last() {
            Some(id) => Current::new(Id::from_u64(*id), written.spans[*id as usize - 1].1),
            None => Current::none(),
        }
    }
}

const REALM: &str = "https://registry.example.com/token";

/// Wants a token for everything, and breaks off, refuses, leads elsewhere and repeats secrets as often as it can.
pub(crate) fn talkative() -> Peer {
    Peer::new(|sent| {
        if sent.url.starts_with(REALM) {
            return token(&format!("{SECRET}-token"));
        }
        if sent.url.starts_with("https://cdn.example.net/") {
            return elsewhere(sent);
        }
        if sent.header("authorization").is_none() {
            return bearer(&format!("{REALM}?key={SECRET}"));
        }
        let mut response = at_home(sent);
        let headers = response.headers_mut();
        for value in ["299 - \"this ends soon\"".to_owned(), format!("299 - \"you sent {SECRET}-token\"")] {
            headers.append("warning", value.parse().unwrap());
        }
        headers.insert("ratelimit-limit", "100;w=21600".parse().unwrap());
        headers.insert("ratelimit-remaining", "76;w=21600".parse().unwrap());
        response
    })
}

fn at_home(sent: &Sent) -> http::Response<wharf_client::Body> {
    let location = format!("/v2/team/app/blobs/uploads/1?_state={SECRET}");
    let refusal = format!(r#"{{"errors":[{{"code":"DENIED","message":"no {SECRET}-token"}}]}}"#);
    match (sent.method.as_str(), sent.url.as_str()) {
        ("GET", url) if url.contains("/blobs/sha256") => {
            let place = format!("https://cdn.example.net/canary-path?X-Amz-Signature={SECRET}");
            reply(307, &[("location", &place)], "")
        }
        ("HEAD", url) if url.contains("/blobs/") => reply(200, &[("content-length", "43")], ""),
        ("GET", url) if url.contains("/tags/list") => reply(200, &[], r#"{"name":"team/app","tags":["a"]}"#),
        ("GET", url) if url.contains("/_catalog") => reply(403, &[], refusal),
        ("GET", url) if url.contains("/referrers/") => manifest_reply(),
        ("POST", url) if url.contains("mount=") => reply(201, &[], ""),
        ("POST" | "PATCH", _) => reply(202, &[("location", &location)], ""),
        ("PUT", url) if url.contains("/uploads/") => reply(201, &[], ""),
        ("PUT", _) => reply(201, &[], ""),
        ("DELETE", _) => reply(403, &[], refusal),
        _ => manifest_reply(),
    }
}

fn elsewhere(sent: &Sent) -> http::Response<wharf_client::Body> {
    const CLOSED: End = End::Fails(TransportErrorKind::Closed);
    match span(sent) {
        None => broken(
            200,
            &[("content-length", "43"), ("warning", "299 - \"canary-5eecret-token\"")],
            one(&CONTENT[..9]),
            CLOSED,
        ),
        Some((first, None)) => broken(206, &[("content-range", &part_of(first))], one(&CONTENT[first..]), End::Clean),
        Some((0, Some(9))) => broken(206, &[("content-range", "bytes 0-9/43")], one(&CONTENT[..10]), End::Clean),
        Some((first, Some(last))) if first < 20 => {
            let range = format!("bytes {first}-{last}/43");
            broken(206, &[("content-range", &range)], one(&CONTENT[first..=last]), End::Clean)
        }
        Some(_) => reply(416, &[("x", SECRET)], SECRET),
    }
}

fn client(peer: &Peer) -> Client {
    peer.client().with_clock(FakeClock::hasty()).with_retry(Retry::default())
}

/// Every operation, and what comes of those that fail.
pub(crate) async fn everything(client: &Client) -> Vec<String> {
    let (repository, content, tag) = (repository(), digest(CONTENT), Tag::LATEST);
    let document: Document<Raw> = Document::inferred(MANIFEST.as_bytes().to_vec()).unwrap();
    let mut failures = Vec::new();
    let mut keep = |error: Option<wharf_registry::Error>| failures.extend(error.as_ref().map(printed));
    keep(client.manifest(&repository, &latest()).await.err());
    keep(client.resolve(&repository, &latest()).await.err());
    let blob = client.blob(&repository, &content).await.unwrap();
    blob.try_collect::<Vec<_>>().await.unwrap();
    keep(client.stat_blob(&repository, &content).await.err());
    let part = client.blob_range(&repository, &content, ByteRange::Between { first: 3, last: 9 }).await.unwrap();
    part.into_unverified().try_collect::<Vec<_>>().await.unwrap();
    keep(client.put_blob(&repository, Blob::from_bytes(CONTENT)).await.err());
    keep(client.mount(&repository, &content, &repository).await.err());
    let mut upload = client.start_upload(&repository, Algorithm::SHA256).await.unwrap();
    let bytes = Box::pin(futures_util::stream::iter([Ok("x".into())]));
    keep(upload.append(bytes).await.err());
    keep(upload.cancel().await.err());
    keep(client.put_manifest(&repository, &document, std::slice::from_ref(&tag), &Precondition::Always).await.err());
    keep(client.tags(&repository, None).try_collect::<Vec<_>>().await.err());
    keep(client.repositories(None).try_collect::<Vec<_>>().await.err());
    keep(client.referrers(&repository, &content, None).try_collect::<Vec<_>>().await.err());
    keep(client.delete_tag(&repository, &tag).await.err());
    keep(client.delete_manifest(&repository, &content).await.err());
    keep(client.delete_blob(&repository, &content).await.err());
    failures
}

#[tokio::test]
async fn no_secret_is_ever_told() {
    let notes = Notes::default();
    let _listening = notes.listen();
    let identity = Credential::identity_token(Secret::new(format!("{SECRET}-identity")));
    for credential in [Credential::basic("robot", Secret::new(SECRET)), identity] {
        let peer = talkative();
        let client = client(&peer).with_credentials(credential);
        let failures = everything(&client).await;
        let by_parts = client.with_ranges(ranges(3, 5)).blob(&repository(), &digest(CONTENT)).await.unwrap();
        by_parts.try_collect::<Vec<_>>().await.unwrap();
        assert!(failures.len() >= 4, "{failures:?}");
        assert!(peer.sent().iter().any(|sent| sent.url.contains(SECRET)), "there are secrets to be told");
        let lines = notes.take();
        assert!(lines.len() > 80, "{}", lines.len());
        for line in lines.iter().chain(&failures) {
            for canary in [SECRET, "canary", "Signature", "_state", "Y2FuYXJ5", "?"] {
                let told = line.contains(canary) && !(canary == "?" && failures.contains(line));
                assert!(!told, "{canary} in {line}");
            }
        }
    }
}

#[tokio::test]
async fn what_happens_is_told_in_the_operation_that_it_belongs_to() {
    let notes = Notes::default();
    let _listening = notes.listen();
    let peer = talkative();
    let client = client(&peer).with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let (repository, content) = (repository(), digest(CONTENT));
    let mut blob = client.blob(&repository, &content).await.unwrap();
    let within = format!("registry host={HOST} operation=get blob repository=team/app reference={content}");
    let answered = |status: u16, party: &str, host: &str| {
        let path = format!("/v2/team/app/blobs/{content}");
        format!(
            "[{within}] DEBUG message=answered method=GET path={path} status={status} attempt=1 party={party} host={host}"
        )
    };
    let began = notes.take();
    let expected = [
        within.clone(),
        answered(401, "Registry", HOST),
        format!("[{within}] DEBUG message=asks for a token service={HOST} scopes=repository:team/app:pull"),
        answered(200, "TokenService", HOST),
        answered(307, "Registry", HOST),
        format!("[{within}] DEBUG message=rate limit limit=76 of 100 left in 21600 s"),
        format!("[{within}] WARN message=the registry warns text=this ends soon"),
        answered(200, "Elsewhere", "cdn.example.net"),
    ];
    assert_eq!(began, expected);

    // What the stream does later belongs to the operation, and what the reader does in between does not.
    assert_eq!(blob.next().await.unwrap().unwrap(), &CONTENT[..9]);
    assert!(tracing::Span::current().is_none());
    assert_eq!(blob.next().await.unwrap().unwrap(), &CONTENT[9..]);
    let later = notes.take();
    assert!(later.iter().all(|line| line.starts_with(&format!("[{within}] "))), "{later:#?}");
    let resumed =
        format!("INFO message=will be resumed digest={content} offset=9 kind=the connection was closed wait=");
    assert!(later[0].contains(&resumed), "{later:#?}");
    assert_eq!(later.last(), Some(&answered(206, "Elsewhere", "cdn.example.net")));
}

#[tokio::test]
async fn repetitions_and_failures_are_told() {
    let notes = Notes::default();
    let _listening = notes.listen();
    let peer = Peer::script([reply(503, &[], ""), manifest_reply()]);
    client(&peer).manifest(&repository(), &latest()).await.unwrap();
    let lines = notes.take();
    let [_, first, retry, second] = &lines[..] else { panic!("{lines:#?}") };
    assert!(first.contains("status=503 attempt=1"), "{first}");
    assert!(retry.contains("] INFO message=will be tried again attempt=1 kind=status 503 wait="), "{retry}");
    assert!(second.contains("status=200 attempt=2"), "{second}");

    let client = Client::new(Unplugged, crate::peer::host(HOST)).unwrap().with_retry(Retry::none());
    client.manifest(&repository(), &latest()).await.unwrap_err();
    let lines = notes.take();
    assert!(lines[1].contains("message=not answered") && lines[1].ends_with("kind=cannot connect"), "{lines:#?}");
}

struct Unplugged;

#[async_trait::async_trait]
impl wharf_client::Transport for Unplugged {
    async fn send(
        &self,
        _: http::Request<wharf_client::Body>,
    ) -> Result<http::Response<wharf_client::Body>, wharf_client::TransportError> {
        Err(wharf_client::TransportError::new(TransportErrorKind::Connect, "no cable"))
    }
}

/// Two operations at once do not get into each other's spans: `exit` of the notes would fail.
#[tokio::test]
async fn operations_at_once_are_told_apart() {
    let notes = Notes::default();
    let _listening = notes.listen();
    let peer = talkative();
    let mut limits = Limits::default();
    limits.requests = 2;
    let client = client(&peer).with_limits(limits);
    let (repository, content, latest) = (repository(), digest(CONTENT), latest());
    let manifest = client.manifest(&repository, &latest);
    let stat = client.stat_blob(&repository, &content);
    let _ = futures_util::future::join(manifest, stat).await;
    for line in notes.take().iter().filter(|line| line.starts_with('[')) {
        let (within, event) = line.split_once("] ").unwrap();
        assert_eq!(within.matches("registry host").count(), 1, "{line}");
        if event.contains("/manifests/") || event.contains("/blobs/") {
            assert_eq!(within.contains("get manifest"), event.contains("/manifests/"), "{line}");
        }
    }
}

#[tokio::test]
async fn parts_that_are_given_up_are_told_of() {
    let notes = Notes::default();
    let _listening = notes.listen();
    let peer = talkative();
    let client = client(&peer).with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let blob = client.with_ranges(ranges(3, 5)).blob(&repository(), &digest(CONTENT)).await.unwrap();
    blob.try_collect::<Vec<_>>().await.unwrap();
    let given_up = format!("INFO message=parts are given up digest={} offset=20 kind=status 416", digest(CONTENT));
    assert_eq!(notes.take().iter().filter(|line| line.ends_with(&given_up)).count(), 1);
}
