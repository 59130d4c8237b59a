//! Tokens: when one is asked for, what for, how often, and when it is asked for again.

use std::future::Future as _;
use std::task::{Context, Waker};

use futures_util::future::join_all;
use http::Response;
use wharf_client::{Body, Client, Credential, ErrorKind, Fault, Party, Secret, TransportErrorKind};
use wharf_registry::{Blob, Delete, ErrorCode, List, Read, Repository, Write};

use crate::peer::{
    BASIC, FakeClock, Peer, SECRET, assert_confined, bearer, digest, latest, manifest_reply, printed, reply,
    repository, token, wire,
};

const REALM: &str = "https://registry.example.com/token";

/// A registry that wants a token for everything, and a token service that numbers its tokens.
fn guarded() -> Peer {
    let issued = std::sync::atomic::AtomicUsize::new(0);
    Peer::new(move |sent| {
        if sent.url.starts_with(REALM) {
            let number = issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return token(&format!("token-{number}"));
        }
        match sent.header("authorization") {
            Some(value) if value.starts_with("Bearer token-") => manifest_reply(),
            _ => bearer(REALM),
        }
    })
}

fn with_credentials(client: Client) -> Client {
    client.with_credentials(Credential::basic("robot", Secret::new(SECRET)))
}

async fn pull(client: &Client) -> Result<(), wharf_registry::Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

#[tokio::test]
async fn an_open_registry_is_asked_nothing_extra() {
    let peer = Peer::script([manifest_reply(), manifest_reply()]);
    let client = with_credentials(peer.client());
    pull(&client).await.unwrap();
    pull(&client).await.unwrap();
    assert_eq!(peer.count("/v2/team/app/manifests/latest"), 2);
    assert!(peer.sent().iter().all(|sent| sent.header("authorization").is_none()));
}

#[tokio::test]
async fn an_anonymous_token_is_asked_for_what_the_call_needs() {
    let peer = guarded();
    pull(&peer.client()).await.unwrap();
    let sent = peer.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].header("authorization"), None, "nothing before it is wanted");
    assert_eq!(sent[1].url, format!("{REALM}?service=r&scope=repository%3Ateam%2Fapp%3Apull"));
    assert_eq!(sent[1].header("authorization"), None);
    assert_eq!(sent[2].header("authorization"), Some("Bearer token-0"));
}

#[tokio::test]
async fn the_scope_is_that_of_the_operation() {
    let peer = Peer::new(|sent| match sent.url.starts_with(REALM) {
        true => reply(403, &[], ""),
        false => bearer(REALM),
    });
    let client = peer.client();
    let (here, there) = (repository(), Repository::from_static("there"));
    client.put_blob(&here, Blob::from_bytes("x")).await.unwrap_err();
    client.delete_blob(&here, &digest("x")).await.unwrap_err();
    let _ = futures_util::StreamExt::next(&mut client.repositories(None)).await.unwrap().unwrap_err();
    assert!(!client.mount(&here, &digest("x"), &there).await.unwrap(), "a refused token is a refused mount");
    let scopes: Vec<_> =
        peer.sent().iter().filter_map(|sent| Some(sent.url.split_once("&scope=")?.1.to_owned())).collect();
    assert_eq!(
        scopes,
        [
            "repository%3Ateam%2Fapp%3Apull%2Cpush",
            "repository%3Ateam%2Fapp%3Adelete%2Cpull",
            "registry%3Acatalog%3A*",
            "repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Athere%3Apull",
        ]
    );
}

#[tokio::test]
async fn credentials_go_to_the_token_service_and_the_token_to_the_registry() {
    let peer = guarded();
    pull(&with_credentials(peer.client())).await.unwrap();
    let sent = peer.sent();
    assert_eq!(sent[1].header("authorization"), Some(BASIC));
    assert_eq!(sent[2].header("authorization"), Some("Bearer token-0"));
    assert_confined(&peer, &["https://registry.example.com"]);
}

#[tokio::test]
async fn basic_is_sent_at_once_after_it_was_wanted() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        Some(BASIC) => manifest_reply(),
        _ => reply(401, &[("www-authenticate", "BASIC realm=\"Sonatype\"")], ""),
    });
    let client = with_credentials(peer.client());
    pull(&client).await.unwrap();
    pull(&client).await.unwrap();
    let sent: Vec<_> = peer.sent().iter().map(|sent| sent.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some(BASIC.into()), Some(BASIC.into())]);
}

