//! Manifests: what is put is what is got, byte for byte, under the digest by which it is asked for.

use std::convert::Infallible;
use std::task::Poll;

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use wharf_registry::{Digest, ErrorCode, Hasher, Immutable, Limits, Operation};
use wharf_server::Service;
use wharf_store::Store;
use wharf_testkit::{Fault, Faulty};

use crate::harness::{EMPTY_INDEX, INDEX, ask, ask_chunked, memory, put_index, send};

fn sha512(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(wharf_registry::Algorithm::SHA512).unwrap();
    hasher.update(bytes);
    hasher.finish()
}

#[test]
fn a_manifest_comes_back_as_it_was() {
    let service = memory();
    let put = ask(&service, "PUT", "/v2/a/b/manifests/v1", &[("content-type", INDEX)], EMPTY_INDEX);
    let digest = Digest::of(EMPTY_INDEX.as_bytes()).to_string();
    assert_eq!((put.status, put.header("docker-content-digest")), (201, digest.as_str()));
    assert_eq!(put.header("location"), format!("/v2/a/b/manifests/{digest}"));
    assert!(!put.has("oci-subject") && !put.has("oci-tag"));
    for target in [put.header("location"), "/v2/a/b/manifests/v1"] {
        let got = ask(&service, "GET", target, &[("accept", "text/html")], "");
        assert_eq!((got.status, got.text()), (200, EMPTY_INDEX));
        assert_eq!(got.header("content-type"), INDEX);
        assert_eq!(got.header("docker-content-digest"), digest);
        assert_eq!(got.header("etag"), format!("\"{digest}\""));
        assert!(!got.has("content-security-policy"));
    }
}

