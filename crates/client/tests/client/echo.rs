//! Peers that echo what they were sent, whole, in parts, or where it is cut.

use std::time::Duration;

use http::Response;
use wharf_client::{Body, Credential, ErrorKind, Secret};
use wharf_registry::{Error, Read};

use crate::peer::{BASIC, Peer, SECRET, bearer, latest, printed, reply, repository, token, wire};

const REALM: &str = "https://registry.example.com/token";

fn saying(message: &str) -> Response<Body> {
    reply(
        401,
        &[("www-authenticate", "Basic realm=x")],
        format!(r#"{{"errors":[{{"code":"DENIED","message":"{message}"}}]}}"#),
    )
}

/// The error of a registry that takes the password itself and says `message` to it.
async fn told_by_basic(message: &str) -> Error {
    let peer = Peer::script([saying(""), saying(message)]);
    let client = peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    client.manifest(&repository(), &latest()).await.unwrap_err()
}

/// The error of a registry that wants a token, gets `secret`, and says `message` to it.
async fn told_by_bearer(secret: &str, message: &str) -> Error {
    let peer = Peer::script([bearer(REALM), token(secret), saying(message)]);
    peer.client().manifest(&repository(), &latest()).await.unwrap_err()
}

#[tokio::test]
async fn a_password_is_not_quoted_in_any_form() {
    let coded = BASIC.trim_start_matches("Basic ");
    for echo in [SECRET, "robot:canary-5eecret", coded, BASIC, "canary-5 eecret", "xx5eecret"] {
        let error = told_by_basic(&format!("no: {echo}")).await;
        assert_eq!(
            wire(&error).body().to_string(),
            if echo == "xx5eecret" { "DENIED: no: xx5eecret" } else { "DENIED" }
        );
    }
}

#[tokio::test]
async fn what_is_not_secret_is_quoted() {
    let error = told_by_basic("robot may not pull").await;
    assert_eq!(wire(&error).body().to_string(), "DENIED: robot may not pull");
}

#[tokio::test]
async fn a_long_token_is_found_where_the_text_is_cut() {
    let secret: String = (0..1_000).map(|number| format!("{number:07}.")).collect();
    for padding in [0, 100, 4_080, 4_090, 5_000] {
        let error = told_by_bearer(&secret, &format!("{}{secret}", "-".repeat(padding))).await;
        assert_eq!(wire(&error).body().to_string(), "DENIED", "{padding}");
    }
    for (from, to) in [(0, 8), (4_000, 4_016), (7_900, 8_000)] {
        let error = told_by_bearer(&secret, &format!("bad token {}", secret.get(from..to).unwrap())).await;
        assert!(!printed(&error).contains(secret.get(from..to).unwrap()), "{from}");
    }
}

#[tokio::test]
async fn a_short_secret_counts_as_a_whole() {
    assert_eq!(wire(&told_by_bearer("t0k", "bad token t0k").await).body().to_string(), "DENIED");
    assert_eq!(wire(&told_by_bearer("t0k", "bad token t0").await).body().to_string(), "DENIED: bad token t0");
}

/// The password went to the token service, which is the registry's own; the registry says it in an answer to a token.
#[tokio::test]
async fn a_secret_of_an_earlier_request_is_not_quoted() {
    let peer = Peer::script([bearer(REALM), token("zzzzzzzz"), saying(SECRET)]);
    let client = peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert!(!printed(&error).contains(SECRET));
}

#[tokio::test]
async fn a_secret_that_could_be_a_code_is_none() {
    let answer = reply(401, &[], r#"{"errors":[{"code":"HUNTER2HUNTER2","message":"no"}]}"#);
    let peer = Peer::script([bearer(REALM), token("HUNTER2HUNTER2"), answer]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert!(!printed(&error).contains("HUNTER2"));
}

#[tokio::test]
async fn marks_that_turn_a_line_are_not_printed() {
    let peer = Peer::script([saying("\u{202e}dnik\u{2066}x\u{200b}\u{feff}\u{2028}\u{e0041}\u{1b}[31m")]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    let told = wire(&error).body().to_string();
    // A control character as it is makes the body none that can be read.
    assert_eq!(told, "");
    let peer = Peer::script([saying("\u{202e}dnik\u{2066}x\u{200b}\u{feff}\u{2028}\u{e0041}\\u001b[31m")]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    let told = wire(&error).body().to_string();
    assert_eq!(told, "DENIED: \u{fffd}dnik\u{fffd}x\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}[31m");
}

#[tokio::test]
async fn a_user_name_with_a_colon_is_sent_to_nobody() {
    let peer = Peer::new(|_| reply(401, &[("www-authenticate", "Basic realm=x")], ""));
    let client = peer.client().with_credentials(Credential::basic("ro:bot", Secret::new(SECRET)));
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Credentials);
    assert_eq!(peer.sent().len(), 1);
}

/// More tokens are under way at once than are remembered, and each registry says the one that it was sent.
#[tokio::test]
async fn the_secret_of_the_request_itself_is_never_forgotten() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => {
            // No two have a part in common.
            let number: u32 = sent.url.split_once("%2Fapp").unwrap().1.split_once("%3A").unwrap().0.parse().unwrap();
            token(&char::from_u32(u32::from('0') + number).unwrap().to_string().repeat(10))
        }
        None => bearer(REALM),
        Some(value) => saying(value),
    });
    let mut limits = wharf_client::Limits::default();
    limits.requests = 100;
    let client = peer.client().with_limits(limits);
    let names: Vec<_> = (0..40).map(|number| format!("team/app{number:02}")).collect();
    let repositories = names.iter().map(|name| wharf_registry::Repository::parse(name).unwrap());
    let errors = repositories.map(|repository| {
        let client = client.clone();
        async move { client.manifest(&repository, &latest()).await.unwrap_err() }
    });
    for error in futures_util::future::join_all(errors).await {
        assert_eq!(wire(&error).body().to_string(), "DENIED");
    }
}

/// A registry with a long token says much that is short: each text is looked through once, and not once for all parts of
/// the token. The bound is a hundred times what it takes.
#[tokio::test]
async fn much_is_compared_with_long_secrets_at_once() {
    let secret: String = (0..4_000).map(|number| format!("{number:07}.")).collect();
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token(&secret),
        None => bearer(REALM),
        Some(_) => {
            let error = r#"{"code":"DENIED","message":"no"},"#.repeat(31);
            let mut response = reply(403, &[], format!("{{\"errors\":[{error}{{}}]}}"));
            let warnings = r#"299 - "much to say", "#.repeat(16).parse::<http::HeaderValue>().unwrap();
            for _ in 0..100 {
                response.headers_mut().append("warning", warnings.clone());
            }
            response
        }
    });
    let before = spent();
    peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert!(spent() - before < Duration::from_secs(10), "{:?}", spent() - before);
}

/// How long this thread has had a processor: what others do with it in the meantime does not count. Where the system does
/// not tell, it is nothing.
fn spent() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default())
}
