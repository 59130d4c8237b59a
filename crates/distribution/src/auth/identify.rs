//! What credentials are used for.

use std::time::Duration;

use http::StatusCode;

use super::course::{Course, Need};
use super::step::{Exchange, Identify, Ping, Step};
use super::tokens::Plan;
use super::{AuthError, Tokens};
use crate::{Challenge, Credential, CredentialKind, Grant, TokenError, TokenRequest, UrlFault};

/// How this program names itself where a name has to be given.
const CLIENT_ID: &str = "wharf";

impl<A> Identify<A> {
    /// After waiting for somebody else's exchange: what they got does, if it does for this request; otherwise this step
    /// comes back as it was.
    pub fn reconsider(self, tokens: &mut Tokens, now: Duration) -> Step<A> {
        let known = self.exchanges().and_then(|wanted| tokens.find(&wanted, now).cloned());
        match known {
            Some(authorization) => Step::send(self.course, tokens, authorization),
            None => Step::Identify(self),
        }
    }

    /// The credential for the registry, if there is one. What cannot be used here is sent to nobody: a password is for
    /// the registry that wants one and for a token service that is trusted, an identity token only for the latter, and
    /// a registry token only for the registry.
    ///
    /// `now` is when the token service is asked, if it will be: what it says of a token's time counts from there.
    pub fn with(self, tokens: &mut Tokens, credential: Option<Credential>, now: Duration) -> Step<A> {
        let Self { course, need } = self;
        let is_own = |held: &Credential| held.kind() == CredentialKind::RegistryToken;
        match (need, credential) {
            (Need::Own, Some(held)) if held.kind() != CredentialKind::IdentityToken => own(course, tokens, &held),
            (Need::Token(_) | Need::Any, Some(held)) if is_own(&held) => own(course, tokens, &held),
            (Need::Any, Some(_)) => Step::Ping(Ping { course }),
            (Need::Own | Need::Any, _) => Step::settle(course),
            (Need::Token(plan), credential) => match asks(tokens, &plan, credential.as_ref()) {
                Ok((request, fallback)) => {
                    let (request, fallback) = (Box::new(request), fallback.map(Box::new));
                    Step::Exchange(Exchange { course, plan, request, fallback, since: now })
                }
                Err(error) => {
                    // The registry may name a better realm when it is asked again.
                    tokens.forget_plan(course.wanted());
                    Step::fail(course, error)
                }
            },
        }
    }

    /// After waiting for somebody else's exchange, which the token service refused: it is not asked the same again a
    /// moment later.
    pub fn refused(self, status: StatusCode) -> Step<A> {
        Step::fail(self.course, AuthError::Refused(status))
    }

    /// It cannot be found out whether there is a credential. The request is not made without one instead.
    pub fn failed(self) -> Step<A> {
        Step::fail(self.course, AuthError::Credential)
    }
}

/// The credential itself is for the registry.
fn own<A>(course: Course<A>, tokens: &mut Tokens, credential: &Credential) -> Step<A> {
    match credential.header() {
        Some(header) => {
            tokens.keep_own(header.clone());
            Step::send(course, tokens, header)
        }
        None => Step::fail(course, AuthError::Credential),
    }
}

type Requests = (TokenRequest, Option<TokenRequest>);

/// What the token service is asked, and what in case that it does not take that.
fn asks(tokens: &Tokens, plan: &Plan, credential: Option<&Credential>) -> Result<Requests, AuthError> {
    let policy = tokens.policy();
    let unusable = |error| AuthError::Realm(unusable(&plan.challenge, error));
    let request = TokenRequest::at(policy.home(), &plan.challenge, plan.scopes.clone()).map_err(unusable)?;
    let trusted = policy.judge(request.realm()).map_err(AuthError::Realm)?;
    let takes_forms = policy.prefers_forms() && tokens.takes_forms(request.realm());
    let by = |grant| request.clone().with_grant(grant).map_err(|_| AuthError::Credential);
    match credential.filter(|_| trusted) {
        Some(held) if held.kind() == CredentialKind::IdentityToken => {
            by(Grant::RefreshToken(held.secret().clone())).map(|request| (request.with_client_id(CLIENT_ID), None))
        }
        Some(held) => {
            let (username, password): (Box<str>, _) =
                (held.username().unwrap_or_default().into(), held.secret().clone());
            let form = Grant::Password { username: username.clone(), password: password.clone() };
            let get = by(Grant::Basic { username, password });
            match takes_forms {
                true => by(form).map(|form| (form.with_client_id(CLIENT_ID), get.ok())),
                false => get.map(|get| (get, None)),
            }
        }
        None => Ok((request, None)),
    }
}

/// What is wrong with the realm of a challenge that no token can be asked for.
fn unusable(challenge: &Challenge, error: TokenError) -> UrlFault {
    match error {
        _ if challenge.parameter("realm").is_none_or(str::is_empty) => UrlFault::Missing,
        TokenError::Relative => UrlFault::Relative,
        _ => UrlFault::Malformed,
    }
}
