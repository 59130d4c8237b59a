//! Token services and challenges.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use wharf_client::{Client, Credential, CredentialError, Credentials, Host, Party, Secret};
use wharf_registry::{Blob, Delete, ErrorCode, Read, Write};
use wharf_testkit::emulate::registries::{self, PASSWORD};
use wharf_testkit::emulate::{About, Clock, Desk, Emulated, Network, Quirk, Sent, Why, answer, guard};
use wharf_testkit::fixture;

use crate::every::Emulate;
use crate::support::{SECRET, anonymous, at, client, latest, registry, repository, wire};

const HOUR: Duration = Duration::from_secs(3_600);

async fn push(client: &Client) {
    fixture::push(client, &repository(), &fixture::image(1, 1, 100), &wharf_registry::Tag::LATEST).await;
}

async fn pull(client: &Client) -> Result<(), wharf_registry::Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

/// A registry with a token service of its own, and a client of both that has pushed something.
async fn guarded(desk: impl Fn(Desk) -> Desk) -> (Network, Clock, Desk, Client) {
    let (clock, network) = (Clock::default(), Network::default());
    let desk = desk(Desk::new(clock.clone(), HOUR));
    let refuse = |_: wharf_testkit::emulate::Asked<'_>| {
        let challenge = r#"Bearer realm="https://registry.example.com/token",service="r""#;
        Some(answer(401, &[("www-authenticate", challenge)], ""))
    };
    let inner = Emulated::new(registry()).with(desk.at("/token")).with(guard(&desk, refuse));
    network.put("https://registry.example.com", inner);
    let client = at("registry.example.com", &network, &clock);
    (network, clock, desk, client)
}

fn is_token_request(sent: &Sent) -> bool {
    sent.url.contains("scope=")
}

