//! Blobs whose connections break: wherever that happens and however the peer answers the range, what comes is the blob,
//! or a prefix of it and an error.

use futures_util::{StreamExt, stream};
use http::Response;
use wharf_client::{Body, Client, ErrorKind, Fault, Retry, TransportError, TransportErrorKind};
use wharf_registry::{Blob, ErrorCode, Read};

use crate::peer::{FakeClock, Peer, Sent, digest, printed, reply, repository, wire};

pub(crate) const CONTENT: &str = "The quick brown fox jumps over the lazy dog";

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// As it should, or too early without a word.
    Clean,
    Fails(TransportErrorKind),
    /// Nothing more comes.
    Silent,
}

/// All that a download goes on after.
pub(crate) const BREAKS: [End; 4] =
    [End::Clean, End::Fails(TransportErrorKind::Closed), End::Fails(TransportErrorKind::Timeout), End::Silent];

/// A client that resumes, and whose pauses take no time.
pub(crate) fn persistent(peer: &Peer) -> Client {
    peer.client().with_retry(Retry::default()).with_clock(FakeClock::hasty())
}

/// An answer whose body has these pieces and this end.
pub(crate) fn broken(status: u16, headers: &[(&str, &str)], pieces: Vec<bytes::Bytes>, end: End) -> Response<Body> {
    let mut response = reply(status, headers, "");
    let pieces = stream::iter(pieces.into_iter().map(Ok));
    *response.body_mut() = match end {
        End::Clean => Body::stream(pieces, None),
        End::Fails(kind) => {
            Body::stream(pieces.chain(stream::once(async move { Err(TransportError::new(kind, "told to")) })), None)
        }
        End::Silent => Body::stream(pieces.chain(stream::pending()), None),
    };
    response
}

/// The bytes in pieces of lengths that only a seed knows, some of them empty.
pub(crate) fn chopped(bytes: &[u8], seed: u64) -> Vec<bytes::Bytes> {
    let (mut left, mut state, mut pieces) = (bytes, seed, Vec::new());
    while !left.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (piece, rest) = left.split_at((state >> 60).min(left.len() as u64) as usize);
        pieces.push(bytes::Bytes::copy_from_slice(piece));
        left = rest;
    }
    pieces
}

pub(crate) fn one(bytes: &str) -> Vec<bytes::Bytes> {
    vec![bytes::Bytes::copy_from_slice(bytes.as_bytes())]
}

