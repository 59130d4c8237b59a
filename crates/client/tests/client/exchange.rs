//! Exchanges of tokens: how many there are, in which form, and what is asked for when a token is not enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use http::{Response, StatusCode};
use tokio::task::JoinSet;
use wharf_client::{Body, Client, Credential, ErrorKind, Fault, Party, Secret};
use wharf_registry::{List, Read};

use crate::peer::{
    BASIC, FakeClock, Peer, SECRET, assert_confined, bearer, blob_reply, digest, fault, latest, manifest_reply,
    printed, reply, repository, token, wire,
};

const HOME: &str = "https://registry.example.com";
const REALM: &str = "https://registry.example.com/token";

fn robot(peer: &Peer) -> Client {
    peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)))
}

async fn pull(client: &Client) -> Result<(), wharf_registry::Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

/// A registry that takes the tokens which its service numbers, from `oldest` on.
fn numbered(oldest: &Arc<AtomicUsize>) -> Peer {
    let (issued, oldest) = (AtomicUsize::new(0), Arc::clone(oldest));
    Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token(&format!("token-{}", issued.fetch_add(1, Ordering::SeqCst))),
        Some(value) => match value.strip_prefix("Bearer token-").and_then(|number| number.parse().ok()) {
            Some(number) if oldest.load(Ordering::SeqCst) <= number => blob_reply("content"),
            _ => bearer(REALM),
        },
        None => bearer(REALM),
    })
}

