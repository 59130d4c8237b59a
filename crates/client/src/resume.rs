//! A blob on its way here, which goes on when its connection breaks.
//!
//! When a body ends before its time, in an error or in silence, the registry is asked for the rest: from the byte after
//! the last one that was handed out, at the address of the blob and not at the one that it led to before, with a token
//! that is renewed if it must be. The answer has to say that it is that rest (`rest`), and the attempts are limited by
//! what comes of them (`budget`). No byte is handed out twice, and nothing is held but the piece that is passed on.
//!
//! What was put together is not believed for that: the digest of the whole decides, as for a blob that came in one piece.

mod budget;
mod rest;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::{Buf, Bytes};
use futures_util::{StreamExt, stream};
use http::header::{IF_RANGE, RANGE};
use http::{HeaderValue, StatusCode};
use wharf_distribution::{Endpoint, Scope, header};
use wharf_registry::{
    Blob, ByteStream, Descriptor, Digest, Error as RegistryError, Mismatch, Operation, Range, Repository,
};

use crate::answer::Answer;
use crate::error::Summary;
use crate::gate::Permit;
use crate::pace::Paced;
use crate::{Client, Error, ErrorKind, Event, Fault};

use budget::Budget;
use rest::Rest;
use span::Span;

/// The body of an answer as a blob. It has to be all of it.
pub(crate) fn whole(client: &Client, answer: Answer, repository: &Repository, descriptor: Descriptor) -> Blob {
    let span = Span { at: 0, end: descriptor.size, size: descriptor.size, is_whole: true };
    let download = Download::new(client, answer, repository, &descriptor.digest, span);
    let explain = download.explanation();
    Blob::new(descriptor, download.into_stream()).explain(explain)
}

/// The body of an answer as `length` bytes from `offset` of a blob. It has to be these.
pub(crate) fn part(
    client: &Client,
    answer: Answer,
    repository: &Repository,
    blob: Descriptor,
    (offset, length): (u64, u64),
) -> Range {
    let span = Span { at: offset, end: offset.saturating_add(length), size: blob.size, is_whole: false };
    let download = Download::new(client, answer, repository, &blob.digest, span);
    Range::new(blob, offset, length, download.into_stream())
}

struct Download {
    client: Client,
    repository: Repository,
    digest: Digest,
    request: Summary,
    span: Span,
    body: Paced,
    /// What the body must have, and has had.
    rest: Rest,
    /// How many pieces without a byte have come in a row.
    empty: u32,
    /// What names the blob's bytes where they come from (RFC 9110, section 8.8.3), if something does for certain.
    etag: Option<HeaderValue>,
    budget: Budget,
    resumed: Resumed,
    /// The place among others, which is kept from one body to the next.
    _permit: Option<Permit>,
}

/// How often a download was resumed, also for those who only have its stream.
#[derive(Clone, Default)]
struct Resumed(Arc<AtomicU32>);

/// A body with more empty pieces in a row never ends.
const MAX_EMPTY: u32 = 1_024;

impl Download {
    fn new(client: &Client, mut answer: Answer, repository: &Repository, digest: &Digest, span: Span) -> Self {
        let rest = Rest { skip: 0, left: span.left() };
        Self {
            client: client.clone(),
            repository: repository.clone(),
            digest: digest.clone(),
            request: answer.request.clone(),
            span,
            rest,
            empty: 0,
            etag: rest::strong_tag(&answer),
            budget: Budget::new(client.retry, client.clock.now()),
            resumed: Resumed::default(),
            _permit: answer.permit.take(),
            body: paced(client, answer),
        }
    }

    fn into_stream(self) -> ByteStream {
        Box::pin(stream::try_unfold(self, Self::next))
    }

