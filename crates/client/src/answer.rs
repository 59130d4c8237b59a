//! A response, with what may be believed of it.
//!
//! A header is believed as far as [`field`] reads it; a body is read up to a limit and must be as long as it was said to
//! be. What a refusal says is kept for the error, unless it repeats a secret that was sent.

use std::cell::LazyCell;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::Url;
use wharf_distribution::field::{self, HeaderError, HeaderErrorKind};
use wharf_distribution::header::ContentRange;
use wharf_distribution::{EntityTag, ErrorBody, RateLimit, header};
use wharf_registry::{Digest, MediaType};

use crate::error::Summary;
use crate::gate::Permit;
use crate::tokens::Tokens;
use crate::{Body, Clock, Error, ErrorKind, Fault, Limits, Party, TransportError, pace, patience};

/// A response to a request, and where it came from.
pub(crate) struct Answer {
    pub(crate) request: Summary,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    /// What was sent as authorization, now and before, so that an error never repeats it.
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long the peer wants to be left alone.
    pub(crate) told: Option<Duration>,
    /// It is a refusal that holds for hours.
    pub(crate) used_up: bool,
    /// A request before this one failed, and may have been carried out nevertheless.
    pub(crate) unsure: bool,
    /// The place that the body of a blob takes up among others.
    pub(crate) permit: Option<Permit>,
}

impl Answer {
    /// The error that the peer did something wrong.
    pub(crate) fn fault(&self, fault: Fault) -> Error {
        Error::new(ErrorKind::Peer(fault), self.request.clone())
    }

    /// The value of a header that may occur once, or several times with the same value.
    pub(crate) fn header(&self, name: &HeaderName) -> Result<Option<&str>, Error> {
        field::one(&self.headers, name).map_err(|error| self.unread(error))
    }

    /// Every value of a header.
    pub(crate) fn headers(&self, name: &HeaderName) -> Result<Vec<&str>, Error> {
        field::all(&self.headers, name).map_err(|error| self.unread(error))
    }

    /// How long the body is, if that is said.
    pub(crate) fn length(&self) -> Result<Option<u64>, Error> {
        field::length(&self.headers).map_err(|error| self.unread(error))
    }

    /// Whether the body can have so many bytes: it is not said to have another number of them.
    pub(crate) fn can_have(&self, length: u64) -> Result<bool, Error> {
        Ok(self.length()?.is_none_or(|said| said == length))
    }

    /// Where in the content the body lies, if that can be read.
    pub(crate) fn content_range(&self) -> Result<Option<ContentRange>, Error> {
        Ok(self.header(&CONTENT_RANGE)?.and_then(ContentRange::parse))
    }

    /// The entity tag, if there is one and it is strong. A weak one may be that of other bytes.
    pub(crate) fn strong_tag(&self) -> Option<EntityTag> {
        field::entity_tag(&self.headers).filter(|tag| !tag.is_weak())
    }

    /// What the registry says the content's digest is. One of an algorithm that cannot be computed says nothing.
    pub(crate) fn digest(&self) -> Result<Option<Digest>, Error> {
        let digest = field::digest(&self.headers).map_err(|error| self.unread(error))?;
        Ok(digest.filter(|digest| digest.algorithm().is_registered()))
    }

    /// What kind of document the body is, if the answer says something that tells.
    pub(crate) fn media_type(&self) -> Result<Option<MediaType>, Error> {
        field::document_type(&self.headers).map_err(|error| self.unread(error))
    }

    /// The error that a header cannot be believed.
    pub(crate) fn unread(&self, error: HeaderError) -> Error {
        let fault = match error.kind() {
            HeaderErrorKind::Malformed if *error.name() == CONTENT_LENGTH => Fault::Length,
            HeaderErrorKind::Malformed if *error.name() == header::DOCKER_CONTENT_DIGEST => Fault::Digest,
            kind => kind.into(),
        };
        self.fault(fault).because(error)
    }

    /// Content is asked for as it is: another coding of it would have another digest and another length.
    pub(crate) fn require_identity(&self) -> Result<(), Error> {
        let coding = self.header(&CONTENT_ENCODING)?.unwrap_or("identity");
        match coding.eq_ignore_ascii_case("identity") {
            true => Ok(()),
            false => Err(self.fault(Fault::ContentEncoding)),
        }
    }

    /// Fails when the peer names other content than was asked for, or stored.
    pub(crate) fn require_digest(&self, digest: &Digest) -> Result<(), Error> {
        match field::denies(&self.headers, digest).map_err(|error| self.unread(error))? {
            true => Err(self.fault(Fault::WrongDigest)),
            false => Ok(()),
        }
    }

    /// Fails with `fault` when the body is a page of HTML: a web server that answers everything says that it has,
    /// stores and deletes whatever it is asked about.
    pub(crate) fn require_no_web_page(&self, fault: Fault) -> Result<(), Error> {
        let kind = field::media_type(&self.headers).map_err(|error| self.unread(error))?;
        match self.status == StatusCode::OK && kind.is_some_and(|kind| kind.as_str() == "text/html") {
            true => Err(self.fault(fault)),
            false => Ok(()),
        }
    }

