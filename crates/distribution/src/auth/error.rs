use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::{TokenError, UrlFault};

/// Why there is nothing to send that a registry would take.
///
/// ```
/// use std::error::Error as _;
/// use wharf_distribution::UrlFault;
/// use wharf_distribution::auth::AuthError;
///
/// let error = AuthError::Realm(UrlFault::Insecure);
/// assert_eq!(error.to_string(), "no token may be asked for at the realm");
/// assert_eq!(error.source().unwrap().to_string(), "it is not secure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthError {
    /// There is no credential because its provider failed, or it cannot be sent.
    Credential,
    /// No token may be asked for where the registry says.
    Realm(UrlFault),
    /// The token service gave no answer.
    Unreachable,
    /// The token service said no. It is not asked again: this may be the last time before an account is locked.
    Refused(StatusCode),
    /// The token service's answer has no token that can be used.
    Token(TokenError),
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential => f.write_str("there is no credential that can be sent"),
            Self::Realm(_) => f.write_str("no token may be asked for at the realm"),
            Self::Unreachable => f.write_str("the token service gave no answer"),
            Self::Refused(status) => write!(f, "the token service refused: {status}"),
            Self::Token(_) => f.write_str("the token service gave no token"),
        }
    }
}

impl Error for AuthError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Realm(fault) => Some(fault),
            Self::Token(error) => Some(error),
            Self::Credential | Self::Unreachable | Self::Refused(_) => None,
        }
    }
}