#[tokio::test]
async fn bearer_is_preferred_in_whatever_form_the_challenges_come() {
    let forms: [&[(&str, &str)]; 3] = [
        &[("www-authenticate", r#"Basic realm="x", Bearer realm="https://registry.example.com/token",service="r""#)],
        &[("www-authenticate", "Negotiate"), ("www-authenticate", "bearer realm=https://registry.example.com/token")],
        &[("www-authenticate", r#"Bearer realm="https://registry.example.com/token",scope="*",Basic realm="x""#)],
    ];
    for form in forms {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let peer = Peer::new(move |sent| match sent.header("authorization") {
            _ if sent.url.starts_with(REALM) => token("token-0"),
            Some("Bearer token-0") => manifest_reply(),
            _ => {
                let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                reply(401, &form, "")
            }
        });
        pull(&with_credentials(peer.client())).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_is_used_until_it_expires() {
    let (peer, clock) = (guarded(), FakeClock::default());
    let client = peer.client().with_clock(clock.clone());
    pull(&client).await.unwrap();
    clock.advance(294);
    pull(&client).await.unwrap();
    assert_eq!((peer.count("/token"), peer.sent().len()), (1, 4));
    clock.advance(2);
    pull(&client).await.unwrap();
    assert_eq!((peer.count("/token"), peer.sent().len()), (2, 6), "a new one at once, without a refusal first");
}

#[tokio::test]
async fn a_token_that_covers_more_is_used_for_less_and_not_the_other_way_round() {
    let peer = guarded();
    let client = peer.client();
    client.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(peer.count("/token"), 1);
    pull(&client).await.unwrap();
    assert_eq!(peer.count("/token"), 1, "push covers pull");
    client.delete_blob(&repository(), &digest("x")).await.unwrap();
    assert_eq!(peer.count("/token"), 2, "push does not cover delete");
    client.manifest(&Repository::from_static("other"), &latest()).await.unwrap();
    assert_eq!(peer.count("/token"), 3, "another repository is another scope");
}

#[tokio::test]
async fn another_identity_has_other_tokens() {
    let peer = guarded();
    let anonymous = peer.client();
    pull(&anonymous).await.unwrap();
    pull(&with_credentials(anonymous.clone())).await.unwrap();
    let asked: Vec<_> = peer
        .sent()
        .iter()
        .filter(|sent| sent.url.starts_with(REALM))
        .map(|sent| sent.header("authorization").is_some())
        .collect();
    assert_eq!(asked, [false, true]);
}

#[tokio::test]
async fn sixteen_requests_at_once_make_one_exchange() {
    let peer = guarded();
    let client = peer.client();
    for result in join_all((0..16).map(|_| pull(&client))).await {
        result.unwrap();
    }
    assert_eq!(peer.count("/token"), 1);
}

/// Each of them would wait as long as the one before it.
#[tokio::test]
async fn a_token_service_that_falls_silent_is_waited_for_once() {
    let peer = Peer::new(|sent| match sent.url.starts_with(REALM) {
        true => Response::new(Body::stream(futures_util::stream::pending(), None)),
        false => bearer(REALM),
    });
    let clock = FakeClock::hasty();
    let client = peer.client().with_clock(clock);
    for result in join_all((0..16).map(|_| pull(&client))).await {
        let error = result.unwrap_err();
        assert_eq!(wire(&error).kind(), ErrorKind::Transport(TransportErrorKind::Timeout));
        assert_eq!(wire(&error).party(), Party::TokenService);
    }
    assert_eq!(peer.count("/token"), 1);
}

#[tokio::test]
async fn an_exchange_that_was_dropped_is_made_by_the_next() {
    let peer = guarded();
    let client = peer.client();
    let mut first = Box::pin(pull(&client));
    let mut second = Box::pin(pull(&client));
    while peer.count("/token") == 0 {
        for pull in [&mut first, &mut second] {
            let _ = pull.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    }
    drop(first);
    second.await.unwrap();
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_repeated_once() {
    let issued = std::sync::atomic::AtomicUsize::new(0);
    let peer = Peer::new(move |sent| {
        if sent.url.starts_with(REALM) {
            return token(&format!("token-{}", issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst)));
        }
        match (sent.header("authorization"), sent.url.contains("blobs")) {
            (Some("Bearer token-0"), false) | (Some("Bearer token-1"), true) => manifest_reply(),
            // An expired token is answered with a challenge of another kind, as Harbor does.
            (Some(_), _) => reply(401, &[("www-authenticate", "Basic realm=\"harbor\"")], ""),
            (None, _) => bearer(REALM),
        }
    });
    let client = peer.client();
    pull(&client).await.unwrap();
    client.stat_blob(&repository(), &digest("x")).await.unwrap_err();
    assert_eq!(peer.count("/token"), 2);
    assert_eq!(peer.count("/blobs/"), 3, "refused, and then answered without a length, twice");
}

/// What registries say to a token that has expired, and to one that is good and not enough: how many tokens and how
/// many requests come of it after a first pull.
#[tokio::test]
async fn a_token_at_hand_is_renewed_once_whatever_its_refusal_looks_like() {
    const EXPIRED: &str = r#"{"errors":[{"code":"DENIED","message":"Your authorization token has expired."}]}"#;
    const WRONG: &str = r#"{"errors":[{"code":"MANIFEST_INVALID","message":"no"}]}"#;
    let table = [
        (401, "", 2, 4, true),
        (403, EXPIRED, 2, 4, true),
        (400, EXPIRED, 2, 4, true),
        (400, "Bad Request", 2, 4, true),
        (400, WRONG, 1, 3, false),
        (404, EXPIRED, 1, 3, false),
        (405, EXPIRED, 1, 3, false),
    ];
    for (status, body, tokens, requests, good) in table {
        let issued = std::sync::atomic::AtomicUsize::new(0);
        let refuse = std::sync::atomic::AtomicBool::new(false);
        let peer = Peer::new(move |sent| {
            if sent.url.starts_with(REALM) {
                return token(&format!("token-{}", issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst)));
            }
            match sent.header("authorization") {
                None => bearer(REALM),
                Some("Bearer token-0") if refuse.swap(true, std::sync::atomic::Ordering::SeqCst) => {
                    reply(status, &[], body)
                }
                Some(_) => manifest_reply(),
            }
        });
        let client = peer.client();
        pull(&client).await.unwrap();
        assert_eq!(pull(&client).await.is_ok(), good, "{status} {body}");
        assert_eq!((peer.count("/token"), peer.count("/manifests/")), (tokens, requests), "{status} {body}");
    }
}

#[tokio::test]
async fn a_refusal_of_a_fresh_token_is_the_answer() {
    let body = r#"{"errors":[{"code":"DENIED"}]}"#;
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token("t"),
        None => bearer(REALM),
        Some(_) => reply(403, &[], body),
    });
    let client = peer.client();
    let error = pull(&client).await.unwrap_err();
    assert_eq!((error.code(), peer.count("/token"), peer.sent().len()), (&ErrorCode::DENIED, 1, 3));
    pull(&client).await.unwrap_err();
    assert_eq!((peer.count("/token"), peer.sent().len()), (2, 5), "it may have expired, and the new one is the same");
}

#[tokio::test]
async fn a_password_that_is_refused_is_not_sent_twice_for_that() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        Some(BASIC) => reply(403, &[], ""),
        _ => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
    });
    let client = with_credentials(peer.client());
    pull(&client).await.unwrap_err();
    pull(&client).await.unwrap_err();
    assert_eq!(peer.sent().len(), 3, "the first is a challenge, and the others carry the password once each");
}

#[tokio::test]
async fn a_token_service_that_fails_does_not_hide_what_the_registry_said() {
    let issued = std::sync::atomic::AtomicUsize::new(0);
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => match issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => token("t"),
            _ => reply(401, &[], ""),
        },
        None => bearer(REALM),
        Some(_) => reply(403, &[], ""),
    });
    let client = peer.client();
    pull(&client).await.unwrap_err();
    let error = pull(&client).await.unwrap_err();
    assert_eq!(
        (wire(&error).status().map(|status| status.as_u16()), wire(&error).party()),
        (Some(403), Party::Registry)
    );
}

