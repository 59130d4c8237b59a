//! One request from the first attempt to its answer: redirects, and who may see its authorization.
//!
//! A call follows at most [`Limits::redirects`](crate::Limits::redirects) redirects of `GET` and `HEAD`, and none of
//! any other method. Authorization is in a request only while every address on the way had the registry's origin.
//! A request that got a challenge and whose body is bytes is made once more with an answer to it; what else is repeated
//! is told in `persist`.

use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use url::Url;
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::TagOrDigest;

use crate::answer::Answer;
use crate::error::Summary;
use crate::gate::Room;
use crate::outflow::Outflow;
use crate::retry::Attempts;
use crate::{Body, Client, Error, ErrorKind, Fault, Party, UrlFault, patience, trace};

/// A request that is to be made.
pub(crate) struct Call {
    pub(crate) request: Summary,
    pub(crate) url: Url,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// The address, or one on the way to it, is not the registry's: no authorization goes there.
    pub(crate) foreign: bool,
    /// Doing it twice does no more than doing it once.
    pub(crate) is_idempotent: bool,
    /// Whoever makes the call decides whether it is made again.
    pub(crate) is_once: bool,
    /// The answer's body is short, at most so many bytes, and wanted as a whole.
    pub(crate) whole: Option<usize>,
    /// The answer's body is a blob.
    pub(crate) is_download: bool,
    /// Who makes the call holds a place for it.
    pub(crate) has_place: bool,
}

/// What a request carries.
pub(crate) enum Payload {
    /// Bytes, possibly none, that can be sent again.
    Bytes(bytes::Bytes),
    /// A stream, which can be sent once.
    Stream(Option<Body>),
}

impl Call {
    /// The same with a header in place of others of its name.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same with a header in place of others of its name, if the text can be its value.
    pub(crate) fn with_text(self, name: HeaderName, text: &str) -> Result<Self, Error> {
        match HeaderValue::try_from(text) {
            Ok(value) => Ok(self.with_header(name, value)),
            Err(error) => Err(Error::new(ErrorKind::Request, self.request).because(error)),
        }
    }

    /// The same with another body.
    pub(crate) fn with_body(mut self, body: Payload) -> Self {
        self.body = body;
        self
    }

    /// The same, and the answer's body is a document of at most `limit` bytes.
    pub(crate) fn for_document(mut self, limit: usize) -> Self {
        self.whole = Some(limit);
        self
    }

    /// The same, and the answer's body is a blob or a part of one.
    pub(crate) fn for_blob(mut self) -> Self {
        self.is_download = true;
        self
    }

    /// The same, and the answer's body goes on with a blob whose place is still held.
    pub(crate) fn for_rest_of_blob(mut self) -> Self {
        self.has_place = true;
        self.for_blob()
    }

    /// What the request takes room from.
    pub(crate) fn room(&self) -> Room {
        match self.body {
            Payload::Stream(_) => Room::Uploads,
            Payload::Bytes(_) if self.request.method == Method::PATCH => Room::Uploads,
            Payload::Bytes(_) if self.is_download => Room::Downloads,
            Payload::Bytes(_) => Room::Requests,
        }
    }

    /// Whether the body can be sent a second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.body, Payload::Bytes(_))
    }

    /// The request as it goes to `url`. A stream is in the first one that is written, and in no other.
    pub(crate) fn write(&mut self, url: &Url, authorization: Option<&HeaderValue>) -> Result<Request<Body>, Error> {
        let unwritable = |error: http::Error| Error::new(ErrorKind::Request, self.request.clone()).because(error);
        let uri = Uri::try_from(url.as_str()).map_err(|error| unwritable(error.into()))?;
        let body = match &mut self.body {
            Payload::Bytes(bytes) => Body::from(bytes.clone()),
            Payload::Stream(stream) => stream.take().unwrap_or_else(Body::empty),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.request.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        let length = request.body().length().filter(|_| takes_body(&self.request.method));
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, AGENT);
        headers.insert(ACCEPT_ENCODING, IDENTITY);
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }
}

/// What every request says of itself: who is asking, and that content is wanted as it is, without a coding.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("wharf/", env!("CARGO_PKG_VERSION")));
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// The methods for which an empty body is said to be empty, too.
fn takes_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

impl Client {
    /// A request of the distribution-spec. Its scopes are what the token for it has to allow.
    pub(crate) fn call(&self, endpoint: &Endpoint, scopes: Vec<Scope>) -> Result<Call, Error> {
        let target = endpoint.target();
        let path = target.split_once('?').map_or(target.as_str(), |(path, _)| path).to_owned();
        let request = Summary::new(endpoint.method(), path, Party::Registry);
        match endpoint.url(&self.base) {
            Some(url) => {
                let mut call = self.call_to(request, url, scopes);
                // Under a digest there is one content; what is put under a tag twice may undo what another put between.
                call.is_idempotent |= matches!(endpoint, Endpoint::PutManifest { which: TagOrDigest::Digest(_), .. });
                Ok(call)
            }
            None => Err(Error::new(ErrorKind::Request, request)),
        }
    }

