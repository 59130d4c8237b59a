//! What `tracing` is told: what happened, why something failed, and no secret.

use std::error::Error as StdError;
use std::fmt::{self, Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use tower_service::Service as _;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Metadata, Subscriber};
use tracing_core::span::Current;
use wharf_registry::{
    Blob, Delete, Digest, Document, Error, ErrorCode, List, Operation, Raw, Read, Repository, TagOrDigest, Upload,
    UploadId, Write,
};
use wharf_server::{Server, Service};

use crate::backend::Small;
use crate::harness::{EMPTY_INDEX, INDEX, ask, memory, put_index, request, start};
use crate::net::Running;

/// Writes down everything: a line for each span, each event and whatever is added to a span; the latter two behind the
/// spans that they are in or about.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    spans: Vec<&'static Metadata<'static>>,
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

    fn write(&self, line: String) {
        self.0.lock().unwrap().lines.push(line);
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
        metadata.target() == "wharf_server"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        self.write(line.0);
        let mut written = self.0.lock().unwrap();
        written.spans.push(attributes.metadata());
        Id::from_u64(written.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut line = Line(format!("{}:", id.into_u64()));
        values.record(&mut line);
        self.write(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let entered = self.0.lock().unwrap().entered.clone();
        let mut line = Line(format!("{entered:?} {}", event.metadata().level()));
        event.record(&mut line);
        self.write(line.0);
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
            Some(id) => Current::new(Id::from_u64(*id), written.spans[*id as usize - 1]),
            None => Current::none(),
        }
    }
}

/// The value of a field, wherever it is said.
fn field<'a>(lines: &'a [String], name: &str) -> Option<&'a str> {
    let values = lines.iter().flat_map(|line| line.split(' ')).filter_map(|word| word.strip_prefix(name));
    values.filter_map(|value| value.strip_prefix('=')).next()
}

#[test]
fn a_request_is_a_span() {
    let (notes, service) = (Notes::default(), memory());
    put_index(&service, "team/app", "latest");
    let listening = notes.listen();
    let answer = ask(&service, "GET", "/v2/team/app/manifests/latest", &[], "");
    let lines = notes.take();
    assert_eq!(lines[0], "request method=GET");
    let expected = [
        ("endpoint", "get_manifest"),
        ("repository", "team/app"),
        ("status", "200"),
        ("received", "0"),
        ("sent", &answer.body.len().to_string()),
        ("complete", "true"),
    ];
    for (name, value) in expected {
        assert_eq!(field(&lines, name), Some(value), "{lines:#?}");
    }
    assert!(field(&lines, "duration").is_some());
    assert!(lines.iter().all(|line| !line.contains("ERROR")), "{lines:#?}");
    drop(listening);
    ask(&service, "GET", "/v2/", &[], "");
    assert!(notes.take().is_empty());
}

const CANARY: &str = "canary-0f2c2f5e";

/// Fails at everything for reasons that have causes of their own, and names the session that it was asked for.
struct Talkative;

#[derive(Debug)]
struct Deep(String, Option<Box<Self>>);

impl fmt::Display for Deep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Deep {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_ref().map(|deeper| &**deeper as _)
    }
}

fn unavailable(operation: Operation, path: &str) -> Error {
    let disk = Deep("the disk is gone".into(), None);
    let cause = Deep(format!("cannot write /srv/uploads/{path}/data"), Some(Box::new(disk)));
    Error::new(ErrorCode::UNAVAILABLE, operation).because(cause)
}

#[async_trait]
impl Read for Talkative {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(unavailable(Operation::GetManifest, "m").about(repository, which))
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        Err(Error::new(ErrorCode::BLOB_UNKNOWN, Operation::GetBlob).about(repository, digest))
    }
}

#[async_trait]
impl Write for Talkative {
    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        Err(unavailable(Operation::Upload, &id.to_string()).about(repository, id))
    }
}

impl List for Talkative {}
impl Delete for Talkative {}

