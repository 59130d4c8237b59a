//! What is told beside results.

use std::sync::{Arc, Mutex};

use wharf_client::{Client, Event};
use wharf_registry::Read;

use crate::peer::{Peer, blob_reply, digest, latest, manifest_reply, reply, repository};

type Told = Arc<Mutex<Vec<Event>>>;

fn observed(client: Client) -> (Client, Told) {
    let told = Told::default();
    let events = Arc::clone(&told);
    (client.with_observer(move |event| events.lock().unwrap().push(event.clone())), told)
}

async fn pull(client: &Client) {
    client.manifest(&repository(), &latest()).await.unwrap();
}

fn with(values: &[(&str, &str)]) -> http::Response<wharf_client::Body> {
    let mut response = manifest_reply();
    for (name, value) in values {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    response
}

fn texts(told: &Told) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::Warning(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    told.lock().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn a_warning_is_told_once_to_all_clones() {
    let peer = Peer::new(|_| with(&[("warning", r#"299 - "this ends soon""#), ("warning", r#"299 - "and this""#)]));
    let (client, told) = observed(peer.client());
    pull(&client).await;
    pull(&client.clone()).await;
    pull(&client).await;
    assert_eq!(texts(&told), ["this ends soon", "and this"]);
}

#[tokio::test]
async fn a_registry_cannot_flood_its_user() {
    let number = std::sync::atomic::AtomicUsize::new(0);
    let peer = Peer::new(move |_| {
        let first = number.fetch_add(16, std::sync::atomic::Ordering::SeqCst);
        let values: Vec<_> = (first..first + 16).map(|number| format!(r#"299 - "{number}""#)).collect();
        with(&[("warning", &values.join(", "))])
    });
    let (client, told) = observed(peer.client());
    for _ in 0..100 {
        pull(&client).await;
    }
    assert_eq!(told.lock().unwrap().len(), 1_024);
}

#[tokio::test]
async fn a_warning_cannot_forge_lines() {
    let peer = Peer::new(|_| with(&[("warning", "299 - \"a\tb\u{202e}c\"")]));
    let (client, told) = observed(peer.client());
    pull(&client).await;
    assert_eq!(texts(&told), ["a\u{fffd}b\u{fffd}c"]);
}

#[tokio::test]
async fn a_rate_limit_is_told_with_each_answer_of_the_registry_alone() {
    let limit = [("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "76;w=21600")];
    let peer = Peer::new(move |sent| match sent.url.contains("cdn") {
        true => {
            let mut response = blob_reply("content");
            response.headers_mut().extend(with(&limit).headers().clone());
            response.headers_mut().insert("warning", "299 - \"elsewhere\"".parse().unwrap());
            response
        }
        false if sent.url.contains("/blobs/") => reply(307, &[("location", "https://cdn.example.net/x")], ""),
        false => with(&limit),
    });
    let (client, told) = observed(peer.client());
    pull(&client).await;
    pull(&client).await;
    drop(client.blob(&repository(), &digest("content")).await.unwrap());
    let told = told.lock().unwrap();
    let limits: Vec<_> = told
        .iter()
        .map(|event| match event {
            Event::RateLimit(limit) => limit.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(limits, ["76 of 100 left in 21600 s"; 2]);
}
