//! Where credentials come from. Nothing is read here from files or from the environment.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use wharf_distribution::Credential;
use wharf_registry::Host;

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
