//! What a client does with each kind of credential: where it is sent, and where it is not.

use wharf_client::docker_config::{ConfigFile, Helpers, Keychain};
use wharf_client::{Client, Credential, ErrorKind, Party, Secret};
use wharf_registry::{Read, Repository, Write};

use crate::peer::{
    BASIC, Peer, SECRET, assert_confined, bearer, digest, latest, manifest_reply, printed, reply, repository, token,
    wire,
};
use crate::table::expand;

const REALM: &str = "https://registry.example.com/token";
const REGISTRY: &str = "https://registry.example.com";

async fn pull(client: &Client) -> Result<(), wharf_registry::Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

/// A registry that wants a token, of which it takes those that begin with `good`.
fn guarded(realm: &'static str) -> Peer {
    Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.starts_with(realm) => token("good"),
        Some(value) if value.starts_with("Bearer good") => manifest_reply(),
        _ => bearer(realm),
    })
}

fn identity(client: Client) -> Client {
    client.with_credentials(Credential::identity_token(Secret::new(format!("{SECRET}+&="))))
}

#[tokio::test]
async fn an_identity_token_is_posted_to_the_token_service_and_sent_nowhere_else() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        _ if sent.url.contains("/token") => token("good"),
        Some("Bearer good") => manifest_reply(),
        _ => bearer("https://registry.example.com/token?account=x&keep=1&scope=all"),
    });
    pull(&identity(peer.client())).await.unwrap();
    let sent = peer.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1].line(), "POST https://registry.example.com/token?keep=1");
    assert_eq!(sent[1].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(sent[1].header("authorization"), None);
    let form = "grant_type=refresh_token&client_id=wharf&service=r&scope=repository%3Ateam%2Fapp%3Apull&refresh_token=";
    assert!(sent[1].body == format!("{form}{SECRET}%2B%26%3D"), "another form");
    assert_eq!(sent[2].header("authorization"), Some("Bearer good"));
    assert!(sent.iter().filter(|sent| String::from_utf8_lossy(&sent.body).contains(SECRET)).count() == 1);
}

#[tokio::test]
async fn an_identity_token_is_not_for_a_token_service_that_nobody_trusts() {
    let peer = guarded("https://tokens.example.net/token");
    pull(&identity(peer.client())).await.unwrap();
    assert_eq!(peer.sent()[1].method, "GET");
    assert_confined(&peer, &[REGISTRY]);
    assert_eq!(peer.sent().iter().filter(|sent| !sent.body.is_empty()).count(), 0);
}

#[tokio::test]
async fn an_identity_token_is_not_a_password() {
    let peer = Peer::new(|_| reply(401, &[("www-authenticate", "Basic realm=x")], ""));
    let error = pull(&identity(peer.client())).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Refused(http::StatusCode::UNAUTHORIZED));
    assert_eq!(peer.sent().len(), 1);
}

#[tokio::test]
async fn several_scopes_are_one_parameter_of_the_form() {
    let peer = guarded(REALM);
    let there = Repository::from_static("there");
    let _ = identity(peer.client()).mount(&repository(), &digest("x"), &there).await;
    let form = String::from_utf8(peer.sent()[1].body.to_vec()).unwrap();
    let scopes = form.split('&').find_map(|pair| pair.strip_prefix("scope="));
    assert_eq!(scopes, Some("repository%3Ateam%2Fapp%3Apull%2Cpush+repository%3Athere%3Apull"));
}

#[tokio::test]
async fn what_a_token_service_repeats_of_an_identity_token_is_in_no_error() {
    let body = format!(r#"{{"errors":[{{"code":"UNAUTHORIZED","message":"bad {SECRET}"}}]}}"#);
    let peer = Peer::script([bearer(REALM), reply(400, &[], body)]);
    let client = peer.client().with_credentials(Credential::identity_token(Secret::new(SECRET)));
    let error = pull(&client).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Refused(http::StatusCode::BAD_REQUEST));
    assert_eq!(wire(&error).party(), Party::TokenService);
    assert!(!printed(&error).contains(SECRET), "an error prints a secret");
}

#[tokio::test]
async fn a_registry_token_is_sent_as_it_is_and_to_the_registry_alone() {
    let peer = guarded(REALM);
    let client = peer.client().with_credentials(Credential::registry_token(Secret::new(format!("good-{SECRET}"))));
    pull(&client).await.unwrap();
    pull(&client).await.unwrap();
    assert_eq!((peer.count("/token"), peer.sent().len()), (0, 3));
    assert_confined(&peer, &[REGISTRY]);
}

#[tokio::test]
async fn a_registry_token_that_is_refused_is_not_sent_again() {
    let valid = std::sync::atomic::AtomicBool::new(true);
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        Some(_) if valid.swap(false, std::sync::atomic::Ordering::SeqCst) => manifest_reply(),
        _ => bearer(REALM),
    });
    let client = peer.client().with_credentials(Credential::registry_token(Secret::new(SECRET)));
    pull(&client).await.unwrap();
    assert_eq!(peer.sent().len(), 2);
    pull(&client).await.unwrap_err();
    assert_eq!(peer.sent().len(), 3, "what was refused is not tried twice");
    assert_eq!(peer.count("/token"), 0);
}

#[tokio::test]
async fn a_keychain_is_asked_for_the_repository_of_its_client() {
    let file =
        r#"{"auths":{"registry.example.com/team":{"auth":"B(robot)"},"registry.example.com":{"auth":"B(other)"}}}"#;
    let file = ConfigFile::parse(expand(file).as_bytes()).unwrap();
    let keychain = Keychain::new([file], Helpers::new(None));
    let peer = Peer::new(|sent| match sent.header("authorization") {
        Some(BASIC) => manifest_reply(),
        _ => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
    });
    pull(&peer.client().with_credentials(keychain.scoped(repository()))).await.unwrap();
    let other = keychain.scoped(Repository::from_static("teammate/app"));
    pull(&peer.client().with_credentials(other)).await.unwrap_err();
    pull(&peer.client().with_credentials(keychain)).await.unwrap_err();
}

#[tokio::test]
async fn a_broken_entry_fails_the_request_and_is_not_an_anonymous_one() {
    let file = ConfigFile::parse(expand(r#"{"auths":{"registry.example.com":{"auth":"SECRET"}}}"#).as_bytes()).unwrap();
    let peer = Peer::script([bearer(REALM)]);
    let client = peer.client().with_credentials(Keychain::new([file], Helpers::new(None)));
    let error = pull(&client).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Credentials);
    assert!(printed(&error).contains("what should be base64 is not"));
    assert!(!printed(&error).contains(SECRET), "an error prints a secret");
}
