//! Chunks that come in the wrong order, with the wrong length, or at the same time.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::mpsc;
use tower_service::Service as _;
use wharf_registry::Digest;

use crate::harness::{answer, ask, ask_chunked, memory, request, start};

#[test]
fn a_chunk_begins_where_the_last_one_ended() {
    let service = memory();
    let location = start(&service, "a");
    let patch = |range: &str, body: &'static str| ask(&service, "PATCH", &location, &[("content-range", range)], body);
    assert_eq!(patch("4-7", "efgh").status, 416, "before anything");
    assert_eq!(patch("0-3", "abcd").status, 202);
    for range in ["0-3", "3-6", "5-8", "8-11"] {
        let refused = patch(range, "efgh");
        assert_eq!((refused.status, refused.code().as_str()), (416, "RANGE_INVALID"), "{range}");
        assert_eq!((refused.header("range"), refused.header("location")), ("0-3", &*location));
    }
    let digest = Digest::of(b"abcdefgh");
    let target = format!("{location}?digest={digest}");
    let early = ask(&service, "PUT", &target, &[("content-range", "8-11")], "efgh");
    assert_eq!((early.status, early.header("range")), (416, "0-3"));
    assert_eq!(ask(&service, "GET", &location, &[], "").status, 204, "the session survives");
    assert_eq!(ask(&service, "PUT", &target, &[("content-range", "4-7")], "efgh").status, 201);
}

#[test]
fn a_chunk_has_the_length_of_its_range() {
    let service = memory();
    let location = start(&service, "a");
    let rows = [
        ("0-3", "abc", "SIZE_INVALID"),
        ("0-3", "abcde", "SIZE_INVALID"),
        ("0-0", "", "SIZE_INVALID"),
        ("3-0", "abcd", "BLOB_UPLOAD_INVALID"),
        ("0", "a", "BLOB_UPLOAD_INVALID"),
        ("-3", "abc", "BLOB_UPLOAD_INVALID"),
        ("+0-3", "abcd", "BLOB_UPLOAD_INVALID"),
        ("0-99999999999999999999", "a", "BLOB_UPLOAD_INVALID"),
        ("0-18446744073709551615", "a", "BLOB_UPLOAD_INVALID"),
        ("bytes 0-3/2", "abcd", "BLOB_UPLOAD_INVALID"),
        ("a-b", "abcd", "BLOB_UPLOAD_INVALID"),
    ];
    for (range, body, code) in rows {
        let refused = ask(&service, "PATCH", &location, &[("content-range", range)], body);
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{range} {body}");
        assert_eq!(ask(&service, "GET", &location, &[], "").header("range"), "0-0", "{range} {body}");
    }
    let said = [("content-range", "0-3"), ("content-length", "5")];
    assert_eq!(ask(&service, "PATCH", &location, &said, "abcd").code(), "SIZE_INVALID");
    // When nobody said the length, what is too much is not taken, and what is too little is told truly.
    let long = ask_chunked(&service, "PATCH", &location, &[("content-range", "0-3")], vec![Ok("ab"), Ok("cde")]);
    assert_eq!((long.status, long.code().as_str()), (400, "SIZE_INVALID"));
    assert_eq!(ask(&service, "GET", &location, &[], "").header("range"), "0-1");
    let short = ask_chunked(&service, "PATCH", &location, &[("content-range", "2-5")], vec![Ok("cd")]);
    assert_eq!((short.status, short.code().as_str()), (400, "SIZE_INVALID"));
    assert_eq!(ask(&service, "GET", &location, &[], "").header("range"), "0-3");
}

#[test]
fn one_request_at_a_time_writes_to_a_session() {
    let mut service = memory();
    let location = start(&service, "a");
    let (sender, mut receiver) = mpsc::unbounded_channel::<Result<Frame<Bytes>, std::io::Error>>();
    let body = StreamBody::new(stream::poll_fn(move |context| receiver.poll_recv(context)));
    let mut first = pin!(service.call(request("PATCH", &location, &[], body)));
    let mut context = Context::from_waker(Waker::noop());
    sender.send(Ok(Frame::data("con".into()))).unwrap();
    assert!(first.as_mut().poll(&mut context).is_pending(), "the first is in the middle of its body");

    for (method, headers) in [("PATCH", &[][..]), ("PATCH", &[("content-range", "0-4")]), ("GET", &[]), ("DELETE", &[])]
    {
        let second = ask(&service, method, &location, headers, "WRONG");
        assert_eq!((second.status, second.code().as_str()), (400, "BLOB_UPLOAD_INVALID"), "{method}");
    }
    let target = format!("{location}?digest={}", Digest::of(b"WRONG"));
    assert_eq!(ask(&service, "PUT", &target, &[], "WRONG").status, 400);

    sender.send(Ok(Frame::data("tent".into()))).unwrap();
    drop(sender);
    let Poll::Ready(Ok(response)) = first.as_mut().poll(&mut context) else { panic!("the body has ended") };
    assert_eq!(answer("PATCH", response).header("range"), "0-6");
    let target = format!("{location}?digest={}", Digest::of(b"content"));
    assert_eq!(ask(&service, "PUT", &target, &[], "").status, 201);
}