#[tokio::test]
async fn a_registry_that_refuses_forever_is_given_up() {
    let peer = Peer::new(|sent| if sent.url.starts_with(REALM) { token("token") } else { bearer(REALM) });
    let client = with_credentials(peer.client());
    let error = pull(&client).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAUTHORIZED);
    assert_eq!(peer.sent().len(), 3);
    pull(&client).await.unwrap_err();
    assert_eq!(peer.sent().len(), 5, "a token that was fresh is not renewed");

    let basic = Peer::new(|_| reply(401, &[("www-authenticate", "Basic realm=x")], ""));
    let client = with_credentials(basic.client());
    pull(&client).await.unwrap_err();
    assert_eq!(basic.sent().len(), 2);
    pull(&client).await.unwrap_err();
    assert_eq!(basic.sent().len(), 4, "what was refused is not sent at once again");
}

#[tokio::test]
async fn a_stream_is_never_sent_twice() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "/v2/team/app/blobs/uploads/1")], ""),
        "DELETE" => reply(204, &[], ""),
        _ if sent.url.starts_with(REALM) => token("token"),
        _ => bearer(REALM),
    });
    let error = peer.client().put_blob(&repository(), Blob::from_bytes("content")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAUTHORIZED);
    let puts = peer.sent().iter().filter(|sent| sent.method == "PUT").count();
    assert_eq!(puts, 1);
}