/// The first byte that a request asks for.
pub(crate) fn asked(sent: &Sent) -> Option<usize> {
    sent.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

pub(crate) fn part_of(first: usize) -> String {
    format!("bytes {first}-{}/{}", CONTENT.len() - 1, CONTENT.len())
}

/// What came before the end, and what the end was.
pub(crate) async fn read(mut blob: Blob) -> (Vec<u8>, Result<(), wharf_registry::Error>) {
    let mut all = Vec::new();
    while let Some(piece) = blob.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

#[tokio::test]
async fn a_blob_that_breaks_anywhere_is_gone_on_with() {
    let length = CONTENT.len().to_string();
    for end in BREAKS {
        for cut in 0..=CONTENT.len() {
            for seed in 0..8 {
                let length = length.clone();
                let peer = Peer::new(move |sent| match asked(sent) {
                    None => {
                        let headers = [("content-length", length.as_str()), ("etag", "\"one\"")];
                        broken(200, &headers, chopped(&CONTENT.as_bytes()[..cut], seed), end)
                    }
                    Some(first) => {
                        let headers = [("content-range", &*part_of(first)), ("etag", "\"one\"")];
                        broken(206, &headers, chopped(&CONTENT.as_bytes()[first..], seed + 1), End::Clean)
                    }
                });
                let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
                let (bytes, result) = read(blob).await;
                assert!(result.is_ok(), "{end:?} at {cut}: {result:?}");
                assert_eq!(bytes, CONTENT.as_bytes(), "{end:?} at {cut}");
                let sent = peer.sent();
                assert_eq!(sent.len(), if cut == CONTENT.len() { 1 } else { 2 }, "{end:?} at {cut}");
                assert_eq!((sent[0].header("range"), sent[0].header("if-range")), (None, None));
                if let Some(second) = sent.get(1) {
                    assert_eq!(second.line(), sent[0].line());
                    assert_eq!(second.header("range"), Some(&*format!("bytes={cut}-")));
                    assert_eq!(second.header("if-range"), Some("\"one\""));
                    assert_eq!(second.header("accept-encoding"), Some("identity"));
                }
            }
        }
    }
}

#[tokio::test]
async fn a_blob_may_break_as_often_as_it_likes_if_it_comes_nearer() {
    let mut retry = Retry::default();
    retry.progress = 1;
    for step in 1..=CONTENT.len() {
        for end in BREAKS {
            let peer = Peer::new(move |sent| {
                let first = asked(sent).unwrap_or(0);
                let bytes = &CONTENT.as_bytes()[first..(first + step).min(CONTENT.len())];
                let headers = [("content-range", &*part_of(first))];
                match asked(sent) {
                    None => broken(200, &[("content-length", "43")], chopped(bytes, 7), end),
                    Some(_) => broken(206, &headers, chopped(bytes, 9), end),
                }
            });
            let client = persistent(&peer).with_retry(retry);
            let (bytes, result) = read(client.blob(&repository(), &digest(CONTENT)).await.unwrap()).await;
            assert!(result.is_ok() && bytes == CONTENT.as_bytes(), "{step}: {result:?}");
            assert_eq!(peer.sent().len(), CONTENT.len().div_ceil(step));
        }
    }
}

/// What a peer answers a range with. In a header `N` is the offset that was asked for, `B` the one before, `A` the one
/// after; the body is the rest of the blob, all of it, or what is given.
struct Case {
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: Sends,
    gives: Gives,
}

#[derive(Clone, Copy)]
enum Sends {
    Rest,
    Whole,
    RestAndMore,
    OtherRest,
    OtherWhole,
    Nothing,
}

enum Gives {
    Blob,
    Fault(Fault, ErrorCode),
    Status(ErrorCode),
}

const PART: &str = "bytes N-42/43";
const NAME: &str = "sha256:d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592";
const OTHER: &str = "sha256:d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e593";

const fn case(status: u16, headers: &'static [(&'static str, &'static str)], body: Sends, gives: Gives) -> Case {
    Case { status, headers, body, gives }
}

fn cases() -> Vec<Case> {
    use ErrorCode as Code;
    use Gives::{Blob, Fault as Fails, Status};
    use Sends::{Nothing, OtherRest, OtherWhole, Rest, RestAndMore, Whole};
    let range = || Fails(Fault::ContentRange, Code::RANGE_INVALID);
    let changed = || Fails(Fault::Changed, Code::UNAVAILABLE);
    let digest = || Fails(Fault::WrongDigest, Code::DIGEST_INVALID);
    let length = || Fails(Fault::WrongLength, Code::SIZE_INVALID);
    vec![
        case(206, &[("content-range", PART)], Rest, Blob),
        case(206, &[("content-range", PART), ("etag", "\"one\""), ("content-length", "L")], Rest, Blob),
        case(206, &[("content-range", PART), ("etag", "W/\"two\"")], Rest, Blob),
        case(206, &[("content-range", PART), ("content-encoding", "identity")], Rest, Blob),
        case(206, &[("content-range", PART), ("content-range", PART)], Rest, Blob),
        case(200, &[], Whole, Blob),
        case(200, &[("content-length", "43"), ("etag", "\"one\"")], Whole, Blob),
        case(206, &[], Rest, range()),
        case(206, &[("content-range", "bytes B-42/43")], Rest, range()),
        case(206, &[("content-range", "bytes A-42/43")], Rest, range()),
        case(206, &[("content-range", "bytes 0-42/43")], Whole, range()),
        case(206, &[("content-range", "bytes N-43/43")], RestAndMore, range()),
        case(206, &[("content-range", "bytes N-42/*")], Rest, range()),
        case(206, &[("content-range", "bytes */43")], Rest, range()),
        case(206, &[("content-range", "N-42/43")], Rest, range()),
        case(206, &[("content-range", "bytes N-42/44")], Rest, changed()),
        case(206, &[("content-range", "bytes N-43/44")], RestAndMore, changed()),
        case(206, &[("content-range", PART), ("etag", "\"two\"")], Rest, changed()),
        case(200, &[("etag", "\"two\"")], Whole, changed()),
        case(200, &[("content-length", "44")], Whole, changed()),
        case(
            206,
            &[("content-range", PART), ("content-type", "Multipart/byteranges; boundary=x")],
            Rest,
            Fails(Fault::Multipart, Code::RANGE_INVALID),
        ),
        case(
            206,
            &[("content-range", PART), ("content-range", "bytes 0-42/43")],
            Rest,
            Fails(Fault::DuplicateHeader, Code::UNAVAILABLE),
        ),
        case(
            206,
            &[("content-range", PART), ("content-encoding", "gzip")],
            Rest,
            Fails(Fault::ContentEncoding, Code::UNAVAILABLE),
        ),
        case(206, &[("content-range", PART), ("docker-content-digest", NAME)], Rest, Blob),
        case(206, &[("content-range", PART), ("docker-content-digest", OTHER)], Rest, digest()),
        case(200, &[("docker-content-digest", OTHER)], Whole, digest()),
        case(200, &[("content-encoding", "gzip")], Whole, Fails(Fault::ContentEncoding, Code::UNAVAILABLE)),
        case(206, &[("content-range", PART), ("content-length", "50")], Rest, length()),
        case(206, &[("content-range", PART)], RestAndMore, length()),
        case(206, &[("content-range", PART)], OtherRest, digest()),
        case(200, &[], OtherWhole, digest()),
        case(416, &[("content-range", "bytes */43")], Nothing, Status(Code::RANGE_INVALID)),
        case(404, &[], Nothing, Status(Code::BLOB_UNKNOWN)),
        case(403, &[], Nothing, Status(Code::DENIED)),
        case(412, &[], Nothing, Status(Code::UNKNOWN)),
        case(204, &[], Nothing, Fails(Fault::Status, Code::UNAVAILABLE)),
        case(304, &[], Nothing, Fails(Fault::Redirected, Code::UNAVAILABLE)),
    ]
}

impl Case {
    fn answer(&self, first: usize) -> Response<Body> {
        let filled = |text: &str| match text {
            "L" => (CONTENT.len() - first).to_string(),
            text if !text.starts_with("bytes") && !text.starts_with("N-") => text.to_owned(),
            text => text
                .replace('N', &first.to_string())
                .replace('B', &(first - 1).to_string())
                .replace('A', &(first + 1).to_string()),
        };
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, filled(value))).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = match self.body {
            Sends::Rest => CONTENT[first..].to_owned(),
            Sends::Whole => CONTENT.to_owned(),
            Sends::RestAndMore => format!("{}s", &CONTENT[first..]),
            Sends::OtherRest => CONTENT[first..].to_uppercase(),
            Sends::OtherWhole => CONTENT.to_uppercase(),
            Sends::Nothing => String::new(),
        };
        broken(self.status, &headers, one(&body), End::Clean)
    }
}

