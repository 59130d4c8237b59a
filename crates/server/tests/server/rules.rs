//! The rules of the specification as tables of exchanges: in process and over sockets, in memory and on disk; and that
//! each table sees the faults that it is there for.

use std::net::SocketAddr;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wharf_registry::{Delete, List, Read, ReadOnly, Write, forward};
use wharf_server::{Service, serve};
use wharf_store::Store;
use wharf_store::layout::Directory;
use wharf_testkit::emulate::{Peer, Served};
use wharf_testkit::exchange::{self, Outcome, Report};

use crate::backend::Small;
use crate::harness::memory;

fn in_process(service: Service) -> Report {
    exchange::all(&Served::new(service)).now_or_never().expect("nothing to wait for")
}

fn assert_all(report: &Report) {
    report.assert_kept();
    // Referrers are the one thing that a store may leave out.
    assert!(report.skipped().iter().all(|rule| rule.contains("refer")), "{report}");
    assert!(report.outcomes().count() > 150, "{report}");
}

#[test]
fn hold_in_memory() {
    assert_all(&in_process(memory()));
}

#[tokio::test]
async fn hold_in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::new(Directory::create(directory.path()).unwrap());
    assert_all(&exchange::all(&Served::new(service)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_over_sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, mut tasks) = (listener.local_addr().unwrap(), JoinSet::new());
    tasks.spawn(serve(listener, memory(), std::future::pending()));
    assert_all(&exchange::all(&Socket(address)).await);
}

/// What cannot be done is said, and nothing that can be is broken by it.
#[test]
fn what_is_not_offered_is_skipped() {
    for service in [Service::new(ReadOnly::new(Store::memory())), Service::new(Small::default())] {
        let report = in_process(service);
        let skipped = report.skipped();
        assert!(
            skipped.contains(&"a blob comes back as it was") && skipped.contains(&"a session opens empty"),
            "{report}"
        );
        assert!(!skipped.contains(&"the base says that this is a registry"), "{report}");
    }
    in_process(Service::new(ReadOnly::new(Store::memory()))).assert_kept();
}

/// A server need not know ranges, and then gives the whole.
#[test]
fn parts_that_are_not_offered_are_skipped() {
    let report = in_process(Service::new(Whole(Store::memory())));
    report.assert_kept();
    assert!(report.skipped().iter().all(|rule| rule.contains("part")), "{report}");
    assert!(report.skipped().contains(&"a part of a blob (bytes=5-14)"), "{report}");
}

/// A registry that gives no parts of blobs.
struct Whole<R>(R);

#[async_trait]
impl<R: Read> Read for Whole<R> {
    forward!(self => self.0; manifest, blob, resolve, stat_blob);
}

#[async_trait]
impl<R: Write> Write for Whole<R> {
    forward!(self => self.0; put_blob, mount, start_upload, resume_upload, put_manifest);
}

impl<R: List> List for Whole<R> {
    forward!(self => self.0; tags, repositories, referrers);
}

#[async_trait]
impl<R: Delete> Delete for Whole<R> {
    forward!(self => self.0; delete_tag, delete_manifest, delete_blob);
}

/// A connection for each request, as plain as HTTP can be.
struct Socket(SocketAddr);

#[async_trait]
impl Peer for Socket {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let stream = TcpStream::connect(self.0).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(connection);
        let (mut head, body) = request.into_parts();
        head.uri = head.uri.path_and_query().unwrap().as_str().parse().unwrap();
        head.headers.insert("host", HeaderValue::from_static("evil.test"));
        let response = sender.send_request(Request::from_parts(head, Full::new(body))).await.ok()?;
        let (head, body) = response.into_parts();
        Some(Response::from_parts(head, body.collect().await.ok()?.to_bytes()))
    }
}

/// A registry with one fault.
struct Faulty {
    service: Served<Service>,
    fault: fn(&Request<Bytes>, &mut Response<Bytes>),
}

#[async_trait]
impl Peer for Faulty {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let seen = request.clone();
        let mut response = self.service.answer(request).await?;
        (self.fault)(&seen, &mut response);
        Some(response)
    }
}

type Fault = fn(&Request<Bytes>, &mut Response<Bytes>);

/// What other registries do, and a rule that sees it.
const FAULTS: [(Fault, &str); 15] = [
    (|_, response| drop(response.headers_mut().remove("link")), "tags are listed page by page (n=4)"),
    (
        |_, response| drop(response.headers_mut().remove("x-content-type-options")),
        "the base says that this is a registry",
    ),
    (
        |_, response| drop(response.headers_mut().remove("docker-content-digest")),
        "a manifest is served under the SHA-512 digest under which it was pushed",
    ),
    (
        |request, response| {
            if request.uri().path().contains("/referrers/") {
                *response.status_mut() = StatusCode::OK;
            }
        },
        "a list of referrers is of a digest",
    ),
    (
        |request, response| {
            if request.uri().path().contains("baddigest") {
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
        },
        "what is no digest is refused (0: sha256:baddigeststring)",
    ),
    (
        |_, response| drop(response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"))),
        "a blob that is not there is unknown",
    ),
    (
        |_, response| {
            if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        },
        "a manifest just above 4 MiB is too large",
    ),
    (
        |request, response| {
            if request.method() == "HEAD" && response.body().is_empty() {
                response.headers_mut().remove("content-length");
            }
        },
        "an empty blob has a length",
    ),
    (
        |_, response| {
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        },
        "a chunk begins where the last one ended",
    ),
    (
        |request, response| {
            if request.method() == "PATCH" && response.status() == StatusCode::NOT_FOUND {
                *response.status_mut() = StatusCode::ACCEPTED;
            }
        },
        "a session of one repository is unknown in another",
    ),
    (
        |_, response| {
            if let Some(host) = response.headers_mut().get_mut("location") {
                *host = HeaderValue::from_static("http://evil.test/v2/");
            }
        },
        "a session opens empty",
    ),
    (
        |_, response| {
            if response.body().ends_with(br#""tags":[]}"#) {
                *response.body_mut() = Bytes::from(r#"{"name":"x","tags":null}"#);
            }
        },
        "a list without tags is empty",
    ),
    (
        |_, response| {
            if response.status() == StatusCode::NOT_MODIFIED {
                *response.status_mut() = StatusCode::OK;
            }
        },
        "a manifest that is known is not sent again",
    ),
    (
        |_, response| {
            if response.status() == StatusCode::PRECONDITION_FAILED {
                *response.status_mut() = StatusCode::CREATED;
            }
        },
        "a tag is set once by many who want it",
    ),
    (|_, response| drop(response.headers_mut().remove("oci-tag")), "a push by digest sets tags"),
];

#[test]
fn see_the_faults_of_others() {
    for (fault, rule) in FAULTS {
        let faulty = Faulty { service: Served::new(memory()), fault };
        let report = exchange::only(&faulty, |name| name == rule).now_or_never().unwrap();
        assert_eq!(report.broken(), [rule]);
    }
}

#[test]
#[should_panic(expected = "BROKEN   the base says that this is a registry")]
fn a_broken_rule_fails_the_test() {
    let fault: Fault = |_, response| *response.status_mut() = StatusCode::IM_A_TEAPOT;
    let faulty = Faulty { service: Served::new(memory()), fault };
    let report = exchange::only(&faulty, |name| name.starts_with("the base")).now_or_never().unwrap();
    assert!(report.outcomes().all(|(_, outcome)| *outcome != Outcome::Kept));
    report.assert_kept();
}
