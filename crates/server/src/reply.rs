//! Responses and the values of their headers.
//!
//! Every response says that its media type is meant (`nosniff`). Only what comes from a grammar is put into a header,
//! so a name or a digest can never begin a header of its own.

use std::fmt::Display;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use wharf_distribution::{Endpoint, header};
use wharf_registry::Digest;

use crate::Body;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A response that is being made.
pub(crate) struct Reply(Response<Body>);

impl Reply {
    /// A response with this status and without a body.
    pub(crate) fn new(status: StatusCode) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Self(response)
    }

    /// Adds a header beside others of the same name.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers_mut().append(name, value);
        self
    }

    /// Adds a header whose value is how something is printed.
    pub(crate) fn text(self, name: HeaderName, text: &impl Display) -> Self {
        self.header(name, value(text.to_string()))
    }

    /// Where the content or the session is, as a path: the client knows by which name it reached us.
    pub(crate) fn location(self, endpoint: &Endpoint) -> Self {
        self.header(LOCATION, value(endpoint.target()))
    }

    /// The content's digest, and an entity tag made of it.
    pub(crate) fn content(self, digest: &Digest) -> Self {
        let quoted = Bytes::from(format!("\"{digest}\""));
        let bare = quoted.slice(1..quoted.len() - 1);
        self.header(header::DOCKER_CONTENT_DIGEST, shared(bare)).header(ETAG, shared(quoted))
    }

    /// Nothing but headers, among which the length of a body that is not sent.
    pub(crate) fn length(self, length: u64) -> Response<Body> {
        self.header(CONTENT_LENGTH, length.into()).0
    }

    /// Nothing but headers, where a length would have no meaning.
    pub(crate) fn bare(self) -> Response<Body> {
        self.0
    }

    /// A body, with its length.
    pub(crate) fn body(self, body: Body) -> Response<Body> {
        let mut response = self.length(body.length());
        *response.body_mut() = body;
        response
    }

    /// A body of JSON, with its length.
    pub(crate) fn json(self, bytes: Vec<u8>) -> Response<Body> {
        self.header(CONTENT_TYPE, JSON).body(Body::whole(bytes.into()))
    }
}

/// A text as a header's value. The grammars of what is written here leave nothing that a header cannot hold; if that
/// were wrong, the value would be empty and not another header.
pub(crate) fn value(text: String) -> HeaderValue {
    shared(Bytes::from(text))
}

/// The value shares the text's bytes; see [`value`] about what it cannot hold.
fn shared(text: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(text).unwrap_or(HeaderValue::from_static(""))
}
