//! Manifests: what is put is what is got, byte for byte, under the digest by which it is asked for.

use std::convert::Infallible;
use std::task::Poll;

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use wharf_registry::{Digest, ErrorCode, Immutable, Limits, Operation, Policy};
use wharf_server::Service;
use wharf_store::Store;
use wharf_testkit::{Fault, Faulty};

use crate::harness::{EMPTY_INDEX, INDEX, ask, ask_chunked, memory, put_index, send};

#[test]
fn a_stored_page_is_not_run_by_a_browser() {
    let service = memory();
    let page = "<script>alert(1)</script>";
    let put = ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", "text/html")], page);
    if put.status == 201 {
        let got = ask(&service, "GET", "/v2/a/manifests/x", &[], "");
        assert_eq!(got.header("content-security-policy"), "sandbox");
    }
    let split = ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", "text/html\tx")], page);
    assert_eq!(split.status, 400, "what cannot be a media type cannot be a header");
}

#[test]
fn content_that_is_missing_is_named() {
    let absent = Digest::of(b"absent");
    let child = format!(r#"{{"mediaType":"{INDEX}","digest":"{absent}","size":6}}"#);
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{child}]}}"#);
    let put = ask(&memory(), "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], index);
    assert_eq!((put.status, put.code().as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));
    assert!(put.text().contains(&absent.to_string()), "{put:?}");
    // A subject need not be there.
    let index = format!(r#"{{"schemaVersion":2,"manifests":[],"subject":{child}}}"#);
    let put = ask(&memory(), "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], index);
    assert_eq!(put.status, 201);
    assert_eq!(put.header("oci-subject"), absent.to_string());
}

/// Whoever pushes can bring all of it at once.
#[test]
fn everything_that_is_missing_is_told_once() {
    let missing: Vec<_> = [b"one", b"two", b"one"].iter().map(|text| Digest::of(*text).to_string()).collect();
    let entries = missing.iter().map(|digest| format!(r#"{{"mediaType":"{INDEX}","digest":"{digest}","size":3}}"#));
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.collect::<Vec<_>>().join(","));
    let put = ask(&memory(), "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], index);
    let told = wharf_distribution::ErrorBody::decode(&put.body).errors;
    assert_eq!((put.status, told.len()), (400, 2));
    for (entry, digest) in told.iter().zip(&missing) {
        assert!(entry.code == ErrorCode::MANIFEST_BLOB_UNKNOWN && entry.message.contains(digest), "{entry:?}");
    }
    let entry = |number: u32| {
        let digest = Digest::of(&number.to_le_bytes());
        format!(r#"{{"mediaType":"{INDEX}","digest":"{digest}","size":3}}"#)
    };
    let many = (0..1_000).map(entry).collect::<Vec<_>>().join(",");
    let many = format!(r#"{{"schemaVersion":2,"manifests":[{many}]}}"#);
    let put = ask(&memory(), "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], many);
    assert_eq!(put.text().matches("MANIFEST_BLOB_UNKNOWN").count(), 100, "a refusal has an end");
}

#[test]
fn a_strict_registry_says_which_rules_a_manifest_breaks() {
    let service = Service::new(Store::memory().with_policy(Policy::Strict));
    let index = r#"{"schemaVersion":2,"manifests":null,"annotations":null}"#;
    let put = ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], index);
    assert_eq!((put.status, put.code().as_str()), (400, "MANIFEST_INVALID"));
    assert!(put.text().contains("$.manifests") && put.text().contains("$.annotations"), "{put:?}");
    let broken = ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], "{");
    assert_eq!((broken.status, broken.code().as_str()), (400, "MANIFEST_INVALID"));
}

/// By tag and by digest, and only what is true: a client that is told so keeps no list itself.
#[test]
fn a_subject_is_named_where_its_referrers_are_listed() {
    let subject = format!(r#"{{"mediaType":"{INDEX}","digest":"{}","size":6}}"#, Digest::of(b"absent"));
    let index = format!(r#"{{"schemaVersion":2,"manifests":[],"subject":{subject}}}"#);
    let digest = Digest::of(index.as_bytes());
    let put = |service: &_, which: &str| {
        let target = format!("/v2/a/manifests/{which}");
        ask(service, "PUT", &target, &[("content-type", INDEX)], index.clone())
    };
    let service = memory();
    for which in ["v1", &digest.to_string(), &format!("{digest}?tag=v2")] {
        assert_eq!(put(&service, which).header("oci-subject"), Digest::of(b"absent").to_string(), "{which}");
    }
    let list = ask(&service, "GET", &format!("/v2/a/referrers/{}", Digest::of(b"absent")), &[], "");
    assert!(list.text().contains(&digest.to_string()), "{list:?}");

    for code in [ErrorCode::UNSUPPORTED, ErrorCode::UNAVAILABLE] {
        let registry = Faulty::new(Store::memory());
        registry.always(Operation::ListReferrers, Fault::Refuse(code.clone()));
        let put = put(&Service::new(registry), "v1");
        assert!(put.status == 201 && !put.has("oci-subject"), "{code}");
    }
}

#[test]
fn a_push_by_digest_sets_sixteen_tags_at_most() {
    let service = memory();
    let digest = Digest::of(EMPTY_INDEX.as_bytes());
    let put = |query: &str| {
        let target = format!("/v2/a/manifests/{digest}?{query}");
        ask(&service, "PUT", &target, &[("content-type", INDEX)], EMPTY_INDEX)
    };
    let many = |count: usize| (0..count).map(|n| format!("tag=t{n}")).collect::<Vec<_>>().join("&");
    assert_eq!(put(&many(16)).all("oci-tag").len(), 16);
    assert_eq!(put(&many(17)).status, 414);
}

#[test]
fn a_manifest_may_be_as_large_as_the_limit() {
    let mut limits = Limits::default();
    limits.document_bytes = 100;
    let service = Service::new(Store::memory()).with_limits(limits);
    let sized = |length: usize| {
        let filler = " ".repeat(length - EMPTY_INDEX.len());
        format!("{EMPTY_INDEX}{filler}")
    };
    for (length, status) in [(99, 201), (100, 201), (101, 413), (100_000, 413), (9 << 20, 413)] {
        let body = sized(length);
        let known = ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], body.clone());
        assert_eq!(known.status, status, "{length}");
        let (one, two) = body.split_at(length / 2);
        let pieces = [one, two].map(|piece| Ok(&*piece.to_owned().leak()));
        let unknown = ask_chunked(&service, "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], pieces.into());
        assert_eq!(unknown.status, status, "{length} in pieces");
        assert!(status == 201 || known.code() == "SIZE_INVALID" && unknown.code() == "SIZE_INVALID");
    }
}

#[test]
fn a_manifest_that_says_it_is_too_large_is_not_read() {
    let body = StreamBody::new(stream::poll_fn(|_| -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("nobody should read this")
    }));
    let headers = [("content-type", INDEX), ("content-length", "100000000")];
    assert_eq!(send(&memory(), "PUT", "/v2/a/manifests/x", &headers, body).status, 413);
}

#[test]
fn tags_that_are_set_once_stay() {
    let service = Service::new(Immutable::new(Store::memory()));
    let digest = put_index(&service, "a", "latest");
    put_index(&service, "a", "latest");
    let other = r#"{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}"#;
    let other_digest = Digest::of(other.as_bytes());
    let by_digest = format!("/v2/a/manifests/{other_digest}?tag=latest");
    for target in ["/v2/a/manifests/latest", &by_digest] {
        let put = ask(&service, "PUT", target, &[("content-type", INDEX)], other);
        assert_eq!((put.status, put.code().as_str()), (403, "DENIED"), "{target}");
        assert!(!put.has("oci-tag"));
    }
    for target in ["/v2/a/manifests/latest".into(), format!("/v2/a/manifests/{digest}")] {
        assert!(ask(&service, "DELETE", &target, &[], "").status >= 400);
    }
    assert_eq!(ask(&service, "GET", "/v2/a/manifests/latest", &[], "").text(), EMPTY_INDEX);
}
