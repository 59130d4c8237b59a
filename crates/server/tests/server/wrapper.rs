//! Wrappers as they are seen over HTTP: by their status, their codes, and what they tell.

use std::sync::{Arc, Mutex};

use wharf_registry::{Digest, Event, EventKind, Immutable, Observe, Previous, Repository, Scoped, TagPattern};
use wharf_server::Service;
use wharf_store::Store;

use crate::harness::{EMPTY_INDEX, INDEX, ask, put_index};

const OTHER: &str = r#"{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}"#;

fn tag_of(service: &Service, target: &str) -> String {
    ask(service, "GET", target, &[], "").text().to_owned()
}

#[test]
fn tags_that_match_a_pattern_stay() {
    let patterns = ["v*", "!*-rc"].map(|text| TagPattern::parse(text).unwrap());
    let service = Service::new(Immutable::matching(Store::memory(), patterns));
    let first = put_index(&service, "a", "v1");
    put_index(&service, "a", "latest");
    let other = Digest::of(OTHER.as_bytes());
    let put = |target: &str, header: Option<(&str, &str)>| {
        let headers: Vec<_> = header.into_iter().chain([("content-type", INDEX)]).collect();
        ask(&service, "PUT", target, &headers, OTHER).status
    };
    let first_tag = format!("\"{first}\"");
    for target in ["v1", "v1?tag=latest", "latest?tag=v1", &format!("{other}?tag=latest&tag=v1")] {
        let target = format!("/v2/a/manifests/{target}");
        assert_eq!(put(&target, None), 403, "{target}");
        assert_eq!(put(&target, Some(("if-match", &first_tag))), 412, "{target}");
        assert_eq!(put(&target, Some(("if-none-match", "*"))), 412, "{target}");
    }
    assert_eq!((tag_of(&service, "/v2/a/manifests/v1"), tag_of(&service, "/v2/a/manifests/latest")).1, EMPTY_INDEX);
    put_index(&service, "a", "v1");

    assert_eq!(put("/v2/a/manifests/latest", Some(("if-match", &first_tag))), 201);
    assert_eq!(put(&format!("/v2/a/manifests/{other}?tag=v2&tag=latest&tag=v2-rc"), None), 201);
    assert_eq!(put("/v2/a/manifests/v2", None), 201, "the same again");
    let status = |which: &str| ask(&service, "DELETE", &format!("/v2/a/manifests/{which}"), &[], "").status;
    assert_eq!((status("v1"), status("v2-rc"), status("latest")), (403, 202, 202));
    assert_eq!((status(&first.to_string()), status(&other.to_string())), (403, 403));
    assert_eq!(tag_of(&service, "/v2/a/manifests/v1"), EMPTY_INDEX);
}

#[test]
fn a_prefix_is_seen_by_nobody() {
    let store = Store::memory();
    let service = Service::new(Scoped::new(store.clone(), Repository::from_static("secret/team")));
    let all = Service::new(store);
    let digest = put_index(&service, "app", "latest");
    put_index(&all, "secret/outside", "latest");
    assert_eq!(ask(&all, "GET", "/v2/secret/team/app/manifests/latest", &[], "").text(), EMPTY_INDEX);
    assert_eq!(ask(&service, "GET", "/v2/_catalog", &[], "").text(), r#"{"repositories":["app"]}"#);
    assert_eq!(ask(&service, "GET", "/v2/app/tags/list", &[], "").text(), r#"{"name":"app","tags":["latest"]}"#);
    let long = "n".repeat(250);
    let unknown = Digest::of(b"unknown");
    for (method, target, status) in [
        ("GET", "/v2/app/manifests/none".to_owned(), 404),
        ("GET", format!("/v2/app/blobs/{unknown}"), 404),
        ("GET", "/v2/secret/team/app/manifests/latest".to_owned(), 404),
        ("GET", format!("/v2/{long}/manifests/latest"), 400),
        ("POST", format!("/v2/{long}/blobs/uploads/"), 400),
        ("POST", "/v2/app/blobs/uploads/".to_owned(), 202),
        ("DELETE", format!("/v2/app/manifests/{digest}"), 202),
    ] {
        let asked_for = target.contains("secret");
        let answer = ask(&service, method, &target, &[], "");
        assert_eq!(answer.status, status, "{method} {target}");
        let headers = if answer.has("location") { answer.header("location") } else { "" };
        assert!(asked_for || !format!("{headers}{}", answer.text()).contains("secret"), "{method} {target}");
    }
}

#[test]
fn an_overwrite_is_told() {
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let sink = Arc::clone(&events);
    let observe = Observe::new(Store::memory(), move |event| sink.lock().unwrap().push(event));
    let [alice, bob] = ["alice", "bob"].map(|name| Service::new(observe.by(name)));
    let first = put_index(&alice, "a", "latest");
    let put = ask(&bob, "PUT", "/v2/a/manifests/latest", &[("content-type", INDEX)], OTHER);
    assert_eq!(put.status, 201);
    let refused = ask(&bob, "PUT", "/v2/a/manifests/latest", &[("if-none-match", "*")], EMPTY_INDEX);
    assert!(refused.status >= 400);
    let events = events.lock().unwrap();
    let moved: Vec<_> = events.iter().filter(|event| event.kind.overwritten().is_some()).collect();
    let [moved] = moved.as_slice() else { panic!("{events:?}") };
    assert_eq!(moved.by.as_deref(), Some("bob"));
    let EventKind::TagSet { from, to, .. } = &moved.kind else { panic!("{moved:?}") };
    assert_eq!((from, &to.digest), (&Previous::Manifest(first), &Digest::of(OTHER.as_bytes())));
    assert_eq!(events.len(), 4, "a manifest and its tag, twice: {events:?}");
}
