//! Registries and token services that say whatever can be said, in every order: the machine comes to an end, and no
//! secret goes where it does not belong.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use proptest::prelude::{ProptestConfig, any, proptest};
use url::Url;
use wharf_distribution::auth::{Policy, Reply, Step, Tokens};
use wharf_distribution::{Challenge, Credential, CredentialKind, Grant, Scope, Secret, TokenRequest};
use wharf_reference::Host;
use wharf_spec::ErrorCode;

use crate::choice::{Choices, every};
use crate::world::{identity, robot};

/// An answer of the registry: its status, its challenge, and whether it came from elsewhere or is about the content.
#[derive(Clone, Copy)]
struct Told(u16, &'static str, Kind);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Elsewhere,
    AboutContent,
}

const HOME: &str = r#"Bearer realm="https://r.example/token",service="r",scope="repository:b:push""#;
const NARROW: &str = r#"Bearer realm="/token",scope="repository:a:delete,metadata_read,push repository:b:pull",error="insufficient_scope""#;
const EVIL: &str = r#"Bearer realm="https://evil.example/token?scope=repository:b:push",error="insufficient_scope",scope="repository:a:*""#;

const REPLIES: [Told; 14] = [
    Told(200, "", Kind::Plain),
    Told(401, "", Kind::Plain),
    Told(401, HOME, Kind::Plain),
    Told(401, NARROW, Kind::Plain),
    Told(401, EVIL, Kind::Plain),
    Told(401, r#"Bearer realm="http://r.example/token", Basic realm="x""#, Kind::Plain),
    Told(401, r#"Basic realm="x""#, Kind::Plain),
    Told(401, "Negotiate", Kind::Plain),
    Told(401, HOME, Kind::Elsewhere),
    Told(403, "", Kind::Plain),
    Told(403, NARROW, Kind::Plain),
    Told(400, "", Kind::Plain),
    Told(400, HOME, Kind::AboutContent),
    Told(500, NARROW, Kind::Plain),
];

const GRANTED: [&str; 4] = [r#"{"token":"one"}"#, r#"{"token":"two","expires_in":3600}"#, r#"{"token":""}"#, "<html>"];

/// What came of an exchange: the body of a success, a refusal, or no answer at all.
const EXCHANGES: [(u16, &str); 8] = [
    (200, GRANTED[0]),
    (200, GRANTED[1]),
    (200, GRANTED[2]),
    (200, GRANTED[3]),
    (401, ""),
    (404, ""),
    (429, ""),
    (0, ""),
];

trait Pick {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T;
}

impl Pick for Choices {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        Self::pick(self, of)
    }
}

/// Numbers by which to choose, and the first of everything when they have run out.
struct Numbers(Vec<u8>);

impl Pick for Numbers {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.0.pop().unwrap_or_default()) % of.len()]
    }
}

/// One client, whose requests share what they find out.
struct Client {
    tokens: Tokens,
    credential: Option<Credential>,
    now: Duration,
}

/// One of its requests, and what was done for it. An answer of the registry is its number.
struct Request {
    step: Option<Step<u32>>,
    answers: u32,
    exchanges: u32,
    pings: u32,
    refused: Vec<HeaderValue>,
    reads: bool,
}

const READ: &str = "repository:a:pull";
const WRITE: &str = "repository:a:pull,push";

fn own() -> Credential {
    Credential::registry_token(Secret::new("own"))
}

impl Client {
    fn new(credential: Option<Credential>, forms: bool) -> Self {
        let home = Url::parse("https://r.example").unwrap();
        let policy = Policy::new(Host::parse("r.example").unwrap(), home);
        let policy = if forms { policy.preferring_forms() } else { policy };
        Self { tokens: Tokens::new(policy), credential, now: Duration::from_secs(100) }
    }

    fn begin(&mut self, reads: bool) -> Request {
        let scope = Scope::parse(if reads { READ } else { WRITE }).unwrap();
        let step = Step::begin(&self.tokens, vec![scope], self.now);
        assert!(matches!(step, Step::Send(_) | Step::Identify(_)), "nothing was answered yet");
        Request { step: Some(step), answers: 0, exchanges: 0, pings: 0, refused: Vec::new(), reads }
    }

    /// As after waiting for the exchange of another request.
    fn reconsider(&mut self, request: &mut Request) {
        request.step = request.step.take().map(|step| match step {
            Step::Identify(identify) => identify.reconsider(&mut self.tokens, self.now),
            step => step,
        });
    }

    /// One step of a request, and whether there is another.
    fn advance(&mut self, request: &mut Request, pick: &mut impl Pick) -> bool {
        let Some(step) = request.step.take() else { return false };
        request.step = match step {
            Step::Send(sending) => {
                let sent = sending.authorization().cloned();
                self.check_sent(request, sent.as_ref());
                let Told(status, challenge, kind) = pick.pick(&REPLIES);
                let status = StatusCode::from_u16(status).unwrap();
                let reply = if kind == Kind::Elsewhere { Reply::elsewhere(status) } else { Reply::new(status) };
                let reply = reply.with_challenges(Challenge::parse(challenge));
                let reply = reply.with_reason((kind == Kind::AboutContent).then_some(ErrorCode::NAME_INVALID));
                request.answers += 1;
                if status == StatusCode::UNAUTHORIZED && kind != Kind::Elsewhere {
                    request.refused.extend(sent);
                }
                Some(sending.answered(&mut self.tokens, &reply, request.answers, self.now))
            }
            Step::Ping(ping) => {
                request.pings += 1;
                Some(match pick.pick(&[Some(""), Some(HOME), Some(EVIL), Some("Basic realm=x"), None]) {
                    Some(challenge) => ping.answered(&mut self.tokens, Challenge::parse(challenge), self.now),
                    None => ping.failed(),
                })
            }
            Step::Identify(identify) => Some(match pick.pick(&[true, false]) {
                true => identify.with(&mut self.tokens, self.credential.clone(), self.now),
                false => identify.failed(),
            }),
            Step::Exchange(exchange) => {
                request.exchanges += 1;
                self.check_asked(request, exchange.request());
                Some(match pick.pick(&EXCHANGES) {
                    (0, _) => exchange.failed(),
                    (status, body) => {
                        let status = StatusCode::from_u16(status).unwrap();
                        exchange.answered(&mut self.tokens, status, body.as_bytes())
                    }
                })
            }
            Step::Done(answer) => {
                assert_eq!(answer, request.answers, "the result is the last answer");
                None
            }
            Step::Fail(_) => None,
        };
        let bounds = (request.answers <= 3, request.pings <= 1, request.exchanges <= 4);
        assert_eq!(bounds, (true, true, true), "does not end");
        request.step.is_some()
    }

