//! A large blob by several requests at once, as one stream.
//!
//! The first request asks for two parts, and its answer tells the size. While a part is read, those behind it are fetched
//! and held, as many as there are places for (`ranges`); each is asked for at the registry, resumed by itself when its
//! connection breaks, and has to be exactly what was asked for (`resume`). All of it happens while the stream is polled,
//! and ends when it is dropped.
//!
//! Parts that are fetched ahead are a favour, and nothing depends on them. When one fails, there are no more of them: the
//! blob goes on as one stream from where that part began, and it is this stream that succeeds or tells what is wrong. A
//! registry that asks for fewer requests gets half as many at a time. That parts belong together is proven by the digest
//! of the whole, as ever.
//!
//! Nobody ever waits for a blob that is not being read. So a part ahead takes a place only if one is free, and goes out
//! with the token that is at hand: an exchange of tokens makes others wait. One that may need another token is given
//! up, and the next part that is read brings one.

mod held;
mod part;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http::StatusCode;
use wharf_distribution::EntityTag;
use wharf_registry::{Blob, Descriptor, Digest, Error as RegistryError, Repository};

use crate::answer::Answer;
use crate::error::Summary;
use crate::gate::Permit;
use crate::ranges::Window;
use crate::resume::{self, Download, Source, Span};
use crate::{Client, Error, ErrorKind, Party, trace};

use part::Part;

/// What came of asking for the first parts of a blob.
pub(crate) enum First<'a> {
    /// The first two parts, of a blob of some size.
    Parts(&'a Window, Answer, u64),
    /// The answer to a request without a range.
    Whole(Answer),
    /// This blob, or any blob here, is not to be had in parts; or nobody wants it in parts.
    Refused,
}

/// Asks for the first parts of a blob.
pub(crate) async fn first<'a>(
    client: &'a Client,
    repository: &Repository,
    digest: &Digest,
) -> Result<First<'a>, Error> {
    let Some(window) = &client.window else { return Ok(First::Refused) };
    let range = window.first();
    let answer = match client.get_range(repository, digest, range).await {
        Ok(answer) if answer.status == StatusCode::OK => return Ok(First::Whole(answer)),
        Ok(answer) => answer,
        Err(error) if is_refusal(&error) => return Ok(First::Refused),
        Err(error) => return Err(error),
    };
    // Who gives another range than was asked for may yet give the whole.
    Ok(resume::exact(&answer, digest, range).map_or(First::Refused, |(_, _, size)| First::Parts(window, answer, size)))
}

/// Whether there may be nothing wrong but that a range was asked for. The range of an empty blob cannot be satisfied; and
/// some proxies refuse ranges altogether, in many ways.
fn is_refusal(error: &Error) -> bool {
    let refused = error.status().is_some_and(|status| REFUSALS.contains(&status));
    refused && error.party() != Party::TokenService
}

const REFUSALS: [StatusCode; 7] = [
    StatusCode::BAD_REQUEST,
    StatusCode::FORBIDDEN,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::NOT_ACCEPTABLE,
    StatusCode::PRECONDITION_FAILED,
    StatusCode::RANGE_NOT_SATISFIABLE,
    StatusCode::NOT_IMPLEMENTED,
];

/// The blob whose first two parts, possibly all of it, are the body of an answer.
pub(crate) fn blob(
    client: &Client,
    window: &Window,
    mut answer: Answer,
    repository: &Repository,
    descriptor: Descriptor,
) -> Blob {
    let Some((_, length)) = window.first().resolve(descriptor.size).filter(|(_, length)| *length < descriptor.size)
    else {
        return resume::whole(client, answer, repository, descriptor);
    };
    let source = Source::new(client, repository, &descriptor.digest);
    let (request, etag) = (answer.request.clone(), answer.strong_tag());
    let (permit, size) = (answer.permit.take(), descriptor.size);
    let first = Download::new(source.clone(), answer, Span { at: 0, end: length, size, is_whole: false });
    let explain = source.explanation(request.clone());
    let parts = Parts {
        window: window.clone(),
        parallel: window.parallel,
        source,
        request,
        etag,
        size,
        at: 0,
        end: length,
        read: Part::new(0, first.into_pieces(), None),
        ahead: VecDeque::new(),
        mode: Mode::Parts,
        _permit: permit,
    };
    Blob::new(descriptor, Box::pin(trace::within_this(parts))).explain(explain)
}

