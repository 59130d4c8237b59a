//! What a token service reads of a request.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use url::Url;

use super::{TokenRequest, realm_of};
use crate::query::Query;
use crate::{Credential, CredentialKind, Grant, Scope, Secret, TokenError};

/// A form that is longer is not read, in bytes: the longest token, and what else there is to say.
const MAX_FORM: usize = 128 * 1024;

impl TokenRequest {
    /// Reads a request: its head, and its body if it has one. `home` is the root of the service, for a request that
    /// names only its path.
    ///
    /// Scopes that cannot be read are left out, since to grant less than was asked for is no error. A password or a
    /// token in the form counts, and else the header. What [`url`](Self::url), [`authorization`](Self::authorization) and
    /// [`form`](Self::form) wrote is read as what it was.
    ///
    /// # Errors
    /// [`TokenError::Grant`] for another method, and for another or no `grant_type`; [`TokenError::Ambiguous`] when
    /// something is said twice, or too much is said; [`TokenError::Credential`] for a header that is no user name and
    /// password; [`TokenError::Malformed`] for a form that is none, and one that does not have what its grant needs.
    ///
    /// ```
    /// use http::Request;
    /// use url::Url;
    /// use wharf_distribution::{Grant, ScopeSet, TokenRequest};
    ///
    /// let home = Url::parse("https://auth.example.com/").unwrap();
    /// let uri = "/token?service=r&scope=repository:a:pull&scope=repository:b:pull";
    /// let (head, ()) = Request::get(uri).body(()).unwrap().into_parts();
    /// let request = TokenRequest::decode(&head, &home, b"").unwrap();
    /// assert_eq!((request.service(), request.grant()), (Some("r"), &Grant::Anonymous));
    /// assert_eq!(request.scopes().len(), 2);
    /// ```
    pub fn decode(head: &Parts, home: &Url, body: &[u8]) -> Result<Self, TokenError> {
        let url = url_of(&head.uri, home).ok_or(TokenError::Realm)?;
        match head.method {
            Method::GET => {
                let said = Said::parse(url.query().unwrap_or_default())?;
                let wants_refresh = said.one("offline_token")? == Some("true");
                said.request(&url, header_grant(&head.headers)?, wants_refresh)
            }
            Method::POST => {
                let said = Said::parse(form(&head.headers, body)?)?;
                let wants_refresh = said.one("access_type")? == Some("offline");
                said.request(&url, said.grant()?, wants_refresh)
            }
            _ => Err(TokenError::Grant),
        }
    }
}

/// The parameters of a query or of a form.
struct Said<'a>(Query<'a>);

impl<'a> Said<'a> {
    fn parse(text: &'a str) -> Result<Self, TokenError> {
        Query::parse(text).map(Self).ok_or(TokenError::Ambiguous)
    }

    /// What may be said once.
    fn one<'b>(&'b self, name: &'b str) -> Result<Option<&'b str>, TokenError> {
        let mut all = self.0.all(name);
        match (all.next(), all.next()) {
            (first, None) => Ok(first),
            _ => Err(TokenError::Ambiguous),
        }
    }

    fn secret(&self, name: &str) -> Result<Secret, TokenError> {
        self.one(name)?.map(Secret::new).ok_or(TokenError::Malformed)
    }

    fn grant(&self) -> Result<Grant, TokenError> {
        match self.one("grant_type")? {
            Some("refresh_token") => Ok(Grant::RefreshToken(self.secret("refresh_token")?)),
            Some("password") => {
                let username = self.one("username")?.ok_or(TokenError::Malformed)?.into();
                Ok(Grant::Password { username, password: self.secret("password")? })
            }
            _ => Err(TokenError::Grant),
        }
    }

    fn request(&self, url: &Url, grant: Grant, wants_refresh: bool) -> Result<TokenRequest, TokenError> {
        let text = |name| self.one(name).map(|value| value.map(Into::into));
        Ok(TokenRequest {
            realm: realm_of(url.clone()).ok_or(TokenError::Realm)?,
            service: text("service")?,
            scopes: self.0.all("scope").flat_map(|scopes| scopes.split(' ')).filter_map(Scope::parse).collect(),
            account: text("account")?,
            client_id: text("client_id")?,
            wants_refresh,
            grant,
        })
    }
}

/// Where a request went. A path that begins with two slashes is a path, and not another host.
fn url_of(uri: &Uri, home: &Url) -> Option<Url> {
    if uri.authority().is_some() {
        return Url::parse(&uri.to_string()).ok();
    }
    let mut url = home.clone();
    url.set_path(uri.path());
    url.set_query(uri.query());
    Some(url)
}

fn form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a str, TokenError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim_ascii();
    match kind.eq_ignore_ascii_case(TokenRequest::FORM) {
        _ if body.len() > MAX_FORM => Err(TokenError::Ambiguous),
        true => str::from_utf8(body).map_err(|_| TokenError::Malformed),
        false => Err(TokenError::Malformed),
    }
}

fn header_grant(headers: &HeaderMap) -> Result<Grant, TokenError> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (all.next(), all.next());
    let Some(header) = first else { return Ok(Grant::Anonymous) };
    if second.is_some() {
        return Err(TokenError::Ambiguous);
    }
    let credential = Credential::parse(header).filter(|credential| credential.kind() == CredentialKind::Basic);
    let credential = credential.ok_or(TokenError::Credential)?;
    let username = credential.username().unwrap_or_default().into();
    Ok(Grant::Basic { username, password: credential.secret().clone() })
}