#[tokio::test]
async fn only_the_rest_of_the_same_blob_is_taken_for_it() {
    for end in BREAKS {
        for cut in [1, 20, CONTENT.len() - 1] {
            for (number, case) in cases().into_iter().enumerate() {
                let told = format!("case {number}, {end:?} at {cut}");
                let (answer, gives) = (move |first| case.answer(first), cases().swap_remove(number).gives);
                let peer = Peer::new(move |sent| match asked(sent) {
                    None => broken(200, &[("content-length", "43"), ("etag", "\"one\"")], one(&CONTENT[..cut]), end),
                    Some(first) => answer(first),
                });
                let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
                let (bytes, result) = read(blob).await;
                assert_eq!(peer.sent().len(), 2, "{told}");
                judge(&gives, &bytes, result, &told);
            }
        }
    }
}

fn judge(gives: &Gives, bytes: &[u8], result: Result<(), wharf_registry::Error>, told: &str) {
    let error = match (gives, result) {
        (Gives::Blob, Ok(())) => return assert_eq!(bytes, CONTENT.as_bytes(), "{told}"),
        (_, Err(error)) => error,
        (_, Ok(())) => panic!("{told}: no error"),
    };
    let (kind, code) = (wire(&error).kind(), error.code());
    match gives {
        Gives::Blob => panic!("{told}: {}", printed(&error)),
        Gives::Fault(fault, expected) => assert_eq!((kind, code), (ErrorKind::Peer(*fault), expected), "{told}"),
        Gives::Status(expected) => {
            assert!(matches!(kind, ErrorKind::Refused(_)), "{told}: {kind:?}");
            assert_eq!(code, expected, "{told}");
        }
    }
    assert_eq!(wire(&error).resumptions(), 1, "{told}");
    assert!(wire(&error).to_string().contains(" after one resumption"), "{told}: {}", wire(&error));
    if kind != ErrorKind::Peer(Fault::WrongDigest) {
        assert!(CONTENT.as_bytes().starts_with(bytes), "{told}: {bytes:?}");
    }
}

