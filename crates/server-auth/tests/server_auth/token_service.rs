//! Asking for tokens, and what comes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use tower_service::Service as _;
use wharf_server::distribution::{ErrorBody, Secret, TokenResponse};
use wharf_server::{Action, Unidentified};
use wharf_server_auth::{Htpasswd, InvalidToken, Rules, SigningKey, TokenService, Users, Who};

use crate::forge::{ED25519, NOW, P256, terms};
use crate::htpasswd::{ALICE, ROBOT};

const IS_ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";
const IS_ROBOT: &str = "Basic cm9ib3Q6YmVlcA==";

fn users() -> Htpasswd {
    Htpasswd::parse(&[ALICE, ROBOT].join("\n")).unwrap()
}

fn service_of(users: impl Users + 'static) -> TokenService {
    let rules = Rules::none()
        .allow(Who::user("alice"), "**", &[Action::Pull, Action::Push, Action::Delete])
        .and_then(|rules| rules.allow(Who::SignedIn, "team/**", &[Action::Pull]))
        .and_then(|rules| rules.allow(Who::Everybody, "library/*", &[Action::Pull]))
        .unwrap();
    let service = TokenService::new(terms(), users, SigningKey::from_pkcs8(ED25519).unwrap());
    service.with_rules(rules).with_clock(|| Duration::from_secs(NOW))
}

async fn send(service: &TokenService, request: Request<Full<Bytes>>) -> (StatusCode, Response<Bytes>) {
    let response = service.clone().call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, Response::from_parts(head, body))
}

async fn get(service: &TokenService, authorization: Option<&str>, query: &str) -> (StatusCode, Response<Bytes>) {
    let request = Request::get(format!("/token?{query}"));
    let request = authorization.iter().fold(request, |request, line| request.header("authorization", *line));
    send(service, request.body(Full::default()).unwrap()).await
}

async fn post(service: &TokenService, form: String) -> (StatusCode, Response<Bytes>) {
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    send(service, request.body(form.into()).unwrap()).await
}

/// What the token of an answer allows, as the registry reads it.
fn granted(service: &TokenService, answer: &(StatusCode, Response<Bytes>)) -> Option<String> {
    let (StatusCode::OK, response) = answer else { return None };
    let token = TokenResponse::decode(response.body()).unwrap();
    let identity = service.bearer().validate(&token.token).unwrap();
    let grants = identity.grants().unwrap();
    assert_eq!(token.scope.as_ref(), Some(grants), "what is said is what is given");
    Some(format!("{}: {grants}", identity.name().unwrap_or("nobody")))
}

#[tokio::test]
async fn a_token_allows_what_was_asked_for_as_far_as_the_rules_have_it() {
    let service = service_of(users());
    for (authorization, scopes, expected) in [
        (Some(IS_ALICE), &["repository:a:pull,push"][..], Some("alice: repository:a:pull,push")),
        (Some(IS_ALICE), &["repository:a:*"], Some("alice: repository:a:delete,pull,push")),
        (
            Some(IS_ALICE),
            &["repository:a:pull", "repository:b/c:push"],
            Some("alice: repository:a:pull repository:b/c:push"),
        ),
        (Some(IS_ALICE), &["repository:a:admin"], Some("alice: ")),
        (Some(IS_ALICE), &["repository:a:pull,admin"], Some("alice: repository:a:pull")),
        (Some(IS_ALICE), &["registry:catalog:*"], Some("alice: registry:catalog:*")),
        (Some(IS_ALICE), &["registry:catalog:pull"], Some("alice: ")),
        (Some(IS_ALICE), &["registry:other:*"], Some("alice: ")),
        (Some(IS_ALICE), &["repository(plugin):a:pull"], Some("alice: ")),
        (Some(IS_ALICE), &["repository:A:pull", "repository:a/../b:pull", "repository:h:5000/a:pull"], Some("alice: ")),
        (Some(IS_ALICE), &["repository:*:*", "repository:**:*"], Some("alice: ")),
        (Some(IS_ALICE), &[], Some("alice: ")),
        (Some(IS_ROBOT), &["repository:team/app:pull,push"], Some("robot: repository:team/app:pull")),
        (Some(IS_ROBOT), &["registry:catalog:*"], Some("robot: ")),
        (None, &["registry:catalog:*"], None),
        (Some(IS_ROBOT), &["repository:team/app:push"], Some("robot: ")),
        (Some(IS_ROBOT), &["repository:library/a:*"], Some("robot: repository:library/a:pull")),
        (None, &["repository:library/a:pull,push"], Some("nobody: repository:library/a:pull")),
        (None, &["repository:library/a:push"], None),
        (None, &["repository:team/app:pull"], None),
        (None, &[], None),
    ] {
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("&scope={scope}")).collect();
        let answer = get(&service, authorization, &format!("service=registry.example.com{}", scopes.concat())).await;
        assert_eq!(granted(&service, &answer).as_deref(), expected, "{authorization:?} {scopes:?}");
        if expected.is_none() {
            assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.1.headers()["www-authenticate"], r#"Basic realm="registry.example.com""#);
        }
    }
}

