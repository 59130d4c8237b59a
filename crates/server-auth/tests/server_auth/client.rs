//! Our own client of a registry that is guarded, in one process: nothing between them is made up.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use wharf_client::{Client, Clock, Credential, Host, InProcess};
use wharf_server::distribution::Secret;
use wharf_server::registry::{
    Blob, Digest, Error, ErrorCode, List as _, Precondition, Read as _, Registry, Repository, Tag, Write as _,
};
use wharf_server::{Action, Body, Service};
use wharf_server_auth::{Basic, Htpasswd, Rules, SigningKey, Terms, TokenService, Who};
use wharf_store::Store;
use wharf_testkit::{fixture, laws};

use crate::forge::NOW;
use crate::htpasswd::{ALICE, ROBOT};

/// A registry and its token service beside it, and what passed between them and clients.
#[derive(Clone)]
struct Both {
    registry: Service,
    tokens: TokenService,
    log: Arc<Mutex<Vec<String>>>,
}

impl tower_service::Service<Request<wharf_client::Body>> for Both {
    type Response = Response<Either<Body, Full<Bytes>>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<wharf_client::Body>) -> Self::Future {
        let (mut both, line) = (self.clone(), format!("{} {}", request.method(), request.uri().path()));
        Box::pin(async move {
            let response = match request.uri().path() {
                "/token" => both.tokens.call(request).await?.map(Either::Right),
                _ => both.registry.call(request).await?.map(Either::Left),
            };
            both.log.lock().unwrap().push(format!("{line} {}", response.status().as_str()));
            Ok(response)
        })
    }
}

/// The same time for client, registry and token service.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn passed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

