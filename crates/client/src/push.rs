//! A blob on its way to a registry: in one request, and in parts where that does not get through.
//!
//! What failed is made again only from bytes that are still at hand ([`Supply`]). Where the registry stands is asked and
//! not guessed: its answer counts when it is neither more than was taken from the source nor the `0-0` that says both
//! nothing and one byte; else there is a new session, from the beginning.
//!
//! A request that is too large for the registry, or for a proxy before it (413), is made smaller: first parts of 4 MiB,
//! then half of that each time. What got through is remembered for all handles of the client.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use wharf_distribution::{Scope, header};
use wharf_registry::{Descriptor, Repository};

use crate::answer::Answer;
use crate::call::Payload;
use crate::persist::Failure;
use crate::retry::Attempts;
use crate::session::{self, Held, Session};
use crate::supply::Supply;
use crate::{Client, Error, ErrorKind, Fault, Party, Retry};

/// The length of the first part that is tried, in bytes.
const PART: u64 = 4 << 20;

/// The shortest part that is tried before a registry counts as one that takes nothing.
const LEAST: u64 = 256 << 10;

/// The longest part that a registry can demand. A part is in memory while it is sent.
const MOST: u64 = 32 << 20;

/// The shortest part that a registry wants, in bytes (distribution-spec, "Pushing a blob in chunks").
const CHUNK_MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// How long a part may be to get through to a registry, once something did not. Shared by all handles of a client.
#[derive(Debug, Default)]
pub(crate) struct Learnt(AtomicU64);

impl Learnt {
    fn part(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|length| *length > 0)
    }

    fn set(&self, length: u64) {
        let shorter = self.part().map_or(length, |known| known.min(length));
        self.0.store(shorter, Ordering::Relaxed);
    }
}

/// The upload of one blob.
pub(crate) struct Push<'a> {
    client: &'a Client,
    repository: &'a Repository,
    blob: Descriptor,
    supply: &'a Supply,
    session: Session,
    /// The shortest part that the registry wants.
    least: u64,
    /// How long the parts are, if there are any.
    part: Option<u64>,
    /// How much the registry has of it.
    at: u64,
    /// The token was renewed for the request that sends all of it.
    renewed: bool,
    /// The patience since the last part that got through.
    attempts: Option<Attempts>,
    failures: u32,
}

impl<'a> Push<'a> {
    pub(crate) async fn start(
        client: &'a Client,
        repository: &'a Repository,
        blob: Descriptor,
        supply: &'a Supply,
    ) -> Result<Self, Error> {
        let (session, answer) = Session::start(client, repository).await?;
        let least = least(&answer);
        answer.drain(&client.limits).await;
        let part = client.learnt.part().filter(|length| *length < blob.size).map(|length| length.max(least));
        let (at, renewed, attempts, failures) = (0, false, None, 0);
        Ok(Self { client, repository, blob, supply, session, least, part, at, renewed, attempts, failures })
    }

    /// Sends the blob. After a failure the session is for the caller to abandon.
    pub(crate) async fn run(&mut self) -> Result<(), Error> {
        loop {
            let sent = match self.part {
                None => self.whole().await,
                Some(length) => self.parts(length).await,
            };
            let Err(error) = sent else { return Ok(()) };
            if self.supply.has_failed() || !self.recover(&error).await {
                return Err(error);
            }
        }
    }

    pub(crate) async fn abandon(&self, after: Option<&Error>) {
        self.session.abandon(after).await;
    }

    async fn whole(&self) -> Result<(), Error> {
        let body = Payload::Stream(Some(self.supply.lend(0, self.blob.size)));
        self.session.finish(&self.blob.digest, body).await
    }

    async fn parts(&mut self, length: u64) -> Result<(), Error> {
        while self.at < self.blob.size {
            let end = self.at.saturating_add(length).min(self.blob.size);
            let bytes = self.supply.part(self.at, end).await;
            self.append(bytes, end).await?;
            (self.at, self.attempts, self.failures) = (end, None, 0);
        }
        self.session.finish(&self.blob.digest, Payload::Bytes(Bytes::new())).await
    }