#[test]
fn repositories_may_be_called_like_parts_of_paths() {
    let service = memory();
    for name in ["a/blobs", "a/manifests/b", "a/tags", "a/tags/list", "referrers", "a/blobs/uploads", "v2"] {
        put_index(&service, name, "latest");
        assert_eq!(ask(&service, "GET", &format!("/v2/{name}/manifests/latest"), &[], "").text(), EMPTY_INDEX);
        let tags = ask(&service, "GET", &format!("/v2/{name}/tags/list"), &[], "");
        assert_eq!(tags.text(), format!(r#"{{"name":"{name}","tags":["latest"]}}"#));
    }
}

#[test]
fn a_digest_may_be_escaped_and_of_either_algorithm() {
    let service = memory();
    let digest = sha512(EMPTY_INDEX.as_bytes());
    let target = format!("/v2/a/manifests/{digest}");
    let put = ask(&service, "PUT", &target, &[("content-type", INDEX)], EMPTY_INDEX);
    assert_eq!((put.status, put.header("docker-content-digest")), (201, digest.to_string().as_str()));
    let got = ask(&service, "GET", &target.replace(':', "%3A"), &[], "");
    assert_eq!((got.status, got.header("docker-content-digest")), (200, digest.to_string().as_str()));
}

#[test]
fn the_content_type_is_the_media_type() {
    let none: &[(&str, &str)] = &[];
    let rows = [
        (&[("content-type", INDEX)][..], EMPTY_INDEX, 201, INDEX),
        (&[("content-type", "application/vnd.oci.image.index.v1+json; charset=utf-8")], EMPTY_INDEX, 201, INDEX),
        (none, EMPTY_INDEX, 201, INDEX),
        (none, r#"{"schemaVersion":2}"#, 400, "MANIFEST_INVALID"),
        (none, "not json", 400, "MANIFEST_INVALID"),
        (&[("content-type", "nonsense")], EMPTY_INDEX, 400, "MANIFEST_INVALID"),
        (&[("content-type", "application/vnd.oci.image.manifest.v1+json")], EMPTY_INDEX, 400, "MANIFEST_INVALID"),
        (&[("content-type", INDEX)], "", 400, "MANIFEST_INVALID"),
    ];
    for (headers, body, status, expected) in rows {
        let service = memory();
        let put = ask(&service, "PUT", "/v2/a/manifests/x", headers, body);
        assert_eq!(put.status, status, "{headers:?} {body} {put:?}");
        match status {
            201 => assert_eq!(ask(&service, "GET", "/v2/a/manifests/x", &[], "").header("content-type"), expected),
            _ => assert_eq!(put.code(), expected),
        }
    }
}

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
fn a_manifest_under_a_digest_has_it() {
    let service = memory();
    let wrong = Digest::of(b"something else");
    let put = ask(&service, "PUT", &format!("/v2/a/manifests/{wrong}"), &[("content-type", INDEX)], EMPTY_INDEX);
    assert_eq!((put.status, put.code().as_str()), (400, "DIGEST_INVALID"));
    assert_eq!(ask(&service, "GET", &format!("/v2/a/manifests/{wrong}"), &[], "").status, 404);
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
fn a_push_by_digest_can_set_tags() {
    let service = memory();
    let digest = Digest::of(EMPTY_INDEX.as_bytes());
    let put = |query: &str| {
        let target = format!("/v2/a/manifests/{digest}?{query}");
        ask(&service, "PUT", &target, &[("content-type", INDEX)], EMPTY_INDEX)
    };
    let both = put("tag=one&tag=two");
    assert_eq!((both.status, both.all("oci-tag")), (201, vec!["one", "two"]));
    for tag in ["one", "two"] {
        assert_eq!(ask(&service, "HEAD", &format!("/v2/a/manifests/{tag}"), &[], "").status, 200);
    }
    let many = |count: usize| (0..count).map(|n| format!("tag=t{n}")).collect::<Vec<_>>().join("&");
    assert_eq!(put(&many(16)).all("oci-tag").len(), 16);
    assert_eq!(put(&many(17)).status, 414);
    assert_eq!(put(&many(1000)).status, 414);
    assert_eq!(put("tag=.bad").status, 400);
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
fn the_default_limit_is_what_every_registry_must_take() {
    let filler = " ".repeat((4 << 20) - EMPTY_INDEX.len());
    let (service, largest) = (memory(), format!("{EMPTY_INDEX}{filler}"));
    let put = |body: String| ask(&service, "PUT", "/v2/a/manifests/x", &[("content-type", INDEX)], body).status;
    assert_eq!(put(largest.clone()), 201);
    assert_eq!(put(largest + " "), 413);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let service = memory();
    let digest = put_index(&service, "a", "x");
    let (mine, other) = (format!("\"{digest}\""), format!("\"{}\"", Digest::of(b"other")));
    let rows = [
        (mine.clone(), 304),
        (format!("W/{mine}"), 304),
        (format!("{other} , {mine}"), 304),
        ("*".into(), 304),
        (other, 200),
        (digest.to_string(), 200),
        ("\"".into(), 200),
        (String::new(), 200),
    ];
    for (value, status) in rows {
        for method in ["GET", "HEAD"] {
            let answer = ask(&service, method, "/v2/a/manifests/x", &[("if-none-match", &value)], "");
            assert_eq!(answer.status, status, "{method} {value}");
            assert_eq!(answer.header("docker-content-digest"), digest.to_string());
        }
    }
    let absent = ask(&service, "GET", "/v2/a/manifests/none", &[("if-none-match", "*")], "");
    assert_eq!(absent.status, 404);
}

#[test]
fn a_put_can_depend_on_where_the_tag_points() {
    let service = memory();
    let other = r#"{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}"#;
    let put = |name: &str, value: &str, body: &'static str| {
        let headers = [("content-type", INDEX), (name, value)];
        ask(&service, "PUT", "/v2/a/manifests/x", &headers, body).status
    };
    let first = format!("\"{}\"", Digest::of(EMPTY_INDEX.as_bytes()));
    assert_eq!(put("if-match", &first, EMPTY_INDEX), 412, "the tag is not there yet");
    assert_eq!(put("if-none-match", "*", EMPTY_INDEX), 201);
    assert_eq!(put("if-none-match", "*", other), 412);
    assert_eq!(put("if-match", "*", other), 412, "what cannot be judged is not done");
    assert_eq!(put("if-match", &format!("{first}, \"x\""), other), 412, "nor is what has two answers");
    assert_eq!(put("if-match", &format!("W/{first}"), other), 412, "nor what is only like it");
    assert_eq!(put("if-match", &first, other), 201);
    assert_eq!(put("if-match", &first, EMPTY_INDEX), 412, "somebody else was faster");
    assert_eq!(ask(&service, "GET", "/v2/a/manifests/x", &[], "").text(), other);
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

#[test]
fn deleting_a_tag_leaves_the_manifest_and_deleting_the_manifest_takes_all_tags() {
    let service = memory();
    let digest = put_index(&service, "a", "one");
    put_index(&service, "a", "two");
    put_index(&service, "a", "three");
    let status = |method: &str, which: &str| ask(&service, method, &format!("/v2/a/manifests/{which}"), &[], "").status;
    assert_eq!(status("DELETE", "one"), 202);
    assert_eq!((status("GET", "one"), status("DELETE", "one"), status("GET", &digest.to_string())), (404, 404, 200));
    assert_eq!(status("DELETE", &digest.to_string()), 202);
    for which in ["two", "three", &digest.to_string()] {
        assert_eq!((status("GET", which), status("HEAD", which), status("DELETE", which)), (404, 404, 404), "{which}");
    }
    assert_eq!(ask(&service, "DELETE", "/v2/none/manifests/x", &[], "").status, 404);
}