/// Sixteen tasks on two threads, which ask for the head of a blob `times` times each.
async fn heads(client: &Client, times: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let client = client.clone();
        tasks.spawn(async move {
            for _ in 0..times {
                client.stat_blob(&repository(), &digest("content")).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_heads_make_one_exchange() {
    let (peer, clock) = (numbered(&Arc::default()), FakeClock::default());
    let client = robot(&peer).with_clock(clock.clone());
    heads(&client, 625).await;
    let refused = peer.count("/blobs/") - 10_000;
    assert_eq!(peer.count("/token"), 1);
    assert!((1..=16).contains(&refused), "{refused} requests were made before there was a token");
    // In the middle of the life of the second token, both the first and it have been used by everybody.
    clock.advance(400);
    heads(&client, 10).await;
    assert_eq!((peer.count("/token"), peer.count("/blobs/")), (2, 10_160 + refused), "and no refusal after the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_is_replaced_once_for_all() {
    let oldest = Arc::default();
    let peer = numbered(&oldest);
    let client = robot(&peer);
    heads(&client, 1).await;
    oldest.store(1, Ordering::SeqCst);
    heads(&client, 1).await;
    assert_eq!(peer.count("/token"), 2);
}

/// Sixteen wrong passwords in a row would lock an account.
#[tokio::test]
async fn a_refused_exchange_is_the_answer_to_all_who_waited_for_it() {
    let peer = Peer::new(|sent| match sent.url.starts_with(REALM) {
        true => reply(401, &[], r#"{"errors":[{"code":"DENIED"}]}"#),
        false => bearer(REALM),
    });
    let client = robot(&peer);
    let errors = join_all((0..16).map(|_| pull(&client))).await;
    for error in errors.into_iter().map(Result::unwrap_err) {
        let error = wire(&error);
        assert_eq!((error.kind(), error.party()), (ErrorKind::Refused(StatusCode::UNAUTHORIZED), Party::TokenService));
        assert_eq!(error.body().to_string(), "DENIED");
    }
    assert_eq!(peer.count("/token"), 1);
    pull(&client).await.unwrap_err();
    assert_eq!(peer.count("/token"), 2, "who comes later asks again");
}

/// A token service that answers forms with `forms`, and everything else with a token.
fn with_forms(forms: impl Fn() -> Response<Body> + Send + Sync + 'static) -> Peer {
    let issued = AtomicUsize::new(0);
    Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) && sent.method == "POST" => forms(),
        _ if sent.url.starts_with(REALM) => token(&format!("got-{}", issued.fetch_add(1, Ordering::SeqCst))),
        Some(value) if value.starts_with("Bearer ") => manifest_reply(),
        _ => bearer(REALM),
    })
}

#[tokio::test]
async fn a_password_is_posted_when_forms_are_preferred() {
    let peer = with_forms(|| token("posted"));
    pull(&robot(&peer).prefer_forms()).await.unwrap();
    let sent = peer.sent();
    assert_eq!(sent[1].line(), format!("POST {REALM}"));
    assert_eq!((sent[1].header("authorization"), sent.len()), (None, 3));
    assert_eq!(sent[1].header("content-type"), Some("application/x-www-form-urlencoded"));
    let form =
        "grant_type=password&client_id=wharf&service=r&scope=repository%3Ateam%2Fapp%3Apull&username=robot&password=";
    assert!(sent[1].body == format!("{form}{SECRET}"), "another form");
    assert_eq!(sent[2].header("authorization"), Some("Bearer posted"));
    pull(&robot(&peer)).await.unwrap();
    assert_eq!(peer.sent()[4].method, "GET", "and not otherwise");
}

#[tokio::test]
async fn a_service_without_forms_is_asked_with_a_header_and_remembered() {
    for status in [400, 401, 404, 405] {
        let (peer, clock) = (with_forms(move || reply(status, &[], "no")), FakeClock::default());
        let client = robot(&peer).prefer_forms().with_clock(clock.clone());
        pull(&client).await.unwrap();
        clock.advance(400);
        pull(&client).await.unwrap();
        let asked: Vec<_> = peer.sent().iter().filter(|sent| sent.url.starts_with(REALM)).cloned().collect();
        let asked: Vec<_> = asked.iter().map(|sent| (sent.method.as_str(), sent.header("authorization"))).collect();
        assert_eq!(asked, [("POST", None), ("GET", Some(BASIC)), ("GET", Some(BASIC))], "{status}");
    }
}

#[tokio::test]
async fn a_form_that_is_refused_in_earnest_is_the_end_and_its_password_is_not_quoted() {
    for status in [403, 429] {
        let body = format!(r#"{{"errors":[{{"code":"DENIED","message":"wrong {SECRET}"}}]}}"#);
        let peer = with_forms(move || reply(status, &[], body.clone()));
        let error = pull(&robot(&peer).prefer_forms()).await.unwrap_err();
        assert_eq!(wire(&error).kind(), ErrorKind::Refused(StatusCode::from_u16(status).unwrap()));
        assert_eq!((wire(&error).party(), wire(&error).method().as_str()), (Party::TokenService, "POST"));
        assert!(!printed(&error).contains(SECRET), "an error prints a secret");
        assert_eq!(peer.count("/token"), 1);
    }
}

#[tokio::test]
async fn a_form_is_not_for_a_token_service_that_nobody_trusts() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        Some("Bearer t") => manifest_reply(),
        _ if sent.url.contains("scope=") => token("t"),
        _ => bearer("https://tokens.example.net/token"),
    });
    pull(&robot(&peer).prefer_forms()).await.unwrap();
    assert_eq!(peer.sent()[1].method, "GET");
    assert_confined(&peer, &[HOME]);
}

/// A registry that wants another right for lists, as Azure's does, and says so.
fn lists_are_special() -> Peer {
    Peer::new(|sent| {
        if let Some((_, scope)) = sent.url.split_once("&scope=") {
            return token(if scope.contains("metadata_read") { "wide" } else { "narrow" });
        }
        let challenge = format!(
            r#"Bearer realm="{REALM}",service="r",scope="repository:team/app:metadata_read,push",error="insufficient_scope""#
        );
        match sent.header("authorization") {
            None => bearer(REALM),
            Some("Bearer narrow") => reply(401, &[("www-authenticate", &challenge)], ""),
            Some(_) => reply(200, &[], r#"{"name":"team/app","tags":["v1"]}"#),
        }
    })
}

#[tokio::test]
async fn a_token_that_is_not_enough_is_followed_by_one_for_more_of_the_same_kind() {
    let peer = lists_are_special();
    let client = robot(&peer);
    for _ in 0..2 {
        let tags: Vec<_> = client.tags(&repository(), None).try_collect().await.unwrap();
        assert_eq!(tags.len(), 1);
    }
    let asked: Vec<_> = peer.lines().iter().filter_map(|line| Some(line.split_once("&scope=")?.1.to_owned())).collect();
    let narrow = "repository%3Ateam%2Fapp%3Apull";
    assert_eq!(asked, [narrow, "repository%3Ateam%2Fapp%3Ametadata_read%2Cpull"], "who reads does not ask to push");
    assert_eq!(peer.count("/tags/"), 4, "the first list takes three requests, and the second one");
}

/// What the registry said is the result when nothing better can be had.
#[tokio::test]
async fn a_right_that_is_not_given_is_not_asked_for_again() {
    let challenge =
        format!(r#"Bearer realm="{REALM}",scope="repository:team/app:metadata_read",error="insufficient_scope""#);
    for gives in [true, false] {
        let challenge = challenge.clone();
        let peer = Peer::new(move |sent| match sent.header("authorization") {
            _ if sent.url.contains("metadata_read") && !gives => reply(403, &[], ""),
            _ if sent.url.contains("metadata_read") => token("wide"),
            _ if sent.url.starts_with(REALM) => token("t"),
            None => bearer(REALM),
            Some(_) => reply(401, &[("www-authenticate", &challenge)], ""),
        });
        let error = pull(&robot(&peer)).await.unwrap_err();
        let told = (wire(&error).kind(), wire(&error).party());
        assert_eq!(told, (ErrorKind::Refused(StatusCode::UNAUTHORIZED), Party::Registry));
        assert_eq!((peer.count("/token"), peer.count("/manifests/")), (2, if gives { 3 } else { 2 }));
    }
}

/// A registry that says at its root alone how it wants to be asked.
fn silent() -> Peer {
    Peer::new(|sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token("t"),
        Some("Bearer t") => manifest_reply(),
        _ if sent.url == format!("{HOME}/v2/") => {
            let challenge = format!(r#"Bearer realm="{REALM}",scope="repository:user/image:push""#);
            reply(401, &[("www-authenticate", &challenge)], "")
        }
        _ => reply(401, &[], ""),
    })
}

#[tokio::test]
async fn a_refusal_without_a_challenge_leads_who_has_credentials_to_the_root() {
    let peer = silent();
    let client = robot(&peer);
    pull(&client).await.unwrap();
    let manifest = format!("GET {HOME}/v2/team/app/manifests/latest");
    let exchange = format!("GET {REALM}?scope=repository%3Ateam%2Fapp%3Apull");
    assert_eq!(peer.lines(), [manifest.clone(), format!("GET {HOME}/v2/"), exchange, manifest]);
    assert_eq!(peer.sent()[1].header("authorization"), None);
    pull(&client).await.unwrap();
    assert_eq!(peer.count("/v2/"), 4, "and once");

    let peer = silent();
    pull(&peer.client()).await.unwrap_err();
    assert_eq!(peer.sent().len(), 1, "who has none would not know what to say");
}

#[tokio::test]
async fn a_root_that_is_elsewhere_or_says_nothing_changes_nothing() {
    let roots = [
        reply(404, &[], ""),
        reply(307, &[("location", "https://evil.example.net/")], ""),
        reply(302, &[("location", "http://registry.example.com/")], ""),
    ];
    for root in roots {
        let answers = [reply(401, &[], ""), root, reply(401, &[("www-authenticate", "Basic realm=x")], "")];
        let answers = std::sync::Mutex::new(answers.into_iter());
        let peer = Peer::new(move |_| answers.lock().unwrap().next().unwrap());
        let error = pull(&robot(&peer)).await.unwrap_err();
        assert_eq!(wire(&error).kind(), ErrorKind::Refused(StatusCode::UNAUTHORIZED));
        assert!(peer.sent().iter().all(|sent| sent.header("authorization").is_none()));
    }
}

/// Nothing that a registry once said about its token service is final.
#[tokio::test]
async fn a_realm_that_was_unusable_is_asked_for_again() {
    let times = AtomicUsize::new(0);
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token("t"),
        Some(_) => manifest_reply(),
        None if times.fetch_add(1, Ordering::SeqCst) == 0 => bearer("http://registry.example.com/token"),
        None => bearer(REALM),
    });
    let client = robot(&peer);
    let error = pull(&client).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Realm(wharf_client::UrlFault::Insecure));
    pull(&client).await.unwrap();
}
