//! Errors as responses: the one place where a code becomes a status.
//!
//! | status | codes |
//! |---|---|
//! | 400 | `BLOB_UPLOAD_INVALID`, `DIGEST_INVALID`, `NAME_INVALID`, `SIZE_INVALID` |
//! | 400 | `MANIFEST_BLOB_UNKNOWN`, `MANIFEST_INVALID` |
//! | 401 | `UNAUTHORIZED`, where there is a way to ask for credentials |
//! | 403 | `DENIED`; `UNAUTHORIZED` of a registry, which becomes `DENIED` |
//! | 404 | `BLOB_UNKNOWN`, `BLOB_UPLOAD_UNKNOWN`, `MANIFEST_UNKNOWN`, `NAME_UNKNOWN` |
//! | 405 | `UNSUPPORTED` |
//! | 416 | `RANGE_INVALID` |
//! | 429 | `TOOMANYREQUESTS` |
//! | 500 | any other, and content that is wrong where it was only asked for |
//! | 503 | `UNAVAILABLE` |
//!
//! A request's body that could not be read has a status of its own: 413, 408 or 400.

use std::error::Error as StdError;
use std::sync::Arc;

use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use wharf_distribution::response::Session;
use wharf_distribution::{ErrorBody, RouteError};
use wharf_registry::{Error, ErrorCode, Operation, PolicyError};

use crate::Body;
use crate::payload::PayloadError;
use crate::reply::Reply;

/// When to ask again, in seconds, of a registry that has too much to do or is out of order: the errors of registries do
/// not say, so this only keeps clients from asking at once.
pub(crate) const LATER: HeaderValue = HeaderValue::from_static("5");

/// How many reasons for one refusal a client is told. A manifest can name thousands of things that are not there.
const REASONS: usize = 100;

/// A response that says what went wrong. Boxed, because everything here can fail and most of it does not.
#[derive(Debug)]
pub(crate) struct Failure {
    response: Box<Response<Body>>,
    /// Whether it was a registry that said that something is not there.
    unknown: bool,
}

impl Failure {
    /// A status, and a body as the distribution-spec has it ("Error Codes"): one code, and a message for a person.
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::with_body(status, &ErrorBody::new(code, message))
    }

    fn with_body(status: StatusCode, body: &ErrorBody) -> Self {
        Self { response: Box::new(Reply::new(status).json(body.encode())), unknown: false }
    }

    /// 429, with when to come back.
    pub(crate) fn too_many(message: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::TOOMANYREQUESTS, message).with(RETRY_AFTER, LATER)
    }

    /// The same, unless it says that something is not there: then it says so with this code and in no words of its own,
    /// so that nobody can tell from them what else is there.
    pub(crate) fn unknown_as(self, code: Option<ErrorCode>) -> Self {
        match code.filter(|_| self.unknown) {
            Some(code) => Self::new(StatusCode::NOT_FOUND, code, "it is not there, or not for you to see"),
            None => self,
        }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().append(name, value);
        self
    }

    /// The same with where an upload stands.
    pub(crate) fn at(mut self, session: &Session) -> Self {
        session.write(self.response.headers_mut());
        self
    }

    /// The response, to be sent like any other.
    pub(crate) fn into_response(self) -> Response<Body> {
        *self.response
    }
}

/// Why an answer is an error of the server, as an extension of the answer until somebody has told the owner.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub(crate) Arc<Error>);

/// The client is told the error's own words and not its sources, which can name files and hosts. A body that could not
/// be read is the client's own and has a status of its own.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let payload = error.source().and_then(|source| source.downcast_ref::<PayloadError>());
        if let Some(payload) = payload {
            return Self::new(payload_status(payload), error.code().clone(), payload.to_string());
        }
        let (status, code) = match error.code() {
            // Who asks was judged before the registry heard of it, so it was the registry's own credentials that were
            // refused, and there is no challenge to send.
            code if *code == ErrorCode::UNAUTHORIZED => (StatusCode::FORBIDDEN, ErrorCode::DENIED),
            code if reads(error.operation()) && is_content(code) => (StatusCode::INTERNAL_SERVER_ERROR, code.clone()),
            code => (status(code), code.clone()),
        };
        let mut failure = Self::with_body(status, &body(&code, &error));
        failure.unknown = error.is_not_found();
        if status.is_server_error() {
            failure.response.extensions_mut().insert(Cause(Arc::new(error)));
        }
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => failure.with(RETRY_AFTER, LATER),
            _ => failure,
        }
    }
}

impl From<RouteError> for Failure {
    fn from(error: RouteError) -> Self {
        Self::new(error.status(), error.code(), error.to_string())
    }
}

/// What a client is told of an error: what could not be done, or each reason of a policy for itself, so that all that is
/// missing from a manifest can be brought at once. Those speak of what the client has sent and of nothing here.
fn body(code: &ErrorCode, error: &Error) -> ErrorBody {
    let reasons: Vec<String> = match error.source().and_then(|source| source.downcast_ref()) {
        Some(PolicyError::Missing(missing)) => missing.iter().map(|digest| format!("{digest} is not there")).collect(),
        Some(PolicyError::Broken(rules)) => rules.iter().map(ToString::to_string).collect(),
        Some(PolicyError::Unreadable(error)) => vec![error.to_string()],
        Some(other) => vec![other.to_string()],
        None => Vec::new(),
    };
    let mut reasons = reasons.into_iter().take(REASONS);
    let cannot = |reason: String| format!("cannot put the manifest: {reason}");
    let first = reasons.next().map_or_else(|| format!("cannot {}", error.context()), cannot);
    reasons.fold(ErrorBody::new(code.clone(), first), |body, reason| body.and(code.clone(), cannot(reason)))
}

const fn payload_status(error: &PayloadError) -> StatusCode {
    match error {
        PayloadError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        PayloadError::Slow => StatusCode::REQUEST_TIMEOUT,
        PayloadError::Length | PayloadError::Broken(_) => StatusCode::BAD_REQUEST,
    }
}

/// Whether the operation only asks for content.
fn reads(operation: Operation) -> bool {
    use Operation::{GetBlob, GetManifest, Resolve, StatBlob};
    matches!(operation, GetBlob | GetManifest | Resolve | StatBlob)
}

/// Content that is not what it should be: whoever sends it is at fault, and whoever only asks for it is not.
fn is_content(code: &ErrorCode) -> bool {
    [ErrorCode::DIGEST_INVALID, ErrorCode::SIZE_INVALID, ErrorCode::MANIFEST_INVALID].contains(code)
}

/// What a code means to HTTP.
fn status(code: &ErrorCode) -> StatusCode {
    match code.as_str() {
        "BLOB_UNKNOWN" | "BLOB_UPLOAD_UNKNOWN" | "MANIFEST_UNKNOWN" | "NAME_UNKNOWN" => StatusCode::NOT_FOUND,
        "BLOB_UPLOAD_INVALID"
        | "DIGEST_INVALID"
        | "MANIFEST_BLOB_UNKNOWN"
        | "MANIFEST_INVALID"
        | "NAME_INVALID"
        | "SIZE_INVALID" => StatusCode::BAD_REQUEST,
        "DENIED" => StatusCode::FORBIDDEN,
        "UNSUPPORTED" => StatusCode::METHOD_NOT_ALLOWED,
        "RANGE_INVALID" => StatusCode::RANGE_NOT_SATISFIABLE,
        "TOOMANYREQUESTS" => StatusCode::TOO_MANY_REQUESTS,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
