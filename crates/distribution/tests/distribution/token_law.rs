//! Requests to token services and their answers, both ways.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderValue, Method, Request};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use url::Url;
use wharf_distribution::{Challenge, Grant, Scope, ScopeSet, Secret, TokenError, TokenRequest, TokenResponse};

const HOME: &str = "https://auth.example.com/";

fn grant() -> impl Strategy<Value = Grant> {
    let secret = || any::<String>().prop_map(Secret::new);
    let name = |pattern: &'static str| pattern.prop_map(|name: String| name.into_boxed_str());
    prop_oneof![
        Just(Grant::Anonymous),
        (name("[^:]{0,9}"), secret()).prop_map(|(username, password)| Grant::Basic { username, password }),
        (name(".{0,9}"), secret()).prop_map(|(username, password)| Grant::Password { username, password }),
        secret().prop_map(Grant::RefreshToken),
    ]
}

fn request() -> impl Strategy<Value = TokenRequest> {
    let scope = "repository:(a|b/c|h:5000/a):(pull|pull,push|\\*)".prop_map(|text| Scope::parse(&text).unwrap());
    let realm = "https?://[a-z]{1,5}\\.example(:[1-9][0-9]{1,3})?/[a-z/%20]{0,5}(\\?[a-z]=[a-z+%20&=]{0,9})?(#x)?";
    let (service, text) = (of("[ -~]{0,12}"), || of(any::<String>()));
    (realm, service, vec(scope, 0..4), text(), text(), any::<bool>(), grant()).prop_map(
        |(realm, service, scopes, account, client_id, refresh, grant)| {
            let challenge = Challenge::bearer(&realm).unwrap();
            let challenge = service.iter().fold(challenge, |challenge, text| challenge.with("service", text).unwrap());
            let mut request = TokenRequest::new(&challenge, scopes).unwrap().with_grant(grant).unwrap();
            request = account.into_iter().fold(request, TokenRequest::with_account);
            request = client_id.into_iter().fold(request, TokenRequest::with_client_id);
            if refresh { request.wanting_refresh() } else { request }
        },
    )
}

/// The head of a request and its body, as a server has them: by its whole address, or by its path.
fn sent(request: &TokenRequest, whole: bool) -> (Parts, Url, String) {
    let url = request.url();
    let uri = if whole { url.to_string() } else { url[url::Position::BeforePath..].to_owned() };
    let mut head = Request::builder().method(request.method()).uri(uri);
    let form = request.form().map(|form| form.reveal().to_owned());
    if form.is_some() {
        head = head.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    if let Some(authorization) = request.authorization() {
        head = head.header("authorization", authorization);
    }
    (head.body(()).unwrap().into_parts().0, url, form.unwrap_or_default())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(384) })]

    #[test]
    fn requests_are_written_as_they_are_read(request in request(), whole in any::<bool>()) {
        let (head, home, body) = sent(&request, whole);
        prop_assert_eq!(TokenRequest::decode(&head, &home, body.as_bytes()), Ok(request));
    }

    #[test]
    fn requests_print_no_secret(secret in "[a-z]{30}") {
        let challenge = Challenge::bearer(HOME).unwrap();
        for grant in [Grant::RefreshToken(Secret::new(secret.as_str())), password(&secret), basic(&secret)] {
            let request = TokenRequest::new(&challenge, Vec::new()).unwrap().with_grant(grant).unwrap();
            let text = format!("{request:?} {:?} {:?} {}", request.form(), request.authorization(), request.url());
            prop_assert_eq!(text.contains(&secret), false);
        }
    }

    #[test]
    fn whatever_is_read_of_a_request_is_written_so_that_it_reads_the_same(text in "[a-z_=&+%:/ ,0-9]{0,60}") {
        for (method, body) in [(Method::GET, ""), (Method::POST, text.as_str())] {
            let (head, ()) = Request::builder().method(method).uri(format!("/t?{}", text.replace(' ', "+")))
                .header("content-type", TokenRequest::FORM).body(()).unwrap().into_parts();
            let home = Url::parse(HOME).unwrap();
            if let Ok(request) = TokenRequest::decode(&head, &home, body.as_bytes()) {
                let (head, home, body) = sent(&request, true);
                prop_assert_eq!(TokenRequest::decode(&head, &home, body.as_bytes()), Ok(request));
            }
        }
    }

    #[test]
    fn answers_are_written_as_they_are_read(
        (token, refresh) in ("[!-~]{1,60}", of("[!-~]{1,60}")),
        (seconds, issued) in (30_u64..=3600, of((0_u64..253_402_300_800, 0_u32..1_000_000_000))),
        scopes in of("(repository:[a-c]:(pull|push) ?){0,3}"),
    ) {
        let mut response = TokenResponse::new(Secret::new(token), Duration::from_secs(seconds)).unwrap();
        response.refresh_token = refresh.map(Secret::new);
        response.issued_at = issued.map(|(seconds, rest)| Duration::new(seconds, rest));
        response.scope = scopes.as_deref().map(ScopeSet::parse);
        prop_assert_eq!(TokenResponse::decode(response.encode().reveal().as_bytes()), Ok(response));
    }
}

