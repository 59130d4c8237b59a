//! Blobs: whole, in part, and gone.

use wharf_registry::{Descriptor, Digest, MediaType};
use wharf_server::Service;
use wharf_testkit::fixture;

use crate::backend::Small;
use crate::harness::{ask, memory, put_blob};

#[test]
fn a_blob_comes_back_whole() {
    let service = memory();
    for length in [0, 1, 2048, 3_000_000] {
        let content = fixture::bytes(1, length);
        let digest = put_blob(&service, "a", content.clone());
        let got = ask(&service, "GET", &format!("/v2/a/blobs/{digest}").replace(':', "%3a"), &[], "");
        assert_eq!((got.status, &got.body), (200, &content));
        assert_eq!(got.header("docker-content-digest"), digest.to_string());
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert_eq!(got.header("accept-ranges"), "bytes");
        let head = ask(&service, "HEAD", &format!("/v2/a/blobs/{digest}"), &[], "");
        assert_eq!(head.header("content-length"), length.to_string());
    }
}

#[test]
fn a_part_of_a_blob() {
    let service = memory();
    let content = fixture::bytes(7, 2048);
    let target = format!("/v2/a/blobs/{}", put_blob(&service, "a", content.clone()));
    let rows: &[(&str, u16, usize, usize)] = &[
        ("bytes=500-1499", 206, 500, 1500),
        ("bytes=500-", 206, 500, 2048),
        ("bytes=-500", 206, 1548, 2048),
        ("bytes=-5000", 206, 0, 2048),
        ("bytes=2000-5000", 206, 2000, 2048),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=2047-2047", 206, 2047, 2048),
        ("bytes=500-0", 416, 0, 0),
        ("bytes=5000-10000", 416, 0, 0),
        ("bytes=2048-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=0-1,5-6", 200, 0, 2048),
        ("bytes=+5-9", 200, 0, 2048),
        ("bytes=99999999999999999999-", 200, 0, 2048),
        ("items=0-1", 200, 0, 2048),
        ("bytes=", 200, 0, 2048),
    ];
    for (range, status, start, end) in rows {
        let got = ask(&service, "GET", &target, &[("range", range)], "");
        assert_eq!(got.status, *status, "{range}");
        match status {
            206 => assert_eq!(got.header("content-range"), format!("bytes {start}-{}/2048", end - 1)),
            416 => assert_eq!((got.header("content-range"), got.code().as_str()), ("bytes */2048", "RANGE_INVALID")),
            _ => assert!(!got.has("content-range")),
        }
        assert!(*status == 416 || got.body == content[*start..*end], "{range}");
    }
    let head = ask(&service, "HEAD", &target, &[("range", "bytes=0-1")], "");
    assert_eq!((head.status, head.header("content-length")), (200, "2048"), "ranges are for GET");
    let empty = format!("/v2/a/blobs/{}", put_blob(&service, "a", ""));
    let got = ask(&service, "GET", &empty, &[("range", "bytes=0-")], "");
    assert_eq!((got.status, got.header("content-range")), (416, "bytes */0"));
}

#[test]
fn a_part_is_of_what_the_client_began_with() {
    let service = memory();
    let digest = put_blob(&service, "a", "content");
    let other = format!("\"{}\"", Digest::of(b"other"));
    let rows = [(format!("\"{digest}\""), 206), (other, 200), ("Tue, 15 Nov 1994 12:45:26 GMT".into(), 200)];
    for (value, status) in rows {
        let headers = [("range", "bytes=1-2"), ("if-range", &*value)];
        assert_eq!(ask(&service, "GET", &format!("/v2/a/blobs/{digest}"), &headers, "").status, status, "{value}");
    }
}

#[test]
fn a_registry_without_ranges_gives_the_whole() {
    let service = Service::new(Small { pieces: vec!["con", "tent"], ..Small::default() });
    let target = format!("/v2/a/blobs/{}", Digest::of(b"content"));
    let got = ask(&service, "GET", &target, &[("range", "bytes=1-2")], "");
    assert_eq!((got.status, got.text()), (200, "content"));
}