#[tokio::test]
async fn requests_that_are_refused() {
    let service = service_of(users());
    let many = "&scope=repository:a:pull".repeat(17);
    for (authorization, query, expected) in [
        (Some(IS_ALICE), "service=registry.example.com", StatusCode::OK),
        (Some(IS_ALICE), "", StatusCode::OK),
        (Some(IS_ALICE), "service=other.example.com", StatusCode::BAD_REQUEST),
        (Some(IS_ALICE), "service=", StatusCode::BAD_REQUEST),
        (Some(IS_ALICE), "service=registry.example.com&service=registry.example.com", StatusCode::BAD_REQUEST),
        (Some(IS_ALICE), &many[1..], StatusCode::BAD_REQUEST),
        (Some(IS_ALICE), &many[25..], StatusCode::OK),
        (Some("Basic YWxpY2U6bG9va2luZy1nbGFzcw=="), "", StatusCode::UNAUTHORIZED),
        (Some("Basic bWFsbG9yeTp3b25kZXJsYW5k"), "", StatusCode::UNAUTHORIZED),
        (Some("Basic !"), "", StatusCode::UNAUTHORIZED),
        (Some("Bearer abc"), "", StatusCode::UNAUTHORIZED),
    ] {
        let (status, response) = get(&service, authorization, query).await;
        assert_eq!(status, expected, "{authorization:?} {query}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(ErrorBody::decode(response.body()).errors.len(), usize::from(status != StatusCode::OK));
    }
    let (status, response) = send(&service, Request::delete("/token").body(Full::default()).unwrap()).await;
    assert_eq!(
        (status, &response.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, POST".try_into().unwrap())
    );
    let form = |bytes: usize| format!("grant_type=refresh_token&refresh_token={}", "x".repeat(bytes));
    let largest = 128 * 1024 - form(0).len();
    assert_eq!(post(&service, form(largest)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&service, form(largest + 1)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    for form in ["", "grant_type=client_credentials", "grant_type=password&username=alice", "grant_type=refresh_token"]
    {
        assert_eq!(post(&service, form.into()).await.0, StatusCode::BAD_REQUEST, "{form}");
    }
}

#[tokio::test]
async fn a_token_says_who_made_it_for_whom_and_when() {
    for (der, algorithm) in [(ED25519, "EdDSA"), (P256, "ES256")] {
        let key = SigningKey::from_pkcs8(der).unwrap();
        let service =
            TokenService::new(terms(), users(), key.clone()).with_clock(|| Duration::from_millis(NOW * 1000 + 1));
        let service = service.with_lifetime(Duration::from_secs(120));
        let (_, response) = get(&service, Some(IS_ALICE), "scope=repository:a:pull").await;
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["token"], body["access_token"]);
        assert_eq!((&body["expires_in"], &body["issued_at"]), (&120.into(), &"2027-01-15T08:00:00Z".into()));
        assert_eq!(body["refresh_token"], Value::Null, "nobody wanted one");
        let parts: Vec<_> = body["token"].as_str().unwrap().split('.').collect();
        let part = |at: usize| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap();
        assert_eq!(part(0), serde_json::json!({ "alg": algorithm, "kid": key.id(), "typ": "JWT" }));
        let mut claims = part(1);
        assert!(claims["jti"].as_str().is_some_and(|id| id.len() == 43));
        claims["jti"] = Value::Null;
        assert_eq!(
            claims,
            serde_json::json!({
                "iss": "https://auth.example.com/token", "sub": "alice", "aud": "registry.example.com",
                "exp": NOW + 120, "nbf": NOW, "iat": NOW, "jti": null,
                "access": [{ "type": "repository", "name": "a", "actions": ["pull"] }],
            })
        );
    }
}

#[tokio::test]
async fn lifetimes_have_bounds() {
    for (wanted, found) in [(0, 60), (59, 60), (61, 61), (3_600, 3_600), (1_000_000, 3_600)] {
        let service = service_of(users()).with_lifetime(Duration::from_secs(wanted));
        let (_, response) = get(&service, Some(IS_ALICE), "").await;
        let token = TokenResponse::decode(response.body()).unwrap();
        assert_eq!(token.expires_in.as_secs(), found);
        let at = |now| service.bearer().with_leeway(Duration::ZERO).with_clock(move || Duration::from_secs(now));
        assert!(at(NOW + found - 1).validate(&token.token).is_ok());
        assert_eq!(at(NOW + found).validate(&token.token).unwrap_err(), InvalidToken::Expired);
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_for_its_time_and_for_one_password() {
    let (users, now) = (users(), Arc::new(AtomicU64::new(NOW)));
    let clock = Arc::clone(&now);
    let service = service_of(users.clone()).with_clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let of = |answer: (StatusCode, Response<Bytes>)| TokenResponse::decode(answer.1.body()).unwrap().refresh_token;
    let by_get = of(get(&service, Some(IS_ALICE), "offline_token=true").await).unwrap();
    let form = "grant_type=password&username=alice&password=wonderland&access_type=offline&scope=repository:a:push";
    let answer = post(&service, form.into()).await;
    assert_eq!(granted(&service, &answer).as_deref(), Some("alice: repository:a:push"));
    let by_form = of(answer).unwrap();
    assert_ne!(by_get, by_form);

    let use_it = |token: &Secret| {
        let form =
            "grant_type=refresh_token&access_type=offline&scope=repository:a:pull%20repository:b:pull&refresh_token=";
        post(&service, format!("{form}{}", token.reveal()))
    };
    for token in [&by_get, &by_form, &by_get] {
        let answer = use_it(token).await;
        assert_eq!(granted(&service, &answer).as_deref(), Some("alice: repository:a:pull repository:b:pull"));
        assert_eq!(of(answer), None, "who has one is given no other");
    }
    assert_eq!(use_it(&Secret::new("x")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&service, None, "offline_token=true").await.0, StatusCode::UNAUTHORIZED);
    let anonymous = get(&service, None, "offline_token=true&scope=repository:library/a:pull").await;
    assert_eq!(of(anonymous), None, "nobody in particular has none");

    let month = 30 * 24 * 3_600;
    for (at, expected) in [(month - 1, StatusCode::OK), (month, StatusCode::UNAUTHORIZED)] {
        now.store(NOW + at, Ordering::Relaxed);
        assert_eq!(use_it(&by_get).await.0, expected);
    }
    now.store(NOW, Ordering::Relaxed);
    users.reload(&ROBOT.replace("robot", "alice")).unwrap();
    assert_eq!(use_it(&by_get).await.0, StatusCode::UNAUTHORIZED, "alice has a new password");
    users.reload("").unwrap();
    assert_eq!(use_it(&by_form).await.0, StatusCode::UNAUTHORIZED, "there is no alice");
    users.reload(ALICE).unwrap();
    assert_eq!(use_it(&by_form).await.0, StatusCode::OK, "the same password again");
}

struct Silent;

#[async_trait]
impl Users for Silent {
    async fn verify(&self, _: &str, _: &Secret) -> Result<(), Unidentified> {
        Err(Unidentified::Unavailable)
    }

    async fn stamp(&self, _: &str) -> Result<Option<u64>, Unidentified> {
        Ok(Some(1))
    }
}

#[tokio::test]
async fn who_cannot_be_known_now_may_come_back() {
    let (status, response) = get(&service_of(Silent), Some(IS_ALICE), "").await;
    assert_eq!(
        (status, &response.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"5".try_into().unwrap())
    );
    let anonymous = get(&service_of(Silent), None, "scope=repository:library/a:pull").await;
    assert_eq!(anonymous.0, StatusCode::OK);
}
