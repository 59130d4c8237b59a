use http::{HeaderValue, Method};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::{Challenge, Credential, Grant, Scope, Secret, TokenError};

mod decode;

/// A request for a token: `GET realm?service=…&scope=…` (Docker's token authentication), or a form that is posted there
/// (its form of OAuth 2, RFC 6749).
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
    account: Option<String>,
    client_id: Option<String>,
    wants_refresh: bool,
    grant: Grant,
}

impl TokenRequest {
    /// The media type of the form that is posted.
    pub const FORM: &str = "application/x-www-form-urlencoded";

    /// The request that answers a Bearer challenge, for what the caller needs: a server's wish for more is not heard.
    /// It is made by nobody in particular.
    ///
    /// # Errors
    /// [`TokenError::Relative`] when the realm is no absolute URL, and [`TokenError::Realm`] when it is none at all, or
    /// neither http nor https, or has user information.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenError, TokenRequest};
    /// let ask = |realm| TokenRequest::new(&Challenge::bearer(realm).unwrap(), Vec::new());
    /// assert!(ask("https://a.example/t").is_ok());
    /// assert_eq!(ask("/t"), Err(TokenError::Relative));
    /// assert_eq!(ask("ftp://a.example/t"), Err(TokenError::Realm));
    /// ```
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
        let realm = realm_of(realm).ok_or(TokenError::Realm)?;
        let (service, grant) = (challenge.parameter("service").map(Into::into), Grant::Anonymous);
        Ok(Self { realm, service, scopes, account: None, client_id: None, wants_refresh: false, grant })
    }

    /// The same by somebody.
    ///
    /// # Errors
    /// [`TokenError::Credential`] when a header cannot hold the user name.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, Grant, Secret, TokenRequest};
    /// let request = TokenRequest::new(&Challenge::bearer("https://a.example/t").unwrap(), Vec::new()).unwrap();
    /// let grant = Grant::Basic { username: "Aladdin".into(), password: Secret::new("open sesame") };
    /// let request = request.with_grant(grant).unwrap();
    /// assert_eq!(request.authorization().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// ```
    pub fn with_grant(mut self, grant: Grant) -> Result<Self, TokenError> {
        self.grant = grant;
        let unsendable = matches!(self.grant, Grant::Basic { .. }) && self.authorization().is_none();
        if unsendable { Err(TokenError::Credential) } else { Ok(self) }
    }

    /// The same with the name of the user's account, as docker sends it beside the password.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// let request = TokenRequest::new(&Challenge::bearer("https://a.example/t").unwrap(), Vec::new()).unwrap();
    /// assert_eq!(request.with_account("robot").url().as_str(), "https://a.example/t?account=robot");
    /// ```
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The same with the name of the program that asks.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// let request = TokenRequest::new(&Challenge::bearer("https://a.example/t").unwrap(), Vec::new()).unwrap();
    /// assert_eq!(request.with_client_id("wharf").url().as_str(), "https://a.example/t?client_id=wharf");
    /// ```
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The same, wanting a refresh token as well. Some services answer that with something broken.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// let request = TokenRequest::new(&Challenge::bearer("https://a.example/t").unwrap(), Vec::new()).unwrap();
    /// assert_eq!(request.wanting_refresh().url().as_str(), "https://a.example/t?offline_token=true");
    /// ```
    #[must_use]
    pub const fn wanting_refresh(mut self) -> Self {
        self.wants_refresh = true;
        self
    }

    /// Where to ask. What may be sent there is the caller's to judge. Of its query, what says what a token is for was
    /// left out: a registry could ask for rights at another one.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.realm().as_str(), "https://a.example/t");
    /// ```
    #[must_use]
    pub const fn realm(&self) -> &Url {
        &self.realm
    }

    /// Whom the token is for, as the registry names itself.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.service(), Some("r.io"));
    /// ```
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// What the token is to allow, in the order in which it was asked for; some services look at the first alone.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.scopes(), []);
    /// ```
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The name of the user's account, if it is said beside the password.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.account(), None);
    /// ```
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The name of the program that asks, if it is said.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.client_id(), None);
    /// ```
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Whether a refresh token is wanted as well.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert!(!request.wants_refresh() && request.wanting_refresh().wants_refresh());
    /// ```
    #[must_use]
    pub const fn wants_refresh(&self) -> bool {
        self.wants_refresh
    }

    /// Who asks, and how.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(*request.grant(), wharf_distribution::Grant::Anonymous);
    /// ```
    #[must_use]
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The method of the request: `POST` for a form, else `GET`.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.method(), http::Method::GET);
    /// ```
    #[must_use]
    pub const fn method(&self) -> Method {
        if self.grant.is_form() { Method::POST } else { Method::GET }
    }

    /// Where the request goes. What the realm had in its query stays, but for what says what the token is for.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.url().as_str(), "https://a.example/t?service=r.io");
    /// ```
    #[must_use]
    pub fn url(&self) -> Url {
        let mut url = self.realm.clone();
        if !self.grant.is_form() {
            let mut query = Serializer::new(String::new());
            query.extend_pairs(self.realm.query_pairs());
            query.extend_pairs(self.service.iter().map(|service| ("service", service)));
            query.extend_pairs(self.scopes.iter().map(|scope| ("scope", scope.to_string())));
            query.extend_pairs(self.account.iter().map(|account| ("account", account)));
            query.extend_pairs(self.client_id.iter().map(|client_id| ("client_id", client_id)));
            query.extend_pairs(self.wants_refresh.then_some(("offline_token", "true")));
            set_query(&mut url, &query.finish());
        }
        url
    }

    /// The value of the `Authorization` header, which only a `GET` has, and only by somebody.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, TokenRequest};
    /// # let challenge = Challenge::bearer("https://a.example/t").unwrap().with("service", "r.io").unwrap();
    /// let request = TokenRequest::new(&challenge, Vec::new()).unwrap();
    /// assert_eq!(request.authorization(), None);
    /// ```
    #[must_use]
    pub fn authorization(&self) -> Option<HeaderValue> {
        match &self.grant {
            Grant::Basic { username, password } => Credential::basic(username.clone(), password.clone()).header(),
            _ => None,
        }
    }

    /// The form to post ([`FORM`](Self::FORM)), which is as secret as the password in it; a `GET` has none.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, Grant, Secret, TokenRequest};
    /// let request = TokenRequest::new(&Challenge::bearer("https://a.example/t").unwrap(), Vec::new()).unwrap();
    /// assert_eq!(request.form(), None);
    /// let request = request.with_grant(Grant::RefreshToken(Secret::new("x"))).unwrap();
    /// assert_eq!(request.form().unwrap().reveal(), "grant_type=refresh_token&refresh_token=x");
    /// ```
    #[must_use]
    pub fn form(&self) -> Option<Secret> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", self.grant.kind()?);
        form.extend_pairs(self.client_id.iter().map(|client_id| ("client_id", client_id)));
        form.extend_pairs(self.service.iter().map(|service| ("service", service)));
        if !self.scopes.is_empty() {
            let scopes: Vec<_> = self.scopes.iter().map(ToString::to_string).collect();
            form.append_pair("scope", &scopes.join(" "));
        }
        form.extend_pairs(self.account.iter().map(|account| ("account", account)));
        form.extend_pairs(self.wants_refresh.then_some(("access_type", "offline")));
        form.extend_pairs(self.grant.secrets());
        Some(Secret::new(form.finish()))
    }
}

/// The parameters of a token request, which are the asker's to set.
const OURS: [&str; 5] = ["service", "scope", "account", "client_id", "offline_token"];

/// What can be asked for a token, as far as a registry may say it; nothing when that is nowhere.
fn realm_of(mut realm: Url) -> Option<Url> {
    let plain = realm.username().is_empty() && realm.password().is_none() && realm.has_host();
    let rest: Vec<_> = realm.query_pairs().filter(|(name, _)| !OURS.contains(&&**name)).collect();
    let query = Serializer::new(String::new()).extend_pairs(rest).finish();
    set_query(&mut realm, &query);
    realm.set_fragment(None);
    (plain && matches!(realm.scheme(), "http" | "https")).then_some(realm)
}

fn set_query(url: &mut Url, query: &str) {
    url.set_query(Some(query).filter(|query| !query.is_empty()));
}

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
