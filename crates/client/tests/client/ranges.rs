//! Blobs in parts: whatever becomes of the parts, what comes is the blob, or a prefix of it and an error.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::Response;
use wharf_client::{Body, Client, Credential, ErrorKind, Fault, Ranges, Retry, Secret, TransportErrorKind};
use wharf_registry::{ErrorCode, Read};

use crate::peer::{
    FakeClock, Peer, SECRET, Sent, assert_confined, bearer, digest, fault, manifest_reply, printed, reply, repository,
    token, wire,
};
use crate::resume::{BREAKS, CONTENT, End, broken, chopped, one, persistent, read};

const CLOSED: End = End::Fails(TransportErrorKind::Closed);

pub(crate) fn ranges(parallel: usize, length: u64) -> Ranges {
    let mut ranges = Ranges::default();
    (ranges.parallel, ranges.length) = (parallel, length);
    ranges
}

/// A client that resumes and fetches parts of five bytes, three at a time.
fn by_parts(peer: &Peer) -> Client {
    persistent(peer).with_ranges(ranges(3, 5))
}

/// The first and the last byte that a request asks for.
pub(crate) fn span(sent: &Sent) -> Option<(usize, Option<usize>)> {
    let (first, last) = sent.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().unwrap(), last.parse().ok()))
}