/// A blob that is fetched in parts, from beginning to end.
struct Parts {
    window: Window,
    /// How many parts may be under way, the one that is read included. It only falls.
    parallel: usize,
    source: Source,
    request: Summary,
    etag: Option<EntityTag>,
    size: u64,
    /// How many bytes were handed out.
    at: u64,
    /// Where the last part ends that was begun.
    end: u64,
    /// The part that is read.
    read: Part,
    /// The parts behind it, without a gap between them.
    ahead: VecDeque<Part>,
    mode: Mode,
    /// The blob's place among others. The part that is read has it.
    _permit: Option<Permit>,
}

/// How what was not begun is to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Parts,
    /// In parts, the next of which has to get a token first.
    Paused,
    /// In one stream.
    Rest,
    Failed,
}

impl Parts {
    /// Begins as many parts as there is room for now.
    fn look_ahead(&mut self) {
        if self.source.was_busy() {
            self.parallel = (self.parallel / 2).max(1);
        }
        while self.mode == Mode::Parts && self.end < self.size && self.ahead.len() + 1 < self.parallel {
            let Some(place) = self.window.place() else { return };
            let (first, next) = (self.end, self.following());
            self.ahead.push_back(Part::new(first, next.with_what_is_at_hand().into_pieces(), Some(place)));
        }
    }

    /// The part behind those that were begun.
    fn following(&mut self) -> Download {
        let is_whole = self.mode == Mode::Rest;
        let length = if is_whole { u64::MAX } else { self.window.length };
        let (at, end, size) = (self.end, self.end.saturating_add(length).min(self.size), self.size);
        self.end = end;
        let span = Span { at, end, size, is_whole };
        Download::later(self.source.clone(), self.request.clone(), span, self.etag.clone())
    }

    /// Lets the parts behind the one that is read come nearer. Says whether any did, and so may do again at once.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        let (mut has_moved, mut failed) = (false, None);
        for part in &mut self.ahead {
            match part.poll_ahead(context) {
                Poll::Ready(Ok(())) => has_moved = true,
                Poll::Ready(Err(error)) => {
                    failed = Some((part.first, error));
                    break;
                }
                Poll::Pending => {}
            }
        }
        if let Some((first, error)) = failed {
            has_moved = true;
            self.give_up(first, &error, after(&error));
        }
        has_moved
    }

    /// Gives up the parts from `first` on.
    fn give_up(&mut self, first: u64, error: &Error, mode: Mode) {
        trace::fewer_parts(&self.source.digest, first, error);
        self.ahead.retain(|part| part.first < first);
        // Who was refused once does not try again in the same way.
        self.mode = if self.mode == Mode::Rest { Mode::Rest } else { mode };
        self.end = first;
    }

    /// Turns to the next part.
    fn advance(&mut self) {
        if let Some(part) = self.ahead.pop_front() {
            self.read = part;
            return;
        }
        if self.mode == Mode::Paused {
            self.mode = Mode::Parts;
        }
        self.read = Part::new(self.end, self.following().into_pieces(), None);
    }

    /// Whether there is something else to try after the part that is read has failed, which is begun then. What was tried
    /// again and again is not tried once more.
    fn recover(&mut self, error: &Error) -> bool {
        let is_rest = self.mode == Mode::Rest && self.end >= self.size;
        let may_be_the_range = matches!(error.kind(), ErrorKind::Refused(_) | ErrorKind::Peer(_));
        if is_rest || error.is_retryable() || !may_be_the_range {
            return false;
        }
        let mode = if self.read.was_ahead { after(error) } else { Mode::Rest };
        self.give_up(self.at, error, mode);
        self.advance();
        true
    }
}

/// How to go on after a part that went out with what was at hand has failed. Registries say each of these statuses to a
/// token that has expired.
fn after(error: &Error) -> Mode {
    match error.status().map_or(0, |status| status.as_u16()) {
        400 | 401 | 403 => Mode::Paused,
        _ => Mode::Rest,
    }
}

impl Stream for Parts {
    type Item = Result<Bytes, RegistryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.mode != Mode::Failed {
            self.look_ahead();
            let piece = self.read.poll_next(context);
            let has_moved = self.fill(context);
            match piece {
                Poll::Ready(Some(Ok(piece))) => {
                    self.at += piece.len() as u64;
                    return Poll::Ready(Some(Ok(piece)));
                }
                Poll::Ready(Some(Err(error))) => {
                    if !self.recover(&error) {
                        self.mode = Mode::Failed;
                        return Poll::Ready(Some(Err(self.source.failed(error))));
                    }
                }
                Poll::Ready(None) if self.at >= self.size => return Poll::Ready(None),
                Poll::Ready(None) => self.advance(),
                Poll::Pending if has_moved => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(None)
    }
}