#[tokio::test]
async fn a_token_that_expired_during_an_upload_is_renewed_before_the_next_request() {
    let clock = FakeClock::default();
    let advance = clock.clone();
    let peer = Peer::new(move |sent| {
        match (sent.method.as_str(), sent.header("authorization")) {
            ("GET", _) => return token("token"),
            (_, None) => return bearer(REALM),
            ("POST", _) => advance.advance(1000),
            _ => return reply(201, &[], ""),
        }
        reply(202, &[("location", "/v2/team/app/blobs/uploads/1")], "")
    });
    peer.client().with_clock(clock).put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
    let lines: Vec<_> = peer.sent().iter().map(|sent| sent.method.to_string()).collect();
    assert_eq!(lines, ["POST", "GET", "POST", "GET", "PUT"]);
}

/// What a token service can answer, and what comes of it.
#[tokio::test]
async fn a_failed_exchange_is_an_error_and_never_an_anonymous_request() {
    let long = "x".repeat(40_000);
    let huge = format!("{{\"token\":\"t\",\"pad\":\"{}\"}}", "x".repeat(70_000));
    let table: [(Response<Body>, ErrorKind, ErrorCode); 12] = [
        (reply(401, &[], "{}"), ErrorKind::Refused(http::StatusCode::UNAUTHORIZED), ErrorCode::UNAUTHORIZED),
        (reply(404, &[], "{}"), ErrorKind::Refused(http::StatusCode::NOT_FOUND), ErrorCode::UNAUTHORIZED),
        (reply(429, &[], ""), ErrorKind::Refused(http::StatusCode::TOO_MANY_REQUESTS), ErrorCode::TOOMANYREQUESTS),
        (reply(503, &[], "<html>"), ErrorKind::Refused(http::StatusCode::SERVICE_UNAVAILABLE), ErrorCode::UNAVAILABLE),
        (
            reply(302, &[("location", "https://evil.example/")], ""),
            ErrorKind::Peer(Fault::Redirected),
            ErrorCode::UNAVAILABLE,
        ),
        (reply(200, &[], "not json"), ErrorKind::Peer(Fault::Token), ErrorCode::UNAUTHORIZED),
        (reply(200, &[], "{\"token\":\"\"}"), ErrorKind::Peer(Fault::Token), ErrorCode::UNAUTHORIZED),
        (reply(200, &[], "{\"token\":\"a\\r\\nb\"}"), ErrorKind::Peer(Fault::Token), ErrorCode::UNAUTHORIZED),
        (reply(200, &[], format!("{{\"token\":\"{long}\"}}")), ErrorKind::Peer(Fault::Token), ErrorCode::UNAUTHORIZED),
        (reply(200, &[], huge), ErrorKind::Peer(Fault::TooLarge), ErrorCode::UNAUTHORIZED),
        (
            reply(200, &[("content-length", "99")], "{\"token\":\"t\"}"),
            ErrorKind::Peer(Fault::WrongLength),
            ErrorCode::UNAUTHORIZED,
        ),
        (reply(204, &[], ""), ErrorKind::Peer(Fault::Status), ErrorCode::UNAVAILABLE),
    ];
    for (answer, kind, code) in table {
        let peer = Peer::script([bearer(REALM), answer]);
        let error = pull(&with_credentials(peer.client())).await.unwrap_err();
        assert_eq!((wire(&error).kind(), error.code()), (kind, &code));
        assert_eq!(wire(&error).party(), Party::TokenService);
        assert!(!printed(&error).contains(SECRET));
    }
}

#[tokio::test]
async fn a_provider_that_fails_fails_the_request() {
    struct Broken;

    #[async_trait::async_trait]
    impl wharf_client::Credentials for Broken {
        async fn credential(
            &self,
            _: &wharf_registry::Host,
        ) -> Result<Option<Credential>, wharf_client::CredentialError> {
            Err(wharf_client::CredentialError::new("no helper"))
        }
    }

    let peer = Peer::script([bearer(REALM)]);
    let error = pull(&peer.client().with_credentials(Broken)).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Credentials);
}
