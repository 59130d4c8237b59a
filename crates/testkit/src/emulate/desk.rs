use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use super::{About, Clock, Peer, Quirk, Step, answer};

/// A token service: it issues tokens for scopes, and knows for how long they are good. Clones are the same service.
///
/// ```
/// use std::time::Duration;
/// use wharf_testkit::emulate::{Clock, Desk};
///
/// let clock = Clock::default();
/// let desk = Desk::new(clock.clone(), Duration::from_secs(300));
/// let token = desk.issue(&["repository:app:pull".to_owned()]);
/// assert!(desk.allows(&token, "repository:app:pull") && !desk.allows(&token, "repository:app:pull,push"));
/// clock.advance(Duration::from_secs(300));
/// assert!(!desk.knows(&token));
/// ```
#[derive(Clone)]
pub struct Desk {
    clock: Clock,
    lifetime: Duration,
    shape: fn(&str) -> String,
    judge: fn(&[String]) -> Option<(u16, &'static str)>,
    grant: fn(&str) -> String,
    post: u16,
    issued: Arc<Mutex<Vec<Token>>>,
}

struct Token {
    text: String,
    scopes: Vec<String>,
    until: Duration,
}

impl Desk {
    /// A service whose tokens are good for so long, and say so in the way of the Docker project.
    #[must_use]
    pub fn new(clock: Clock, lifetime: Duration) -> Self {
        let shape = |token: &str| format!(r#"{{"token":"{token}","expires_in":300}}"#);
        Self { clock, lifetime, shape, judge: |_| None, grant: str::to_owned, post: 404, issued: Arc::default() }
    }

    /// The same with answers of another shape, which is made of the token.
    #[must_use]
    pub fn shaped(mut self, shape: fn(&str) -> String) -> Self {
        self.shape = shape;
        self
    }

    /// The same, refusing what `judge` has a status and a body for: it sees each parameter `scope`.
    #[must_use]
    pub fn judging(mut self, judge: fn(&[String]) -> Option<(u16, &'static str)>) -> Self {
        self.judge = judge;
        self
    }

    /// The same, giving less than was asked for: the scope that comes of each.
    #[must_use]
    pub fn granting(mut self, grant: fn(&str) -> String) -> Self {
        self.grant = grant;
        self
    }

    /// The same with another status for a `POST`, which this service knows nothing of.
    #[must_use]
    pub const fn refusing_posts(mut self, status: u16) -> Self {
        self.post = status;
        self
    }

    /// The service at a path of a registry, for those that have none of their own.
    pub fn at(&self, path: &'static str) -> Quirk {
        let desk = self.clone();
        Quirk::before(About::Any, move |request| match request.uri().path() == path {
            true => Step::Answer(desk.serve(request)),
            false => Step::On,
        })
    }

    /// A new token for some scopes.
    #[must_use]
    pub fn issue(&self, scopes: &[String]) -> String {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format!("token-{}", issued.len());
        let scopes = scopes.iter().flat_map(|scope| scope.split(' ')).map(self.grant).collect();
        issued.push(Token { text: text.clone(), scopes, until: self.clock.now() + self.lifetime });
        text
    }

    /// Whether it issued a token that is still good.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        self.find(token, |_| true)
    }

    /// Whether a token is good for a scope.
    #[must_use]
    pub fn allows(&self, token: &str, scope: &str) -> bool {
        self.find(token, |held| held.scopes.iter().any(|held| covers(held, scope)))
    }

    /// Forgets all tokens, whatever was said of how long they are good.
    pub fn revoke(&self) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.iter_mut().for_each(|token| token.until = Duration::ZERO);
    }

    /// How many tokens were issued.
    #[must_use]
    pub fn count(&self) -> usize {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn serve(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.method() != "GET" {
            return answer(self.post, &[], "");
        }
        let query = request.uri().query().unwrap_or_default();
        let scopes: Vec<_> = query.split('&').filter_map(|pair| pair.strip_prefix("scope=")).map(decoded).collect();
        match (self.judge)(&scopes) {
            Some((status, body)) => answer(status, &[("content-type", "application/json")], body),
            None => answer(200, &[("content-type", "application/json")], (self.shape)(&self.issue(&scopes))),
        }
    }

    fn find(&self, token: &str, and: impl Fn(&Token) -> bool) -> bool {
        let (issued, now) = (self.issued.lock().unwrap_or_else(PoisonError::into_inner), self.clock.now());
        issued.iter().any(|held| held.text == token && now < held.until && and(held))
    }
}

/// `type:name:actions`, where a star is every action.
fn covers(held: &str, wanted: &str) -> bool {
    let split = |scope: &str| {
        let (name, actions) = scope.rsplit_once(':').unwrap_or((scope, ""));
        (name.to_owned(), actions.split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let ((held, has), (wanted, wants)) = (split(held), split(wanted));
    held == wanted && (has.contains(&"*".into()) || wants.iter().all(|action| has.contains(action)))
}

#[async_trait]
impl Peer for Desk {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        Some(self.serve(&request))
    }
}

/// The characters that scopes are made of, from their form in a query.
fn decoded(text: &str) -> String {
    [("%3A", ":"), ("%2F", "/"), ("%2C", ","), ("%2A", "*"), ("%20", " "), ("+", " ")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}