#[test]
fn the_owner_is_told_why_and_the_client_is_not() {
    let (notes, service) = (Notes::default(), Service::new(Talkative));
    let _listening = notes.listen();
    let answer = ask(&service, "GET", "/v2/a/manifests/latest", &[], "");
    assert_eq!(answer.status, 503);
    assert!(!answer.text().contains("srv") && !answer.text().contains("disk"), "{answer:?}");
    let lines = notes.take();
    let errors: Vec<_> = lines.iter().filter(|line| line.contains("ERROR")).collect();
    let causes = "get manifest a latest: UNAVAILABLE: cannot write /srv/uploads/m/data: the disk is gone";
    assert_eq!(errors, [&format!("[1] ERROR message=a request failed status=503 error={causes}")]);

    assert_eq!(ask(&service, "GET", &format!("/v2/a/blobs/{}", Digest::of(b"")), &[], "").status, 404);
    assert!(notes.take().iter().all(|line| !line.contains("ERROR")), "what the client asks for is no error of ours");
}

#[test]
fn a_body_that_breaks_off_is_told() {
    let (notes, mut service) = (Notes::default(), Service::new(Small { pieces: vec!["one"], ..Small::default() }));
    let _listening = notes.listen();
    let target = format!("/v2/a/blobs/{}", Digest::of(b"something else"));
    let get = request("GET", &target, &[], Full::<bytes::Bytes>::default());
    let body = service.call(get).now_or_never().unwrap().unwrap().into_body();
    body.collect().now_or_never().unwrap().unwrap_err();
    let lines = notes.take();
    assert!(lines.iter().any(|line| line.starts_with("[1] ERROR message=an answer broke off")), "{lines:#?}");
    assert_eq!(field(&lines, "complete"), Some("false"));
}

/// Everything that knows a secret, with and without an error of ours.
#[tokio::test(start_paused = true)]
async fn no_secret_is_ever_told() {
    let (notes, plain) = (Notes::default(), memory());
    let session = start(&plain, "a");
    let known = session.rsplit('/').next().unwrap().to_owned();
    let _listening = notes.listen();
    let digest = Digest::of(b"hello");
    let secrets = format!(
        "Authorization: Basic {CANARY}\r\nAuthorization: Bearer {CANARY}\r\nCookie: {CANARY}\r\nX-Token: {CANARY}\r\n\
         Host: {CANARY}.example\r\nUser-Agent: {CANARY}\r\nReferer: https://{CANARY}/"
    );
    for service in [plain, Service::new(Talkative)] {
        let running = Running::serving(Server::default(), service.clone(), service);
        let mut peer = running.connect().await;
        let targets = [
            ("GET", format!("/v2/?token={CANARY}")),
            ("GET", format!("/v2/a/manifests/latest?access_token={CANARY}")),
            ("PUT", format!("/v2/a/manifests/latest?token={CANARY}")),
            ("GET", format!("/v2/_catalog?last={CANARY}")),
            ("GET", format!("/{CANARY}/token")),
            ("GET", format!("/v2/a/blobs/uploads/{CANARY}")),
            ("PATCH", format!("/v2/a/blobs/uploads/{CANARY}")),
            ("DELETE", format!("/v2/a/blobs/uploads/{CANARY}")),
            ("GET", session.clone()),
            ("PATCH", session.clone()),
            ("PUT", format!("{session}?digest={digest}&signature={CANARY}")),
            ("DELETE", session.clone()),
            ("PATCH", format!("{session}?_state={CANARY}")),
        ];
        for (method, target) in &targets {
            let length = EMPTY_INDEX.len();
            let head = format!("{method} {target} HTTP/1.1\r\nContent-Type: {INDEX}\r\nContent-Length: {length}\r\n");
            peer.send(&format!("{head}{secrets}\r\n\r\n{EMPTY_INDEX}")).await;
            peer.response().await;
        }
    }
    let lines = notes.take();
    let failed = lines.iter().filter(|line| line.contains("[session]")).count();
    assert!(lines.len() > 80 && failed >= 7, "{} lines, {failed} with a session", lines.len());
    for line in lines {
        for canary in [CANARY, &known, "?", "Basic", "Bearer"] {
            assert!(!line.contains(canary), "{canary} in {line}");
        }
    }
}
