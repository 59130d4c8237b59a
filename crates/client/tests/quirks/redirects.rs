//! Registries that lead elsewhere: storages, their signatures, and names that stand for others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use wharf_client::{ErrorKind, Party};
use wharf_registry::{Blob, ErrorCode, Limits, MediaType, Read, Repository, Write};
use wharf_testkit::emulate::registries::{self, PASSWORD};
use wharf_testkit::emulate::{About, Bucket, Clock, Emulated, Network, Quirk, Step, answer};
use wharf_testkit::fixture;

use crate::every::Emulate;
use crate::support::{at, client, digest, latest, over, printed, registry, repository, wire};

const STORE: &str = "https://store.example.net";

/// A registry whose blobs are in `bucket`, which `spoilt` may spoil, and has one blob.
async fn stored(bucket: Bucket, clock: &Clock, spoilt: impl IntoIterator<Item = Quirk>) -> Network {
    let network = Network::default();
    network.put("https://registry.example.com", Emulated::new(registry()).with_all(bucket.redirecting(307)));
    network.put(STORE, Emulated::new(bucket).with_all(spoilt));
    let client = at("registry.example.com", &network, clock);
    client.put_blob(&repository(), Blob::from_bytes(fixture::bytes(1, 10_000))).await.unwrap();
    drop(network.take_lines());
    network
}

/// Cuts an answer in the middle, once.
fn cut() -> Quirk {
    let done = AtomicBool::new(false);
    Quirk::after(About::Any, move |request, response| {
        if request.method() == "GET" && !done.swap(true, Ordering::SeqCst) {
            let half = response.body().slice(..response.body().len() / 2);
            *response.body_mut() = half;
        }
    })
}

/// S3 and Azure refuse whoever is authorized by the signature of the address and otherwise as well.
#[tokio::test]
async fn a_storage_that_refuses_a_second_authorization_gets_none() {
    let all: [Emulate; 5] =
        [registries::docker_hub, registries::azure, registries::ecr, registries::gitlab, registries::quay];
    for emulate in all {
        let emulation = emulate(crate::every::ours());
        let client = client(&emulation);
        client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let blob = client.blob(&repository(), &digest(b"content")).await.unwrap();
        assert_eq!(blob.into_bytes(&Limits::default()).await.unwrap(), "content");
        let last = emulation.network.sent().pop().unwrap();
        assert!(last.url.contains("X-Amz-Signature"), "{}", last.url);
        assert!(last.header("authorization").or(last.header("cookie")).is_none(), "{}", emulation.host);
    }
}

/// An address that is good once, or only for some seconds, is asked for anew when the connection breaks.
#[tokio::test]
async fn a_signed_address_is_never_used_again() {
    for (once, lifetime) in [(true, 3_600), (false, 0)] {
        let clock = Clock::default();
        // It lives for less than the pause before anything is made again.
        let lifetime = Duration::from_secs(lifetime).max(Duration::from_millis(200));
        let bucket = Bucket::new(clock.clone(), STORE, lifetime);
        let network = stored(if once { bucket.once() } else { bucket }, &clock, [cut()]).await;
        let client = at("registry.example.com", &network, &clock);
        let wanted = fixture::bytes(1, 10_000);
        let blob = client.blob(&repository(), &digest(&wanted)).await.unwrap();
        assert_eq!(blob.into_bytes(&Limits::default()).await.unwrap(), wanted);
        let path = format!("GET /v2/team/app/blobs/{}", digest(&wanted));
        let lines = [format!("{path} 307"), "GET /object 200".into(), format!("{path} 307"), "GET /object 206".into()];
        assert_eq!(network.take_lines(), lines);
    }
}

/// CNCF distribution leads to its storage for `HEAD` as well, by an address that is signed for `GET`.
#[tokio::test]
async fn a_head_that_leads_to_an_address_for_get_is_asked_as_one() {
    let clock = Clock::default();
    let bucket = Bucket::new(clock.clone(), STORE, Duration::from_secs(3_600)).for_heads();
    let network = stored(bucket, &clock, []).await;
    let wanted = digest(&fixture::bytes(1, 10_000));
    let found = at("registry.example.com", &network, &clock).stat_blob(&repository(), &wanted).await.unwrap();
    assert_eq!(found.size, 10_000);
    let path = format!("/v2/team/app/blobs/{wanted}");
    let lines =
        [format!("HEAD {path} 307"), "HEAD /object 403".into(), format!("GET {path} 307"), "GET /object 206".into()];
    assert_eq!(network.take_lines(), lines);
}

