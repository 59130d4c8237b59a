use std::error::Error;
use std::fmt;

/// Why a token cannot be asked for, or what was asked or answered cannot be used.
///
/// ```
/// use wharf_distribution::{TokenError, TokenResponse};
///
/// assert_eq!(TokenResponse::decode(b"{}"), Err(TokenError::NoToken));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The challenge does not say where to get a token.
    Realm,
    /// The realm is no absolute URL.
    Relative,
    /// The credential cannot be sent to a token service: a user name with a colon, or a token for the registry itself.
    Credential,
    /// What was asked or answered is not of the expected form.
    Malformed,
    /// The request says one thing twice, or is larger than any that is meant.
    Ambiguous,
    /// The request asks in a way that is not known: another method, or another `grant_type`.
    Grant,
    /// The answer has no token, or one that is too long or cannot be sent in a header.
    NoToken,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Realm => "the challenge has no usable realm",
            Self::Relative => "the challenge has a realm that is no absolute URL",
            Self::Credential => "the credential cannot be sent to a token service",
            Self::Malformed => "the token service's request or answer cannot be read",
            Self::Ambiguous => "the request for a token is ambiguous or too large",
            Self::Grant => "the request for a token asks in an unknown way",
            Self::NoToken => "the token service's answer has no usable token",
        })
    }
}

impl Error for TokenError {}