#[test]
fn a_blob_that_is_known_is_not_sent_again() {
    let service = memory();
    let digest = put_blob(&service, "a", "content");
    let tag = format!("\"{digest}\"");
    for method in ["GET", "HEAD"] {
        let answer = ask(&service, method, &format!("/v2/a/blobs/{digest}"), &[("if-none-match", &tag)], "");
        assert_eq!((answer.status, answer.header("etag")), (304, &*tag));
        let absent = ask(&service, method, &format!("/v2/b/blobs/{digest}"), &[("if-none-match", &tag)], "");
        assert_eq!(absent.status, 404, "knowing a digest is not having the blob");
    }
}

/// A comma can be a part of an entity tag, and a list that is malformed is no condition (RFC 9110, section 13.1.2).
#[test]
fn a_condition_is_read_tag_by_tag() {
    let service = memory();
    let digest = put_blob(&service, "a", "content");
    let table = [
        (format!("\"x,\", \"{digest}\""), 304),
        (format!("W/\"{digest}\", \"x\""), 304),
        (" * ".to_owned(), 304),
        (format!("\"x,{digest}\""), 200),
        (format!("\"x\" \"{digest}\""), 200),
        (digest.to_string(), 200),
        (format!("*, \"{digest}\""), 200),
    ];
    for (condition, expected) in table {
        let answer = ask(&service, "GET", &format!("/v2/a/blobs/{digest}"), &[("if-none-match", &condition)], "");
        assert_eq!(answer.status, expected, "{condition}");
    }
    let (one, other) = ("\"x\"", format!("\"{digest}\""));
    let two = [("if-none-match", one), ("if-none-match", &*other)];
    assert_eq!(ask(&service, "GET", &format!("/v2/a/blobs/{digest}"), &two, "").status, 304, "two lines are one list");
}

#[test]
fn a_blob_is_deleted_from_one_repository() {
    let service = memory();
    let digest = put_blob(&service, "a", "content");
    let mounted =
        ask(&service, "POST", &format!("/v2/b/blobs/uploads/?mount={digest}&from=a"), &[("content-length", "0")], "");
    assert_eq!((mounted.status, mounted.header("location")), (201, &*format!("/v2/b/blobs/{digest}")));
    assert_eq!(mounted.header("docker-content-digest"), digest.to_string());
    let status =
        |method: &str, name: &str| ask(&service, method, &format!("/v2/{name}/blobs/{digest}"), &[], "").status;
    assert_eq!((status("DELETE", "a"), status("HEAD", "a"), status("GET", "b")), (202, 404, 200));
    assert_eq!((status("DELETE", "a"), status("DELETE", "none")), (404, 404));
    put_blob(&service, "a", "content");
    assert_eq!(status("GET", "a"), 200, "what is pushed again is there again");
}

/// The server cannot take back a status that it has sent; it can cut the body off.
#[test]
fn content_gone_bad_never_ends_cleanly() {
    use futures_util::FutureExt;
    use http_body_util::{BodyExt, Empty};
    use tower_service::Service as _;

    let said = |size| Some(Descriptor::new(MediaType::OCTET_STREAM, Digest::of(b"content"), size));
    let rows = [
        (vec!["con", "tent"], said(7), true, true),
        (vec!["con", "tint"], said(7), false, true),
        (vec!["con"], said(7), false, false),
        (vec!["con", "tent", "s"], said(7), false, false),
    ];
    for (pieces, said, verified, unverified) in rows {
        let service = Service::new(Small { pieces: pieces.clone(), said, ..Small::default() });
        for (mut service, clean) in [(service.clone(), verified), (service.unverified(), unverified)] {
            let target = format!("/v2/a/blobs/{}", Digest::of(b"content"));
            let request = http::Request::get(target).body(Empty::<bytes::Bytes>::new()).unwrap();
            let response = service.call(request).now_or_never().unwrap().unwrap();
            assert_eq!(response.headers()["content-length"], "7");
            let body = response.into_body().collect().now_or_never().unwrap();
            assert_eq!(body.is_ok(), clean, "{pieces:?}");
        }
    }
}
