//! Requests and responses without a socket and without a runtime, and what is true of every response.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::{HeaderMap, Request};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tower_service::Service as _;
use wharf_distribution::ErrorBody;
use wharf_registry::Digest;
use wharf_server::Service;
use wharf_store::Store;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const EMPTY_INDEX: &str = r#"{"schemaVersion":2, "manifests":[]}"#;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header that must be there once.
    pub(crate) fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "{name} in {self:?}");
        values[0].to_str().unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The code of the first error in the body.
    pub(crate) fn code(&self) -> String {
        let body = ErrorBody::decode(&self.body);
        body.errors.first().map(|error| error.code.to_string()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn memory() -> Service {
    Service::new(Store::memory())
}

/// A request whose body's length is known.
pub(crate) fn ask(
    service: &Service,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    send(service, method, target, headers, Full::new(body.into()))
}

/// A request whose body comes in pieces of which nobody knows how many there will be.
pub(crate) fn ask_chunked(
    service: &Service,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    pieces: Vec<Result<&'static str, std::io::Error>>,
) -> Answer {
    let frames = pieces.into_iter().map(|piece| piece.map(|piece| Frame::data(Bytes::from(piece))));
    send(service, method, target, headers, StreamBody::new(stream::iter(frames)))
}

pub(crate) fn request<B>(method: &str, target: &str, headers: &[(&str, &str)], body: B) -> Request<B> {
    let request = Request::builder().method(method).uri(target);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(body).unwrap()
}

pub(crate) fn send<B>(service: &Service, method: &str, target: &str, headers: &[(&str, &str)], body: B) -> Answer
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let request = request(method, target, headers, body);
    let response: Result<_, Infallible> = service.clone().call(request).now_or_never().expect("nothing to wait for");
    answer(method, response.unwrap())
}

/// Reads a response to its end, and holds it to what is true of every response.
pub(crate) fn answer(method: &str, response: http::Response<wharf_server::Body>) -> Answer {
    let (head, body) = response.into_parts();
    let hint = body.size_hint().exact();
    let body = body.collect().now_or_never().expect("nothing to wait for").unwrap().to_bytes();
    assert_eq!(hint, Some(body.len() as u64), "the size of a body is known");
    let answer = Answer { status: head.status.as_u16(), headers: head.headers, body };
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    if answer.has("location") {
        assert!(answer.header("location").starts_with("/v2/"), "{answer:?}");
    }
    match method {
        "HEAD" => assert!(answer.body.is_empty(), "{answer:?}"),
        _ if matches!(answer.status, 204 | 304) => assert!(!answer.has("content-length"), "{answer:?}"),
        _ => assert_eq!(answer.header("content-length"), answer.body.len().to_string()),
    }
    if answer.status >= 400 && method != "HEAD" {
        assert_eq!(answer.header("content-type"), "application/json");
        assert_ne!(answer.code(), "", "{answer:?}");
    }
    answer
}

/// Stores a manifest without content of its own.
pub(crate) fn put_index(service: &Service, repository: &str, which: &str) -> Digest {
    let target = format!("/v2/{repository}/manifests/{which}");
    let answer = ask(service, "PUT", &target, &[("content-type", INDEX)], EMPTY_INDEX);
    assert_eq!(answer.status, 201, "{answer:?}");
    Digest::of(EMPTY_INDEX.as_bytes())
}

pub(crate) fn put_blob(service: &Service, repository: &str, content: impl Into<Bytes>) -> Digest {
    let content = content.into();
    let digest = Digest::of(&content);
    let answer = ask(service, "POST", &format!("/v2/{repository}/blobs/uploads/?digest={digest}"), &[], content);
    assert_eq!(answer.status, 201, "{answer:?}");
    digest
}

/// Opens a session and says where it is.
pub(crate) fn start(service: &Service, repository: &str) -> String {
    let answer = ask(service, "POST", &format!("/v2/{repository}/blobs/uploads/"), &[("content-length", "0")], "");
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.header("location").into()
}