    /// The registry sees what is its own: the password if it asked for that, a token that was got for it, and nothing
    /// that it refused a moment ago.
    fn check_sent(&self, request: &Request, sent: Option<&HeaderValue>) {
        let Some(sent) = sent else { return };
        let text = sent.to_str().unwrap();
        let kind = self.credential.as_ref().map(Credential::kind);
        let fits = match text {
            "Bearer one" | "Bearer two" => true,
            "Bearer own" => kind == Some(CredentialKind::RegistryToken),
            _ => kind == Some(CredentialKind::Basic) && Some(sent) == robot().header().as_ref(),
        };
        assert!(fits, "{text} is not for the registry");
        assert!(!request.refused.contains(sent), "{text} was refused");
        assert!(sent.is_sensitive(), "{text} can be printed");
    }

    /// A token service is told a secret when it is the registry's own, and asked for what was asked for.
    fn check_asked(&self, request: &Request, asked: &TokenRequest) {
        let url = asked.url();
        assert_eq!(url.scheme(), "https");
        let form = asked.form();
        let text = format!("{url} {}", form.as_ref().map_or("", Secret::reveal));
        assert!(!["one", "two", "own"].iter().any(|token| text.contains(&format!("={token}"))), "a token in {url}");
        assert!(!url.as_str().contains("hunter2"), "a secret in {url}");
        let is_told = asked.authorization().is_some() || form.is_some();
        assert!(!is_told || url.host_str() == Some("r.example"), "a secret for {url}");
        let fits = match self.credential.as_ref().map(Credential::kind) {
            Some(CredentialKind::Basic) => !matches!(asked.grant(), Grant::RefreshToken(_)),
            Some(CredentialKind::IdentityToken) => matches!(asked.grant(), Grant::RefreshToken(_) | Grant::Anonymous),
            _ => *asked.grant() == Grant::Anonymous,
        };
        assert!(fits, "another credential than there is");
        for scope in asked.scopes() {
            assert_eq!(scope.name(), "a", "a right to something else");
            let reads = scope.actions().all(|action| ["pull", "metadata_read"].contains(&action));
            assert!(reads || !request.reads, "{scope} for reading");
        }
        let text = format!("{asked:?} {:?}", self.tokens);
        assert!(!text.contains("hunter2") && !text.contains("\"one\""), "printed: {text}");
    }
}

/// What is at hand when the request begins.
#[derive(Clone, Copy)]
enum Start {
    Nothing,
    Token,
    Expired,
    Itself,
}

/// Brings a client to where it has what is at hand at the start.
fn prepare(client: &mut Client, start: Start) {
    let said: &[u8] = match start {
        Start::Nothing => return,
        // Asked for a token, which it gets; and a success.
        Start::Token | Start::Expired => &[0, 0, 0, 2],
        // Asked for itself; and a success.
        Start::Itself => &[0, 0, 6],
    };
    let (mut numbers, mut request) = (Numbers(said.to_vec()), client.begin(true));
    while client.advance(&mut request, &mut numbers) {}
    if matches!(start, Start::Expired) {
        client.now += Duration::from_secs(4_000);
    }
}

#[test]
fn in_every_order() {
    let credentials = [None, Some(robot()), Some(identity()), Some(own())];
    let mut count = 0;
    for start in [Start::Nothing, Start::Token, Start::Expired, Start::Itself] {
        for (credential, forms) in credentials.iter().flat_map(|credential| [(credential, false), (credential, true)]) {
            for reads in [true, false] {
                count += every(|choices| {
                    let mut client = Client::new(credential.clone(), forms);
                    prepare(&mut client, start);
                    let mut request = client.begin(reads);
                    while client.advance(&mut request, choices) {}
                });
            }
        }
    }
    assert!(count > 10_000, "{count} ways are too few to be all of them");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Several requests of one client at a time, step by step, while time passes.
    #[test]
    fn at_the_same_time(numbers in proptest::collection::vec(any::<u8>(), 400), who in 0_usize..4, forms in any::<bool>()) {
        let credential = [None, Some(robot()), Some(identity()), Some(own())][who].clone();
        let (mut client, mut numbers) = (Client::new(credential, forms), Numbers(numbers));
        let mut requests: Vec<_> = [true, true, false].map(|reads| client.begin(reads)).into();
        for _ in 0..150 {
            let which = numbers.pick(&[0, 1, 2]);
            if numbers.pick(&[false, false, false, true]) {
                client.now += Duration::from_secs(numbers.pick(&[1, 40, 4_000]));
            }
            client.reconsider(&mut requests[which]);
            if !client.advance(&mut requests[which], &mut numbers) {
                requests[which] = client.begin(numbers.pick(&[true, false]));
            }
        }
    }
}
