use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::{About, Peer, answer};

/// One thing that a registry does differently: with a request before it is answered, or with the answer.
pub struct Quirk {
    before: Box<Before>,
    after: Box<After>,
}

type Before = dyn Fn(&mut Request<Bytes>) -> Step + Send + Sync;
type After = dyn Fn(&Request<Bytes>, &mut Response<Bytes>) + Send + Sync;

/// What becomes of a request.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "there is nothing else that can become of it")]
pub enum Step {
    /// It goes on to what is behind.
    On,
    /// It is answered here.
    Answer(Response<Bytes>),
    /// The connection is closed without an answer.
    HangUp,
}

impl Quirk {
    /// Answers or changes requests.
    pub fn before(of: About, then: impl Fn(&mut Request<Bytes>) -> Step + Send + Sync + 'static) -> Self {
        let before = move |request: &mut Request<Bytes>| if of.holds(request) { then(request) } else { Step::On };
        Self { before: Box::new(before), after: Box::new(|_, _| {}) }
    }

    /// Changes answers. The request is the one that came, whatever was changed of it before it was answered.
    pub fn after(of: About, then: impl Fn(&Request<Bytes>, &mut Response<Bytes>) + Send + Sync + 'static) -> Self {
        let after = move |request: &Request<Bytes>, response: &mut Response<Bytes>| {
            if of.holds(request) {
                then(request, response);
            }
        };
        Self { before: Box::new(|_| Step::On), after: Box::new(after) }
    }

    /// Refuses requests with a status and a body.
    #[must_use]
    pub fn refusing(of: About, status: u16, body: &'static str) -> Self {
        Self::before(of, move |_| Step::Answer(answer(status, &[], body)))
    }

    /// Leaves a header out of answers.
    #[must_use]
    pub fn silent(of: About, header: &'static str) -> Self {
        Self::after(of, move |_, response| drop(response.headers_mut().remove(header)))
    }

    /// Puts a header into successful answers, in place of what they have.
    #[must_use]
    pub fn saying(of: About, header: &'static str, value: &'static str) -> Self {
        Self::after(of, move |_, response| {
            if response.status().is_success() {
                response.headers_mut().insert(HeaderName::from_static(header), HeaderValue::from_static(value));
            }
        })
    }

    /// Says yes with another status.
    ///
    /// # Panics
    /// When the status is none.
    #[must_use]
    pub fn succeeding(of: About, status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        Self::after(of, move |_, response| {
            if response.status().is_success() {
                *response.status_mut() = status;
            }
        })
    }

    /// Says no with other words: `to` instead of every refusal of the status `from`.
    #[must_use]
    pub fn refused_as(of: About, from: u16, to: (u16, &'static str)) -> Self {
        Self::after(of, move |_, response| {
            if response.status() == from {
                *response = answer(to.0, &[("content-type", "application/json")], to.1);
            }
        })
    }

    /// Changes the body of successful answers.
    pub fn saying_body(of: About, change: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::after(of, move |_, response| {
            if response.status().is_success() {
                let body = change(&String::from_utf8_lossy(response.body()));
                response.headers_mut().insert(CONTENT_LENGTH, body.len().into());
                *response.body_mut() = body.into();
            }
        })
    }
}

/// A peer with quirks before it. A request meets them in the order in which they were given, and an answer the other way
/// round.
pub struct Emulated {
    inner: Box<dyn Peer>,
    quirks: Vec<Quirk>,
}

impl Emulated {
    /// A peer without quirks so far.
    pub fn new(inner: impl Peer + 'static) -> Self {
        Self { inner: Box::new(inner), quirks: Vec::new() }
    }

    /// The same with one more quirk, which is nearest to what is behind.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.quirks.push(quirk);
        self
    }

    /// The same with some more, in their order.
    #[must_use]
    pub fn with_all(mut self, quirks: impl IntoIterator<Item = Quirk>) -> Self {
        self.quirks.extend(quirks);
        self
    }
}

#[async_trait]
impl Peer for Emulated {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let came = request.clone();
        let mut request = request;
        let mut answered = None;
        let mut reached = self.quirks.len();
        for (at, quirk) in self.quirks.iter().enumerate() {
            match (quirk.before)(&mut request) {
                Step::On => {}
                Step::Answer(response) => {
                    (answered, reached) = (Some(response), at);
                    break;
                }
                Step::HangUp => return None,
            }
        }
        let mut response = match answered {
            Some(response) => response,
            None => self.inner.answer(request).await?,
        };
        for quirk in self.quirks.iter().take(reached).rev() {
            (quirk.after)(&came, &mut response);
        }
        Some(response)
    }
}

impl fmt::Debug for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quirk").finish_non_exhaustive()
    }
}

impl fmt::Debug for Emulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulated").field("quirks", &self.quirks.len()).finish_non_exhaustive()
    }
}
