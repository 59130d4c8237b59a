use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ScopeSet, Secret, TokenError, body, credential, timestamp};

/// A token, and for how long it is good.
///
/// ```
/// use wharf_distribution::TokenResponse;
///
/// let response = TokenResponse::decode(br#"{"token":"abc","access_token":"","expires_in":300}"#).unwrap();
/// assert_eq!(response.token.reveal(), "abc");
/// assert_eq!(response.expires_in.as_secs(), 300);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenResponse {
    /// What to send as `Authorization: Bearer`.
    pub token: Secret,
    /// For how long, counted from the request: between 30 seconds and an hour, and 60 seconds when nothing is said.
    pub expires_in: Duration,
    /// When the service says that the token was made, as the time since 1970 began, by the service's own clock. Nothing
    /// when that cannot be read or was before 1970. It says nothing about another clock, so no expiry is counted from it.
    pub issued_at: Option<Duration>,
    /// What to ask for the next tokens with, if the service gave it.
    pub refresh_token: Option<Secret>,
    /// What the token allows, if the service says so; it may be less than was asked for.
    pub scope: Option<ScopeSet>,
}

#[derive(Deserialize)]
struct Wire {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<serde_json::Value>,
    issued_at: Option<serde_json::Value>,
    refresh_token: Option<serde_json::Value>,
    scope: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Written<'a> {
    token: &'a str,
    access_token: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

const MAX_TOKEN: usize = 32 * 1024;
const SHORTEST: u64 = 30;
const UNSAID: u64 = 60;
const LONGEST: u64 = 3600;

impl TokenResponse {
    /// A token that is good for some time, brought into the bounds that every reader gives it.
    ///
    /// # Errors
    /// [`TokenError::NoToken`] when it is longer than 32 KiB, or not of visible ASCII.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wharf_distribution::{Secret, TokenError, TokenResponse};
    ///
    /// let response = TokenResponse::new(Secret::new("abc"), Duration::from_secs(300)).unwrap();
    /// assert_eq!(response.expires_in.as_secs(), 300);
    /// assert_eq!(TokenResponse::new(Secret::new("a b"), Duration::ZERO), Err(TokenError::NoToken));
    /// ```
    pub fn new(token: Secret, expires_in: Duration) -> Result<Self, TokenError> {
        let expires_in = Duration::from_secs(expires_in.as_secs().clamp(SHORTEST, LONGEST));
        match is_usable(token.reveal()) {
            true => Ok(Self { token, expires_in, issued_at: None, refresh_token: None, scope: None }),
            false => Err(TokenError::NoToken),
        }
    }

    /// Writes the body of a successful answer, for clients of either kind: the token is in `token` and `access_token`.
    /// It is as secret as the token.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::{Secret, TokenResponse};
    /// let response = TokenResponse::new(Secret::new("abc"), Duration::from_secs(300)).unwrap();
    /// assert_eq!(response.encode().reveal(), r#"{"token":"abc","access_token":"abc","expires_in":300}"#);
    /// ```
    #[must_use]
    pub fn encode(&self) -> Secret {
        let written = Written {
            token: self.token.reveal(),
            access_token: self.token.reveal(),
            expires_in: self.expires_in.as_secs(),
            issued_at: self.issued_at.and_then(timestamp::print),
            refresh_token: self.refresh_token.as_ref().map(Secret::reveal),
            scope: self.scope.as_ref().map(ToString::to_string),
        };
        // Text and a number are always JSON.
        Secret::new(serde_json::to_string(&written).unwrap_or_default())
    }

    /// Reads the body of a successful answer. Of `token` and `access_token`, either may be missing or empty; what else
    /// cannot be read counts as not said.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] and [`TokenError::NoToken`].
    ///
    /// ```
    /// # use wharf_distribution::TokenResponse;
    /// assert_eq!(TokenResponse::decode(br#"{"token":"x"}"#).unwrap().token.reveal(), "x");
    /// assert!(TokenResponse::decode(b"{}").is_err());
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Self, TokenError> {
        let wire: Wire = body::object(bytes).ok_or(TokenError::Malformed)?;
        let token = [wire.token, wire.access_token].into_iter().flatten().find(|token| is_usable(token));
        let seconds = wire.expires_in.as_ref().and_then(seconds).unwrap_or(UNSAID);
        let mut response = Self::new(token.map(Secret::new).ok_or(TokenError::NoToken)?, Duration::from_secs(seconds))?;
        response.issued_at = text(wire.issued_at.as_ref()).and_then(timestamp::parse);
        response.refresh_token = text(wire.refresh_token.as_ref()).filter(|token| is_usable(token)).map(Secret::new);
        response.scope = text(wire.scope.as_ref()).map(ScopeSet::parse);
        Ok(response)
    }
}

fn is_usable(token: &str) -> bool {
    token.len() <= MAX_TOKEN && credential::is_token(token)
}

fn text(value: Option<&serde_json::Value>) -> Option<&str> {
    value.and_then(serde_json::Value::as_str)
}

/// Some services write the number as text. What is neither counts as not said.
fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(crate::header::number))
}