    async fn append(&mut self, bytes: Option<Bytes>, end: u64) -> Result<(), Error> {
        let call = self.session.call(Method::PATCH, Payload::Bytes(Bytes::new()));
        // The source has failed, which the caller of this all is told instead.
        let bytes = bytes.ok_or_else(|| Error::new(ErrorKind::Request, call.request.clone()))?;
        let call = call.with_body(Payload::Bytes(bytes));
        let range = HeaderValue::try_from(format!("{}-{}", self.at, end.saturating_sub(1)))
            .map_err(|error| Error::new(ErrorKind::Request, call.request.clone()).because(error))?;
        let call = call.with_header(CONTENT_TYPE, session::OCTET_STREAM).with_header(CONTENT_RANGE, range);
        let answer = self.client.demand(call, &session::APPENDED).await?;
        self.session.moved(&answer)?;
        match session::held(&answer)? {
            // Some count the bytes, and some tell the last one.
            Some(held) if !held.can_be(end) && !held.can_be(end.saturating_add(1)) => {
                Err(answer.fault(Fault::UploadRange))
            }
            _ => {
                answer.drain(&self.client.limits).await;
                Ok(())
            }
        }
    }

    /// Whether there is something to try after a failure, which is prepared then.
    async fn recover(&mut self, error: &Error) -> bool {
        match (error.kind(), self.part) {
            (ErrorKind::Refused(StatusCode::PAYLOAD_TOO_LARGE), None) => {
                let first = if self.blob.size > PART { PART } else { self.blob.size / 2 };
                self.shorten(self.least.max(first)) && self.restart(error).await
            }
            (ErrorKind::Refused(StatusCode::PAYLOAD_TOO_LARGE), Some(length)) => self.shorten(length / 2),
            // The wrong place, or with some registries too much at once.
            (ErrorKind::Refused(StatusCode::RANGE_NOT_SATISFIABLE), Some(length)) => match self.stands_at().await {
                Some(at) if at != self.at => self.wait(error).await && self.go_on(at),
                _ => self.shorten(length / 2),
            },
            (ErrorKind::Refused(StatusCode::UNAUTHORIZED), None) => self.renew(error),
            (ErrorKind::Peer(Fault::UploadRange), Some(_)) => self.resume(error).await,
            _ if error.is_retryable() && error.party() != Party::TokenService => self.resume(error).await,
            _ => false,
        }
    }

    /// Makes the parts shorter, if that leaves them as long as they have to be, and shorter than what did not get through.
    fn shorten(&mut self, length: u64) -> bool {
        let was = self.part.unwrap_or(self.blob.size).min(self.blob.size);
        let shorter = length >= self.least.max(LEAST) && length < was;
        if shorter {
            self.part = Some(length);
            self.client.learnt.set(length);
        }
        shorter
    }

    /// A token that expired while the blob was on its way is replaced by the next request, if it is known how.
    fn renew(&mut self, error: &Error) -> bool {
        let known = self.client.tokens.is_known(&[Scope::push(self.repository)]);
        let again = known && !self.renewed && error.party() == Party::Registry && self.supply.is_at_hand(0);
        self.renewed = true;
        again
    }

    /// Goes on from where the registry stands, or from the beginning.
    async fn resume(&mut self, error: &Error) -> bool {
        if !self.wait(error).await {
            return false;
        }
        match self.stands_at().await {
            Some(at) if self.go_on(at) => true,
            _ => self.restart(error).await,
        }
    }

    /// What the registry has, if it can say so in a way that can be true.
    async fn stands_at(&mut self) -> Option<u64> {
        let taken = self.supply.taken();
        match self.session.status(Retry::none()).await.ok()? {
            Held::Bytes(held) if held <= taken => Some(held),
            // Some count the bytes, and some tell the last one.
            Held::Bytes(held) if held.checked_sub(1) == Some(taken) => Some(taken),
            _ => None,
        }
    }

    fn go_on(&mut self, at: u64) -> bool {
        let possible = self.supply.is_at_hand(at);
        if possible {
            self.at = at;
            self.part.get_or_insert(self.least.max(PART));
        }
        possible
    }

    /// A new session, from the beginning.
    async fn restart(&mut self, error: &Error) -> bool {
        if !self.supply.is_at_hand(0) {
            return false;
        }
        self.session.abandon(Some(error)).await;
        let Ok((session, answer)) = Session::start(self.client, self.repository).await else { return false };
        answer.drain(&self.client.limits).await;
        (self.session, self.at) = (session, 0);
        true
    }

    /// Waits as after any failure that may pass.
    async fn wait(&mut self, error: &Error) -> bool {
        let client = self.client;
        let attempts = self.attempts.get_or_insert_with(|| Attempts::new(client.retry, client.clock.now()));
        self.failures = self.failures.saturating_add(1);
        client.pause(self.failures, &Failure::after(error), attempts).await
    }
}

fn least(answer: &Answer) -> u64 {
    let said = answer.header(&CHUNK_MIN_LENGTH).ok().flatten().and_then(header::number);
    said.unwrap_or_default().min(MOST)
}
