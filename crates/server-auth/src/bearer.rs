use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use http::request::Parts;
use wharf_server::distribution::{Challenge, CredentialKind, ScopeSet, Secret};
use wharf_server::{Access, Authorize, Identity, Permission, Unidentified};

use crate::claims::Claims;
use crate::clock::Clock;
use crate::{InvalidToken, KeySet, Terms, head, token};

/// By how much clocks may differ, unless said.
const LEEWAY: Duration = Duration::from_secs(60);

/// Asks for tokens of a token service (Docker's token authentication) and does what they allow, and nothing else.
///
/// A token is a JWT that one of the [`KeySet`] signed: by the issuer of the [`Terms`], for their service, neither too
/// old nor too new, and at most 16 KiB long. Its `access` lists what may be done: `pull`, `push` and `delete` in
/// repositories by their whole names, or `*` for all of these, and `registry:catalog:*` for the list of all repositories.
/// A request without a token may do nothing: to let anybody pull, the token service gives out tokens to nobody in
/// particular.
///
/// Clones share the keys, so that one can be kept to [`set_keys`](Self::set_keys).
///
/// ```
/// use wharf_server::Service;
/// use wharf_server_auth::{Bearer, KeySet, Terms};
///
/// # fn services(registry: impl wharf_server::registry::Registry + 'static, document: &[u8]) -> Option<()> {
/// let terms = Terms::new("https://auth.example.com/token", "registry.example.com")?;
/// let bearer = Bearer::new(terms, KeySet::parse(document).ok()?);
/// let service = Service::new(registry).with_authorize(bearer.clone());
/// // Later, when the token service has a new key:
/// bearer.set_keys(KeySet::parse(document).ok()?);
/// # Some(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Bearer {
    terms: Terms,
    keys: Arc<RwLock<Arc<KeySet>>>,
    clock: Clock,
    leeway: Duration,
}

impl Bearer {
    /// Takes the tokens of these keys.
    #[must_use]
    pub fn new(terms: Terms, keys: KeySet) -> Self {
        Self { terms, keys: Arc::new(RwLock::new(Arc::new(keys))), clock: Clock::default(), leeway: LEEWAY }
    }

    /// The same by another clock: the time since 1970 began.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// The same where clocks may differ by so much; a minute unless said.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Takes the tokens of these keys, and of no others, from now on. Fetching them is left to the program: when a key is
    /// replaced, both should be in the set for as long as the tokens of the old one are good.
    pub fn set_keys(&self, keys: KeySet) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// Who has the token, and what it allows.
    ///
    /// # Errors
    /// For every token that is not taken, why; for a log, and not for whoever sent it.
    pub fn validate(&self, token: &Secret) -> Result<Identity, InvalidToken> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let claims = token::open(token.reveal(), &keys)?;
        let claims = Claims::read(&claims, &self.terms, self.clock.now(), self.leeway)?;
        let identity = claims.subject.as_deref().map_or(Identity::ANONYMOUS, Identity::named);
        Ok(identity.with_grants(claims.grants))
    }
}

#[async_trait]
impl Authorize for Bearer {
    async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified> {
        let Some(credential) = head::credential(&head.headers)? else { return Ok(Identity::ANONYMOUS) };
        if credential.kind() != CredentialKind::RegistryToken {
            return Err(Unidentified::Refused);
        }
        self.validate(credential.secret()).map_err(|_| Unidentified::Refused)
    }

    async fn permit(&self, identity: &Identity, access: &Access) -> Permission {
        let allowed = identity.grants().is_some_and(|grants| allows(grants, access));
        if allowed { Permission::Granted } else { Permission::Unauthorized }
    }

    fn challenges(&self, wanted: &[Access]) -> Vec<Challenge> {
        let scopes: ScopeSet = wanted.iter().filter_map(Access::scope).collect();
        let challenge = self.terms.challenge();
        let with_scope = challenge.clone().with("scope", &scopes.to_string());
        vec![with_scope.filter(|_| !scopes.is_empty()).unwrap_or(challenge)]
    }
}

/// Whether a token of these scopes does for what a request would do. Any token does for the question whether this is a
/// registry.
fn allows(grants: &ScopeSet, access: &Access) -> bool {
    let Some(wanted) = access.scope() else { return *access == Access::Base };
    let mut about = grants.iter().filter(|scope| scope.is_about_the_same_as(&wanted));
    about.any(|scope| scope.covers(&wanted) || scope.actions().any(|action| action == "*"))
}