/// What a registry says that has ranges, without the bytes; and the offsets of these.
fn promised(sent: &Sent) -> (u16, Vec<(&'static str, String)>, usize, usize) {
    let size = CONTENT.len();
    let mut headers = vec![("etag", "\"one\"".to_owned())];
    let Some((first, last)) = span(sent) else {
        headers.push(("content-length", size.to_string()));
        return (200, headers, 0, size);
    };
    let last = last.unwrap_or(size).min(size - 1);
    headers.push(("content-range", format!("bytes {first}-{last}/{size}")));
    (206, headers, first, last + 1)
}

fn answer(sent: &Sent, pieces: impl FnOnce(&str) -> Vec<Bytes>, end: End) -> Response<Body> {
    let (status, headers, first, last) = promised(sent);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    broken(status, &headers, pieces(&CONTENT[first..last]), end)
}

fn serve(sent: &Sent) -> Response<Body> {
    answer(sent, one, End::Clean)
}

/// Fails unless the blob comes whole.
async fn assert_whole(client: &Client, told: &str) {
    let blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap_or_else(|error| panic!("{told}: {error:?}"));
    assert_eq!(blob.descriptor().size, CONTENT.len() as u64);
    let (bytes, result) = read(blob).await;
    assert!(result.is_ok(), "{told}: {result:?}");
    assert_eq!(bytes, CONTENT.as_bytes(), "{told}");
}

#[tokio::test]
async fn a_blob_comes_in_parts_that_are_its_own() {
    for parallel in 2..6 {
        for length in 1..50 {
            let peer = Peer::new(serve);
            assert_whole(&persistent(&peer).with_ranges(ranges(parallel, length)), "whole").await;
            let (sent, length, size) = (peer.sent(), length as usize, CONTENT.len());
            let mut spans: Vec<_> = sent.iter().map(|sent| span(sent).unwrap()).collect();
            spans.sort_unstable();
            let mut expected = vec![(0, Some(2 * length - 1))];
            expected.extend((2 * length..size).step_by(length).map(|at| (at, Some((at + length).min(size) - 1))));
            assert_eq!(spans, expected);
            for (number, sent) in sent.iter().enumerate() {
                assert_eq!(sent.header("if-range"), (number > 0).then_some("\"one\""));
                assert_eq!(sent.header("accept-encoding"), Some("identity"));
            }
        }
    }
}

#[tokio::test]
async fn who_does_not_ask_for_parts_gets_none() {
    for client in [|peer: &Peer| persistent(peer), |peer: &Peer| persistent(peer).with_ranges(ranges(1, 5))] {
        let peer = Peer::new(serve);
        assert_whole(&client(&peer), "whole").await;
        assert_eq!(peer.sent().len(), 1);
        assert_eq!(peer.sent()[0].header("range"), None);
    }
}

/// Whichever byte the line breaks at, and however, that part is gone on with from there to its own end.
#[tokio::test]
async fn a_blob_in_parts_may_break_anywhere() {
    for end in BREAKS {
        for cut in 0..CONTENT.len() {
            for seed in 0..4 {
                let done = Arc::new(AtomicUsize::new(0));
                let peer = Peer::new(move |sent| {
                    let (_, _, first, last) = promised(sent);
                    if !(first..last).contains(&cut) || done.fetch_add(1, Ordering::SeqCst) > 0 {
                        return answer(sent, |bytes| chopped(bytes.as_bytes(), seed), End::Clean);
                    }
                    answer(sent, |bytes| chopped(&bytes.as_bytes()[..cut - first], seed), end)
                });
                assert_whole(&by_parts(&peer), &format!("{end:?} at {cut}")).await;
                let broken = peer.sent().iter().map(|sent| span(sent).unwrap()).find(|(first, last)| {
                    let last = last.unwrap();
                    *first <= cut && cut <= last
                });
                let (first, last) = broken.unwrap();
                let spans: Vec<_> = peer.sent().iter().map(|sent| span(sent).unwrap()).collect();
                let rest = spans.iter().filter(|span| **span == (cut, last)).count();
                assert_eq!(rest, if cut == first { 2 } else { 1 }, "{end:?} at {cut}: {spans:?}");
            }
        }
    }
}

/// Every connection breaks after so many bytes.
#[tokio::test]
async fn parts_break_as_often_as_they_like_if_they_come_nearer() {
    let mut retry = Retry::default();
    retry.progress = 1;
    for step in 1..12 {
        for end in BREAKS {
            let peer = Peer::new(move |sent| answer(sent, |bytes| one(&bytes[..step.min(bytes.len())]), end));
            assert_whole(&by_parts(&peer).with_retry(retry), &format!("{step}, {end:?}")).await;
        }
    }
}

/// Heads and pieces come whenever they like.
#[tokio::test]
async fn parts_come_in_any_order() {
    for seed in 0..400_u64 {
        let (parallel, length) = (2 + seed as usize % 4, 1 + seed % 9);
        let state = Mutex::new(seed);
        let peer = Peer::new(move |sent| {
            let mut state = state.lock().unwrap();
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut response = answer(sent, one, End::Clean);
            let (seed, pieces) = (*state, chopped(&CONTENT.as_bytes()[promised(sent).2..promised(sent).3], *state));
            let late = stream::iter(pieces).enumerate().then(move |(number, piece)| async move {
                for _ in 0..(seed >> (40 + number % 20)) % 16 {
                    tokio::task::yield_now().await;
                }
                Ok(piece)
            });
            *response.body_mut() = Body::stream(late, None);
            response
        });
        let client = peer.client().with_clock(FakeClock::default()).with_ranges(ranges(parallel, length));
        assert_whole(&client, &format!("seed {seed}")).await;
    }
}

/// What a part is answered with instead of what it should be.
fn instead(sent: &Sent, kind: &str) -> Response<Body> {
    let (_, _, first, last) = promised(sent);
    let size = CONTENT.len();
    let part = |first: usize, last: usize, size: usize| format!("bytes {first}-{}/{size}", last - 1);
    let own = part(first, last, size);
    let say = |range: &str, body: &str| broken(206, &[("content-range", range)], one(body), End::Clean);
    match kind {
        "the whole" => broken(200, &[("content-length", "43")], one(CONTENT), End::Clean),
        "the whole without a length" => broken(200, &[], one(CONTENT), End::Clean),
        "the whole, changed" => {
            broken(200, &[("content-length", "43"), ("etag", "\"two\"")], one(&CONTENT.to_uppercase()), End::Clean)
        }
        "the first part again" => say(&part(0, last - first, size), &CONTENT[..last - first]),
        "the part before" => say(&part(first - 1, last - 1, size), &CONTENT[first - 1..last - 1]),
        "the part before under this name" => say(&own, &CONTENT[first - 1..last - 1]),
        "a part of another size" => say(&part(first, last, size + 1), &CONTENT[first..last]),
        "a part of no size" => say(&own.replace("/43", "/*"), &CONTENT[first..last]),
        "a part without a range" => broken(206, &[], one(&CONTENT[first..last]), End::Clean),
        "less than the part" => say(&own, &CONTENT[first..last - 1]),
        "more than the part" => say(&own, &format!("{}x", &CONTENT[first..last])),
        "a longer part" => say(&part(first, size.min(last + 1), size + 1), &CONTENT[first..size.min(last + 1)]),
        "a shorter part" => say(&part(first, first + 1, size), &CONTENT[first..=first]),
        "other bytes" => say(&own, &CONTENT[first..last].to_uppercase()),
        "another tag" => {
            let headers = [("content-range", own.as_str()), ("etag", "\"two\"")];
            broken(206, &headers, one(&CONTENT[first..last]), End::Clean)
        }
        "another length" => {
            let headers = [("content-range", own.as_str()), ("content-length", "44")];
            broken(206, &headers, one(&CONTENT[first..last]), End::Clean)
        }
        "a coding" => {
            let headers = [("content-range", own.as_str()), ("content-encoding", "gzip")];
            broken(206, &headers, one(&CONTENT[first..last]), End::Clean)
        }
        "several parts" => {
            let headers = [("content-type", "multipart/byteranges; boundary=x")];
            broken(206, &headers, one(&CONTENT[first..last]), End::Clean)
        }
        "two ranges" => {
            let headers = [("content-range", own.as_str()), ("content-range", "bytes 0-42/43")];
            broken(206, &headers, one(&CONTENT[first..last]), End::Clean)
        }
        "nothing" => broken(206, &[("content-range", &own)], vec![], CLOSED),
        "a failure" => broken(206, &[("content-range", &own)], vec![], End::Fails(TransportErrorKind::Other)),
        status => reply(status.parse().unwrap(), &[], ""),
    }
}

const INSTEAD: [&str; 37] = [
    "the whole",
    "the whole without a length",
    "the whole, changed",
    "the first part again",
    "the part before",
    "the part before under this name",
    "a part of another size",
    "a part of no size",
    "a part without a range",
    "less than the part",
    "more than the part",
    "a longer part",
    "a shorter part",
    "other bytes",
    "another tag",
    "another length",
    "a coding",
    "several parts",
    "two ranges",
    "nothing",
    "a failure",
    "204",
    "304",
    "400",
    "401",
    "403",
    "404",
    "405",
    "408",
    "412",
    "416",
    "429",
    "500",
    "501",
    "502",
    "503",
    "504",
];

/// Once, or from then on, a part is not what it should be. Either the blob comes all the same, or it is an error with
/// nothing wrong before it.
#[tokio::test]
async fn a_part_that_is_not_what_it_should_be_is_no_part_of_the_blob() {
    for kind in INSTEAD {
        for nth in 1..8 {
            for times in [1, 2, usize::MAX] {
                let told = format!("{kind}, request {nth}, {times} times");
                let count = AtomicUsize::new(0);
                let peer = Peer::new(move |sent| {
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    match number >= nth && number - nth < times && promised(sent).2 > 0 {
                        true => instead(sent, kind),
                        false => serve(sent),
                    }
                });
                let blob = by_parts(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
                let (bytes, result) = read(blob).await;
                match result {
                    Ok(()) => assert_eq!(bytes, CONTENT.as_bytes(), "{told}"),
                    Err(error) if is_wrong(wire(&error).kind()) => {
                        assert!(kind == WRONG[0] || kind == WRONG[1], "{told}")
                    }
                    Err(error) => {
                        assert!(times > 1 || is_final(kind), "{told}: {}", printed(&error));
                        assert!(CONTENT.as_bytes().starts_with(&bytes), "{told}: {bytes:?}");
                    }
                }
                assert!(peer.sent().len() < 60, "{told}: {} requests", peer.sent().len());
            }
        }
    }
}

/// Bytes that nothing but the digest of the whole can tell from the right ones.
const WRONG: [&str; 2] = ["other bytes", "the part before under this name"];

fn is_wrong(kind: ErrorKind) -> bool {
    kind == ErrorKind::Peer(Fault::WrongDigest)
}

/// What is the end of a blob even when it happens once, because nothing is to be gained by asking again.
fn is_final(kind: &str) -> bool {
    ["more than the part", "another length", "a failure"].contains(&kind)
}

/// One that would have come in one piece comes in one piece when it does not come in parts.
#[tokio::test]
async fn a_registry_without_ranges_is_asked_for_the_whole() {
    for status in [400, 403, 405, 406, 412, 416, 501] {
        let peer = Peer::new(move |sent| if span(sent).is_some() { reply(status, &[], "") } else { serve(sent) });
        assert_whole(&by_parts(&peer), &status.to_string()).await;
        assert_eq!(peer.sent().len(), 2, "{status}");
    }
    let wrong = [
        "a part of no size",
        "a part without a range",
        "less than asked",
        "another length",
        "several parts",
        "a coding",
        "two ranges",
    ];
    for kind in wrong {
        let peer = Peer::new(move |sent| match (span(sent), kind) {
            (None, _) => serve(sent),
            (Some(_), "less than asked") => {
                broken(206, &[("content-range", "bytes 0-8/43")], one(&CONTENT[..9]), End::Clean)
            }
            (Some(_), kind) => instead(sent, kind),
        });
        assert_whole(&by_parts(&peer), kind).await;
        assert_eq!(peer.sent().len(), 2, "{kind}");
    }
    // The whole at once is taken as it is, and resumed as ever.
    let peer = Peer::new(|sent| match span(sent) {
        Some((first, None)) => answer(sent, |_| one(&CONTENT[first..]), End::Clean),
        _ => broken(200, &[("content-length", "43")], one(&CONTENT[..9]), CLOSED),
    });
    assert_whole(&by_parts(&peer), "the whole").await;
    assert_eq!(peer.sent().len(), 2);
    assert_eq!(span(&peer.sent()[1]), Some((9, None)));
}

#[tokio::test]
async fn a_blob_that_is_not_there_is_asked_for_once() {
    for (status, code) in [(404, ErrorCode::BLOB_UNKNOWN), (401, ErrorCode::UNAUTHORIZED)] {
        let peer = Peer::new(move |_| reply(status, &[], ""));
        let error = by_parts(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap_err();
        assert_eq!((error.code(), peer.sent().len()), (&code, 1));
    }
    let peer = Peer::new(|_| reply(403, &[], ""));
    let error = by_parts(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap_err();
    assert_eq!((error.code(), peer.sent().len()), (&ErrorCode::DENIED, 2));
}

#[tokio::test]
async fn empty_and_short_blobs_come_in_one_request() {
    for length in [0, 1, 9, 10] {
        let content = &CONTENT[..length];
        let peer = Peer::new(move |sent| match (span(sent), length) {
            (Some(_), 0) => reply(416, &[("content-range", "bytes */0")], ""),
            (Some(_), _) => {
                broken(206, &[("content-range", &format!("bytes 0-{}/{length}", length - 1))], one(content), End::Clean)
            }
            (None, _) => reply(200, &[("content-length", "0")], ""),
        });
        let blob = by_parts(&peer).blob(&repository(), &digest(content)).await.unwrap();
        assert_eq!(read(blob).await.0, content.as_bytes());
        assert_eq!(peer.sent().len(), if length == 0 { 2 } else { 1 });
    }
}

#[tokio::test]
async fn the_size_of_a_blob_in_parts_is_limited() {
    let mut limits = wharf_client::Limits::default();
    for (size, fits) in [(43, true), (42, false)] {
        limits.blob_bytes = size;
        let peer = Peer::new(serve);
        let result = by_parts(&peer).with_limits(limits).blob(&repository(), &digest(CONTENT)).await;
        assert_eq!(result.map_err(|error| fault(&error)).err(), (!fits).then_some(Fault::TooLarge));
    }
}

#[tokio::test]
async fn bytes_that_are_wrong_are_not_a_blob() {
    let peer = Peer::new(|sent| answer(sent, |bytes| one(&bytes.to_uppercase()), End::Clean));
    let blob = by_parts(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    let error = read(blob).await.1.unwrap_err();
    assert_eq!((fault(&error), error.code()), (Fault::WrongDigest, &ErrorCode::DIGEST_INVALID));
    assert!(printed(&error).contains(&digest(CONTENT).to_string()));
}

/// Where the parts lead to is good for one request.
#[tokio::test]
async fn each_part_begins_at_the_registry() {
    let given = AtomicUsize::new(0);
    let used = Mutex::new(std::collections::HashSet::new());
    let peer = Peer::new(move |sent| match sent.url.strip_prefix("https://cdn.example.net/") {
        Some(name) => match used.lock().unwrap().insert(name.to_owned()) {
            true => answer(sent, |bytes| one(&bytes[..bytes.len().div_ceil(2)]), CLOSED),
            false => reply(403, &[], ""),
        },
        None if sent.header("authorization").is_none() => reply(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
        None => {
            let number = given.fetch_add(1, Ordering::SeqCst);
            let place = format!("https://cdn.example.net/{number}?X-Amz-Signature={SECRET}-{number}");
            reply(307, &[("location", &place)], "")
        }
    });
    let mut retry = Retry::default();
    retry.progress = 1;
    let client = by_parts(&peer).with_retry(retry).with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap();
    assert_eq!(read(blob).await.0, CONTENT.as_bytes());
    for sent in peer.sent() {
        let home = sent.is_to("https://registry.example.com");
        assert!(home || sent.header("authorization").is_none(), "{}", sent.line());
    }
}

/// A token that expires under way is renewed by the part that is read; those ahead take what there is.
#[tokio::test]
async fn a_part_ahead_makes_nobody_wait_for_a_token() {
    const REALM: &str = "https://registry.example.com/token";
    for status in [400, 401, 403] {
        for uses in 1..8 {
            let state = Mutex::new((0, 0));
            let peer = Peer::new(move |sent| {
                let (tokens, used) = &mut *state.lock().unwrap();
                if sent.url.starts_with(REALM) {
                    (*tokens, *used) = (*tokens + 1, 0);
                    return token(&format!("{SECRET}-{tokens}"));
                }
                let good = format!("Bearer {SECRET}-{tokens}");
                if sent.header("authorization") != Some(&good) || *used == uses {
                    let challenge = bearer(REALM);
                    return if sent.headers.contains_key("authorization") && status != 401 {
                        reply(status, &[], "")
                    } else {
                        challenge
                    };
                }
                *used += 1;
                if sent.url.contains("/manifests/") { manifest_reply() } else { serve(sent) }
            });
            let client = by_parts(&peer).with_credentials(Credential::basic("robot", Secret::new(SECRET)));
            let mut blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap();
            let mut bytes = blob.next().await.unwrap().unwrap().to_vec();
            // The reader turns to something else, which needs a token as well.
            client.manifest(&repository(), &crate::peer::latest()).await.unwrap();
            while let Some(piece) = blob.next().await {
                bytes.extend_from_slice(&piece.unwrap());
            }
            assert_eq!(bytes, CONTENT.as_bytes(), "{status}, {uses}");
            let parts = peer.sent().iter().filter_map(span).all(|(_, last)| last.is_some());
            assert!(parts, "{status}, {uses}: it goes on in parts");
            assert_confined(&peer, &["https://registry.example.com"]);
        }
    }
}

/// No pause is in the way of a reader: the clock does not move.
#[tokio::test]
async fn what_is_ahead_may_wait_while_the_rest_is_read() {
    let first = AtomicUsize::new(0);
    let peer = Peer::new(move |sent| match promised(sent).2 == 15 && first.fetch_add(1, Ordering::SeqCst) == 0 {
        true => answer(sent, |bytes| one(&bytes[..1]), CLOSED),
        false => serve(sent),
    });
    let clock = FakeClock::default();
    let client = by_parts(&peer).with_clock(clock.clone());
    let mut blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 16 {
        bytes.extend_from_slice(&blob.next().await.unwrap().unwrap());
    }
    for _ in 0..20 {
        assert!(blob.next().now_or_never().is_none());
    }
    clock.advance(1);
    while let Some(piece) = blob.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(bytes, CONTENT.as_bytes());
}
