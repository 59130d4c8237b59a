use http::HeaderValue;

use super::tokens::Plan;
use crate::{Scope, ScopeSet};

/// What is known of a request under way.
#[derive(Debug)]
pub(super) struct Course<A> {
    /// As the caller has them: some token services look at the first alone.
    scopes: Vec<Scope>,
    wanted: ScopeSet,
    answer: Option<A>,
    /// The registry has given its answers to these.
    pub(super) refused: Vec<HeaderValue>,
    /// The registry's answer is the result if nothing better can be had.
    pub(super) stands: bool,
    pub(super) was_widened: bool,
}

/// What is wanted of the credentials.
#[derive(Debug)]
pub(super) enum Need {
    /// Themselves.
    Own,
    /// That there are some, for which it is worth asking the registry how it wants them.
    Any,
    /// A token.
    Token(Plan),
}

impl<A> Course<A> {
    pub(super) fn new(scopes: Vec<Scope>) -> Self {
        let wanted = scopes.iter().cloned().collect();
        Self { scopes, wanted, answer: None, refused: Vec::new(), stands: false, was_widened: false }
    }

    pub(super) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    pub(super) const fn wanted(&self) -> &ScopeSet {
        &self.wanted
    }

    pub(super) const fn take_answer(&mut self) -> Option<A> {
        self.answer.take()
    }

    /// Whether the registry has answered.
    pub(super) const fn was_asked(&self) -> bool {
        self.answer.is_some()
    }

    pub(super) fn with_answer(mut self, answer: A) -> Self {
        self.answer = Some(answer);
        self
    }
}
