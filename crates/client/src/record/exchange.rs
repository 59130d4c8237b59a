use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};

use super::content::Content;
use super::redact;
use crate::TransportErrorKind;

/// A request and what came of it, without secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The request's method.
    pub method: Method,
    /// Where it went to. In its query, the value of every parameter that may be a secret is `redacted`.
    pub url: String,
    /// The request's headers. Those that may hold secrets say `redacted`.
    pub headers: HeaderMap,
    /// The request's body.
    pub body: Content,
    /// The response, or why there was none.
    pub outcome: Result<(StatusCode, HeaderMap, Content), TransportErrorKind>,
}

impl Exchange {
    /// An exchange that is made up.
    #[must_use]
    pub fn new(request: Request<Bytes>, response: Response<Bytes>) -> Self {
        let (request, sent) = request.into_parts();
        let (response, got) = response.into_parts();
        let outcome = Ok((response.status, response.headers, Content::whole(got)));
        let url = redact::url(&request.uri.to_string());
        Self { method: request.method, url, headers: request.headers, body: Content::whole(sent), outcome }
    }

    /// Takes out whatever repeats a secret.
    pub(super) fn scrub(&mut self, secrets: &[String]) {
        let clean = |headers: &mut HeaderMap| {
            let repeating = headers.values_mut().filter(|value| redact::repeat(value.as_bytes(), secrets));
            repeating.for_each(|value| *value = redact::REDACTED);
        };
        let hide = |content: &mut Content| {
            if redact::repeat(&content.bytes, secrets) {
                *content = Content::secret();
            }
        };
        clean(&mut self.headers);
        hide(&mut self.body);
        if redact::repeat(self.url.as_bytes(), secrets) {
            "redacted".clone_into(&mut self.url);
        }
        if let Ok((_, headers, content)) = &mut self.outcome {
            clean(headers);
            hide(content);
        }
    }
}
