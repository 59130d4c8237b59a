//! Tags that are set once, asked for in every way in which a tag can be named.

use http::HeaderMap;
use wharf_registry::{Digest, Immutable};
use wharf_server::Service;
use wharf_store::Store;

use crate::harness::{EMPTY_INDEX, INDEX, ask, put_index};

const OTHER: &str = r#"{"schemaVersion":2, "manifests":[], "annotations":{"another":"one"}}"#;

fn tagged(service: &Service, tag: &str) -> Option<String> {
    let answer = ask(service, "HEAD", &format!("/v2/a/manifests/{tag}"), &[], "");
    (answer.status == 200).then(|| answer.header("docker-content-digest").into())
}

/// (request, manifest, headers, answer, where `old` and `new` point afterwards: 0 nowhere, 1 as before, 2 elsewhere)
#[test]
fn there_is_no_way_to_move_a_tag() {
    let (old, other) = (Digest::of(EMPTY_INDEX.as_bytes()), Digest::of(OTHER.as_bytes()));
    let by = |digest: &Digest, query: &str| format!("/v2/a/manifests/{digest}{query}");
    let at = |tag: &str| format!("/v2/a/manifests/{tag}");
    let (same, there) = (format!("\"{old}\""), format!("\"{other}\""));
    let none: &[(&str, &str)] = &[];
    let rows = [
        ("PUT", at("new"), OTHER, none, 201, (1, 2)),
        ("PUT", at("old"), OTHER, none, 403, (1, 0)),
        ("PUT", at("old"), EMPTY_INDEX, none, 201, (1, 0)),
        ("PUT", at("old?tag=new"), OTHER, none, 403, (1, 0)),
        ("PUT", at("new?tag=old"), OTHER, none, 403, (1, 0)),
        ("PUT", at("new?tag=old"), EMPTY_INDEX, none, 201, (1, 1)),
        ("PUT", by(&other, ""), OTHER, none, 201, (1, 0)),
        ("PUT", by(&other, "?tag=new"), OTHER, none, 201, (1, 2)),
        ("PUT", by(&other, "?tag=old"), OTHER, none, 403, (1, 0)),
        ("PUT", by(&other, "?tag=new&tag=old"), OTHER, none, 403, (1, 0)),
        ("PUT", by(&old, "?tag=new&tag=old"), EMPTY_INDEX, none, 201, (1, 1)),
        // A condition that allows it is no right to it.
        ("PUT", at("old"), OTHER, &[("if-match", &same)], 412, (1, 0)),
        ("PUT", by(&other, "?tag=old"), OTHER, &[("if-match", &same)], 412, (1, 0)),
        ("PUT", at("old"), OTHER, &[("if-match", &there)], 412, (1, 0)),
        ("PUT", at("old"), OTHER, &[("if-none-match", "*")], 412, (1, 0)),
        ("PUT", at("old"), OTHER, &[("if-match", "*")], 412, (1, 0)),
        ("DELETE", at("old"), "", none, 403, (1, 0)),
        ("DELETE", by(&old, ""), "", none, 403, (1, 0)),
        ("DELETE", format!("/v2/a/blobs/{old}"), "", none, 403, (1, 0)),
    ];
    for (method, target, manifest, headers, status, (of_old, of_new)) in rows {
        let store = Store::memory();
        put_index(&Service::new(store.clone()), "a", "old");
        let service = Service::new(Immutable::new(store));
        let headers = [headers, &[("content-type", INDEX)]].concat();
        let answer = ask(&service, method, &target, &headers, manifest);
        assert_eq!(answer.status, status, "{method} {target} {headers:?}: {answer:?}");
        if status >= 400 {
            assert_eq!(answer.code(), "DENIED", "{method} {target}");
            assert_eq!(answer.headers.get("oci-tag"), HeaderMap::<http::HeaderValue>::new().get("oci-tag"));
        }
        let points = |at: usize| [None, Some(old.to_string()), Some(other.to_string())][at].clone();
        assert_eq!((tagged(&service, "old"), tagged(&service, "new")), (points(of_old), points(of_new)), "{target}");
    }
}

/// A tag that stays leads to a manifest that stays what it is: not even the same bytes can be stored as something else.
#[test]
fn there_is_no_way_to_make_a_tag_useless() {
    let old = Digest::of(EMPTY_INDEX.as_bytes());
    for which in ["old", "new", &old.to_string(), &format!("{old}?tag=old")] {
        let store = Store::memory();
        put_index(&Service::new(store.clone()), "a", "old");
        let service = Service::new(Immutable::new(store));
        let target = format!("/v2/a/manifests/{which}");
        let answer = ask(&service, "PUT", &target, &[("content-type", "application/vnd.example.note")], EMPTY_INDEX);
        assert_eq!((answer.status, &*answer.code()), (400, "MANIFEST_INVALID"), "{answer:?}");
        assert!(answer.text().contains(INDEX), "the client is told what it is: {answer:?}");
        for which in ["old", &old.to_string()] {
            let answer = ask(&service, "GET", &format!("/v2/a/manifests/{which}"), &[], "");
            assert_eq!((answer.status, answer.header("content-type")), (200, INDEX));
        }
    }
}
