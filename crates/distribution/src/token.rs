use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::{Challenge, Scope, Secret, body};

/// A request for a token: `GET realm?service=…&scope=…` (Docker's token authentication).
///
/// ```
/// use wharf_distribution::{Challenge, Scope, TokenRequest};
/// use wharf_reference::Repository;
///
/// let challenge = &Challenge::parse(r#"Bearer realm="https://auth.example.com/token?x=1",service="r""#)[0];
/// let scope = Scope::pull(&Repository::from_static("a/b"));
/// let request = TokenRequest::new(challenge, vec![scope]).unwrap();
/// assert_eq!(request.url().as_str(), "https://auth.example.com/token?x=1&service=r&scope=repository%3Aa%2Fb%3Apull");
///
/// // What the token is for is not the realm's to say.
/// let greedy = &Challenge::parse(r#"Bearer realm="https://a.example/t?scope=repository:b:push&service=b""#)[0];
/// assert_eq!(TokenRequest::new(greedy, Vec::new()).unwrap().url().as_str(), "https://a.example/t");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    realm: Url,
    service: Option<String>,
    scopes: Vec<Scope>,
}

impl TokenRequest {
    /// The request that answers a Bearer challenge, for what the caller needs: a server's wish for more is not heard.
    ///
    /// # Errors
    /// [`TokenError::Relative`] when the realm is no absolute URL, and [`TokenError::Realm`] when it is none at all, or
    /// neither http nor https, or has user information.
    pub fn new(challenge: &Challenge, scopes: Vec<Scope>) -> Result<Self, TokenError> {
        let realm = challenge.parameter("realm").filter(|realm| !realm.is_empty()).ok_or(TokenError::Realm)?;
        Self::with(Url::parse(realm).map_err(unusable)?, challenge, scopes)
    }

    /// The same for the challenge of a registry whose root is `home`. A realm that is only a path, as some registries
    /// write it, is one there; what else is relative could be meant in more than one way, and is refused.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    ///
    /// ```
    /// use url::Url;
    /// use wharf_distribution::{Challenge, TokenError, TokenRequest};
    ///
    /// let home = Url::parse("https://registry.example.com/").unwrap();
    /// let ask = |text| TokenRequest::at(&home, &Challenge::parse(text)[0], Vec::new());
    /// let request = ask(r#"Bearer realm="/token""#).unwrap();
    /// assert_eq!(request.realm().as_str(), "https://registry.example.com/token");
    /// assert_eq!(ask(r#"Bearer realm="//evil.example.net/token""#), Err(TokenError::Relative));
    /// ```
    pub fn at(home: &Url, challenge: &Challenge, scopes: Vec<Scope>) -> Result<Self, TokenError> {
        let realm = challenge.parameter("realm").unwrap_or_default();
        match is_path(realm) {
            true => Self::with(home.join(realm).map_err(unusable)?, challenge, scopes),
            false => Self::new(challenge, scopes),
        }
    }

    fn with(realm: Url, challenge: &Challenge, scopes: Vec<Scope>) -> Result<Self, TokenError> {
        let plain = realm.username().is_empty() && realm.password().is_none() && realm.has_host();
        if !plain || !matches!(realm.scheme(), "http" | "https") {
            return Err(TokenError::Realm);
        }
        Ok(Self { realm, service: challenge.parameter("service").map(Into::into), scopes })
    }

    /// Where to ask. What may be sent there is the caller's to judge.
    #[must_use]
    pub const fn realm(&self) -> &Url {
        &self.realm
    }

    /// The URL to get; what the realm had in its query stays, but for what says what the token is for: a registry could
    /// ask for rights at another one.
    #[must_use]
    pub fn url(&self) -> Url {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.realm.query_pairs().filter(|(name, _)| !OURS.contains(&&**name)));
        query.extend_pairs(self.service.iter().map(|service| ("service", service)));
        query.extend_pairs(self.scopes.iter().map(|scope| ("scope", scope.to_string())));
        let query = query.finish();
        let mut url = self.realm.clone();
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        url
    }
}

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
}

/// Why an answer to a token request cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The challenge does not say where to get a token.
    Realm,
    /// The realm is no absolute URL.
    Relative,
    /// The answer is not JSON of the expected form.
    Malformed,
    /// The answer has no token, or one that is too long or cannot be sent in a header.
    NoToken,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Realm => "the challenge has no usable realm",
            Self::Relative => "the challenge has a realm that is no absolute URL",
            Self::Malformed => "the token service's answer cannot be read",
            Self::NoToken => "the token service's answer has no usable token",
        })
    }
}

impl Error for TokenError {}

const fn unusable(error: url::ParseError) -> TokenError {
    match error {
        url::ParseError::RelativeUrlWithoutBase => TokenError::Relative,
        _ => TokenError::Realm,
    }
}

/// Whether it is a path from the root, which two slashes are not, nor what some programs take for a slash.
fn is_path(realm: &str) -> bool {
    let graphic = realm.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    graphic && realm.starts_with('/') && !realm.starts_with("//")
}

/// The parameters of a token request, which are the asker's to set.
const OURS: [&str; 5] = ["service", "scope", "account", "client_id", "offline_token"];

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

const MAX_TOKEN: usize = 32 * 1024;
const SHORTEST: u64 = 30;
const UNSAID: u64 = 60;
const LONGEST: u64 = 3600;

impl TokenResponse {
    /// Reads the body of a successful answer. Of `token` and `access_token`, either may be missing or empty.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] and [`TokenError::NoToken`].
    pub fn decode(bytes: &[u8]) -> Result<Self, TokenError> {
        let wire: Wire = body::object(bytes).ok_or(TokenError::Malformed)?;
        let usable = |token: &String| {
            (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let token = [wire.token, wire.access_token].into_iter().flatten().find(usable).ok_or(TokenError::NoToken)?;
        let seconds = wire.expires_in.as_ref().and_then(seconds).unwrap_or(UNSAID);
        Ok(Self { token: Secret::new(token), expires_in: Duration::from_secs(seconds.clamp(SHORTEST, LONGEST)) })
    }
}

/// Some services write the number as text. What is neither counts as not said.
fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().and_then(crate::header::number))
}
