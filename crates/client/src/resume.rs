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
mod source;
mod span;

use std::pin::Pin;

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http::StatusCode;
use http::header::{IF_RANGE, RANGE};
use wharf_distribution::{Endpoint, EntityTag, Scope, header};
use wharf_registry::{Blob, Descriptor, Range, Repository};

use crate::answer::Answer;
use crate::error::Summary;
use crate::gate::Permit;
use crate::pace::Paced;
use crate::{Client, Error, ErrorKind, Event, Fault, trace};

use budget::Budget;
use rest::Rest;
pub(crate) use rest::exact;
pub(crate) use source::Source;
pub(crate) use span::Span;

/// The body of an answer as a blob. It has to be all of it.
pub(crate) fn whole(client: &Client, answer: Answer, repository: &Repository, descriptor: Descriptor) -> Blob {
    let span = Span { at: 0, end: descriptor.size, size: descriptor.size, is_whole: true };
    let source = Source::new(client, repository, &descriptor.digest);
    let explain = source.explanation(answer.request.clone());
    let pieces = Download::new(source.clone(), answer, span).into_pieces();
    let stream = trace::within_this(pieces.map_err(move |error| source.failed(error)));
    Blob::new(descriptor, Box::pin(stream)).explain(explain)
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
    let source = Source::new(client, repository, &blob.digest);
    let pieces = Download::new(source.clone(), answer, span).into_pieces();
    let stream = trace::within_this(pieces.map_err(move |error| source.failed(error)));
    Range::new(blob, offset, length, Box::pin(stream))
}

/// Bytes in their order, or why there are no more of them.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// Some bytes of a blob, on their way in one body after another.
pub(crate) struct Download {
    source: Source,
    request: Summary,
    span: Span,
    /// Where the bytes come from. Nothing while none was asked for.
    body: Option<Paced>,
    /// What the body must have, and has had.
    rest: Rest,
    /// How many pieces without a byte have come in a row.
    empty: u32,
    /// What names the blob's bytes where they come from (RFC 9110, section 8.8.3), if something does for certain.
    etag: Option<EntityTag>,
    budget: Budget,
    /// No token is asked for.
    at_hand: bool,
    /// The place among others, which is kept from one body to the next.
    _permit: Option<Permit>,
}

/// A body with more empty pieces in a row never ends.
const MAX_EMPTY: u32 = 1_024;

impl Download {
    /// The bytes of an answer that has come.
    pub(crate) fn new(source: Source, mut answer: Answer, span: Span) -> Self {
        let permit = answer.permit.take();
        let mut download = Self::later(source, answer.request.clone(), span, answer.strong_tag());
        download.body = Some(paced(&download.source.client, answer));
        Self { _permit: permit, ..download }
    }

    /// Bytes that are asked for when they are first waited for. `request` is one that was made for the same blob, and
    /// `etag` is what the bytes before these came under. Who makes it holds a place for it.
    pub(crate) fn later(source: Source, request: Summary, span: Span, etag: Option<EntityTag>) -> Self {
        let rest = Rest { skip: 0, left: span.left() };
        let budget = Budget::new(source.client.retry, source.client.clock.now());
        Self { source, request, span, body: None, rest, empty: 0, etag, budget, at_hand: false, _permit: None }
    }

    /// The same without ever asking for a token, so that nobody waits for this one's.
    pub(crate) fn with_what_is_at_hand(self) -> Self {
        Self { at_hand: true, ..self }
    }

    pub(crate) fn into_pieces(self) -> Pieces {
        Box::pin(stream::try_unfold(self, Self::next))
    }

    /// The next piece, and what comes behind it.
    ///
    /// The stream keeps the future, so who stops waiting for a piece loses none; a pause and a request that are under
    /// way go on when it is polled again.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        loop {
            let broken = match self.body().await?.next().await {
                Some(Ok(piece)) => match self.take(piece)? {
                    Some(piece) => return Ok(Some((piece, self))),
                    None => continue,
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

    /// The body that the bytes come in, which is asked for if there is none yet.
    async fn body(&mut self) -> Result<&mut Paced, Error> {
        let body = match self.body.take() {
            Some(body) => body,
            None => self.ask().await?,
        };
        Ok(self.body.insert(body))
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
    async fn resume(&mut self, broken: Error) -> Result<(), Error> {
        let client = self.source.client.clone();
        let pause = if broken.is_retryable() { self.budget.pause(client.clock.now()) } else { None };
        let Some(wait) = pause else { return Err(broken) };
        let (digest, offset) = (self.source.digest.clone(), self.span.at);
        trace::resumption(&digest, offset, broken.kind(), wait);
        client.tell(&Event::Resumption { digest, offset, kind: broken.kind(), wait });
        client.clock.sleep(wait).await;
        self.source.resumed();
        self.body = Some(self.ask().await?);
        Ok(())
    }

    /// Asks the registry for what is left.
    async fn ask(&mut self) -> Result<Paced, Error> {
        let Source { client, repository, digest, .. } = self.source.clone();
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest };
        let call = client.call(&endpoint, vec![Scope::pull(&repository)])?;
        let mut call = call.with_text(RANGE, &header::range(self.span.range()))?.for_rest_of_blob();
        if let Some(etag) = &self.etag {
            call = call.with_text(IF_RANGE, &etag.to_string())?;
        }
        let answer = match self.at_hand {
            true => client.send_at_hand(call, self.budget.attempts()).await,
            false => client.send_within(call, self.budget.attempts()).await,
        };
        if self.budget.attempts().was_busy() {
            self.source.busy();
        }
        let answer = answer?;
        match answer.status {
            StatusCode::PARTIAL_CONTENT | StatusCode::OK => self.go_on(answer),
            _ => Err(answer.refusal(&client.limits).await),
        }
    }

    fn go_on(&mut self, answer: Answer) -> Result<Paced, Error> {
        self.rest = Rest::of(&answer, &self.source.digest, &self.span, self.etag.as_ref())?;
        self.budget.skip(self.rest.skip);
        self.etag = self.etag.take().or_else(|| answer.strong_tag());
        self.request = answer.request.clone();
        Ok(paced(&self.source.client, answer))
    }

    fn fault(&self, fault: Fault) -> Error {
        Error::new(ErrorKind::Peer(fault), self.request.clone())
    }
}

/// The body of an answer, at the pace that the client asks for.
fn paced(client: &Client, answer: Answer) -> Paced {
    Paced::new(answer.body, answer.clock, client.limits.slowest_blob)
}
