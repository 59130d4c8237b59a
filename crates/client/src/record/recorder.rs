use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response, StatusCode};

use super::content::{Content, Passing};
use super::exchange::Exchange;
use super::redact;
use crate::{Body, Transport, TransportError, TransportErrorKind};

/// A transport that writes down what passes through it. Whoever wants to read that keeps a handle:
///
/// ```
/// use std::sync::Arc;
/// use wharf_client::record::{Recorder, Replay};
/// use wharf_client::{Client, Host, Transport};
/// use wharf_registry::{Read, Repository, Tag};
///
/// # async fn example(transport: impl Transport + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = Arc::new(Recorder::new(transport));
/// let host = Host::parse("registry.example.com")?;
/// let client = Client::new(Arc::clone(&recorder), host.clone())?;
/// client.manifest(&Repository::parse("app")?, &Tag::LATEST.into()).await?;
/// // The same again, without a network.
/// let again = Client::new(Replay::new(recorder.exchanges()), host)?;
/// again.manifest(&Repository::parse("app")?, &Tag::LATEST.into()).await?;
/// # Ok(())
/// # }
/// ```
pub struct Recorder<T> {
    transport: T,
    keep: usize,
    record: Arc<Mutex<Record>>,
}

#[derive(Default)]
struct Record {
    entries: Vec<Entry>,
    /// What was sent or got that must not be told.
    secrets: Vec<String>,
}

/// An exchange that may still be going on.
struct Entry {
    exchange: Exchange,
    sent: Shared,
    /// A form, of which nothing is kept.
    is_secret: bool,
    got: Option<(StatusCode, HeaderMap, Shared)>,
}

type Shared = Arc<Mutex<Passing>>;

/// What a replayed client gets as its token.
const TOKEN: &str = r#"{"token":"redacted"}"#;

/// How much of a body is kept when nobody says more: 1 MiB.
const KEEP: usize = 1 << 20;

impl<T> Recorder<T> {
    /// A recorder of what goes through `transport`, which keeps the first mebibyte of each body.
    pub fn new(transport: T) -> Self {
        Self { transport, keep: KEEP, record: Arc::default() }
    }

    /// The same, keeping so many bytes of each body.
    #[must_use]
    pub fn with_body_bytes(self, keep: usize) -> Self {
        Self { keep, ..self }
    }

    /// What has passed so far, in the order in which it was sent.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let mut record = lock(&self.record);
        let Record { entries, secrets } = &mut *record;
        for entry in entries.iter() {
            secrets.extend(entry.got.iter().filter_map(|(_, _, got)| redact::token(lock(got).bytes())));
            secrets.extend(
                Some(&entry.sent).filter(|_| entry.is_secret).map_or(vec![], |sent| redact::form(lock(sent).bytes())),
            );
        }
        secrets.sort_unstable();
        secrets.dedup();
        entries.iter().map(|entry| entry.exchange(secrets, self.keep)).collect()
    }

    /// Begins an entry, and gives its number and what counts the request's body.
    fn begin(&self, request: &Request<Body>) -> (usize, Shared) {
        let sent = Shared::new(Mutex::new(Passing::new(self.keep)));
        let exchange = Exchange {
            method: request.method().clone(),
            url: redact::url(&request.uri().to_string()),
            headers: redact::headers(request.headers()),
            body: Content::secret(),
            outcome: Err(TransportErrorKind::Other),
        };
        let mut record = lock(&self.record);
        record.secrets.extend(redact::secrets(request.headers()));
        let is_secret = redact::is_form(request.headers());
        record.entries.push(Entry { exchange, sent: Arc::clone(&sent), is_secret, got: None });
        (record.entries.len() - 1, sent)
    }

    fn entry(&self, number: usize, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = lock(&self.record).entries.get_mut(number) {
            change(entry);
        }
    }
}

impl Entry {
    /// What may be told of it. Secrets are looked for before it is cut, so that no part of one is left.
    fn exchange(&self, secrets: &[String], keep: usize) -> Exchange {
        let mut exchange = self.exchange.clone();
        exchange.body = if self.is_secret { Content::secret() } else { lock(&self.sent).content() };
        if let Some((status, headers, got)) = &self.got {
            let got = lock(got);
            let content = match redact::token(got.bytes()) {
                Some(_) => Content::whole(TOKEN.into()),
                None if redact::seems_token(got.bytes()) => Content::secret(),
                None => got.content(),
            };
            exchange.outcome = Ok((*status, headers.clone(), content));
        }
        exchange.scrub(secrets);
        exchange.body.bytes.truncate(keep);
        exchange.outcome.iter_mut().for_each(|(_, _, content)| content.bytes.truncate(keep));
        exchange
    }
}

#[async_trait]
impl<T: Transport> Transport for Recorder<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (number, sent) = self.begin(&request);
        match self.transport.send(request.map(|body| watched(body, sent))).await {
            Ok(response) => {
                let got = Shared::new(Mutex::new(Passing::new(self.keep)));
                let (status, headers) = (response.status(), redact::headers(response.headers()));
                self.entry(number, |entry| entry.got = Some((status, headers, Arc::clone(&got))));
                Ok(response.map(|body| watched(body, got)))
            }
            Err(error) => {
                self.entry(number, |entry| entry.exchange.outcome = Err(error.kind()));
                Err(error)
            }
        }
    }
}

/// The same body, which is counted as it passes.
fn watched(body: Body, passing: Shared) -> Body {
    let length = body.length();
    if length == Some(0) {
        lock(&passing).end(None);
        return body;
    }
    let pieces = stream::unfold((Box::pin(body.into_stream()), passing), |(mut pieces, passing)| async move {
        let piece = pieces.next().await;
        match &piece {
            Some(Ok(piece)) => lock(&passing).push(piece),
            Some(Err(error)) => lock(&passing).end(Some(error.kind())),
            None => lock(&passing).end(None),
        }
        piece.map(|piece| (piece, (pieces, passing)))
    });
    Body::stream(pieces, length)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> fmt::Debug for Recorder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("exchanges", &lock(&self.record).entries.len()).finish_non_exhaustive()
    }
}