    /// What was asked for by its digest comes as it is, and under no other.
    pub(crate) fn require_content(&self, digest: &Digest) -> Result<(), Error> {
        self.require_identity()?;
        self.require_digest(digest)
    }

    /// The whole body, which the caller expects to be short.
    pub(crate) async fn collect(self, limit: usize, limits: &Limits) -> Result<Bytes, Error> {
        self.preload(limit, limits).await.map(|(_, bytes)| bytes)
    }

    /// The same with its whole body in memory, and that.
    pub(crate) async fn preload(self, limit: usize, limits: &Limits) -> Result<(Self, Bytes), Error> {
        let said = if self.request.method == Method::HEAD { None } else { self.length()? };
        if said.is_some_and(|said| said > limit as u64) {
            return Err(self.fault(Fault::TooLarge));
        }
        let read = read(self.body, limit, &*self.clock, limits.short_body).await;
        let (bytes, is_all) = read.map_err(|error| Error::transport(error, self.request.clone()))?;
        let answer = Self { body: Body::from(bytes.clone()), ..self };
        match is_all {
            false => Err(answer.fault(Fault::TooLarge)),
            true if said.is_some_and(|said| said != bytes.len() as u64) => Err(answer.fault(Fault::WrongLength)),
            true => Ok((answer, bytes)),
        }
    }

    /// The error that the answer is. What the body says is part of it as far as it can be read.
    pub(crate) async fn refusal(self, limits: &Limits) -> Error {
        let (limit, told, used_up) = (RateLimit::read(&self.headers), self.told, self.used_up);
        let Self { request, status, body, authorization, tokens, clock, .. } = self;
        if status.is_success() || status.is_informational() {
            return Error::new(ErrorKind::Peer(Fault::Status), request);
        }
        if status.is_redirection() {
            return Error::new(ErrorKind::Peer(Fault::Redirected), request);
        }
        let read = read(body, limits.error_bytes, &*clock, limits.short_body).await;
        let (bytes, _) = read.unwrap_or_default();
        let secrets = LazyCell::new(|| tokens.sent(authorization.as_ref()));
        let mut said = ErrorBody::decode_without(&bytes, |text| secrets.are_in(text));
        if request.party == Party::TokenService {
            // It is told the password itself; nothing that it says is passed on but its codes.
            said.errors.iter_mut().for_each(|entry| entry.message.clear());
        }
        let kind = if used_up { ErrorKind::RateLimited } else { ErrorKind::Refused(status) };
        let limit = limit.filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
        Error::refused(kind, said, request).until(limit, told)
    }

    /// The same with as much of its body in memory as counts for an error. A body that breaks off says nothing.
    pub(crate) async fn gather(self, limits: &Limits) -> (Self, Bytes) {
        let read = read(self.body, limits.error_bytes, &*self.clock, limits.short_body).await;
        let bytes = read.map(|(bytes, _)| bytes).unwrap_or_default();
        (Self { body: Body::from(bytes.clone()), ..self }, bytes)
    }

    /// The same with a verdict on whether what it refuses is used up.
    pub(crate) async fn judged(self, limits: &Limits) -> Self {
        let (answer, said) = self.gather(limits).await;
        let many = answer.status == StatusCode::TOO_MANY_REQUESTS;
        let said = ErrorBody::decode(&said);
        let used_up = patience::is_used_up(&answer.headers, answer.told, &said);
        let used_up = many && (used_up || patience::may_be_locked(answer.authorization.as_ref(), &said));
        Self { used_up, ..answer }
    }

    /// Reads a body that says nothing to its end, as far as that is near, so that the connection can be used again.
    pub(crate) async fn drain(self, limits: &Limits) {
        if self.request.method != Method::HEAD {
            // The answer's head said all; how its body ends does not matter.
            let _ = read(self.body, limits.error_bytes, &*self.clock, NEAR).await;
        }
    }
}

/// How long is waited for the end of a body that says nothing. A new connection takes less.
const NEAR: Duration = Duration::from_secs(1);

/// Up to `limit` bytes of a body within some time, and whether that was all of it.
async fn read(body: Body, limit: usize, clock: &dyn Clock, time: Duration) -> Result<(Bytes, bool), TransportError> {
    match body.length() {
        Some(0) => Ok((Bytes::new(), true)),
        _ => pace::within(clock, time, read_up_to(body, limit)).await,
    }
}

async fn read_up_to(body: Body, limit: usize) -> Result<(Bytes, bool), TransportError> {
    let mut pieces = body.into_stream();
    let Some(first) = pieces.try_next().await? else { return Ok((Bytes::new(), true)) };
    if first.len() > limit {
        return Ok((first.slice(..limit), false));
    }
    let Some(second) = pieces.try_next().await? else { return Ok((first, true)) };
    let mut all = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(piece) = next {
        let room = limit - all.len();
        match piece.get(..room) {
            Some(fits) if piece.len() > room => {
                all.extend_from_slice(fits);
                return Ok((all.freeze(), false));
            }
            _ => all.extend_from_slice(&piece),
        }
        next = pieces.try_next().await?;
    }
    Ok((all.freeze(), true))
}
