//! A model of a registry with a token service, a clock, and a client that carries out the machine's steps against them.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use url::Url;
use wharf_distribution::auth::{AuthError, Policy, Reply, Step, Tokens};
use wharf_distribution::{Challenge, Credential, Grant, Scope, ScopeSet, Secret, TokenRequest};
use wharf_reference::Host;

use crate::shape::{Said, Shape};

/// What a request is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum For {
    Reading,
    Writing,
    Deleting,
    Listing,
    /// Ending an upload, which some call writing and some deleting.
    Cancelling,
}

pub(crate) struct World {
    pub(crate) shape: Shape,
    pub(crate) tokens: Tokens,
    pub(crate) now: Duration,
    pub(crate) credential: Option<Credential>,
    /// Tokens that were given out, with what they allow and until when.
    issued: Vec<(ScopeSet, Duration)>,
}

/// The right user name and password.
pub(crate) fn robot() -> Credential {
    Credential::basic("robot", Secret::new("hunter2"))
}

pub(crate) fn identity() -> Credential {
    Credential::identity_token(Secret::new("hunter2"))
}

impl World {
    pub(crate) fn new(shape: Shape) -> Self {
        let policy = Policy::new(Host::parse(shape.host).unwrap(), Url::parse(shape.home).unwrap());
        Self::with(shape, policy)
    }

    /// Trusts the token service, as its user has to say where it is elsewhere.
    pub(crate) fn trusting(shape: Shape) -> Self {
        let policy = Policy::new(Host::parse(shape.host).unwrap(), Url::parse(shape.home).unwrap());
        Self::with(shape, policy.trusting(Url::parse(shape.service.realm).unwrap()))
    }

    pub(crate) fn with(shape: Shape, policy: Policy) -> Self {
        let tokens = Tokens::new(policy);
        Self { shape, tokens, now: Duration::from_secs(1_000), credential: None, issued: Vec::new() }
    }

    pub(crate) fn by(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Every token that was given out is good no longer, whatever was said of it.
    pub(crate) fn revoke(&mut self) {
        self.issued.iter_mut().for_each(|(_, until)| *until = Duration::ZERO);
    }

    /// A request for `a` of its repositories, in words: each step, and what came of it.
    pub(crate) fn request(&mut self, what: For) -> String {
        let [reading, writing, deleting, listing] = self.shape.actions;
        let (needed, asked) = match what {
            For::Reading => (reading, "pull"),
            For::Listing => (listing, "pull"),
            For::Writing => (writing, "pull,push"),
            For::Cancelling => (deleting, "pull,push"),
            For::Deleting => (deleting, "delete,pull"),
        };
        let scope = |actions| Scope::parse(&format!("repository:a:{actions}")).unwrap();
        self.course(&scope(needed), vec![scope(asked)])
    }

    fn course(&mut self, needed: &Scope, scopes: Vec<Scope>) -> String {
        let mut told = Vec::new();
        let mut step = Step::begin(&self.tokens, scopes, self.now);
        for _ in 0..20 {
            step = match step {
                Step::Send(sending) => {
                    let header = sending.authorization().cloned();
                    let said = self.registry(needed, header.as_ref());
                    told.push(format!("{} {}", sent(header.as_ref()), said.0));
                    let reply = Reply::new(said.status()).with_challenges(challenges(&said, needed));
                    sending.answered(&mut self.tokens, &reply, said.status(), self.now)
                }
                Step::Ping(ping) => {
                    let said = self.shape.root;
                    told.push(format!("root {}", said.0));
                    ping.answered(&mut self.tokens, challenges(&said, needed), self.now)
                }
                Step::Identify(identify) => identify.with(&mut self.tokens, self.credential.clone(), self.now),
                Step::Exchange(exchange) => {
                    let (status, body) = self.token_service(exchange.request());
                    told.push(format!("{} {}", asked(exchange.request()), status.as_u16()));
                    exchange.answered(&mut self.tokens, status, body.as_bytes())
                }
                Step::Done(_) => return told.join(", "),
                Step::Fail(error) => return format!("{}: {}", told.join(", "), failed(error)),
            };
        }
        panic!("does not end: {told:?}")
    }

    fn registry(&self, needed: &Scope, header: Option<&HeaderValue>) -> Said {
        let Some(header) = header else { return self.shape.nobody };
        let text = header.to_str().unwrap();
        if text.starts_with("Basic ") {
            let is_right = Credential::parse(header) == Some(robot()) && self.shape.takes_basic;
            return if is_right { Said(200, &[]) } else { self.shape.expired };
        }
        let number = text.strip_prefix("Bearer t").and_then(|number| number.parse::<usize>().ok());
        match number.map(|number| &self.issued[number]) {
            Some((allows, until)) if self.now < *until => {
                let enough = allows.covers(&needed.clone().into());
                if enough { Said(200, &[]) } else { self.shape.narrow }
            }
            _ => self.shape.expired,
        }
    }

    /// Gives what was asked for: everything to somebody, and reading to anybody.
    fn token_service(&mut self, request: &TokenRequest) -> (StatusCode, String) {
        let service = self.shape.service;
        let status = |status: u16| (StatusCode::from_u16(status).unwrap(), String::new());
        if request.realm().as_str() != service.realm {
            return status(404);
        }
        let somebody = match request.grant() {
            Grant::Anonymous if service.nobody.is_some() => return status(service.nobody.unwrap()),
            Grant::Anonymous => false,
            Grant::Basic { username, password } | Grant::Password { username, password }
                if (&**username, password.reveal()) != ("robot", "hunter2") =>
            {
                return status(401);
            }
            grant if grant.is_form() && service.forms.is_some() => return status(service.forms.unwrap()),
            _ => true,
        };
        if request.scopes().iter().any(|scope| scope.actions().any(|action| service.refuses.contains(&action))) {
            return status(400);
        }
        let may = |action: &str| somebody || ["pull", "metadata_read"].contains(&action);
        let granted = request.scopes().iter().filter_map(|scope| {
            let actions: Vec<_> = scope.actions().filter(|action| may(action)).collect();
            Scope::parse(&format!("{}:{}:{}", scope.kind(), scope.name(), actions.join(",")))
        });
        self.issued.push((granted.collect(), self.now + Duration::from_secs(service.lifetime)));
        (StatusCode::OK, service.body.replace("{token}", &format!("t{}", self.issued.len() - 1)))
    }
}

fn challenges(said: &Said, needed: &Scope) -> Vec<Challenge> {
    said.1.iter().flat_map(|line| Challenge::parse(&line.replace("{scope}", &needed.to_string()))).collect()
}

/// What was sent, in a word.
fn sent(header: Option<&HeaderValue>) -> &str {
    let text = header.map_or("nobody", |header| header.to_str().unwrap());
    if text.starts_with("Basic ") { "Basic" } else { text.trim_start_matches("Bearer ") }
}

/// What was asked of a token service: how, and for what.
fn asked(request: &TokenRequest) -> String {
    let how = match request.grant() {
        Grant::Anonymous => "GET",
        Grant::Basic { .. } => "GET by name",
        Grant::Password { .. } => "POST password",
        Grant::RefreshToken(_) => "POST identity",
        _ => panic!("another grant"),
    };
    let scopes: Vec<_> = request.scopes().iter().map(|scope| scope.actions().collect::<Vec<_>>().join("+")).collect();
    format!("{how} {}", scopes.join(" "))
}

fn failed(error: AuthError) -> String {
    match error {
        AuthError::Realm(fault) => format!("{fault:?}"),
        AuthError::Refused(_) => "no".into(),
        error => format!("{error:?}"),
    }
}
