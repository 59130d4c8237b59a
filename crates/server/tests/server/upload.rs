//! Upload sessions from their start to their end.

use std::io;

use wharf_registry::Digest;
use wharf_server::Service;
use wharf_store::Store;

use crate::harness::{Answer, ask, ask_chunked, memory, start};

fn finish(service: &Service, location: &str, content: &str, body: &'static str) -> Answer {
    ask(service, "PUT", &format!("{location}?digest={}", Digest::of(content.as_bytes())), &[], body)
}

fn range(service: &Service, location: &str) -> String {
    let status = ask(service, "GET", location, &[], "");
    assert_eq!((status.status, status.header("location")), (204, location));
    status.header("range").into()
}

fn stored(service: &Service, repository: &str, content: &str) -> bool {
    let got = ask(service, "GET", &format!("/v2/{repository}/blobs/{}", Digest::of(content.as_bytes())), &[], "");
    got.status == 200 && got.text() == content
}

#[test]
fn a_session_opens_empty() {
    let service = memory();
    for target in ["/v2/a/blobs/uploads/", "/v2/a/blobs/uploads"] {
        let started = ask(&service, "POST", target, &[], "");
        assert_eq!((started.status, started.header("range"), started.header("upload-offset")), (202, "0-0", "0"));
        let id = started.header("docker-upload-uuid");
        assert_eq!(started.header("location"), format!("/v2/a/blobs/uploads/{id}"));
        assert_eq!(range(&service, started.header("location")), "0-0");
    }
}

/// What cannot be verified in the end is refused in the beginning.
#[test]
fn an_algorithm_that_is_not_known_opens_no_session() {
    let service = memory();
    for (algorithm, expected) in [("sha512", 202), ("sha256", 202), ("md5", 400)] {
        let target = format!("/v2/a/blobs/uploads/?digest-algorithm={algorithm}");
        assert_eq!(ask(&service, "POST", &target, &[], "").status, expected, "{algorithm}");
    }
}

#[test]
fn a_blob_in_one_request() {
    let service = memory();
    let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"content"));
    for known in [true, false, true] {
        let put = match known {
            true => ask(&service, "POST", &target, &[("content-length", "7")], "content"),
            false => ask_chunked(&service, "POST", &target, &[], vec![Ok("con"), Ok("tent")]),
        };
        assert_eq!((put.status, put.header("location")), (201, &*format!("/v2/a/blobs/{}", Digest::of(b"content"))));
        assert_eq!(put.header("docker-content-digest"), Digest::of(b"content").to_string());
        assert!(stored(&service, "a", "content"));
    }
}

#[test]
fn a_blob_in_one_request_is_what_it_says() {
    let service = memory();
    let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"content"));
    let rows = [
        (ask(&service, "POST", &target, &[], "contents"), 400, "DIGEST_INVALID"),
        (ask(&service, "POST", &target, &[], ""), 400, "DIGEST_INVALID"),
        (ask(&service, "POST", &target, &[("content-length", "8")], "content"), 400, "SIZE_INVALID"),
        (ask(&service, "POST", &target, &[("content-length", "6")], "content"), 400, "SIZE_INVALID"),
        (ask_chunked(&service, "POST", &target, &[], vec![Ok("cont")]), 400, "DIGEST_INVALID"),
        (
            ask_chunked(&service, "POST", &target, &[], vec![Ok("content"), Err(io::Error::other("cut"))]),
            400,
            "SIZE_INVALID",
        ),
    ];
    for (answer, status, code) in rows {
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    }
    assert!(!stored(&service, "a", "content"));
}

#[test]
fn a_session_takes_chunks_streams_and_a_last_part() {
    let service = memory();
    let location = start(&service, "a");
    let first = ask(&service, "PATCH", &location, &[("content-range", "0-3"), ("content-length", "4")], "abcd");
    assert_eq!((first.status, first.header("range"), first.header("location")), (202, "0-3", &*location));
    let second = ask_chunked(&service, "PATCH", &location, &[], vec![Ok("ef"), Ok(""), Ok("gh")]);
    assert_eq!((second.status, second.header("range")), (202, "0-7"));
    let third = ask_chunked(&service, "PATCH", &location, &[("content-range", "8-9")], vec![Ok("i"), Ok("j")]);
    assert_eq!((third.status, third.header("range")), (202, "0-9"));
    let dialect = ask(&service, "PATCH", &location, &[("content-range", "bytes 10-10/*")], "k");
    assert_eq!((dialect.status, range(&service, &location).as_str()), (202, "0-10"));

    let digest = Digest::of(b"abcdefghijkl");
    let target = format!("{location}?digest={digest}").replace(':', "%3A");
    let put = ask(&service, "PUT", &target, &[("content-range", "11-11")], "l");
    assert_eq!((put.status, put.header("location")), (201, &*format!("/v2/a/blobs/{digest}")));
    assert_eq!(put.header("docker-content-digest"), digest.to_string());
    assert!(stored(&service, "a", "abcdefghijkl"));
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(ask(&service, method, &location, &[], "x").status, 404, "{method} after the end");
    }
    assert_eq!(finish(&service, &location, "x", "x").code(), "BLOB_UPLOAD_UNKNOWN");
}

