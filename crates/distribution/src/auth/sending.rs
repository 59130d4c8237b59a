//! What an answer of the registry leads to.

use std::time::Duration;

use http::StatusCode;

use super::course::{Course, Need};
use super::step::{Sending, Step};
use super::tokens::Plan;
use super::{Policy, Reply, Tokens};
use crate::{Challenge, Scope};

/// What an answer says of the authorization that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Nothing, or that it is not enough.
    No,
    /// The registry wants to know who is asking.
    Asked,
    /// It may have expired.
    Stale,
    /// It is good and may not be enough.
    Narrow,
}

impl<A> Sending<A> {
    /// The registry's answer came. `reply` is what it says of who is asking, `answer` what it is to the caller.
    ///
    /// One to a token that was refused although it was got for this request is the result.
    pub fn answered(self, tokens: &mut Tokens, reply: &Reply, answer: A, now: Duration) -> Step<A> {
        let doubt = self.doubt(reply);
        let Self { course, authorization, .. } = self;
        let mut course = course.with_answer(answer);
        // How it was got, if it is a token: what was at hand may have been got for another request.
        let origin = authorization.as_ref().and_then(|sent| tokens.origin(sent)).cloned();
        let is_spent = reply.status() == StatusCode::UNAUTHORIZED || (doubt == Doubt::Stale && origin.is_some());
        authorization.iter().filter(|_| is_spent).for_each(|sent| tokens.forget(sent));
        course.refused.extend(authorization);
        match (doubt, origin) {
            (Doubt::Asked, origin) => asked(course, tokens, reply, origin.map(|plan| plan.challenge), now),
            (Doubt::Stale, origin) => {
                course.stands = true;
                let need = origin.map_or(Need::Own, |origin| {
                    let plan = planned(&course, tokens, origin.challenge, now);
                    Need::Token(wider(&mut course, &plan, tokens.policy(), reply).unwrap_or(plan))
                });
                Step::identify(course, need)
            }
            (Doubt::Narrow, Some(origin)) if !course.was_widened => {
                course.stands = true;
                let plan = planned(&course, tokens, origin.challenge, now);
                match wider(&mut course, &plan, tokens.policy(), reply) {
                    Some(plan) => Step::identify(course, Need::Token(plan)),
                    None => Step::settle(course),
                }
            }
            _ => Step::settle(course),
        }
    }

    /// The same for a request that cannot be made a second time, as one whose body was a stream: the answer is the
    /// result, and what it refuses is forgotten.
    pub fn answered_for_good(self, tokens: &mut Tokens, reply: &Reply, answer: A) -> A {
        let is_spent = match self.doubt(reply) {
            Doubt::Asked => true,
            Doubt::Stale => self.authorization.as_ref().is_some_and(|sent| tokens.origin(sent).is_some()),
            Doubt::Narrow => reply.status() == StatusCode::UNAUTHORIZED,
            Doubt::No => false,
        };
        self.authorization.iter().filter(|_| is_spent).for_each(|sent| tokens.forget(sent));
        answer
    }

    fn doubt(&self, reply: &Reply) -> Doubt {
        match reply.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.is_fresh => Doubt::Narrow,
            StatusCode::UNAUTHORIZED => Doubt::Asked,
            StatusCode::FORBIDDEN if self.may_be_stale() => Doubt::Stale,
            StatusCode::BAD_REQUEST if self.may_be_stale() && !reply.is_about_content() => Doubt::Stale,
            _ => Doubt::No,
        }
    }
}

/// The registry wants to know who is asking. Some forget how they wanted it once a token has expired, which was got for
/// this request or, as `origin` tells, for another; and some never say it but at their root.
fn asked<A>(
    mut course: Course<A>,
    tokens: &mut Tokens,
    reply: &Reply,
    origin: Option<Challenge>,
    now: Duration,
) -> Step<A> {
    let known = tokens.plan(course.wanted()).cloned();
    let challenge = bearer(reply.challenges()).cloned().or(known.map(|plan| plan.challenge)).or(origin);
    let Some(challenge) = challenge else {
        return match reply.challenges() {
            [] => Step::identify(course, Need::Any),
            challenges if has_basic(challenges) => Step::identify(course, Need::Own),
            _ => Step::settle(course),
        };
    };
    let plan = planned(&course, tokens, challenge, now);
    let plan = wider(&mut course, &plan, tokens.policy(), reply).unwrap_or(plan);
    Step::identify(course, Need::Token(plan))
}

/// How a token is got from now on. What was found to be needed before is needed again.
pub(super) fn planned<A>(course: &Course<A>, tokens: &mut Tokens, challenge: Challenge, now: Duration) -> Plan {
    let known = tokens.plan(course.wanted()).map(|plan| plan.scopes.clone());
    let plan = Plan { challenge, scopes: known.unwrap_or_else(|| course.scopes().to_vec()) };
    tokens.remember(course.wanted(), &plan, now);
    plan
}

/// How a token is got that allows more, if that is what was missing and the registry may have it.
fn wider<A>(course: &mut Course<A>, plan: &Plan, policy: &Policy, reply: &Reply) -> Option<Plan> {
    let challenge = bearer(reply.challenges()).filter(|challenge| is_insufficient(challenge))?;
    let scopes: Vec<Scope> = policy.widen(&plan.scopes, challenge)?;
    course.was_widened = true;
    Some(Plan { challenge: challenge.clone(), scopes })
}

pub(super) fn bearer(challenges: &[Challenge]) -> Option<&Challenge> {
    challenges.iter().find(|challenge| challenge.is("bearer"))
}

pub(super) fn has_basic(challenges: &[Challenge]) -> bool {
    challenges.iter().any(|challenge| challenge.is("basic"))
}

/// RFC 6750, section 3.1.
fn is_insufficient(challenge: &Challenge) -> bool {
    challenge.parameter("error") == Some("insufficient_scope")
}
