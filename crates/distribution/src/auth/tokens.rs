use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use url::Url;

use super::Policy;
use crate::{Challenge, Scope, ScopeSet};

/// What was found out about one registry for one identity: how it wants to be asked, and tokens that are still good.
/// They are held in memory alone, and printed by nothing.
///
/// A token is used for everything that its set of scopes covers, so that what was got for pushing is also good for
/// pulling. Times are those of one clock of the caller's, counted from whenever it began.
///
/// Tokens belong to the policy that they were got under: with another one, another identity or another clock, begin
/// anew.
///
/// ```
/// use std::time::Duration;
/// use url::Url;
/// use wharf_distribution::ScopeSet;
/// use wharf_distribution::auth::{Policy, Tokens};
/// use wharf_reference::Host;
///
/// let home = Url::parse("https://registry.example.com").unwrap();
/// let tokens = Tokens::new(Policy::new(Host::parse("registry.example.com").unwrap(), home));
/// assert_eq!(tokens.find(&ScopeSet::parse("repository:a:pull"), Duration::ZERO), None);
/// ```
pub struct Tokens {
    policy: Policy,
    own: Option<HeaderValue>,
    entries: BTreeMap<ScopeSet, Entry>,
    without_forms: Vec<Url>,
}

/// How a token is got for some scopes: of whom, and for which scopes, which may be more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) challenge: Challenge,
    pub(super) scopes: Vec<Scope>,
}

struct Entry {
    plan: Plan,
    token: Option<Token>,
}

struct Token {
    header: HeaderValue,
    scopes: ScopeSet,
    until: Duration,
}

/// A token that is about to expire would do so on its way.
const MARGIN: Duration = Duration::from_secs(5);

/// More sets of scopes than this are not remembered.
const MAX_ENTRIES: usize = 1_024;

/// More token services than this are not remembered to take no forms; a registry has one.
const MAX_REALMS: usize = 16;

impl Tokens {
    /// Nothing is known yet of a registry.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use url::Url;
    /// # use wharf_distribution::auth::{Policy, Tokens};
    /// # use wharf_distribution::ScopeSet;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_eq!(Tokens::new(policy).find(&ScopeSet::default(), Duration::ZERO), None);
    /// ```
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy, own: None, entries: BTreeMap::new(), without_forms: Vec::new() }
    }

    /// What the registry may have.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Something to send at once: a token that is good for all of the scopes, or the credentials themselves if the
    /// registry takes them.
    #[must_use]
    pub fn find(&self, wanted: &ScopeSet, now: Duration) -> Option<&HeaderValue> {
        let exact = self.entries.get(wanted).and_then(|entry| entry.good(wanted, now));
        let any = || self.entries.values().find_map(|entry| entry.good(wanted, now));
        exact.or_else(any).map(|token| &token.header).or(self.own.as_ref())
    }

    /// Whether it is known how to get a token for these scopes.
    #[must_use]
    pub fn is_known(&self, wanted: &ScopeSet) -> bool {
        self.entries.contains_key(wanted)
    }

    /// Never finds again what was refused. How a token was got is not forgotten.
    pub fn forget(&mut self, refused: &HeaderValue) {
        self.own.take_if(|own| own == refused);
        for entry in self.entries.values_mut() {
            entry.token.take_if(|token| token.header == *refused);
        }
    }

    pub(super) fn plan(&self, wanted: &ScopeSet) -> Option<&Plan> {
        self.entries.get(wanted).map(|entry| &entry.plan)
    }

    /// How the token in a header was got; nothing when it is no token, or not known any more.
    pub(super) fn origin(&self, header: &HeaderValue) -> Option<&Plan> {
        let is_it = |entry: &&Entry| entry.token.as_ref().is_some_and(|token| token.header == *header);
        self.entries.values().find(is_it).map(|entry| &entry.plan)
    }

    pub(super) fn remember(&mut self, wanted: &ScopeSet, plan: &Plan, now: Duration) {
        if let Some(entry) = self.entries.get_mut(wanted) {
            entry.plan = plan.clone();
            return;
        }
        self.make_room(now);
        self.entries.insert(wanted.clone(), Entry { plan: plan.clone(), token: None });
    }

    /// The registry has to say again how tokens are got.
    pub(super) fn forget_plan(&mut self, wanted: &ScopeSet) {
        self.entries.remove(wanted);
    }

    /// Keeps a token until the clock shows `until`.
    pub(super) fn store(&mut self, wanted: &ScopeSet, plan: Plan, header: HeaderValue, until: Duration, now: Duration) {
        if !self.is_known(wanted) {
            self.make_room(now);
        }
        let scopes = plan.scopes.iter().cloned().collect();
        self.entries.insert(wanted.clone(), Entry { plan, token: Some(Token { header, scopes, until }) });
    }

    /// Remembers that the registry takes the credentials themselves, and what they look like in a header.
    pub(super) fn keep_own(&mut self, header: HeaderValue) {
        self.own = Some(header);
    }

    pub(super) fn takes_forms(&self, realm: &Url) -> bool {
        !self.without_forms.contains(realm)
    }

    pub(super) fn takes_no_forms(&mut self, realm: &Url) {
        if self.without_forms.len() < MAX_REALMS && self.takes_forms(realm) {
            self.without_forms.push(realm.clone());
        }
    }

    /// Whose token has expired goes first, or else the one that would be the next.
    fn make_room(&mut self, now: Duration) {
        if self.entries.len() < MAX_ENTRIES {
            return;
        }
        self.entries.retain(|_, entry| entry.until() > now);
        while self.entries.len() >= MAX_ENTRIES {
            let next = self.entries.iter().min_by_key(|(_, entry)| entry.until()).map(|(wanted, _)| wanted.clone());
            let Some(next) = next else { return };
            self.entries.remove(&next);
        }
    }
}

impl Entry {
    fn good(&self, wanted: &ScopeSet, now: Duration) -> Option<&Token> {
        let token = self.token.as_ref()?;
        (now.saturating_add(MARGIN) < token.until && token.scopes.covers(wanted)).then_some(token)
    }

    fn until(&self) -> Duration {
        self.token.as_ref().map_or(Duration::ZERO, |token| token.until)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("policy", &self.policy).finish_non_exhaustive()
    }
}