/// What a storage says to an address that is not good any more is no word of the registry's, and the address is secret.
#[tokio::test]
async fn a_signature_that_has_expired_is_an_error_that_does_not_tell_it() {
    let clock = Clock::default();
    let bucket = Bucket::new(clock.clone(), STORE, Duration::ZERO);
    let network = stored(bucket, &clock, []).await;
    let wanted = digest(&fixture::bytes(1, 10_000));
    let error = at("registry.example.com", &network, &clock).blob(&repository(), &wanted).await.unwrap_err();
    assert_eq!((error.code(), wire(&error).party()), (&ErrorCode::DENIED, Party::Elsewhere));
    assert_eq!(wire(&error).body().to_string(), "UNKNOWN: AccessDenied: Request has expired");
    assert!(!printed(&error).contains("X-Amz"), "{}", printed(&error));
}

/// Harbor's projects that stand for Docker Hub lead a short name to `library/`.
#[tokio::test]
async fn a_short_name_at_harbor_leads_to_library_with_the_token() {
    let emulation = registries::harbor(registry());
    let (client, image) = (client(&emulation), fixture::image(1, 0, 0));
    let long = Repository::from_static("hub/library/alpine");
    fixture::push(&client, &long, &image, &wharf_registry::Tag::LATEST).await;
    let found = client.manifest(&Repository::from_static("hub/alpine"), &latest()).await.unwrap();
    assert_eq!(found.bytes(), image.manifest.bytes());
    let last = emulation.network.sent().pop().unwrap();
    assert_eq!(last.url, "https://harbor.example.com/v2/hub/library/alpine/manifests/latest");
    assert!(last.header("authorization").is_some_and(|value| value.starts_with("Bearer ")));
}

/// Some registries lead to others for manifests, too, and those have no business with the password.
#[tokio::test]
async fn a_manifest_that_is_led_to_another_host_is_fetched_there_and_verified() {
    let image = fixture::image(1, 0, 0);
    let (bytes, kind) = (image.manifest.bytes().clone(), image.document().media_type().to_string());
    for (served, good) in [(bytes.clone(), true), (Bytes::from_static(b"{}"), false)] {
        let lead = Quirk::before(About::Manifest, |request| {
            match request.headers().get("authorization").is_some_and(|value| value == PASSWORD) {
                true => Step::Answer(answer(307, &[("location", "https://region.example.net/v2/k8s/pause")], "")),
                false => Step::Answer(answer(401, &[("www-authenticate", "Basic realm=x")], "")),
            }
        });
        let (network, client) = over(registry(), [lead]);
        let kind = kind.clone();
        let region = move |_: &Request<Bytes>| answer(200, &[("content-type", &kind)], served.clone());
        network.put("https://region.example.net", region);
        let robot = wharf_client::Credential::basic("robot", wharf_client::Secret::new(crate::support::SECRET));
        let which = wharf_registry::TagOrDigest::Digest(image.manifest.digest().clone());
        let found = client.with_credentials(robot).manifest(&repository(), &which).await;
        assert_eq!(found.is_ok(), good);
        assert_eq!(network.sent().pop().unwrap().header("authorization"), None);
    }
}

/// A mirror that leads to a host which wants a token of its own: nobody's credentials are for it.
#[tokio::test]
async fn a_challenge_of_the_host_that_a_name_stands_for_is_not_answered() {
    let lead = Quirk::before(About::Blob, |_| {
        Step::Answer(answer(302, &[("location", "https://region.example.net/v2/k8s/blob")], ""))
    });
    let (network, client) = over(registry(), [lead]);
    let challenge = r#"Bearer realm="https://region.example.net/token",service="region""#;
    network.put("https://region.example.net", move |_: &Request<Bytes>| {
        answer(401, &[("www-authenticate", challenge)], "")
    });
    let error = client.blob(&repository(), &digest(b"x")).await.unwrap_err();
    let wire = wire(&error);
    assert_eq!((wire.kind(), wire.party()), (ErrorKind::Refused(http::StatusCode::UNAUTHORIZED), Party::Elsewhere));
    assert_eq!(network.sent().len(), 2);
}

/// Blobs that are handed out as what they are, or as anything at all.
#[tokio::test]
async fn the_type_of_a_blob_is_whatever_the_registry_says() {
    for kind in ["application/vnd.docker.container.image.v1+json", "application/octet-stream", "text/plain", "x"] {
        let (_network, client) = over(registry(), [Quirk::saying(About::Blob, "content-type", kind)]);
        client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let blob = client.blob(&repository(), &digest(b"content")).await.unwrap();
        let generic = matches!(kind, "application/octet-stream" | "text/plain" | "x");
        let expected = if generic { MediaType::OCTET_STREAM } else { MediaType::parse(kind).unwrap() };
        assert_eq!(blob.descriptor().media_type, expected);
        blob.into_bytes(&Limits::default()).await.unwrap();
    }
}
