use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::Secret;

/// What proves to a registry who is asking.
///
/// ```
/// use wharf_distribution::{Credential, CredentialKind, Secret};
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
/// use wharf_distribution::{Credential, CredentialKind, Secret};
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
    /// sent to nobody.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// let credential = Credential::basic("Aladdin", Secret::new("open sesame"));
    /// assert_eq!(credential.header().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// assert_eq!(Credential::basic("Ala:ddin", Secret::new("x")).header(), None);
    /// ```
    #[must_use]
    pub fn basic(username: impl Into<Box<str>>, password: Secret) -> Self {
        Self(Proof::Basic { username: username.into(), password })
    }

    /// A refresh token of OAuth 2, as token services give to those who log in. It goes to the token service, in the
    /// body of a request, and nowhere else.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// assert_eq!(Credential::identity_token(Secret::new("x")).header(), None);
    /// ```
    #[must_use]
    pub const fn identity_token(token: Secret) -> Self {
        Self(Proof::IdentityToken(token))
    }

    /// A token that a token service would give, got in some other way. It goes to the registry, and nowhere else.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// assert_eq!(Credential::registry_token(Secret::new("x")).header().unwrap(), "Bearer x");
    /// ```
    #[must_use]
    pub const fn registry_token(token: Secret) -> Self {
        Self(Proof::RegistryToken(token))
    }

    /// How it proves who is asking.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, CredentialKind, Secret};
    /// assert_eq!(Credential::basic("u", Secret::new("p")).kind(), CredentialKind::Basic);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self.0 {
            Proof::Basic { .. } => CredentialKind::Basic,
            Proof::IdentityToken(_) => CredentialKind::IdentityToken,
            Proof::RegistryToken(_) => CredentialKind::RegistryToken,
        }
    }

    /// The user name, if it has one.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// assert_eq!(Credential::registry_token(Secret::new("x")).username(), None);
    /// ```
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        match &self.0 {
            Proof::Basic { username, .. } => Some(username),
            Proof::IdentityToken(_) | Proof::RegistryToken(_) => None,
        }
    }

    /// The password or the token, to be sent to whom it is meant for and to nobody else.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// assert_eq!(Credential::basic("u", Secret::new("p")).secret().reveal(), "p");
    /// ```
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        match &self.0 {
            Proof::Basic { password: secret, .. } | Proof::IdentityToken(secret) | Proof::RegistryToken(secret) => {
                secret
            }
        }
    }

    /// The value of an `Authorization` header (RFC 7617, RFC 6750), marked as sensitive; nothing for an identity token,
    /// and for what cannot be in a header.
    ///
    /// ```
    /// # use wharf_distribution::{Credential, Secret};
    /// let header = Credential::basic("u", Secret::new("p")).header().unwrap();
    /// assert!(header.is_sensitive());
    /// ```
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        match &self.0 {
            Proof::Basic { username, .. } if username.contains(':') => None,
            Proof::Basic { username, password } => {
                authorization("Basic", &STANDARD.encode(format!("{username}:{}", password.reveal())))
            }
            Proof::RegistryToken(token) => bearer(token),
            Proof::IdentityToken(_) => None,
        }
    }

    /// Reads the value of an `Authorization` header: a user name and a password, or a token. Nothing comes of other
    /// schemes, and of what is not UTF-8.
    ///
    /// ```
    /// use http::HeaderValue;
    /// use wharf_distribution::{Credential, Secret};
    ///
    /// let header = HeaderValue::from_static("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// assert_eq!(Credential::parse(&header), Some(Credential::basic("Aladdin", Secret::new("open sesame"))));
    /// ```
    #[must_use]
    pub fn parse(header: &HeaderValue) -> Option<Self> {
        let (scheme, value) = header.to_str().ok()?.split_once(' ')?;
        let value = value.trim_matches(' ');
        match scheme {
            _ if scheme.eq_ignore_ascii_case("bearer") => {
                is_token(value).then(|| Self::registry_token(Secret::new(value)))
            }
            _ if scheme.eq_ignore_ascii_case("basic") => {
                let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
                let (username, password) = pair.split_once(':')?;
                Some(Self::basic(username, Secret::new(password)))
            }
            _ => None,
        }
    }
}

/// The value of the header for a token; nothing for what is none.
pub(crate) fn bearer(token: &Secret) -> Option<HeaderValue> {
    is_token(token.reveal()).then(|| authorization("Bearer", token.reveal())).flatten()
}

/// Whether it can be sent as a token (RFC 6750, section 2.1), or nearly so: registries use more letters than that.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Never printed, and never put into a compression table.
fn authorization(scheme: &str, value: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("{scheme} {value}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
