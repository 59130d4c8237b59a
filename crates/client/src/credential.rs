//! Who is asking: credentials and where they come from. Nothing is read here from files or from the environment, and no
//! secret has a `Display` or a `Debug` that shows it.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use wharf_distribution::Secret;
use wharf_registry::Host;

/// What proves to a registry who is asking.
///
/// ```
/// use wharf_client::{Credential, CredentialKind, Secret};
///
/// let credential = Credential::basic("robot", Secret::new("hunter2"));
/// assert_eq!((credential.kind(), credential.username()), (CredentialKind::Basic, Some("robot")));
/// assert!(!format!("{credential:?}").contains("hunter2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential(Proof);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    Basic { username: Box<str>, password: Secret },
    IdentityToken(Secret),
    RegistryToken(Secret),
}

/// How a [`Credential`] proves who is asking.
///
/// ```
/// use wharf_client::{Credential, CredentialKind, Secret};
///
/// assert_eq!(Credential::identity_token(Secret::new("x")).kind(), CredentialKind::IdentityToken);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A user name, and a password or an access token.
    Basic,
    /// A refresh token, which a token service exchanges for tokens.
    IdentityToken,
    /// A token that the registry takes as it is.
    RegistryToken,
}

impl Credential {
    /// A user name, and a password or an access token.
    ///
    /// The user name must not hold a colon, which separates the two on the wire (RFC 7617, section 2): one that does is
    /// sent to nobody, and a request that needs it fails with [`ErrorKind::Credentials`](crate::ErrorKind::Credentials).
    #[must_use]
    pub fn basic(username: impl Into<Box<str>>, password: Secret) -> Self {
        Self(Proof::Basic { username: username.into(), password })
    }

    /// A refresh token of OAuth 2, as token services give to those who log in. It goes to the token service, in the
    /// body of a request, and nowhere else.
    #[must_use]
    pub const fn identity_token(token: Secret) -> Self {
        Self(Proof::IdentityToken(token))
    }

    /// A token that a token service would give, got in some other way. It goes to the registry, and nowhere else.
    #[must_use]
    pub const fn registry_token(token: Secret) -> Self {
        Self(Proof::RegistryToken(token))
    }

    /// How it proves who is asking.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self.0 {
            Proof::Basic { .. } => CredentialKind::Basic,
            Proof::IdentityToken(_) => CredentialKind::IdentityToken,
            Proof::RegistryToken(_) => CredentialKind::RegistryToken,
        }
    }

    /// The user name, if it has one.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        match &self.0 {
            Proof::Basic { username, .. } => Some(username),
            Proof::IdentityToken(_) | Proof::RegistryToken(_) => None,
        }
    }

    /// The password or the token, to be sent to whom it is meant for and to nobody else.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        match &self.0 {
            Proof::Basic { password: secret, .. } | Proof::IdentityToken(secret) | Proof::RegistryToken(secret) => {
                secret
            }
        }
    }

    /// The value of an `Authorization` header (RFC 7617, RFC 6750), unless it cannot be in one.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        match &self.0 {
            Proof::Basic { username, .. } if username.contains(':') => None,
            Proof::Basic { username, password } => {
                sensitive("Basic", &STANDARD.encode(format!("{username}:{}", password.reveal())))
            }
            Proof::RegistryToken(token) => sensitive("Bearer", token.reveal()),
            Proof::IdentityToken(_) => None,
        }
    }
}

/// The value of an `Authorization` header, which is never printed and never put into a compression table.
pub(crate) fn sensitive(scheme: &str, token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("{scheme} {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Where a client gets its credentials from. It is asked when a registry wants some, not before.
///
/// A [`Credential`] is its own provider, for the one host that its client talks to; [`Anonymous`] has none.
///
/// It is asked again for each token, so a provider can hand out secrets that change. A registry that takes them itself,
/// without a token service, is sent the same ones until it refuses them.
///
/// ```
/// use std::collections::HashMap;
/// use wharf_client::{Credential, CredentialError, Credentials, Host};
///
/// /// What a program knows of several registries.
/// struct Vault(HashMap<Host, Credential>);
///
/// #[async_trait::async_trait]
/// impl Credentials for Vault {
///     async fn credential(&self, host: &Host) -> Result<Option<Credential>, CredentialError> {
///         Ok(self.0.get(host).cloned())
///     }
/// }
/// ```
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credential for a registry, as named in references (`docker.io`), if there is one.
    ///
    /// # Errors
    /// When that cannot be found out; the request that needs it fails then, and is not made anonymously instead.
    ///
    /// # Cancel safety
    /// Whatever the provider promises; the client keeps nothing of a call that it dropped.
    async fn credential(&self, host: &Host) -> Result<Option<Credential>, CredentialError>;
}

/// No credentials: whoever asks is nobody in particular.
///
/// It is what a client has that was given nothing else.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Anonymous;

#[async_trait]
impl Credentials for Anonymous {
    async fn credential(&self, _: &Host) -> Result<Option<Credential>, CredentialError> {
        Ok(None)
    }
}

#[async_trait]
impl Credentials for Credential {
    async fn credential(&self, _: &Host) -> Result<Option<Self>, CredentialError> {
        Ok(Some(self.clone()))
    }
}

/// A provider of credentials that failed. Its cause must not hold a secret.
///
/// ```
/// use std::error::Error as _;
/// use wharf_client::CredentialError;
///
/// let error = CredentialError::new(std::io::Error::other("the agent does not answer"));
/// assert_eq!(error.to_string(), "cannot get credentials");
/// assert_eq!(error.source().unwrap().to_string(), "the agent does not answer");
/// ```
#[derive(Debug)]
pub struct CredentialError(Box<dyn StdError + Send + Sync>);

impl CredentialError {
    /// A failure and its cause.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot get credentials")
    }
}

impl StdError for CredentialError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}