/// What token services answer, and for how many seconds their tokens are used: what they say, at least half a minute, and
/// a minute if they do not say. When a token was issued does not matter: the clocks may differ.
#[tokio::test]
async fn a_token_is_used_for_as_long_as_each_registry_s_answer_says() {
    type Shape = fn(&str) -> String;
    let table: [(Shape, u64); 8] = [
        (|token| format!(r#"{{"access_token":"{token}"}}"#), 60),
        (|token| format!(r#"{{"token":"{token}"}}"#), 60),
        (|token| format!(r#"{{"token":"{token}","access_token":"{token}","expires_in":300}}"#), 300),
        (|token| format!(r#"{{"token":"{token}","access_token":"","expires_in":1800}}"#), 1_800),
        (|token| format!(r#"{{"token":"","access_token":"{token}","expires_in":45}}"#), 45),
        (|token| format!(r#"{{"token":"{token}","expires_in":5}}"#), 30),
        (|token| format!(r#"{{"token":"{token}","expires_in":300,"issued_at":"1970-01-01T00:00:00Z"}}"#), 300),
        (
            |token| format!(r#"{{"token":"{token}","expires_in":300,"issued_at":"2999-01-01T00:00:00.973148921Z"}}"#),
            300,
        ),
    ];
    for (number, (shape, seconds)) in table.into_iter().enumerate() {
        let (_network, clock, desk, client) = guarded(|desk| desk.shaped(shape)).await;
        push(&client).await;
        assert_eq!(desk.count(), 1, "{number}");
        clock.advance(Duration::from_secs(seconds - 6));
        pull(&client).await.unwrap();
        assert_eq!(desk.count(), 1, "{number}");
        clock.advance(Duration::from_secs(2));
        pull(&client).await.unwrap();
        assert_eq!(desk.count(), 2, "{number}: it would expire on its way");
    }
}

/// ECR Public says 400 without a challenge, Harbor challenges for a password, and Docker Hub says what is wrong.
#[tokio::test]
async fn a_token_that_has_expired_is_replaced_whatever_each_registry_says_to_it() {
    let all = [registries::ecr_public, registries::harbor, registries::docker_hub];
    for (emulation, status) in all.map(|emulate| emulate(registry())).into_iter().zip([400, 401, 401]) {
        let (client, desk) = (anonymous(&emulation), emulation.desk.clone().unwrap());
        push(&anonymous(&emulation)).await;
        pull(&client).await.unwrap();
        let (issued, before) = (desk.count(), emulation.network.sent().len());
        desk.revoke();
        pull(&client).await.unwrap();
        assert_eq!(desk.count(), issued + 1, "{}", emulation.host);
        let statuses: Vec<_> = emulation.network.sent()[before..].iter().map(|sent| sent.status.unwrap()).collect();
        assert_eq!(statuses, [status, 200, 200], "{}", emulation.host);
    }
}

/// The password that was asked for last, of one that changes.
#[derive(Clone, Default)]
struct Changing(Arc<AtomicUsize>);

#[async_trait]
impl Credentials for Changing {
    async fn credential(&self, _: &Host) -> Result<Option<Credential>, CredentialError> {
        let password = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { "old" } else { SECRET };
        Ok(Some(Credential::basic("robot", Secret::new(password))))
    }
}

/// A password of ECR is good for twelve hours, and refused with 403 then.
#[tokio::test]
async fn ecr_answers_403_to_a_password_that_has_expired() {
    let emulation = registries::ecr(registry());
    push(&client(&emulation)).await;
    let client = anonymous(&emulation).with_credentials(Changing::default());
    assert_eq!(*pull(&client).await.unwrap_err().code(), ErrorCode::DENIED, "a fresh one is not doubted");
    pull(&client).await.unwrap();
    drop(emulation.network.take_lines());
    pull(&client).await.unwrap();
    assert_eq!(emulation.network.take_lines(), ["GET /v2/team/app/manifests/latest 200"], "and kept");
}

/// A token that is known to have expired meanwhile is replaced before the last request; one that has been forgotten is
/// found out by it, and the blob is sent again while it is at hand.
#[tokio::test]
async fn a_token_of_gitlab_that_dies_during_an_upload_is_replaced() {
    for (revoked, puts) in [(false, vec![201]), (true, vec![401, 201])] {
        let slow = |desk: Desk, clock: Clock| {
            Quirk::after(About::Start, move |_, _| match revoked {
                true => desk.revoke(),
                false => clock.advance(Duration::from_secs(301)),
            })
        };
        let (clock, network) = (Clock::default(), Network::default());
        let desk = Desk::new(clock.clone(), Duration::from_secs(300));
        let refuse = |_: wharf_testkit::emulate::Asked<'_>| {
            let challenge = r#"Bearer realm="https://gitlab.com/jwt/auth",service="container_registry""#;
            Some(answer(401, &[("www-authenticate", challenge)], ""))
        };
        let inner = Emulated::new(registry()).with(guard(&desk, refuse)).with(slow(desk.clone(), clock.clone()));
        network.put("https://registry.gitlab.com", inner);
        network.put("https://gitlab.com", desk);
        let client = at("registry.gitlab.com", &network, &clock);
        client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let seen: Vec<_> = network.sent().into_iter().filter(|sent| sent.method == "PUT").collect();
        assert_eq!(seen.iter().map(|sent| sent.status.unwrap()).collect::<Vec<_>>(), puts);
        assert!(seen.iter().all(|sent| sent.body == "content"));
    }
}

/// GitHub's challenge has the scope of an example, ECR Public's one that is none, zot's an empty one and Gitea's a star.
#[tokio::test]
async fn the_scope_of_a_challenge_is_not_asked_for() {
    for scope in ["repository:user/image:pull", "aws", "", "*"] {
        let challenge = format!(r#"Bearer realm="https://registry.example.com/token",service="r",scope="{scope}""#);
        let peer = move |request: &Request<bytes::Bytes>| match request.headers().contains_key("authorization") {
            true => answer(200, &[("content-type", "application/vnd.oci.image.index.v1+json")], "{}"),
            false if request.uri().path() == "/token" => answer(200, &[], r#"{"token":"t"}"#),
            false => answer(401, &[("www-authenticate", &challenge)], ""),
        };
        let (network, client) = crate::support::over(peer, []);
        client.manifest(&repository(), &latest()).await.unwrap();
        let asked = "https://registry.example.com/token?service=r&scope=repository%3Ateam%2Fapp%3Apull";
        assert_eq!(network.sent()[1].url, asked, "{scope}");
    }
}

/// Quay's token service refuses what it does not know, and it knows no right to delete.
#[tokio::test]
async fn a_right_to_delete_that_quay_does_not_know_is_asked_for_as_a_right_to_everything() {
    let emulation = registries::quay(registry());
    let client = client(&emulation);
    push(&client).await;
    let before = emulation.network.sent().len();
    client.delete_tag(&repository(), &wharf_registry::Tag::LATEST).await.unwrap();
    let asked: Vec<_> =
        emulation.network.sent()[before..].iter().filter(|sent| is_token_request(sent)).cloned().collect();
    let asked: Vec<_> = asked.iter().map(|sent| (sent.url.rsplit_once("scope=").unwrap().1, sent.status)).collect();
    let wanted = [("repository%3Ateam%2Fapp%3Adelete%2Cpull", Some(400)), ("repository%3Ateam%2Fapp%3A*", Some(200))];
    assert_eq!(asked, wanted);
}

/// Quay takes one scope in a parameter, and refuses several with spaces between them.
#[tokio::test]
async fn each_scope_of_a_mount_at_quay_is_a_parameter_of_its_own() {
    let emulation = registries::quay(registry());
    let client = client(&emulation);
    push(&client).await;
    let before = emulation.network.sent().len();
    let other = wharf_registry::Repository::from_static("team/other");
    client.mount(&other, &crate::support::digest(b"x"), &repository()).await.unwrap();
    let asked = emulation.network.sent()[before..].iter().find(|sent| is_token_request(sent)).cloned().unwrap();
    let scopes: Vec<_> = asked.url.split("scope=").skip(1).map(|scope| scope.trim_end_matches('&')).collect();
    assert_eq!(scopes, ["repository%3Ateam%2Fother%3Apull%2Cpush", "repository%3Ateam%2Fapp%3Apull"]);
}

/// Docker Hub gives a token with fewer rights than were asked for, and says so when it is used.
#[tokio::test]
async fn a_token_with_fewer_rights_than_asked_for_is_a_refusal_and_not_a_loop() {
    let emulation = registries::docker_hub(registry());
    let few = emulation.desk.clone().unwrap().granting(|scope| scope.replace(",push", ""));
    emulation.network.put("https://auth.docker.io", few);
    let error = client(&emulation).put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!((error.code(), wire(&error).party()), (&ErrorCode::UNAUTHORIZED, Party::Registry));
    assert!(wire(&error).is_denied_or_missing());
    let path = "/v2/team/app/blobs/uploads/";
    let lines = [format!("POST {path} 401"), "GET /token 200".into(), format!("POST {path} 401")];
    assert_eq!(emulation.network.take_lines(), lines);
}

/// Google, Quay, Artifactory and Azure refuse a `POST` for a token with 404, 405, 401 and 400. A password is never
/// posted.
#[tokio::test]
async fn a_password_is_exchanged_by_get_at_every_registry() {
    for status in [404, 405, 401, 400] {
        let (network, _clock, desk, client) = guarded(|desk| desk.refusing_posts(status)).await;
        let client = client.with_credentials(Credential::basic("robot", Secret::new(SECRET)));
        push(&client).await;
        assert_eq!(desk.count(), 1);
        let asked: Vec<_> = network.sent().into_iter().filter(is_token_request).collect();
        assert!(asked.iter().all(|sent| sent.method == "GET" && sent.header("authorization") == Some(PASSWORD)));
    }
}

/// GitLab's tokens come from another host, and so do those of names that stand for another registry. Whoever knows that
/// has to say so before a password goes there.
#[tokio::test]
async fn a_token_service_at_another_host_is_asked_without_a_password_unless_it_is_trusted() {
    for (trusted, told) in [(None, None), (Some("gitlab.com"), Some(PASSWORD)), (Some("example.com"), None)] {
        let emulation = registries::gitlab(registry());
        let mut client = client(&emulation);
        if let Some(host) = trusted {
            client = client.trust_realm(Host::parse(host).unwrap());
        }
        push(&client).await;
        let asked = emulation.network.sent().into_iter().find(is_token_request).unwrap();
        assert_eq!(asked.header("authorization"), told, "{trusted:?}");
    }
}

/// Harbor wants an anonymous token for what is public, and Quay none.
#[tokio::test]
async fn what_is_public_is_asked_for_without_a_token_first() {
    for (emulate, tokens) in [(registries::harbor as Emulate, 1), (registries::quay, 0)] {
        let emulation = emulate(crate::every::ours());
        push(&client(&emulation)).await;
        drop(emulation.network.take_lines());
        let issued = emulation.desk.as_ref().unwrap().count();
        pull(&anonymous(&emulation)).await.unwrap();
        assert_eq!(emulation.desk.as_ref().unwrap().count() - issued, tokens, "{}", emulation.host);
        let manifest = "GET /v2/team/app/manifests/latest";
        let first = &emulation.network.take_lines()[0];
        assert_eq!(*first, format!("{manifest} {}", if tokens == 0 { 200 } else { 401 }), "{}", emulation.host);
    }
}

/// A registry that forgot what it had wanted and sends no challenge with its 401.
#[tokio::test]
async fn a_refusal_without_a_challenge_is_answered_as_the_registry_wanted_it_before() {
    let network = Network::default();
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), HOUR);
    let refuse = |asked: wharf_testkit::emulate::Asked<'_>| -> Option<Response<bytes::Bytes>> {
        let challenge = r#"Bearer realm="https://registry.example.com/token",service="r""#;
        Some(match asked.why {
            Why::Absent => answer(401, &[("www-authenticate", challenge)], ""),
            _ => answer(401, &[], ""),
        })
    };
    let inner = Emulated::new(registry()).with(desk.at("/token")).with(guard(&desk, refuse));
    network.put("https://registry.example.com", inner);
    let client = at("registry.example.com", &network, &clock);
    push(&at("registry.example.com", &network, &clock)).await;
    pull(&client).await.unwrap();
    desk.revoke();
    pull(&client).await.unwrap();
}

/// Azure has a right of its own for lists. What a registry says that is missing is asked for besides, once, and only as
/// far as it is of the kind that the request needs: who reads gets no right to write.
#[tokio::test]
async fn a_right_that_was_missing_is_asked_for_besides_and_no_right_to_write_for_reading() {
    for (missing, good) in [("metadata_read", true), ("pull,push", false), ("*", false)] {
        let challenge = r#"Bearer realm="https://registry.example.com/token",service="r""#;
        let wanting = format!(r#"{challenge},scope="repository:team/app:{missing}",error="insufficient_scope""#);
        let peer = move |request: &Request<bytes::Bytes>| {
            let sent = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            match (request.uri().path(), sent) {
                ("/token", _) if request.uri().query().unwrap().contains("metadata_read") => {
                    answer(200, &[], r#"{"token":"wide"}"#)
                }
                ("/token", _) => answer(200, &[], r#"{"token":"narrow"}"#),
                (_, None) => answer(401, &[("www-authenticate", challenge)], ""),
                (_, Some("Bearer wide")) => answer(200, &[], r#"{"tags":["a"]}"#),
                _ => answer(401, &[("www-authenticate", &wanting)], ""),
            }
        };
        let (network, client) = crate::support::over(peer, []);
        let found: Result<Vec<_>, _> =
            futures_util::TryStreamExt::try_collect(wharf_registry::List::tags(&client, &repository(), None)).await;
        assert_eq!(found.is_ok(), good, "{missing}");
        let asked: Vec<_> = network.sent().into_iter().filter(is_token_request).map(|sent| sent.url).collect();
        assert_eq!(asked.len(), if good { 2 } else { 1 }, "{asked:?}");
        assert!(asked.iter().all(|url| !url.contains("push") && !url.contains("%2A")), "{asked:?}");
    }
}

#[tokio::test]
async fn a_push_token_of_harbor_that_has_expired_is_replaced_when_it_is_used_for_pulling() {
    let emulation = registries::harbor(registry());
    let (client, desk) = (anonymous(&emulation), emulation.desk.clone().unwrap());
    push(&client).await;
    desk.revoke();
    pull(&client).await.unwrap();
}