fn password(secret: &str) -> Grant {
    Grant::Password { username: "robot".into(), password: Secret::new(secret) }
}

fn basic(secret: &str) -> Grant {
    Grant::Basic { username: "robot".into(), password: Secret::new(secret) }
}

/// What a service that takes no requests but these must not take for one.
#[test]
fn what_is_not_clear_is_refused() {
    let form = TokenRequest::FORM;
    let many = "scope=x&".repeat(65);
    let long = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(128 * 1024));
    let table = [
        ("PUT", "/t", form, "", TokenError::Grant),
        ("POST", "/t", form, "", TokenError::Grant),
        ("POST", "/t", form, "grant_type=client_credentials", TokenError::Grant),
        ("POST", "/t", form, "grant_type=password&grant_type=password&username=a&password=b", TokenError::Ambiguous),
        ("POST", "/t", form, "grant_type=password&username=a", TokenError::Malformed),
        ("POST", "/t", form, "grant_type=password&password=b", TokenError::Malformed),
        ("POST", "/t", form, "grant_type=password&username=a&username=b&password=c", TokenError::Ambiguous),
        ("POST", "/t", form, "grant_type=refresh_token", TokenError::Malformed),
        ("POST", "/t?grant_type=refresh_token&refresh_token=x", form, "", TokenError::Grant),
        ("POST", "/t", "application/json", "grant_type=refresh_token&refresh_token=x", TokenError::Malformed),
        ("POST", "/t", form, &long, TokenError::Ambiguous),
        ("GET", "/t?service=a&service=b", form, "", TokenError::Ambiguous),
        ("GET", "/t?account=a&account=a", form, "", TokenError::Ambiguous),
        ("GET", &format!("/t?{many}"), form, "", TokenError::Ambiguous),
        ("GET", "ftp://h/t", form, "", TokenError::Realm),
    ];
    for (method, uri, kind, body, expected) in table {
        let head = Request::builder().method(method).uri(uri).header("content-type", kind);
        let (head, ()) = head.body(()).unwrap().into_parts();
        let told = TokenRequest::decode(&head, &Url::parse(HOME).unwrap(), body.as_bytes());
        assert_eq!(told, Err(expected), "{method} {uri} {:.60}", body);
    }
}

#[test]
fn a_header_that_is_no_password_is_not_an_anonymous_request() {
    for values in [&["Bearer x"][..], &["Basic !"], &["Basic Og==", "Basic Og=="], &["Negotiate x"]] {
        let (mut head, ()) = Request::get("/t").body(()).unwrap().into_parts();
        for value in values {
            head.headers.append("authorization", HeaderValue::from_static(value));
        }
        let told = TokenRequest::decode(&head, &Url::parse(HOME).unwrap(), b"");
        assert!(matches!(told, Err(TokenError::Credential | TokenError::Ambiguous)), "{values:?}");
    }
}

/// What the other forms of a request mean: docker's login, a list in one parameter, a scope that is none, a path that
/// looks like another host.
#[test]
fn forms_that_are_in_use_are_read() {
    let read = |uri: &str| {
        let (head, ()) = Request::get(uri).body(()).unwrap().into_parts();
        TokenRequest::decode(&head, &Url::parse(HOME).unwrap(), b"").unwrap()
    };
    let login = read("/jwt/auth?account=me&client_id=docker&offline_token=true&service=container_registry");
    assert_eq!((login.account(), login.client_id(), login.wants_refresh()), (Some("me"), Some("docker"), true));
    assert_eq!(login.realm().as_str(), "https://auth.example.com/jwt/auth");
    let several = read("/t?scope=repository:b:pull+aws+repository:a:pull&scope=*&scope=registry:catalog:*");
    let several: Vec<_> = several.scopes().iter().map(ToString::to_string).collect();
    assert_eq!(
        several,
        ["repository:b:pull", "repository:a:pull", "registry:catalog:*"],
        "in the order of the request"
    );
    assert_eq!(read("//evil.example.net/t").realm().host_str(), Some("auth.example.com"));
}

#[test]
fn stamps_that_mean_nothing_are_none() {
    let stamp = |text: &str| {
        let body = format!(r#"{{"token":"t","issued_at":{text}}}"#);
        TokenResponse::decode(body.as_bytes()).unwrap().issued_at.map(|time| time.as_secs())
    };
    assert_eq!(stamp(r#""2018-07-27T15:59:03.973148921Z""#), Some(1_532_707_143));
    for text in [r#""yesterday""#, r#""0001-01-01T00:00:00Z""#, r#""1969-12-31T23:59:59Z""#, "7", "null", "{}"] {
        assert_eq!(stamp(text), None, "{text}");
    }
}
