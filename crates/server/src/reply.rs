//! Responses and the values of their headers.
//!
//! Every response says that its media type is meant (`nosniff`). Only what comes from a grammar is put into a header,
//! so a name or a digest can never begin a header of its own.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use wharf_distribution::response::Success;

use crate::Body;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A response that is being made.
pub(crate) struct Reply(Response<Body>);

impl Reply {
    /// A response with this status and without a body.
    pub(crate) fn new(status: StatusCode) -> Self {
        Self::with(status, HeaderMap::with_capacity(8))
    }

    /// What the distribution-spec has for a request that was carried out.
    pub(crate) fn of(success: &Success) -> Self {
        let (status, headers) = success.encode();
        Self::with(status, headers)
    }

    fn with(status: StatusCode, mut headers: HeaderMap) -> Self {
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
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