    /// A request to an address that the registry gave.
    pub(crate) fn call_to(&self, request: Summary, url: Url, scopes: Vec<Scope>) -> Call {
        let foreign = url.origin() != self.base.origin();
        let is_idempotent = [Method::GET, Method::HEAD, Method::DELETE].contains(&request.method);
        let (headers, body) = (HeaderMap::new(), Payload::Bytes(bytes::Bytes::new()));
        let (is_once, whole, is_download, has_place) = (false, None, false, false);
        Call { request, url, scopes, headers, body, foreign, is_idempotent, is_once, whole, is_download, has_place }
    }

    /// Makes a request and brings its answer, whatever its status.
    ///
    /// A challenge is answered once. A body that is a stream is not sent again: an upload begins with a request that
    /// has none, and that one gets the token.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        self.send_within(call, &mut Attempts::new(self.retry, self.clock.now())).await
    }

    /// The same with what is left of the attempts of something larger.
    pub(crate) async fn send_within(&self, mut call: Call, attempts: &mut Attempts) -> Result<Answer, Error> {
        match call.foreign {
            true => self.persist(&mut call, None, attempts).await,
            false => self.authorized(call, attempts).await,
        }
    }

    /// As [`send`](Self::send), and every status but those given is an error.
    pub(crate) async fn demand(&self, call: Call, statuses: &[StatusCode]) -> Result<Answer, Error> {
        let answer = self.send(call).await?;
        if statuses.contains(&answer.status) { Ok(answer) } else { Err(answer.refusal(&self.limits).await) }
    }

    /// As [`send`](Self::send), with the authorization that is at hand and without answering a challenge.
    pub(crate) async fn send_once(&self, mut call: Call) -> Result<Answer, Error> {
        let known = if call.foreign { None } else { self.tokens.find(&call.scopes, self.clock.now()) };
        self.follow(&mut call, known.as_ref()).await
    }

    /// The same, as often as the request may be made.
    pub(crate) async fn send_at_hand(&self, mut call: Call, attempts: &mut Attempts) -> Result<Answer, Error> {
        let known = if call.foreign { None } else { self.tokens.find(&call.scopes, self.clock.now()) };
        self.persist(&mut call, known.as_ref(), attempts).await
    }

    /// Follows redirects by hand. Once another host was visited nothing is authorized any more, not even back home.
    pub(crate) async fn follow(&self, call: &mut Call, authorization: Option<&HeaderValue>) -> Result<Answer, Error> {
        let mut url = call.url.clone();
        let mut foreign = call.foreign;
        for _ in 0..=self.limits.redirects {
            let authorization = authorization.filter(|_| !foreign);
            let request = call.write(&url, authorization)?;
            let party = if foreign { Party::Elsewhere } else { Party::Registry };
            let answer = self.exchange(request, url, Summary { party, ..call.request.clone() }).await?;
            if !is_redirect(answer.status) {
                return Ok(answer);
            }
            let next = self.redirection(&answer)?;
            foreign |= next.origin() != answer.url.origin();
            url = next;
            answer.drain(&self.limits).await;
        }
        Err(Error::new(ErrorKind::Peer(Fault::TooManyRedirects), call.request.clone()))
    }

    /// One request, one answer.
    pub(crate) async fn exchange(
        &self,
        mut request: Request<Body>,
        url: Url,
        summary: Summary,
    ) -> Result<Answer, Error> {
        let summary = summary.at(&url);
        request.extensions_mut().insert(self.reach(&url));
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        authorization.iter().for_each(|authorization| self.tokens.sending(authorization));
        let (request, outflow) = Outflow::of(request, &self.clock, self.limits.slowest_blob);
        match outflow.watch(self.transport.send(request)).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                if size(&parts.headers) > self.limits.header_bytes {
                    return Err(Error::new(ErrorKind::Peer(Fault::Headers), summary));
                }
                self.locate(&url, &parts.extensions);
                let (status, headers) = (parts.status, parts.headers);
                let (tokens, clock) = (Arc::clone(&self.tokens), Arc::clone(&self.clock));
                let (told, used_up, unsure, permit) = (None, false, false, None);
                let request = summary;
                let mut answer = Answer {
                    request,
                    status,
                    headers,
                    body,
                    url,
                    authorization,
                    tokens,
                    clock,
                    told,
                    used_up,
                    unsure,
                    permit,
                };
                answer.told = patience::told(&answer.headers, &*self.clock);
                trace::answered(&answer);
                self.observer.read(&answer);
                Ok(answer)
            }
            Err(error) => {
                let error = Error::transport(error, summary);
                trace::unanswered(&error);
                Err(error)
            }
        }
    }

    /// Where a redirect leads. RFC 9110 lets a client change the method of some; a write that changed into a `GET`
    /// would seem to have succeeded, so only requests that read are led elsewhere.
    fn redirection(&self, answer: &Answer) -> Result<Url, Error> {
        if ![Method::GET, Method::HEAD].contains(&answer.request.method) {
            return Err(answer.fault(Fault::Redirected));
        }
        let fault = |fault| answer.fault(Fault::Redirect(fault));
        let location = answer.header(&LOCATION)?.ok_or_else(|| fault(UrlFault::Missing))?;
        self.resolve(location, &answer.url).map_err(fault)
    }
}

/// How many bytes headers have, names and values together.
fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
