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
