//! A response, with what may be believed of it.
//!
//! A header is believed when it occurs once, is ASCII and is not longer than 8 KiB; a body is read up to a limit and
//! must be as long as it was said to be. What a refusal says is kept for the error, unless it repeats a secret that was
//! sent.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use url::Url;
use wharf_distribution::{ErrorBody, header};
use wharf_registry::{Digest, MediaType};

use crate::auth::Tokens;
use crate::error::Summary;
use crate::{Body, Error, ErrorKind, Fault, Limits, Party};

/// A response to a request, and where it came from.
pub(crate) struct Answer {
    pub(crate) request: Summary,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    /// What was sent as authorization, so that an error never repeats it.
    pub(crate) tokens: Arc<Tokens>,
}

/// The longest header value that is looked at, in bytes.
const MAX_HEADER: usize = 8 * 1024;

impl Answer {
    /// The error that the peer did something wrong.
    pub(crate) fn fault(&self, fault: Fault) -> Error {
        Error::new(ErrorKind::Peer(fault), self.request.clone())
    }

    /// The value of a header that may occur once, or several times with the same value.
    pub(crate) fn header(&self, name: &HeaderName) -> Result<Option<&str>, Error> {
        let mut values = self.headers.get_all(name).iter();
        let Some(first) = values.next() else { return Ok(None) };
        if values.any(|value| value != first) {
            return Err(self.fault(Fault::DuplicateHeader));
        }
        self.text(first).map(Some)
    }

    /// Every value of a header.
    pub(crate) fn headers(&self, name: &HeaderName) -> Result<Vec<&str>, Error> {
        self.headers.get_all(name).iter().map(|value| self.text(value)).collect()
    }

    fn text<'a>(&self, value: &'a http::HeaderValue) -> Result<&'a str, Error> {
        let short = value.len() <= MAX_HEADER;
        value.to_str().ok().filter(|_| short).ok_or_else(|| self.fault(Fault::Header))
    }

    /// How long the body is, if that is said.
    pub(crate) fn length(&self) -> Result<Option<u64>, Error> {
        let Some(text) = self.header(&CONTENT_LENGTH)? else { return Ok(None) };
        header::number(text).map(Some).ok_or_else(|| self.fault(Fault::Length))
    }

    /// What the registry says the content's digest is. One of an algorithm that cannot be computed says nothing.
    pub(crate) fn digest(&self) -> Result<Option<Digest>, Error> {
        let Some(text) = self.header(&header::DOCKER_CONTENT_DIGEST)? else { return Ok(None) };
        let digest = Digest::parse(text).map_err(|error| self.fault(Fault::Digest).because(error))?;
        Ok(Some(digest).filter(|digest| digest.algorithm().is_registered()))
    }

    /// What kind of document the body is, if the answer says something that tells.
    pub(crate) fn media_type(&self) -> Result<Option<MediaType>, Error> {
        let text = self.header(&CONTENT_TYPE)?.unwrap_or_default();
        Ok(MediaType::from_content_type(text).ok().filter(|kind| !GENERIC.contains(&kind.as_str())))
    }

    /// Content is asked for as it is: another coding of it would have another digest and another length.
    pub(crate) fn require_identity(&self) -> Result<(), Error> {
        let coding = self.header(&CONTENT_ENCODING)?.unwrap_or("identity");
        match coding.eq_ignore_ascii_case("identity") {
            true => Ok(()),
            false => Err(self.fault(Fault::ContentEncoding)),
        }
    }

    /// The whole body, which the caller expects to be short.
    pub(crate) async fn collect(self, limit: usize) -> Result<Bytes, Error> {
        let said = if self.request.method == Method::HEAD { None } else { self.length()? };
        if said.is_some_and(|said| said > limit as u64) {
            return Err(self.fault(Fault::TooLarge));
        }
        let Self { request, body, .. } = self;
        match read(body, limit).await.map_err(|error| Error::transport(error, request.clone()))? {
            (_, false) => Err(Error::new(ErrorKind::Peer(Fault::TooLarge), request)),
            (bytes, true) if said.is_some_and(|said| said != bytes.len() as u64) => {
                Err(Error::new(ErrorKind::Peer(Fault::WrongLength), request))
            }
            (bytes, true) => Ok(bytes),
        }
    }

    /// The error that the answer is. What the body says is part of it as far as it can be read.
    pub(crate) async fn refusal(self, limits: &Limits) -> Error {
        let Self { request, status, body, tokens, .. } = self;
        if status.is_success() || status.is_informational() {
            return Error::new(ErrorKind::Peer(Fault::Status), request);
        }
        if status.is_redirection() {
            return Error::new(ErrorKind::Peer(Fault::Redirected), request);
        }
        let mut said = match read(body, limits.error_bytes).await {
            Ok((bytes, _)) => ErrorBody::decode_without(&bytes, |text| tokens.are_repeated(text)),
            Err(_) => ErrorBody::default(),
        };
        if request.party == Party::TokenService {
            // It is told the password itself; nothing that it says is passed on but its codes.
            said.errors.iter_mut().for_each(|entry| entry.message.clear());
        }
        Error::refused(status, said, request)
    }

    /// The same with as much of its body in memory as counts for an error. A body that breaks off says nothing.
    pub(crate) async fn gather(self, limits: &Limits) -> (Self, Bytes) {
        let bytes = read(self.body, limits.error_bytes).await.map(|(bytes, _)| bytes).unwrap_or_default();
        (Self { body: Body::from(bytes.clone()), ..self }, bytes)
    }

    /// Reads a body that says nothing to its end, as far as that is near, so that the connection can be used again.
    pub(crate) async fn drain(self, limits: &Limits) {
        if self.request.method != Method::HEAD {
            // The answer's head said all; how its body ends does not matter.
            let _ = read(self.body, limits.error_bytes).await;
        }
    }
}

/// Media types that say nothing about a manifest.
const GENERIC: [&str; 4] = ["application/json", "application/octet-stream", "text/plain", "text/html"];

/// Up to `limit` bytes of a body, and whether that was all of it.
async fn read(body: Body, limit: usize) -> Result<(Bytes, bool), crate::TransportError> {
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
