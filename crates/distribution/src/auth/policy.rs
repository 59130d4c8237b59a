use url::Url;
use wharf_reference::Host;

use crate::address::is_address;
use crate::{Challenge, Scope, ScopeSet, UrlFault};

/// What one registry may have: whom it may name to be told a password, and what it may want a token to allow.
///
/// The realm is a URL in the answer of a registry that nobody has authenticated yet, so it decides about nothing: only
/// the registry's own origin, the known pairs below and what the caller named get credentials.
///
/// ```
/// use url::Url;
/// use wharf_distribution::UrlFault;
/// use wharf_distribution::auth::Policy;
/// use wharf_reference::Host;
///
/// let url = |text| Url::parse(text).unwrap();
/// let host = Host::parse("registry.example.com").unwrap();
/// let policy = Policy::new(host, url("https://registry.example.com")).trusting(url("https://login.example.com"));
/// assert_eq!(policy.judge(&url("https://login.example.com/token")), Ok(true));
/// assert_eq!(policy.judge(&url("https://evil.example.net/token")), Ok(false));
/// assert_eq!(policy.judge(&url("http://registry.example.com/token")), Err(UrlFault::Insecure));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    host: Host,
    home: Url,
    trusted: Vec<Url>,
    widening: Widening,
    prefers_forms: bool,
}

/// What a registry may make a token allow, beyond what the caller asked for.
///
/// ```
/// use wharf_distribution::auth::Widening;
///
/// assert_eq!(Widening::default(), Widening::SameKind);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Widening {
    /// Nothing.
    Never,
    /// Other actions on what was asked for, of the same kind: who reads gets what reading takes and no more, and who
    /// writes gets what writing takes. Some registries have another action for lists, or for deleting.
    #[default]
    SameKind,
}

/// Token services that are known to belong to a registry of another name.
const PAIRS: [(Host, &str); 1] = [(Host::DOCKER_HUB, "https://auth.docker.io")];

/// The actions that change nothing.
const READING: [&str; 2] = ["metadata_read", "pull"];

impl Policy {
    /// The policy for a registry as it is named in references, whose root is `home`. It trusts the registry's own
    /// origin.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_eq!(policy.judge(&Url::parse("https://r.io/token").unwrap()), Ok(true));
    /// ```
    #[must_use]
    pub const fn new(host: Host, home: Url) -> Self {
        Self { host, home, trusted: Vec::new(), widening: Widening::SameKind, prefers_forms: false }
    }

    /// The same for a registry whose root is elsewhere.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_eq!(policy.at(Url::parse("http://r.io").unwrap()).home().scheme(), "http");
    /// ```
    #[must_use]
    pub fn at(mut self, home: Url) -> Self {
        self.home = home;
        self
    }

    /// The same, and credentials may be sent to a token service at the origin of a URL.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// let login = Url::parse("https://login.r.io/token").unwrap();
    /// assert_eq!(policy.judge(&login), Ok(false));
    /// assert_eq!(policy.trusting(login.clone()).judge(&login), Ok(true));
    /// ```
    #[must_use]
    pub fn trusting(mut self, origin: Url) -> Self {
        self.trusted.push(origin);
        self
    }

    /// The same with another idea of what a registry may make of a token.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::{Policy, Widening};
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_ne!(policy.clone().with_widening(Widening::Never), policy);
    /// ```
    #[must_use]
    pub const fn with_widening(mut self, widening: Widening) -> Self {
        self.widening = widening;
        self
    }

    /// The same, and a password is posted in a form first, as OAuth 2 has it. A service that takes no forms is asked with
    /// a `GET` then, and from then on; where the password is wrong, it is sent twice for that the first time.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert!(policy.preferring_forms().prefers_forms());
    /// ```
    #[must_use]
    pub const fn preferring_forms(mut self) -> Self {
        self.prefers_forms = true;
        self
    }

    /// The root of the registry.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_eq!(policy.home().as_str(), "https://r.io/");
    /// ```
    #[must_use]
    pub const fn home(&self) -> &Url {
        &self.home
    }

