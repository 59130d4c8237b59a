use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::{AUTHORIZATION, RANGE};
use http::{Method, Request, Response};

use super::content::{Content, End, Passing};
use super::exchange::Exchange;
use super::redact;
use crate::{Body, Transport, TransportError, TransportErrorKind};

/// A transport that answers from exchanges, strictly in their order.
///
/// A request has to be the next one: the same method, address, range and body, as far as these are known, and with
/// authorization where the other had it. One that is not, or that is one too many, fails with a [`ReplayError`], which is
/// the source of an error of the transport, and is not tried again.
#[derive(Debug)]
pub struct Replay(Mutex<State>);

#[derive(Debug)]
struct State {
    left: VecDeque<Exchange>,
    answered: usize,
}

/// Why a request was not answered from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is nothing left to answer with.
    Exhausted {
        /// The request, without secrets.
        asked: String,
    },
    /// It is not the request that is next.
    Differs {
        /// How many were answered before.
        at: usize,
        /// The next one.
        expected: String,
        /// The request, without secrets.
        asked: String,
    },
    /// More is read of a body than was kept of it.
    NotKept,
}

impl Replay {
    /// A transport that answers with these exchanges.
    #[must_use]
    pub fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        Self(Mutex::new(State { left: exchanges.into_iter().collect(), answered: 0 }))
    }

    /// How many exchanges are left.
    pub fn left(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left.len()
    }

    /// The next exchange, if that is what was asked for.
    fn take(&self, asked: &Asked) -> Result<Exchange, ReplayError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(next) = state.left.front() else { return Err(ReplayError::Exhausted { asked: asked.line() }) };
        let expected = Asked::of(next);
        if !expected.agrees(asked) {
            let (at, expected, asked) = (state.answered, expected.line(), asked.line());
            return Err(ReplayError::Differs { at, expected, asked });
        }
        state.answered += 1;
        state.left.pop_front().ok_or_else(|| ReplayError::Exhausted { asked: asked.line() })
    }
}

/// What of a request has to be the same.
struct Asked {
    method: Method,
    url: String,
    range: Option<String>,
    is_authorized: bool,
    body: Content,
}

impl Asked {
    fn of(exchange: &Exchange) -> Self {
        let Exchange { method, url, headers, body, .. } = exchange.clone();
        let range = headers.get(RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
        Self { method, url, range, is_authorized: headers.contains_key(AUTHORIZATION), body }
    }

    fn agrees(&self, other: &Self) -> bool {
        let heads = |asked: &Self| (asked.method.clone(), asked.url.clone(), asked.range.clone(), asked.is_authorized);
        heads(self) == heads(other) && self.body.agrees(&other.body)
    }

    fn line(&self) -> String {
        let Self { method, url, range, is_authorized, body } = self;
        let range = range.as_deref().map_or(String::new(), |range| format!(", {range}"));
        let authorized = if *is_authorized { ", authorized" } else { "" };
        let body = if body.length > 0 { format!(", {} bytes", body.length) } else { String::new() };
        format!("{method} {url}{range}{authorized}{body}")
    }
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        let mut passing = Passing::new(0);
        let mut pieces = Box::pin(body.into_stream());
        while let Some(piece) = pieces.try_next().await? {
            passing.push(&piece);
        }
        passing.end(None);
        let is_secret = redact::is_form(&parts.headers);
        let asked = Asked {
            url: redact::url(&parts.uri.to_string()),
            range: parts.headers.get(RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned),
            is_authorized: parts.headers.contains_key(AUTHORIZATION),
            body: if is_secret { Content::secret() } else { passing.content() },
            method: parts.method,
        };
        let exchange = self.take(&asked).map_err(failed)?;
        let (status, headers, content) = exchange.outcome.map_err(|kind| TransportError::new(kind, "as recorded"))?;
        let has_body = asked.method != Method::HEAD;
        let mut response = Response::new(if has_body { given(content) } else { Body::empty() });
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

/// The body as it was, as far as it was kept.
fn given(content: Content) -> Body {
    if content.is_kept() {
        return Body::from(content.bytes);
    }
    let end = match content.end {
        End::Failed(kind) if content.length == content.bytes.len() as u64 => TransportError::new(kind, "as recorded"),
        _ => failed(ReplayError::NotKept),
    };
    let pieces = stream::iter([Ok(content.bytes)]).chain(stream::once(std::future::ready(Err(end))));
    Body::stream(pieces, None)
}

fn failed(error: ReplayError) -> TransportError {
    TransportError::new(TransportErrorKind::Other, error)
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted { asked } => write!(f, "nothing is left to answer {asked} with"),
            Self::Differs { at, expected, asked } => {
                write!(f, "request {} should have been {expected}, and was {asked}", at + 1)
            }
            Self::NotKept => f.write_str("this much of the body was not kept"),
        }
    }
}

impl std::error::Error for ReplayError {}
