//! Who asks, and what they may do: the one place at which a program says so.

use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;
use wharf_distribution::{Access, Challenge, ScopeSet};

/// Decides who may do what, for every request before the registry hears of it.
///
/// It is asked twice: [`identify`](Self::identify) finds out from the head of a request who sends it, and
/// [`permit`](Self::permit) whether they may do what the request would. A request that names two repositories, such as a
/// mount, asks for both; a list of repositories asks for each that it would name.
///
/// # Cancel safety
/// Dropping the future of any method here must leave nothing behind.
///
/// ```
/// use async_trait::async_trait;
/// use http::request::Parts;
/// use wharf_distribution::Challenge;
/// use wharf_server::{Access, Action, Authorize, Identity, Permission, Unidentified};
///
/// /// Everybody may read, and nobody may do anything else.
/// struct Library;
///
/// #[async_trait]
/// impl Authorize for Library {
///     async fn identify(&self, _: &Parts) -> Result<Identity, Unidentified> {
///         Ok(Identity::ANONYMOUS)
///     }
///
///     async fn permit(&self, _: &Identity, access: &Access) -> Permission {
///         match access {
///             Access::Base | Access::Repository(_, Action::Pull) => Permission::Granted,
///             _ => Permission::Denied,
///         }
///     }
///
///     fn challenges(&self, _: &[Access]) -> Vec<Challenge> {
///         Vec::new()
///     }
/// }
/// ```
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Who sends a request with this head. Without credentials that is [`Identity::ANONYMOUS`], whose rights are for
    /// [`permit`](Self::permit) to judge.
    ///
    /// # Errors
    /// [`Unidentified::Refused`] for credentials that are wrong, [`Unidentified::Unavailable`] when that cannot be known
    /// now.
    async fn identify(&self, head: &Parts) -> Result<Identity, Unidentified>;

    /// Whether `identity` may do `access`.
    async fn permit(&self, identity: &Identity, access: &Access) -> Permission;

    /// How to ask for credentials with which all of `wanted` could be done: the `WWW-Authenticate` of a 401 (RFC 9110,
    /// section 11.6.1), one header line each.
    fn challenges(&self, wanted: &[Access]) -> Vec<Challenge>;
}

/// Who sends a request: a name, and the rights that came with the credentials, such as those of a token.
///
/// Two identities are the same when their names are: an upload session belongs to a name, whatever token was current
/// when it was begun.
///
/// ```
/// use wharf_server::Identity;
///
/// let alice = Identity::named("alice");
/// assert_eq!(alice.name(), Some("alice"));
/// assert_eq!(Identity::ANONYMOUS.name(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Identity {
    name: Option<Arc<str>>,
    grants: Option<Arc<ScopeSet>>,
}

impl Identity {
    /// Somebody who did not say who they are.
    pub const ANONYMOUS: Self = Self { name: None, grants: None };

    /// Somebody of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.into()), grants: None }
    }

    /// The same with the rights that came with the credentials.
    ///
    /// ```
    /// use wharf_distribution::{Scope, ScopeSet};
    /// use wharf_registry::Repository;
    /// use wharf_server::Identity;
    ///
    /// let pull = Scope::pull(&Repository::from_static("team/app"));
    /// let alice = Identity::named("alice").with_grants(pull.clone().into());
    /// assert!(alice.grants().is_some_and(|grants| grants.covers(&pull.into())));
    /// ```
    #[must_use]
    pub fn with_grants(mut self, grants: ScopeSet) -> Self {
        self.grants = Some(Arc::new(grants));
        self
    }

    /// The name, unless nobody said one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The rights that came with the credentials; nothing when credentials of this kind have none.
    #[must_use]
    pub fn grants(&self) -> Option<&ScopeSet> {
        self.grants.as_deref()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Identity {}

impl std::hash::Hash for Identity {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// What comes of the question whether somebody may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// They may.
    Granted,
    /// They may not, and no other credentials of theirs would change that: 403.
    Denied,
    /// They may not, but could with other credentials: 401 with the challenges. Without any challenge there are no such
    /// credentials, and it is as [`Denied`](Self::Denied).
    Unauthorized,
    /// They must not even learn that there is something. What they would read is answered as if it were not there, and a
    /// list as if it were empty; what they would change is answered as [`Denied`](Self::Denied), because nothing else is
    /// ever said to whoever may not write, whether there is something or not.
    Hidden,
}

/// Why nobody knows who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unidentified {
    /// The credentials are wrong, too old or malformed: 401 with the challenges.
    Refused,
    /// Whoever knows does not answer: 503.
    Unavailable,
}