    /// Whether a password is posted in a form first.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert!(!policy.prefers_forms());
    /// ```
    #[must_use]
    pub const fn prefers_forms(&self) -> bool {
        self.prefers_forms
    }

    /// Whether a realm may see the registry's credentials. One that may not can still be asked for an anonymous token.
    ///
    /// # Errors
    /// [`UrlFault::Insecure`] and [`UrlFault::PrivateAddress`] for a realm that not even a stranger may be sent to.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::UrlFault;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// assert_eq!(policy.judge(&Url::parse("https://10.0.0.1/token").unwrap()), Err(UrlFault::PrivateAddress));
    /// ```
    pub fn judge(&self, realm: &Url) -> Result<bool, UrlFault> {
        let origin = realm.origin();
        let trusted = self.trusted.iter().any(|trusted| trusted.origin() == origin);
        let known = origin == self.home.origin() || trusted || self.is_paired(realm);
        match realm.scheme() {
            // Who declared the registry's network to be safe did so for the registry, and for whom they named.
            "http" if self.home.scheme() != "http" || !known => Err(UrlFault::Insecure),
            _ if known => Ok(true),
            _ if is_address(realm) && realm.host() != self.home.host() => Err(UrlFault::PrivateAddress),
            _ => Ok(false),
        }
    }

    fn is_paired(&self, realm: &Url) -> bool {
        let pair = PAIRS.iter().find(|(registry, _)| *registry == self.host);
        pair.and_then(|(_, service)| Url::parse(service).ok()).is_some_and(|service| service.origin() == realm.origin())
    }

    /// What to ask for when a token for `asked` was not enough, says a challenge: nothing when it names nothing more
    /// that it may have.
    ///
    /// What was missing comes first, because some token services look at the first scope alone.
    ///
    /// ```
    /// # use url::Url;
    /// # use wharf_distribution::auth::Policy;
    /// # use wharf_distribution::{Challenge, Scope};
    /// # use wharf_reference::Host;
    /// let policy = Policy::new(Host::parse("r.io").unwrap(), Url::parse("https://r.io").unwrap());
    /// let wants = |scope| Challenge::bearer("https://r.io/token").unwrap().with("scope", scope).unwrap();
    /// let pull = Scope::parse("repository:a:pull").unwrap();
    ///
    /// let wider = policy.widen(&[pull.clone()], &wants("repository:a:metadata_read")).unwrap();
    /// assert_eq!(wider, [Scope::parse("repository:a:metadata_read,pull").unwrap()]);
    /// // Who reads is not made to ask for the right to write, and nobody for a right to something else.
    /// assert_eq!(policy.widen(&[pull.clone()], &wants("repository:a:pull,push")), None);
    /// assert_eq!(policy.widen(&[pull], &wants("repository:b:pull")), None);
    /// ```
    #[must_use]
    pub fn widen(&self, asked: &[Scope], challenge: &Challenge) -> Option<Vec<Scope>> {
        if self.widening == Widening::Never {
            return None;
        }
        let (set, named): (ScopeSet, _) = (asked.iter().cloned().collect(), challenge.scopes());
        let wider = |scope: &Scope| named.iter().find_map(|named| widened(scope, named));
        let mut scopes: Vec<_> = set.iter().filter_map(wider).collect();
        let rest = asked.iter().filter(|scope| !scopes.iter().any(|wider| wider.covers(scope)));
        let rest: Vec<_> = rest.cloned().collect();
        scopes.extend(rest);
        (!set.covers(&scopes.iter().cloned().collect())).then_some(scopes)
    }
}

/// There are five that anybody has heard of. What is found to be needed is remembered, so that a registry which named
/// another one each time would make every token request longer than the last.
const MAX_ACTIONS: usize = 16;

/// A scope with what another one allows beyond it, as far as that is of the same kind.
fn widened(scope: &Scope, named: &Scope) -> Option<Scope> {
    let writes = scope.actions().any(|action| !READING.contains(&action));
    let more = named.actions().filter(|action| writes || READING.contains(action));
    let wider = scope.is_about_the_same_as(named).then(|| scope.with_actions(more))?;
    (wider != *scope && wider.actions().count() <= MAX_ACTIONS).then_some(wider)
}
