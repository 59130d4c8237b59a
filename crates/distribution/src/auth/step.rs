use std::time::Duration;

use http::{HeaderValue, StatusCode};

use super::course::{Course, Need};
use super::tokens::Plan;
use super::{AuthError, Tokens};
use crate::{Scope, ScopeSet, TokenRequest};

/// What to do next for a request to a registry. `A` is whatever its answers are to the caller.
///
/// See [the module](super) for all of it at work.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "who carries out the steps has to know them all")]
pub enum Step<A> {
    /// Make the request.
    Send(Sending<A>),
    /// Ask the registry's root (`GET /v2/`), without any authorization, how it wants to be asked.
    Ping(Ping<A>),
    /// Find out who is asking.
    Identify(Identify<A>),
    /// Ask the token service.
    Exchange(Exchange<A>),
    /// Nothing more: this answer of the registry is the result, whatever it says.
    Done(A),
    /// There is nothing that could be sent.
    Fail(AuthError),
}

impl<A> Step<A> {
    /// What to do first for a request that needs a token for `scopes`, if it needs one: send what is at hand, or get a
    /// token where one was wanted before. If nothing is known, the request is made without anything.
    ///
    /// ```
    /// use std::time::Duration;
    /// use url::Url;
    /// use wharf_distribution::Scope;
    /// use wharf_distribution::auth::{Policy, Step, Tokens};
    /// use wharf_reference::Host;
    ///
    /// let home = Url::parse("https://registry.example.com").unwrap();
    /// let tokens = Tokens::new(Policy::new(Host::parse("registry.example.com").unwrap(), home));
    /// let Step::Send(sending) = Step::<()>::begin(&tokens, vec![Scope::catalog()], Duration::ZERO) else { panic!() };
    /// assert_eq!(sending.authorization(), None);
    /// ```
    #[must_use]
    pub fn begin(tokens: &Tokens, scopes: Vec<Scope>, now: Duration) -> Self {
        let course = Course::new(scopes);
        let known = tokens.find(course.wanted(), now).cloned();
        match tokens.plan(course.wanted()).filter(|_| known.is_none()) {
            Some(plan) => Self::identify(course, Need::Token(plan.clone())),
            None => Self::Send(Sending { course, authorization: known, is_fresh: false }),
        }
    }

    pub(super) const fn identify(course: Course<A>, need: Need) -> Self {
        Self::Identify(Identify { course, need })
    }

    /// Nothing better can be had than what the registry said.
    pub(super) fn settle(mut course: Course<A>) -> Self {
        course.take_answer().map_or(Self::Fail(AuthError::Credential), Self::Done)
    }

    /// Nothing can be sent; what the registry said is the reason all the same if it did not ask for anything.
    pub(super) fn fail(course: Course<A>, error: AuthError) -> Self {
        if course.stands { Self::settle(course) } else { Self::Fail(error) }
    }

    /// Sends what was got, unless it is what was refused: then that was the last word.
    pub(super) fn send(course: Course<A>, tokens: &mut Tokens, authorization: HeaderValue) -> Self {
        if course.refused.contains(&authorization) {
            tokens.forget(&authorization);
            return Self::settle(course);
        }
        Self::Send(Sending { course, authorization: Some(authorization), is_fresh: true })
    }
}

/// The request is to be made, with [`authorization`](Self::authorization) and to the registry's own origin.
#[derive(Debug)]
#[must_use]
pub struct Sending<A> {
    pub(super) course: Course<A>,
    pub(super) authorization: Option<HeaderValue>,
    /// It was got for this very request: if it is refused, another one would be, too.
    pub(super) is_fresh: bool,
}

impl<A> Sending<A> {
    /// The header to send; nothing when nothing is at hand, or is wanted.
    #[must_use]
    pub const fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Whether the authorization was at hand, and so may have expired.
    pub(super) const fn may_be_stale(&self) -> bool {
        self.authorization.is_some() && !self.is_fresh
    }

    /// Whether the code in the body of an answer with this status tells more: a 400 may be about the content, or the
    /// only thing that a registry says of a token that has expired.
    #[must_use]
    pub fn needs_reason(&self, status: StatusCode) -> bool {
        status == StatusCode::BAD_REQUEST && self.may_be_stale()
    }

    /// The answer that is superseded by this request, the first time that it is asked for. What is left of its body
    /// can be read, so that its connection can be used again.
    pub const fn superseded(&mut self) -> Option<A> {
        self.course.take_answer()
    }
}

/// The registry's root is to be asked, because the answer to a request had no challenge.
#[derive(Debug)]
#[must_use]
pub struct Ping<A> {
    pub(super) course: Course<A>,
}

/// The credentials for the registry are to be found out, if there are any.
#[derive(Debug)]
#[must_use]
pub struct Identify<A> {
    pub(super) course: Course<A>,
    pub(super) need: Need,
}

impl<A> Identify<A> {
    /// For what a token will be asked for, if one will be. Who makes several requests at a time lets one exchange for
    /// the same scopes be under way and the others wait; they go on with [`reconsider`](Self::reconsider).
    #[must_use]
    pub fn exchanges(&self) -> Option<ScopeSet> {
        match &self.need {
            Need::Token(plan) => Some(plan.scopes.iter().cloned().collect()),
            Need::Own | Need::Any => None,
        }
    }
}

/// The token service is to be asked.
#[derive(Debug)]
#[must_use]
pub struct Exchange<A> {
    pub(super) course: Course<A>,
    pub(super) plan: Plan,
    pub(super) request: Box<TokenRequest>,
    /// The same request in the way that every service takes.
    pub(super) fallback: Option<Box<TokenRequest>>,
    pub(super) since: Duration,
}

impl<A> Exchange<A> {
    /// What to ask it. Redirects are not to be followed: who may see the credentials was judged by the realm. What is in
    /// the form may be good for one request, so it is not to be sent again once it was sent.
    #[must_use]
    pub const fn request(&self) -> &TokenRequest {
        &self.request
    }
}
