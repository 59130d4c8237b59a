//! Of what is asked for, what the rules allow.

use wharf_server::Action;
use wharf_server::distribution::{Scope, ScopeSet, TokenRequest};
use wharf_server::registry::Repository;

use super::answer::Refusal;
use crate::{Rules, Terms};

/// How many scopes one token can be asked for: with more, it might not fit into a header.
const MAX_SCOPES: usize = 16;

/// The words of Docker's tokens for what can be done.
const ACTIONS: [(&str, Action); 3] = [("pull", Action::Pull), ("push", Action::Push), ("delete", Action::Delete)];

/// What a token of ours is asked for.
pub(super) struct Asked<'a>(&'a [Scope]);

impl<'a> Asked<'a> {
    /// A request that names no service means the only one that there is.
    pub(super) fn of(request: &'a TokenRequest, terms: &Terms) -> Result<Self, Refusal> {
        let is_ours = request.service().is_none_or(|service| service == terms.service());
        let fits = is_ours && request.scopes().len() <= MAX_SCOPES;
        if fits { Ok(Self(request.scopes())) } else { Err(Refusal::Request) }
    }

    /// What a user gets of it, or somebody who did not say who they are. What is not known here is not granted.
    pub(super) fn granted(&self, rules: &Rules, user: Option<&str>) -> ScopeSet {
        self.0.iter().filter_map(|scope| granted(scope, rules, user)).collect()
    }
}

fn granted(scope: &Scope, rules: &Rules, user: Option<&str>) -> Option<Scope> {
    if *scope == Scope::catalog() {
        // A token that is good for the list is good for all of it.
        return rules.reads_all(user).then(Scope::catalog);
    }
    let repository = Repository::parse(scope.name()).ok().filter(|_| scope.kind() == "repository")?;
    let is_asked = |word: &str| scope.actions().any(|action| action == word || action == "*");
    let allowed = ACTIONS.iter().filter(|(word, action)| is_asked(word) && rules.allows(user, &repository, *action));
    let words: Vec<_> = allowed.map(|(word, _)| *word).collect();
    Scope::parse(&format!("repository:{repository}:{}", words.join(",")))
}
