use std::sync::Arc;

use async_trait::async_trait;
use wharf_server::Unidentified;
use wharf_server::distribution::Secret;

/// Those who have passwords: an [`Htpasswd`](crate::Htpasswd), or whatever a program has instead.
///
/// # Cancel safety
/// Dropping the future of any method here must leave nothing behind.
#[async_trait]
pub trait Users: Send + Sync {
    /// Whether this is the user's password.
    ///
    /// For a name that nobody has this must take as long as for one that somebody has: the difference would tell which
    /// names there are.
    ///
    /// # Errors
    /// [`Unidentified::Refused`] when it is not or there is no such user, [`Unidentified::Unavailable`] when that cannot
    /// be known now.
    async fn verify(&self, name: &str, password: &Secret) -> Result<(), Unidentified>;

    /// A number that is another one when the user has a new password, and nothing for who is no user (any more). What a
    /// user was given on the strength of a password is good for as long as this stays the same.
    ///
    /// # Errors
    /// [`Unidentified::Unavailable`] when that cannot be known now.
    async fn stamp(&self, name: &str) -> Result<Option<u64>, Unidentified>;
}

#[async_trait]
impl<U: Users + ?Sized> Users for Arc<U> {
    async fn verify(&self, name: &str, password: &Secret) -> Result<(), Unidentified> {
        (**self).verify(name, password).await
    }

    async fn stamp(&self, name: &str) -> Result<Option<u64>, Unidentified> {
        (**self).stamp(name).await
    }
}