impl Clock for Time {
    fn now(&self) -> Duration {
        self.passed()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

struct Fixture {
    both: Both,
    time: Time,
}

impl Fixture {
    fn new() -> Self {
        let time = Time::default();
        let passed = time.clone();
        let rules = Rules::none()
            .allow(Who::user("alice"), "**", &[Action::Pull, Action::Push, Action::Delete])
            .and_then(|rules| rules.allow(Who::SignedIn, "team/**", &[Action::Pull]))
            .and_then(|rules| rules.allow(Who::Everybody, "library/*", &[Action::Pull]))
            .unwrap();
        let users = Htpasswd::parse(&[ALICE, ROBOT].join("\n")).unwrap();
        let terms = Terms::new("https://registry.example.com/token", "registry.example.com").unwrap();
        let tokens = TokenService::new(terms, users, SigningKey::ed25519().unwrap()).with_rules(rules);
        let tokens = tokens.with_clock(move || Duration::from_secs(NOW) + passed.passed());
        let registry = Service::new(Store::memory()).with_authorize(tokens.bearer().with_leeway(Duration::ZERO));
        Self { both: Both { registry, tokens, log: Arc::default() }, time }
    }

    fn client(&self, credential: Option<(&str, &str)>) -> Client {
        let host = Host::parse("registry.example.com").unwrap();
        let client = Client::new(InProcess::new(self.both.clone()), host).unwrap().with_clock(self.time.clone());
        match credential {
            Some((name, password)) => client.with_credentials(Credential::basic(name, Secret::new(password))),
            None => client,
        }
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.both.log.lock().unwrap())
    }
}

async fn push(registry: &dyn Registry, repository: &Repository) -> Result<Digest, Error> {
    let image = fixture::image(1, 2, 1_000);
    for bytes in image.blobs() {
        registry.put_blob(repository, Blob::from_bytes(bytes.clone())).await?;
    }
    let digest = image.manifest.digest().clone();
    registry.put_manifest(repository, &image.document(), &[Tag::LATEST], &Precondition::Always).await?;
    Ok(digest)
}

#[tokio::test]
async fn what_is_pushed_can_be_pulled_by_whom_it_is_for() {
    let fixture = Fixture::new();
    let alice = fixture.client(Some(("alice", "wonderland")));
    let [team, library, other] = ["team/app", "library/app", "other/app"].map(Repository::from_static);
    for repository in [&team, &library, &other] {
        push(&alice, repository).await.unwrap();
    }
    let robot = fixture.client(Some(("robot", "beep")));
    let nobody = fixture.client(None);
    let code = |result: Result<_, Error>| result.map(drop).map_err(|error| error.code().clone());
    for (client, repository, expected) in [
        (&robot, &team, Ok(())),
        (&robot, &library, Ok(())),
        (&robot, &other, Err(ErrorCode::UNAUTHORIZED)),
        (&nobody, &library, Ok(())),
        (&nobody, &team, Err(ErrorCode::UNAUTHORIZED)),
    ] {
        assert_eq!(code(client.manifest(repository, &Tag::LATEST.into()).await), expected, "{repository}");
    }
    fixture.log();
    assert_eq!(push(&robot, &team).await.unwrap_err().code(), &ErrorCode::UNAUTHORIZED, "a reader cannot push");
    assert!(fixture.log().len() <= 6, "and is told so soon");
}

/// The source of a mount is another repository, and a token for one of the two does not do.
#[tokio::test]
async fn a_mount_needs_a_right_to_both_repositories() {
    let fixture = Fixture::new();
    let alice = fixture.client(Some(("alice", "wonderland")));
    let [source, target] = ["team/app", "other/app"].map(Repository::from_static);
    push(&alice, &source).await.unwrap();
    let layer = Digest::of(&fixture::image(1, 2, 1_000).layers[0]);
    fixture.log();
    assert!(alice.mount(&target, &layer, &source).await.unwrap());
    let log = fixture.log();
    assert_eq!(log.last().unwrap(), "POST /v2/other/app/blobs/uploads/ 201");
    assert_eq!(log.iter().filter(|line| line.contains("/token")).count(), 1, "one token for both: {log:?}");
}

#[tokio::test]
async fn a_token_that_expired_is_renewed_without_a_word() {
    let fixture = Fixture::new();
    let alice = fixture.client(Some(("alice", "wonderland")));
    let app = Repository::from_static("team/app");
    push(&alice, &app).await.unwrap();
    let tokens = |log: Vec<String>| log.iter().filter(|line| line.contains("/token")).count();
    fixture.log();
    for (at, expected) in [(0, 0), (200, 0), (400, 1), (401, 0)] {
        fixture.time.0.store(at, Ordering::Relaxed);
        alice.manifest(&app, &Tag::LATEST.into()).await.unwrap();
        assert_eq!(tokens(fixture.log()), expected, "after {at} seconds");
    }
}

#[tokio::test]
async fn a_wrong_password_is_one_login_and_no_token() {
    let fixture = Fixture::new();
    let mallory = fixture.client(Some(("alice", "looking-glass")));
    let app = Repository::from_static("library/app");
    let error = mallory.manifest(&app, &Tag::LATEST.into()).await.unwrap_err();
    assert_eq!(error.code(), &ErrorCode::UNAUTHORIZED);
    let log = fixture.log();
    assert_eq!(log, ["GET /v2/library/app/manifests/latest 401", "GET /token 401"], "not even what anybody may read");
}

#[tokio::test]
async fn a_form_does_as_well() {
    let fixture = Fixture::new();
    let alice = fixture.client(Some(("alice", "wonderland"))).prefer_forms();
    push(&alice, &Repository::from_static("team/app")).await.unwrap();
    assert!(fixture.log().contains(&"POST /token 200".to_owned()));
}

#[tokio::test]
async fn the_list_names_what_may_be_pulled() {
    use futures_util::TryStreamExt as _;
    let users = Htpasswd::parse(&[ALICE, ROBOT].join("\n")).unwrap();
    let rules = Rules::none()
        .allow(Who::user("alice"), "**", &[Action::Pull, Action::Push])
        .and_then(|rules| rules.allow(Who::SignedIn, "team/**", &[Action::Pull]))
        .unwrap();
    let basic = Basic::new(users, "registry").unwrap().with_rules(rules);
    let service = Service::new(Store::memory()).with_authorize(basic);
    let client = |name, password| {
        let host = Host::parse("registry.example.com").unwrap();
        let client = Client::new(InProcess::new(service.clone()), host).unwrap();
        client.with_credentials(Credential::basic(name, Secret::new(password)))
    };
    let (alice, robot) = (client("alice", "wonderland"), client("robot", "beep"));
    for name in ["other/app", "team/app"] {
        push(&alice, &Repository::from_static(name)).await.unwrap();
    }
    for (client, expected) in [(alice, &["other/app", "team/app"][..]), (robot, &["team/app"])] {
        let names: Vec<_> = client.repositories(None).map_ok(|name| name.to_string()).try_collect().await.unwrap();
        assert_eq!(names, expected);
    }
}

/// Every law of a registry, by a client that has to ask for a token for each repository.
#[tokio::test]
async fn a_registry_behind_tokens_is_a_registry() {
    let fixture = Fixture::new();
    laws::all(&fixture.client(Some(("alice", "wonderland")))).await;
    let refused = |line: &&String| line.starts_with("GET /token") && !line.ends_with(StatusCode::OK.as_str());
    assert_eq!(fixture.log().iter().find(refused), None);
}

#[tokio::test]
async fn a_registry_behind_passwords_is_a_registry() {
    let users = Htpasswd::parse(ALICE).unwrap();
    let handle = users.clone();
    let service = Service::new(Store::memory()).with_authorize(Basic::new(users, "registry").unwrap());
    let host = Host::parse("registry.example.com").unwrap();
    let client = Client::new(InProcess::new(service), host).unwrap();
    laws::all(&client.with_credentials(Credential::basic("alice", Secret::new("wonderland")))).await;
    assert_eq!(handle.hashed(), 1, "and hashes a password once");
}
