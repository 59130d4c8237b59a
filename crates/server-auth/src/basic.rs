use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;
use wharf_server::distribution::{Challenge, CredentialKind};
use wharf_server::{Access, Authorize, Identity, Permission, Unidentified};

use crate::{Rules, Users, head};

/// Asks for a user name and a password (RFC 7617), which every request then carries: for use behind TLS alone.
///
/// Who sends none is nobody in particular, and may do what [`Rules`] allow [everybody](crate::Who::Everybody). Whether
/// this is a registry is told only to who signed in: docker takes that for the question whether it must.
///
/// ```
/// use wharf_server::Service;
/// use wharf_server_auth::{Basic, Htpasswd};
///
/// # fn services(registry: impl wharf_server::registry::Registry + 'static) -> Option<()> {
/// let users = Htpasswd::parse("alice:$2y$04$P9A0ZTGqNWeP2P1tkJsmtegouAfPVZB68BxMkGkyakUiTdQ8oCbqS").ok()?;
/// let service = Service::new(registry).with_authorize(Basic::new(users, "registry")?);
/// # Some(())
/// # }
/// ```
#[derive(Clone)]
pub struct Basic {
    users: Arc<dyn Users>,
    challenge: Challenge,
    rules: Arc<Rules>,
}

impl Basic {
    /// Asks these users, who are told that it is about `realm`; all who sign in may do everything. Nothing when the
    /// realm is not printable ASCII.
    #[must_use]
    pub fn new(users: impl Users + 'static, realm: &str) -> Option<Self> {
        let challenge = Challenge::basic(realm)?.with("charset", "UTF-8")?;
        Some(Self { users: Arc::new(users), challenge, rules: Arc::default() })
    }

    /// The same with rules about who may do what.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = Arc::new(rules);
        self
    }
}

/// # Cancel safety
/// As that of the [`Users`].
#[async_trait]
impl Authorize for Basic {
    async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified> {
        let Some(credential) = head::credential(&head.headers)? else { return Ok(Identity::ANONYMOUS) };
        let name = credential.username().filter(|_| credential.kind() == CredentialKind::Basic);
        let name = name.ok_or(Unidentified::Refused)?;
        self.users.verify(name, credential.secret()).await?;
        Ok(Identity::named(name))
    }

    async fn permit(&self, identity: &Identity, access: &Access) -> Permission {
        match (identity.name(), access) {
            (Some(_), Access::Base) => Permission::Granted,
            (None, Access::Base) => Permission::Unauthorized,
            (name, access) if self.rules.permit(name, access) => Permission::Granted,
            (Some(_), _) => Permission::Denied,
            (None, _) => Permission::Unauthorized,
        }
    }

    fn challenges(&self, _: &[Access]) -> Vec<Challenge> {
        vec![self.challenge.clone()]
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("challenge", &self.challenge).field("rules", &self.rules).finish_non_exhaustive()
    }
}
