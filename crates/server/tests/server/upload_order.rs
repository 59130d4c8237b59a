//! Chunks that come in the wrong order, with the wrong length, or at the same time.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use tokio::sync::mpsc::{self, UnboundedSender};
use tower_service::Service as _;
use wharf_registry::Digest;
use wharf_server::Service;

use crate::harness::{Answer, answer, ask, ask_chunked, memory, request, start};

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

/// A request in the middle of its body, and the rest of the body.
fn begun(
    service: &Service,
    method: &'static str,
    target: &str,
) -> (Pending, UnboundedSender<Result<Frame<Bytes>, std::io::Error>>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let body = StreamBody::new(stream::poll_fn(move |context| receiver.poll_recv(context)));
    (pending(service, method, target, &[], body), sender)
}

/// A request that waits for others.
fn waiting(service: &Service, method: &'static str, target: &str, range: Option<&str>, body: &'static str) -> Pending {
    let headers: Vec<_> = range.map(|range| ("content-range", range)).into_iter().collect();
    pending(service, method, target, &headers, Full::<Bytes>::from(body))
}

fn pending<B>(service: &Service, method: &'static str, target: &str, headers: &[(&str, &str)], body: B) -> Pending
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let answered = service.clone().call(request(method, target, headers, body));
    let mut pending: Pending = Box::pin(async move { answer(method, answered.await.unwrap()) });
    assert!(pending.as_mut().now_or_never().is_none(), "{method} waits");
    pending
}

type Pending = Pin<Box<dyn Future<Output = Answer>>>;

fn done(pending: &mut Pending) -> Answer {
    pending.as_mut().now_or_never().expect("nothing to wait for")
}

/// What one of several requests at a session is answered when it comes second: after one that has brought `con`.
#[test]
fn who_comes_while_another_writes_sees_what_that_one_left() {
    let rows: &[(_, Option<&str>, _, _, Option<&str>)] = &[
        ("GET", None, "", 204, Some("0-2")),
        ("PATCH", None, "tent", 202, Some("0-6")),
        ("PATCH", Some("3-6"), "tent", 202, Some("0-6")),
        ("PATCH", Some("0-3"), "tent", 416, Some("0-2")),
        ("PATCH", Some("0-2"), "con", 416, Some("0-2")),
        ("PUT", None, "tent", 201, None),
        ("PUT", Some("0-3"), "tent", 416, Some("0-2")),
        ("DELETE", None, "", 204, None),
    ];
    for (method, range, body, status, held) in rows {
        let service = memory();
        let location = start(&service, "a");
        let (mut first, sender) = begun(&service, "PATCH", &location);
        let target = match *method {
            "PUT" => format!("{location}?digest={}", Digest::of(b"content")),
            _ => location.clone(),
        };
        let mut second = waiting(&service, method, &target, *range, body);
        sender.send(Ok(Frame::data("con".into()))).unwrap();
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        drop(sender);
        assert_eq!(done(&mut first).header("range"), "0-2");
        let second = done(&mut second);
        assert_eq!(second.status, *status, "{method} {range:?}");
        assert_eq!(second.has("range").then(|| second.header("range")), *held, "{method} {range:?}");
        let over = matches!(status, 201) || *method == "DELETE";
        assert_eq!(ask(&service, "GET", &location, &[], "").status, if over { 404 } else { 204 });
    }
}

/// Two chunks that each claim to be the next: in whatever order they come, one is and the other is told where it stands.
#[test]
fn of_two_chunks_for_one_place_one_is_taken() {
    for order in [["ab", "AB"], ["AB", "ab"]] {
        let service = memory();
        let location = start(&service, "a");
        let (mut other, sender) = begun(&service, "PATCH", &location);
        let mut both = order.map(|body| waiting(&service, "PATCH", &location, Some("0-1"), body));
        drop(sender);
        done(&mut other);
        let [first, second] = both.each_mut().map(done);
        assert_eq!((first.status, second.status), (202, 416));
        assert_eq!((second.code().as_str(), second.header("range")), ("RANGE_INVALID", "0-1"));
        let target = format!("{location}?digest={}", Digest::of(order[0].as_bytes()));
        assert_eq!(ask(&service, "PUT", &target, &[], "").status, 201);
    }
}

/// The first request at a session ends it; those that waited find that out, and nothing else.
#[test]
fn who_waited_for_the_end_finds_no_session() {
    for (ending, failing) in [("PUT", false), ("PUT", true), ("DELETE", false)] {
        let service = memory();
        let location = start(&service, "a");
        let (mut first, sender) = begun(&service, "PATCH", &location);
        let digest = Digest::of(if failing { b"something else" } else { b"" });
        let mut end = waiting(&service, ending, &format!("{location}?digest={digest}"), None, "");
        let mut rest: Vec<_> =
            ["GET", "PATCH", "DELETE"].map(|method| waiting(&service, method, &location, None, "x")).into();
        drop(sender);
        done(&mut first);
        assert_eq!(
            done(&mut end).status,
            if failing {
                400
            } else if ending == "PUT" {
                201
            } else {
                204
            }
        );
        for late in &mut rest {
            let late = done(late);
            assert_eq!((late.status, late.code().as_str()), (404, "BLOB_UPLOAD_UNKNOWN"));
        }
    }
}

/// A request that is given up makes room for the next, wherever in the line it was.
#[test]
fn who_goes_away_does_not_hold_up_the_others() {
    let service = memory();
    let location = start(&service, "a");
    let (first, _sender) = begun(&service, "PATCH", &location);
    let second = waiting(&service, "PATCH", &location, Some("0-3"), "lost");
    let mut third = waiting(&service, "PATCH", &location, Some("0-1"), "ab");
    drop(second);
    assert!(third.as_mut().now_or_never().is_none());
    drop(first);
    assert_eq!(done(&mut third).header("range"), "0-1");
}

#[test]
fn a_session_for_which_too_many_wait_is_not_waited_for() {
    let service = memory();
    let (location, other) = (start(&service, "a"), start(&service, "a"));
    let (mut first, sender) = begun(&service, "PATCH", &location);
    let mut line: Vec<_> = (0..15).map(|_| waiting(&service, "GET", &location, None, "")).collect();
    let refused = ask(&service, "GET", &location, &[], "");
    assert_eq!((refused.status, refused.code().as_str()), (429, "TOOMANYREQUESTS"));
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(ask(&service, "GET", &other, &[], "").status, 204, "others are not held up");
    drop(sender);
    done(&mut first);
    assert!(line.iter_mut().all(|waiting| done(waiting).status == 204));
    assert_eq!(ask(&service, "GET", &location, &[], "").status, 204);
}