    /// The next piece, and what comes behind it.
    ///
    /// The stream keeps the future, so who stops waiting for a piece loses none; a pause and a request that are under
    /// way go on when it is polled again.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, RegistryError> {
        loop {
            let broken = match self.body.next().await {
                Some(Ok(piece)) => match self.take(piece) {
                    Ok(Some(piece)) => return Ok(Some((piece, self))),
                    Ok(None) => continue,
                    Err(error) => return Err(self.failed(error)),
                },
                None if self.span.left() == 0 => return Ok(None),
                None => self.fault(Fault::WrongLength),
                // All of it has come, and how the connection ended does not matter.
                Some(Err(error)) if self.span.left() == 0 && error.kind().may_pass() => return Ok(None),
                Some(Err(error)) => Error::transport(error, self.request.clone()),
            };
            self.resume(broken).await?;
        }
    }

    /// What of a piece is handed out: what was not before.
    fn take(&mut self, mut piece: Bytes) -> Result<Option<Bytes>, Error> {
        self.empty = if piece.is_empty() { self.empty + 1 } else { 0 };
        let known = self.rest.skip.min(piece.len() as u64);
        self.rest.skip -= known;
        // No more than the piece has, so it is as much in either type.
        piece.advance(usize::try_from(known).unwrap_or(piece.len()));
        let length = piece.len() as u64;
        match self.rest.left.checked_sub(length) {
            Some(left) if self.empty <= MAX_EMPTY => self.rest.left = left,
            _ => return Err(self.fault(Fault::WrongLength)),
        }
        self.span.at += length;
        self.budget.flow(length);
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    /// Finds a body that goes on where one broke off, unless that is no use any more.
    async fn resume(&mut self, broken: Error) -> Result<(), RegistryError> {
        let client = self.client.clone();
        let pause = if broken.is_retryable() { self.budget.pause(client.clock.now()) } else { None };
        let Some(wait) = pause else { return Err(self.failed(broken)) };
        let (digest, offset) = (self.digest.clone(), self.span.at);
        client.tell(&Event::Resumption { digest, offset, kind: broken.kind(), wait });
        client.clock.sleep(wait).await;
        self.resumed.add();
        match self.ask(&client).await.and_then(|answer| self.go_on(&client, answer)) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Asks the registry for what is left.
    async fn ask(&mut self, client: &Client) -> Result<Answer, Error> {
        let endpoint = Endpoint::GetBlob { repository: self.repository.clone(), digest: self.digest.clone() };
        let call = client.call(&endpoint, vec![Scope::pull(&self.repository)])?;
        let range = HeaderValue::try_from(header::range(self.span.range()))
            .map_err(|error| self.kind(ErrorKind::Request).because(error))?;
        let mut call = call.with_header(RANGE, range).for_rest_of_blob();
        if let Some(etag) = &self.etag {
            call = call.with_header(IF_RANGE, etag.clone());
        }
        let answer = client.send_within(call, self.budget.attempts()).await?;
        match answer.status {
            StatusCode::PARTIAL_CONTENT | StatusCode::OK => Ok(answer),
            _ => Err(answer.refusal(&client.limits).await),
        }
    }

    fn go_on(&mut self, client: &Client, answer: Answer) -> Result<(), Error> {
        self.rest = Rest::of(&answer, &self.span, self.etag.as_ref())?;
        self.budget.skip(self.rest.skip);
        self.etag = self.etag.take().or_else(|| rest::strong_tag(&answer));
        self.request = answer.request.clone();
        self.body = paced(client, answer);
        Ok(())
    }

    fn fault(&self, fault: Fault) -> Error {
        self.kind(ErrorKind::Peer(fault))
    }

    fn kind(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.request.clone())
    }

    /// The error with the name of the blob, so that a stream that ends hours after the call still tells what it was.
    fn failed(&self, error: Error) -> RegistryError {
        error.resumed(self.resumed.count()).during(Operation::GetBlob).about(&self.repository, &self.digest)
    }

    /// What to say when all bytes have come and are not those of the blob.
    fn explanation(&self) -> impl Fn(Mismatch) -> RegistryError + Send + 'static {
        let (request, resumed) = (self.request.clone(), self.resumed.clone());
        let (repository, digest) = (self.repository.clone(), self.digest.clone());
        move |mismatch| {
            let fault = match &mismatch {
                Mismatch::Size { .. } => Fault::WrongLength,
                _ => Fault::WrongDigest,
            };
            let error = Error::new(ErrorKind::Peer(fault), request.clone()).because(mismatch);
            error.resumed(resumed.count()).during(Operation::GetBlob).about(&repository, &digest)
        }
    }
}

/// The body of an answer, at the pace that the client asks for.
fn paced(client: &Client, answer: Answer) -> Paced {
    Paced::new(answer.body, answer.clock, client.limits.slowest_blob)
}

impl Resumed {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
