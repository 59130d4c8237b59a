use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use wharf_server::Unidentified;
use wharf_server::distribution::{Grant, ScopeSet, Secret, TokenRequest, TokenResponse};

use crate::claims::Claims;
use crate::clock::Clock;
use crate::refresh::{Holder, RefreshTokens};
use crate::{Bearer, Rules, SigningKey, Terms, Users, random};

mod answer;
mod rights;

use answer::Refusal;

const LIFETIME: Duration = Duration::from_secs(300);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3_600);
const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Gives out the tokens that a [`Bearer`] takes (Docker's token authentication): a tower service for tests and small
/// set-ups, to stand beside the registry at the path of the [`Terms`]' realm, or elsewhere.
///
/// It is asked with a `GET` by somebody with a password or by nobody in particular, or with a form
/// (`grant_type=password` or `refresh_token`); see [`TokenRequest`]. A token allows what was asked for as far as the
/// [`Rules`] have it; to grant less is no error. The list of repositories is for who may pull all of them. Nobody in particular gets a token only if there is something that it
/// allows. A refresh token is given out when it is wanted, is good for 30 days and for as long as the user has the same
/// password, and is kept in memory as a hash: 8 of a user, 10,000 in all.
///
/// What it does not do: keep refresh tokens when the process ends, or take one back before its time but by a new
/// password; have several keys, or replace one; serve several registries; log, or slow down who guesses passwords more
/// than hashing them does.
///
/// ```
/// use http::Request;
/// use http_body_util::Full;
/// use tower_service::Service as _;
/// use wharf_server_auth::{Htpasswd, SigningKey, Terms, TokenService};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let users = Htpasswd::parse("alice:$2y$04$P9A0ZTGqNWeP2P1tkJsmtegouAfPVZB68BxMkGkyakUiTdQ8oCbqS").unwrap();
/// let terms = Terms::new("https://auth.example.com/token", "registry.example.com").unwrap();
/// let mut service = TokenService::new(terms, users, SigningKey::ed25519().unwrap());
/// let registry_side = service.bearer();
///
/// let request = Request::get("/token?service=registry.example.com&scope=repository:team/app:pull");
/// let request = request.header("authorization", "Basic YWxpY2U6d29uZGVybGFuZA==");
/// let response = service.call(request.body(Full::<bytes::Bytes>::default()).unwrap()).await.unwrap();
/// assert_eq!(response.status(), 200);
/// # });
/// ```
#[derive(Clone)]
pub struct TokenService {
    terms: Terms,
    users: Arc<dyn Users>,
    rules: Arc<Rules>,
    key: SigningKey,
    clock: Clock,
    lifetime: Duration,
    refresh: Arc<Mutex<RefreshTokens>>,
}

impl TokenService {
    /// Gives tokens to these users, who may do everything.
    #[must_use]
    pub fn new(terms: Terms, users: impl Users + 'static, key: SigningKey) -> Self {
        let refresh = Arc::new(Mutex::new(RefreshTokens::new(REFRESH_LIFETIME)));
        let (rules, clock) = (Arc::default(), Clock::default());
        Self { terms, users: Arc::new(users), rules, key, clock, lifetime: LIFETIME, refresh }
    }

    /// The same with rules about who may do what. Tokens that were given out are good for their time all the same.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = Arc::new(rules);
        self
    }

    /// The same by another clock: the time since 1970 began.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// The same with tokens that are good for so long, between a minute and an hour; five minutes unless said. It is for
    /// so long that somebody can still do what they no longer may.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.clamp(SHORTEST, LONGEST);
        self
    }

    /// What takes these tokens, on the side of the registry.
    #[must_use]
    pub fn bearer(&self) -> Bearer {
        let clock = self.clock.clone();
        Bearer::new(self.terms.clone(), self.key.key_set()).with_clock(move || clock.now())
    }

    async fn answer(&self, request: &TokenRequest) -> Result<TokenResponse, Refusal> {
        let asked = rights::Asked::of(request, &self.terms)?;
        let holder = self.holder(request.grant()).await?;
        let user = holder.as_ref().map(|holder| &*holder.user);
        let grants = asked.granted(&self.rules, user);
        if user.is_none() && grants.is_empty() {
            return Err(Refusal::Unauthorized);
        }
        let now = self.clock.now();
        let mut response = self.token(user, &grants, now)?;
        // Who has a refresh token keeps it: clients store what they were given once.
        let wants_refresh = request.wants_refresh() && !matches!(request.grant(), Grant::RefreshToken(_));
        if let Some(holder) = holder.filter(|_| wants_refresh) {
            response.refresh_token = self.refresh().issue(holder, now);
        }
        response.scope = Some(grants);
        Ok(response)
    }

    /// Who asks; nothing for nobody in particular.
    async fn holder(&self, grant: &Grant) -> Result<Option<Holder>, Refusal> {
        match grant {
            Grant::Anonymous => Ok(None),
            Grant::Basic { username, password } | Grant::Password { username, password } => {
                // In this order: with a password that is replaced in between, nothing is got that outlives it.
                let stamp = self.users.stamp(username).await?;
                self.users.verify(username, password).await?;
                let stamp = stamp.ok_or(Refusal::Unauthorized)?;
                Ok(Some(Holder { user: username.clone(), stamp }))
            }
            Grant::RefreshToken(token) => {
                let holder = self.refresh().find(token, self.clock.now()).ok_or(Refusal::Unauthorized)?;
                let stamp = self.users.stamp(&holder.user).await?;
                if stamp == Some(holder.stamp) { Ok(Some(holder)) } else { Err(Refusal::Unauthorized) }
            }
            _ => Err(Refusal::Request),
        }
    }

    fn token(&self, user: Option<&str>, grants: &ScopeSet, now: Duration) -> Result<TokenResponse, Refusal> {
        let claims = Claims { subject: user.map(Into::into), grants: grants.clone() };
        let id = random::text().map_err(|_| Refusal::Unavailable)?;
        let claims = claims.write(&self.terms, &id, now, self.lifetime);
        let token = self.key.sign(&claims).map_err(|_| Refusal::Unavailable)?;
        let mut response = TokenResponse::new(Secret::new(token), self.lifetime).map_err(|_| Refusal::Unavailable)?;
        response.issued_at = Some(Duration::from_secs(now.as_secs()));
        Ok(response)
    }

    fn refresh(&self) -> MutexGuard<'_, RefreshTokens> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// It is always ready, and its errors are responses. A form of more than 128 KiB is not read.
///
/// # Cancel safety
/// Dropping a response's future stops what it does; a refresh token that nobody got stays for its time.
impl<B> tower_service::Service<Request<B>> for TokenService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let answer = match answer::read(request).await {
                Ok(request) => service.answer(&request).await,
                Err(refusal) => Err(refusal),
            };
            Ok(answer.map_or_else(|refusal| refusal.response(&service.terms), |token| answer::granted(&token)))
        })
    }
}

impl From<Unidentified> for Refusal {
    fn from(why: Unidentified) -> Self {
        match why {
            Unidentified::Refused => Self::Unauthorized,
            _ => Self::Unavailable,
        }
    }
}

impl fmt::Debug for TokenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TokenService");
        debug.field("terms", &self.terms).field("rules", &self.rules).field("key", &self.key).finish_non_exhaustive()
    }
}