#[tokio::test]
async fn a_blob_that_was_put_together_wrongly_says_so() {
    let peer = Peer::new(|sent| match asked(sent) {
        None => broken(200, &[("content-length", "43")], one(&CONTENT[..9]), End::Clean),
        Some(first @ 9) => broken(206, &[("content-range", &part_of(first))], one("X"), End::Clean),
        Some(first) => broken(206, &[("content-range", &part_of(first))], one(&CONTENT[first..]), End::Clean),
    });
    let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    let error = read(blob).await.1.unwrap_err();
    let path = format!("/v2/team/app/blobs/{}", digest(CONTENT));
    let text =
        format!("GET registry.example.com{path}: the content has another digest than it should after 2 resumptions");
    assert_eq!((wire(&error).to_string(), wire(&error).resumptions()), (text, 2));
    assert!(printed(&error).contains(&digest(CONTENT).to_string()));

    // One that came in one piece was not.
    let peer = Peer::new(|_| reply(200, &[("content-length", "43")], CONTENT.to_uppercase()));
    let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    let error = read(blob).await.1.unwrap_err();
    assert_eq!((wire(&error).kind(), wire(&error).resumptions()), (ErrorKind::Peer(Fault::WrongDigest), 0));
    assert!(wire(&error).to_string().ends_with("than it should"));
}

/// Only a tag that is strong for certain may be asked by.
#[tokio::test]
async fn a_weak_or_broken_entity_tag_is_not_asked_by() {
    let table: [(&[&str], Option<&str>); 7] = [
        (&["\"a\""], Some("\"a\"")),
        (&["\"\""], Some("\"\"")),
        (&["W/\"a\""], None),
        (&["a"], None),
        (&["\"a\"b\""], None),
        (&["\"a b\""], None),
        (&["\"a\"", "\"b\""], None),
    ];
    for (tags, expected) in table {
        let peer = Peer::new(move |sent| match asked(sent) {
            None => {
                let mut headers = vec![("content-length", "43")];
                headers.extend(tags.iter().map(|tag| ("etag", *tag)));
                broken(200, &headers, one(&CONTENT[..9]), End::Clean)
            }
            Some(first) => broken(206, &[("content-range", &part_of(first))], one(&CONTENT[first..]), End::Clean),
        });
        let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
        assert!(read(blob).await.1.is_ok());
        assert_eq!(peer.sent()[1].header("if-range"), expected, "{tags:?}");
    }
}

/// A tag that is first named by the second answer counts from then on.
#[tokio::test]
async fn a_part_may_end_early_and_is_followed_by_the_next() {
    let peer = Peer::new(|sent| match asked(sent) {
        None => broken(200, &[("content-length", "43")], one(&CONTENT[..9]), End::Clean),
        Some(9) => {
            broken(206, &[("content-range", "bytes 9-19/43"), ("etag", "\"a\"")], one(&CONTENT[9..20]), End::Clean)
        }
        Some(first) => broken(206, &[("content-range", &part_of(first))], one(&CONTENT[first..]), End::Clean),
    });
    let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    assert_eq!(read(blob).await.0, CONTENT.as_bytes());
    let tags: Vec<_> = peer.sent().iter().map(|sent| sent.header("if-range").map(str::to_owned)).collect();
    assert_eq!(tags, [None, None, Some("\"a\"".into())]);

    // It has no more than it says, even if the blob has.
    let peer = Peer::new(|sent| match asked(sent) {
        None => broken(200, &[("content-length", "43")], one(&CONTENT[..9]), End::Clean),
        Some(_) => broken(206, &[("content-range", "bytes 9-19/43")], one(&CONTENT[9..21]), End::Clean),
    });
    let blob = persistent(&peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    let (bytes, result) = read(blob).await;
    assert_eq!(bytes, &CONTENT.as_bytes()[..9]);
    assert_eq!(wire(&result.unwrap_err()).kind(), ErrorKind::Peer(Fault::WrongLength));
}
