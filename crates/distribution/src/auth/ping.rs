//! What the registry's root says.

use std::time::Duration;

use super::Tokens;
use super::course::Need;
use super::sending::{bearer, has_basic, planned};
use super::step::{Ping, Step};
use crate::Challenge;

impl<A> Ping<A> {
    /// The answer came, with what its headers offer (`WWW-Authenticate`). Its status does not matter: some registries
    /// say how to authenticate with a success. The scopes it names are examples, and are not asked for.
    pub fn answered(
        self,
        tokens: &mut Tokens,
        challenges: impl IntoIterator<Item = Challenge>,
        now: Duration,
    ) -> Step<A> {
        let challenges: Vec<_> = challenges.into_iter().collect();
        match bearer(&challenges) {
            Some(challenge) => {
                let plan = planned(&self.course, tokens, challenge.clone(), now);
                Step::identify(self.course, Need::Token(plan))
            }
            None if has_basic(&challenges) => Step::identify(self.course, Need::Own),
            None => Step::settle(self.course),
        }
    }

    /// No answer came, or one of another origin. The registry's own answer is the result.
    pub fn failed(self) -> Step<A> {
        Step::settle(self.course)
    }
}
