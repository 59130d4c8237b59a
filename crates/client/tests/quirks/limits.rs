//! How often registries can be asked, and what they say of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use wharf_client::{Client, Credential, ErrorKind, Event, Secret};
use wharf_registry::{ErrorCode, Read};
use wharf_testkit::emulate::registries::{self, PASSWORD};
use wharf_testkit::emulate::{About, Network, Quirk, Step, answer};
use wharf_testkit::fixture;

use crate::support::{SECRET, client, latest, over, registry, repository, wire};

const INDEX: (&str, &str) = ("content-type", "application/vnd.oci.image.index.v1+json");

/// A registry that wants a password, and says `no` to so many requests that have it.
fn busy(times: usize, no: impl Fn() -> Response<Bytes> + Send + Sync + 'static) -> (Network, Client) {
    let left = AtomicUsize::new(times);
    let peer = move |request: &Request<Bytes>| match request.headers().contains_key("authorization") {
        false => answer(401, &[("www-authenticate", r#"BASIC realm="Sonatype Nexus Repository Manager""#)], ""),
        true if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() => no(),
        true => answer(200, &[INDEX], "{}"),
    };
    let (network, client) = over(peer, []);
    (network, client.with_credentials(Credential::basic("robot", Secret::new(SECRET))))
}

/// Nexus locks an account for as long as somebody goes on trying, with a page of HTML and a time to come back at; the
/// same from the right password.
#[tokio::test]
async fn an_account_that_nexus_may_have_locked_is_left_alone() {
    let html = "<html><title>429 - Too many authentication attempts</title></html>";
    for headers in [&[("retry-after", "30")][..], &[]] {
        let (network, client) = busy(9, move || answer(429, headers, html));
        let error = client.manifest(&repository(), &latest()).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::TOOMANYREQUESTS);
        assert_eq!((wire(&error).kind(), wire(&error).is_retryable()), (ErrorKind::RateLimited, false));
        let with_password = network.sent().iter().filter(|sent| sent.header("authorization") == Some(PASSWORD)).count();
        assert_eq!(with_password, 1);
    }
}

/// ECR takes a password, too, and says in the specification's words that there is too much at once.
#[tokio::test]
async fn a_registry_that_is_only_busy_is_asked_again_with_the_password() {
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}"#;
    let (network, client) = busy(2, move || answer(429, &[], body));
    client.manifest(&repository(), &latest()).await.unwrap();
    assert_eq!(network.sent().len(), 4);
}

/// Quay's proxy answers with a page of HTML and no time, GitHub with a time that is none, and others with one far away
/// or with nothing at all. Nobody's password was asked for.
#[tokio::test]
async fn a_time_to_come_back_that_cannot_be_read_is_not_heard() {
    for after in [None, Some("347.256µs"), Some("-1"), Some("soon"), Some("")] {
        let left = AtomicUsize::new(2);
        let (network, client) = over(
            registry(),
            [Quirk::before(About::Manifest.by("GET"), move |_| {
                let busy = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                let mut no = answer(429, &[("content-type", "text/html")], "<html>429 Too Many Requests</html>");
                if let Some(after) = after {
                    no.headers_mut().insert("retry-after", HeaderValue::from_bytes(after.as_bytes()).unwrap());
                }
                if busy { Step::Answer(no) } else { Step::On }
            })],
        );
        fixture::push(&client, &repository(), &fixture::image(1, 0, 0), &wharf_registry::Tag::LATEST).await;
        drop(network.take_lines());
        client.manifest(&repository(), &latest()).await.unwrap();
        assert_eq!(network.sent().len(), 3, "{after:?}");
    }
}

/// Docker Hub tells how many pulls are left, and that none are.
#[tokio::test]
async fn what_docker_hub_says_of_pulls_that_are_left_is_told() {
    let emulation = registries::docker_hub(registry());
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    let client = client(&emulation).with_observer(move |event| {
        if let Event::RateLimit(limit) = event {
            events.lock().unwrap().push(limit.to_string());
        }
    });
    fixture::push_blobs(&client, &repository(), &fixture::image(1, 0, 0)).await;
    assert!(told.lock().unwrap().is_empty(), "blobs do not count");
    fixture::push(&client, &repository(), &fixture::image(1, 0, 0), &wharf_registry::Tag::LATEST).await;
    client.manifest(&repository(), &latest()).await.unwrap();
    assert_eq!(told.lock().unwrap().last().unwrap(), "76 of 100 left in 21600 s");
}

/// What proxies say that cannot reach the registry, or whose patience has ended.
#[tokio::test]
async fn a_registry_that_a_proxy_cannot_reach_is_asked_again() {
    for status in [408, 499, 500, 502, 503, 504, 522] {
        let left = AtomicUsize::new(2);
        let (network, client) = over(
            registry(),
            [Quirk::before(About::Manifest.by("GET"), move |_| {
                let down = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                if down { Step::Answer(answer(status, &[], "<html>502 Bad Gateway</html>")) } else { Step::On }
            })],
        );
        fixture::push(&client, &repository(), &fixture::image(1, 0, 0), &wharf_registry::Tag::LATEST).await;
        drop(network.take_lines());
        client.manifest(&repository(), &latest()).await.unwrap();
        assert_eq!(network.sent().len(), 3, "{status}");
    }
}