#[test]
fn an_empty_blob_can_be_stored() {
    let service = memory();
    let put = finish(&service, &start(&service, "a"), "", "");
    assert_eq!(put.status, 201);
    assert!(stored(&service, "a", ""));
}

#[test]
fn content_that_is_something_else_is_refused() {
    let service = memory();
    let location = start(&service, "a");
    let missing = ask(&service, "PUT", &location, &[], "content");
    assert_eq!((missing.status, missing.code().as_str()), (400, "DIGEST_INVALID"));
    let malformed = ask(&service, "PUT", &format!("{location}?digest=sha256:bad"), &[], "content");
    assert_eq!((malformed.status, malformed.code().as_str()), (400, "DIGEST_INVALID"));
    assert_eq!(range(&service, &location), "0-0", "neither touched the session");
    let wrong = finish(&service, &location, "something else", "content");
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "DIGEST_INVALID"));
    assert!(!stored(&service, "a", "content") && !stored(&service, "a", "something else"));
}

#[test]
fn a_session_belongs_to_its_repository() {
    let service = memory();
    let location = start(&service, "a");
    let elsewhere = location.replace("/v2/a/", "/v2/b/");
    let rows = [("GET", &*elsewhere), ("PATCH", &elsewhere), ("DELETE", &elsewhere)];
    for (method, target) in rows {
        let answer = ask(&service, method, target, &[], "stolen");
        assert_eq!((answer.status, answer.code().as_str()), (404, "BLOB_UPLOAD_UNKNOWN"), "{method}");
    }
    assert_eq!(finish(&service, &elsewhere, "stolen", "stolen").status, 404);
    assert_eq!(range(&service, &location), "0-0");
    assert!(!stored(&service, "a", "stolen") && !stored(&service, "b", "stolen"));
}

#[test]
fn a_session_can_be_cancelled() {
    let service = memory();
    let location = start(&service, "a");
    assert_eq!(ask(&service, "PATCH", &location, &[], "content").status, 202);
    assert_eq!(ask(&service, "DELETE", &location, &[], "").status, 204);
    assert_eq!(ask(&service, "DELETE", &location, &[], "").status, 404);
    assert_eq!(finish(&service, &location, "content", "").status, 404);
}

#[test]
fn a_body_that_breaks_off_keeps_what_came() {
    let service = memory();
    let location = start(&service, "a");
    let cut = || Err(io::Error::other("the connection broke at /dev/wire"));
    let broken = ask_chunked(&service, "PATCH", &location, &[], vec![Ok("con"), cut()]);
    assert_eq!((broken.status, broken.code().as_str()), (400, "SIZE_INVALID"));
    assert!(!broken.text().contains("wire"), "{broken:?}");
    assert_eq!(range(&service, &location), "0-2");
    let digest = Digest::of(b"content");
    let put = ask_chunked(&service, "PUT", &format!("{location}?digest={digest}"), &[], vec![Ok("te"), cut()]);
    assert_eq!(put.status, 400);
    assert_eq!(range(&service, &location), "0-4", "a broken end is not the end");
    assert_eq!(finish(&service, &location, "content", "nt").status, 201);
    assert!(stored(&service, "a", "content"));
}

#[test]
fn a_mount_that_cannot_be_done_is_an_upload() {
    let service = memory();
    let digest = Digest::of(b"content");
    for query in [format!("mount={digest}&from=none"), format!("mount={digest}")] {
        let answer = ask(&service, "POST", &format!("/v2/a/blobs/uploads/?{query}"), &[], "");
        assert_eq!((answer.status, answer.header("range")), (202, "0-0"), "{query}");
        assert_eq!(finish(&service, answer.header("location"), "content", "content").status, 201);
    }
}

#[test]
fn a_blob_may_be_as_large_as_the_limit() {
    let service = Service::new(Store::memory()).with_blob_bytes(8);
    let rows = [("1234567", 201), ("12345678", 201), ("123456789", 413)];
    for (content, status) in rows {
        let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(content.as_bytes()));
        assert_eq!(ask(&service, "POST", &target, &[], content).status, status, "{content} at once");
        assert_eq!(
            ask_chunked(&service, "POST", &target, &[], vec![Ok(content)]).status,
            status,
            "{content} in pieces"
        );
        let location = start(&service, "a");
        let (one, two) = content.split_at(5);
        assert_eq!(ask(&service, "PATCH", &location, &[], one).status, 202);
        let more = ask_chunked(&service, "PATCH", &location, &[], vec![Ok(two)]);
        assert_eq!(more.status, if status == 201 { 202 } else { 413 }, "the total counts");
        let known = ask(&service, "PATCH", &location, &[], "1234");
        assert_eq!(known.status, 413, "the total counts");
        let held = if status == 201 { content.len() - 1 } else { 4 };
        assert_eq!(range(&service, &location), format!("0-{held}"));
    }
}

#[test]
fn a_broken_request_leaves_no_session_behind() {
    let service = memory();
    let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"content"));
    for _ in 0..1001 {
        let cut = vec![Ok("con"), Err(io::Error::other("cut"))];
        assert_eq!(ask_chunked(&service, "POST", &target, &[], cut).status, 400);
    }
    start(&service, "a");
}
