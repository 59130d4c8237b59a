//! Blobs that do not get through in one request: what is sent again, from where, and what ends up stored.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use http::{Request, Response};
use wharf_client::{Body, Client, ErrorKind, Fault, Retry, Transport, TransportError, TransportErrorKind};
use wharf_registry::{Blob, Descriptor, Digest, Error, ErrorCode, MediaType, Operation, Write};

use crate::peer::{FakeClock, HOST, bearer, fault, host, reply, repository, token, wire};

/// A registry with sessions, at the end of a bad line.
#[derive(Clone, Default)]
struct Depot(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The longest body that gets through.
    limit: Option<usize>,
    /// Reads a body that is too long to its end before it says so.
    patient: bool,
    least: Option<&'static str>,
    /// What becomes of the requests with a body, in turn.
    fates: VecDeque<Fate>,
    /// How it says how much it has.
    dialect: Dialect,
    /// The bodies of requests that were answered before their end, which are read on meanwhile.
    unread: Vec<Body>,
    reads_on: bool,
    /// Tells of every failure that the connection was closed.
    closes: bool,
    sessions: usize,
    held: Vec<u8>,
    stored: Option<Vec<u8>>,
    lines: Vec<String>,
}

#[derive(Clone, Copy)]
enum Fate {
    Well,
    /// The connection breaks off when so many bytes were read, of which so many are kept.
    Cut(usize, usize),
    /// As above, and the session is forgotten.
    Forgotten(usize),
    /// The part is dropped, and taken all the same.
    Dropped,
    /// The part is kept, and said to be in the wrong place.
    Denied,
    /// A status, and nothing is kept.
    Status(u16),
}

#[derive(Clone, Copy, Default)]
enum Dialect {
    #[default]
    Last,
    /// The number of bytes instead of the last of them.
    Count,
    Nothing,
    Lies,
}

impl State {
    fn range(&self) -> Option<String> {
        match self.dialect {
            Dialect::Last => Some(format!("0-{}", self.held.len().saturating_sub(1))),
            Dialect::Count => Some(format!("bytes=0-{}", self.held.len())),
            Dialect::Nothing => None,
            Dialect::Lies => Some("0-99999999".into()),
        }
    }

    fn at(&self, status: u16) -> Response<Body> {
        let location = format!("/v2/team/app/blobs/uploads/{}", self.sessions);
        let range = self.range().unwrap_or_default();
        let mut headers = vec![("location", location.as_str())];
        headers.extend((!range.is_empty()).then_some(("range", range.as_str())));
        headers.extend(self.least.map(|least| ("oci-chunk-min-length", least)));
        reply(status, &headers, "")
    }

    fn answer(&mut self, method: &str, url: &str, range: Option<&str>, body: &[u8]) -> Response<Body> {
        let current = url.split('?').next().unwrap().ends_with(&format!("/{}", self.sessions));
        match method {
            "POST" => {
                self.sessions += 1;
                self.held.clear();
                self.at(202)
            }
            "HEAD" => reply(if self.stored.is_some() { 200 } else { 404 }, &[], ""),
            _ if !current => reply(404, &[], ""),
            "GET" => self.at(204),
            "DELETE" => reply(204, &[], ""),
            "PATCH" if range.unwrap().split('-').next() != Some(&self.held.len().to_string()) => reply(416, &[], ""),
            "PATCH" => {
                self.held.extend_from_slice(body);
                self.at(202)
            }
            _ => {
                self.held.extend_from_slice(body);
                let digest = Digest::of(&self.held).encoded().to_string();
                let right = url.ends_with(&digest);
                self.stored = right.then(|| std::mem::take(&mut self.held));
                reply(if right { 201 } else { 400 }, &[], "")
            }
        }
    }
}

#[async_trait]
impl Transport for Depot {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        let (length, method, url) = (body.length(), parts.method.to_string(), parts.uri.to_string());
        let range = parts.headers.get("content-range").map(|range| range.to_str().unwrap().to_owned());
        let sends = matches!(&*method, "PATCH" | "PUT") && length != Some(0);
        let (too_long, stop) = {
            let mut state = self.0.lock().unwrap();
            state.lines.push(format!("{method} {}", length.unwrap_or_default()));
            let too_long = state.limit.is_some_and(|limit| length.is_some_and(|length| length > limit as u64));
            (too_long, if too_long && !state.patient { 100 } else { usize::MAX })
        };
        let fate = match sends && !too_long {
            true => self.0.lock().unwrap().fates.pop_front().unwrap_or(Fate::Well),
            false => Fate::Well,
        };
        let stop = match fate {
            Fate::Cut(read, _) | Fate::Forgotten(read) => read,
            _ => stop,
        };
        let unread = if sends { std::mem::take(&mut self.0.lock().unwrap().unread) } else { Vec::new() };
        for body in unread {
            assert!(body.into_stream().try_next().await.is_err(), "an earlier request gets nothing more");
        }
        let mut all = Vec::new();
        let mut pieces = body.into_stream();
        while all.len() < stop
            && let Some(piece) = pieces.try_next().await.map_err(|error| match self.0.lock().unwrap().closes {
                true => TransportError::new(TransportErrorKind::Closed, error),
                false => error,
            })?
        {
            all.extend_from_slice(&piece);
        }
        let mut state = self.0.lock().unwrap();
        if too_long {
            if state.reads_on {
                state.unread.push(Body::stream(pieces, None));
            }
            return Ok(reply(413, &[], "<html>"));
        }
        all.truncate(stop);
        match fate {
            Fate::Cut(_, kept) => state.held.extend(all.iter().take(kept)),
            Fate::Forgotten(_) => state.sessions += 1,
            Fate::Dropped => return Ok(state.at(202)),
            Fate::Denied => {
                state.held.extend(all);
                return Ok(reply(416, &[], ""));
            }
            Fate::Status(status) => return Ok(reply(status, &[], "")),
            Fate::Well => return Ok(state.answer(&method, &url, range.as_deref(), &all)),
        }
        Err(TransportError::new(TransportErrorKind::Closed, "cut"))
    }
}

impl Depot {
    fn with(change: impl FnOnce(&mut State)) -> Self {
        let depot = Self::default();
        change(&mut depot.0.lock().unwrap());
        depot
    }

    fn client(&self) -> Client {
        Client::new(self.clone(), host(HOST)).unwrap().with_clock(FakeClock::hasty())
    }

    /// The requests with a body, by method and length.
    fn sent(&self) -> Vec<String> {
        let lines = std::mem::take(&mut self.0.lock().unwrap().lines);
        lines.into_iter().filter(|line| line.starts_with('P') && !line.ends_with(" 0")).collect()
    }

    fn stored(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap().stored.take()
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

/// A blob that comes in pieces.
fn blob(content: &[u8], piece: usize) -> Blob {
    let pieces: Vec<_> = content.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Blob::new(Descriptor::of(MediaType::OCTET_STREAM, content), Box::pin(stream::iter(pieces)))
}

async fn push(client: &Client, content: &[u8]) -> Result<(), Error> {
    client.put_blob(&repository(), blob(content, 64 << 10)).await
}

const MIB: usize = 1 << 20;

/// Wherever the connection breaks off, and however much of it the registry has kept.
#[tokio::test]
async fn a_blob_that_broke_off_is_stored_all_the_same() {
    let content = content(30);
    for cut in 0..=30 {
        for kept in [0, 1, 2, cut / 2, cut] {
            for piece in [1, 7, 30] {
                for dialect in [Dialect::Last, Dialect::Nothing, Dialect::Lies] {
                    let depot = Depot::with(|state| {
                        state.dialect = dialect;
                        state.fates = [Fate::Cut(cut, kept)].into();
                    });
                    depot.client().put_blob(&repository(), blob(&content, piece)).await.unwrap_or_else(|error| {
                        assert!(matches!(dialect, Dialect::Lies), "{cut} {kept} {piece}: {error:?}");
                    });
                    let stored = depot.stored();
                    assert_eq!(stored.as_ref(), Some(&content), "{cut} {kept} {piece}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_is_forgotten_is_begun_anew() {
    let content = content(30);
    for cut in [0, 10, 30] {
        let depot = Depot::with(|state| state.fates = [Fate::Forgotten(cut), Fate::Forgotten(cut)].into());
        push(&depot.client(), &content).await.unwrap();
        assert_eq!((depot.sent(), depot.stored().unwrap() == content), (vec!["PUT 30".to_owned(); 3], true));
    }
}

#[tokio::test]
async fn what_is_not_at_hand_any_more_is_not_sent_again() {
    let content = content(12 * MIB);
    let cut = |kept| Depot::with(|state| state.fates = [Fate::Cut(9 * MIB, kept)].into());
    let depot = cut(8 * MIB);
    push(&depot.client(), &content).await.unwrap();
    assert_eq!(depot.stored().unwrap(), content);
    let sent = depot.sent();
    assert_eq!(sent, [format!("PUT {}", 12 * MIB), format!("PATCH {}", 4 * MIB)], "only what was missing");

    let depot = cut(MIB);
    let error = push(&depot.client(), &content).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Transport(TransportErrorKind::Closed));
    assert_eq!((depot.sent().len(), depot.stored()), (1, None));
}

#[tokio::test]
async fn who_wants_nothing_repeated_gets_the_first_failure() {
    let depot = Depot::with(|state| state.fates = [Fate::Cut(10, 5)].into());
    push(&depot.client().with_retry(Retry::none()), &content(30)).await.unwrap_err();
    assert_eq!(depot.sent(), ["PUT 30"]);
}

#[tokio::test]
async fn what_fails_for_ever_is_given_up() {
    for fate in [Fate::Cut(10, 0), Fate::Cut(10, 5), Fate::Status(503), Fate::Forgotten(9)] {
        let depot = Depot::with(|state| state.fates = [fate; 100].into());
        push(&depot.client(), &content(30)).await.unwrap_err();
        assert!((4..=7).contains(&depot.sent().len()));
    }
    let depot = Depot::with(|state| state.fates = [Fate::Status(400); 2].into());
    push(&depot.client(), &content(30)).await.unwrap_err();
    assert_eq!(depot.sent().len(), 1);
}

/// A proxy takes bodies up to a length that nobody told.
#[tokio::test]
async fn a_request_that_is_too_large_is_made_smaller() {
    let large = content(9 * MIB);
    let depot = Depot::with(|state| state.limit = Some(MIB));
    let client = depot.client();
    push(&client, &large).await.unwrap();
    assert!(depot.stored().unwrap() == large);
    let refused = [9, 4, 2].map(|length| length * MIB);
    let lengths: Vec<_> = refused.into_iter().chain([MIB; 9]).collect();
    let sent: Vec<usize> = depot.sent().iter().map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(sent, lengths);

    push(&client.clone(), &large).await.unwrap();
    assert_eq!(depot.sent(), vec![format!("PATCH {MIB}"); 9], "what was learnt is known to all handles");
    push(&client, &content(1000)).await.unwrap();
    assert_eq!(depot.sent(), ["PUT 1000"]);

    let depot = Depot::with(|state| state.limit = Some(MIB));
    let small = content(3 * MIB);
    push(&depot.client(), &small).await.unwrap();
    assert!(depot.stored().unwrap() == small);
}

/// A transport may read on after the answer has come, which must take nothing from the next request.
#[tokio::test]
async fn what_is_sent_again_is_not_taken_by_the_request_before() {
    let large = content(9 * MIB);
    let depot = Depot::with(|state| (state.limit, state.reads_on) = (Some(4 * MIB), true));
    push(&depot.client(), &large).await.unwrap();
    assert!(depot.stored().unwrap() == large);
    assert!(depot.0.lock().unwrap().unread.is_empty(), "the earlier request was read on");
}

/// A proxy that reads everything before it says no leaves nothing to send again, but the next upload knows.
#[tokio::test]
async fn what_was_too_large_once_is_not_tried_twice() {
    let large = content(9 * MIB);
    let depot = Depot::with(|state| (state.limit, state.patient) = (Some(MIB), true));
    let client = depot.client();
    let error = push(&client, &large).await.unwrap_err();
    assert_eq!((wire(&error).status().unwrap().as_u16(), error.code()), (413, &ErrorCode::SIZE_INVALID));
    push(&client, &large).await.unwrap();
    assert!(depot.stored().unwrap() == large);
}

#[tokio::test]
async fn parts_are_as_long_as_the_registry_wants_them() {
    for (least, first) in [("5242880", 5 * MIB), ("100", 4 * MIB), ("none", 4 * MIB)] {
        let depot = Depot::with(|state| (state.limit, state.least) = (Some(5 * MIB), Some(least)));
        let content = content(9 * MIB);
        push(&depot.client(), &content).await.unwrap();
        assert_eq!(depot.sent()[1], format!("PATCH {first}"), "{least}");
        assert!(depot.stored().unwrap() == content);
    }
    for least in ["5242880", "9223372036854775808"] {
        let depot = Depot::with(|state| (state.limit, state.least) = (Some(MIB), Some(least)));
        let error = push(&depot.client(), &content(9 * MIB)).await.unwrap_err();
        assert_eq!(wire(&error).status().unwrap().as_u16(), 413, "{least}");
        assert!(depot.sent().len() <= 2, "nothing shorter than that is tried");
    }
}

/// What can happen to the second of the parts.
#[tokio::test]
async fn a_part_that_did_not_arrive_is_sent_again() {
    let large = content(9 * MIB);
    let table = [
        (Fate::Cut(MIB, MIB), Dialect::Last),
        (Fate::Cut(MIB, 10), Dialect::Last),
        (Fate::Cut(MIB, 0), Dialect::Last),
        (Fate::Cut(4 * MIB, 4 * MIB), Dialect::Count),
        (Fate::Status(503), Dialect::Last),
        (Fate::Status(416), Dialect::Last),
        (Fate::Dropped, Dialect::Last),
        (Fate::Denied, Dialect::Last),
    ];
    for (number, (fate, dialect)) in table.into_iter().enumerate() {
        let depot = Depot::with(|state| {
            (state.limit, state.dialect) = (Some(4 * MIB), dialect);
            state.fates = [Fate::Well, fate].into();
        });
        push(&depot.client(), &large).await.unwrap_or_else(|error| panic!("{number}: {error:?}"));
        assert!(depot.stored().unwrap() == large, "{number}");
    }
    let depot = Depot::with(|state| (state.limit, state.dialect) = (Some(4 * MIB), Dialect::Count));
    push(&depot.client(), &large).await.unwrap();
    assert!(!depot.0.lock().unwrap().lines.iter().any(|line| line.starts_with("GET")), "a count is no reason to ask");

    let depot = Depot::with(|state| (state.limit, state.dialect) = (Some(4 * MIB), Dialect::Lies));
    let error = push(&depot.client(), &large).await.unwrap_err();
    assert_eq!((fault(&error), error.code()), (Fault::UploadRange, &ErrorCode::RANGE_INVALID));
}

#[tokio::test]
async fn patience_begins_anew_with_each_part() {
    let large = content(5 * MIB);
    let depot = Depot::with(|state| {
        state.limit = Some(MIB);
        state.fates = [Fate::Status(503), Fate::Status(503), Fate::Well].repeat(5).into();
    });
    push(&depot.client(), &large).await.unwrap();
    assert!(depot.stored().unwrap() == large);
}

#[tokio::test]
async fn a_part_is_never_longer_than_memory_can_bear() {
    let large = content(33 * MIB);
    let depot = Depot::with(|state| (state.limit, state.least) = (Some(32 * MIB), Some("9223372036854775808")));
    push(&depot.client(), &large).await.unwrap();
    let patches = [32, 1].map(|length| format!("PATCH {}", length * MIB));
    assert_eq!(depot.sent()[1..], patches);
}

#[tokio::test]
async fn a_source_that_fails_is_the_error_in_parts_as_well() {
    let depot = Depot::with(|state| state.limit = Some(MIB));
    let client = depot.client();
    push(&client, &content(9 * MIB)).await.unwrap();
    depot.stored();
    let failure = Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&"the disk");
    let descriptor = Descriptor::of(MediaType::OCTET_STREAM, &content(3 * MIB));
    let pieces = [Ok(content(2 * MIB).into()), Err(failure)];
    let error =
        client.put_blob(&repository(), Blob::new(descriptor, Box::pin(stream::iter(pieces)))).await.unwrap_err();
    assert_eq!(error.to_string(), "get blob the disk: UNAVAILABLE");
    assert_eq!(depot.stored(), None);

    let depot = Depot::with(|state| state.closes = true);
    let descriptor = Descriptor::of(MediaType::OCTET_STREAM, b"content");
    let wrong = Blob::new(descriptor, Box::pin(stream::iter([Ok("con".into()), Ok("TENT".into())])));
    let error = depot.client().put_blob(&repository(), wrong).await.unwrap_err();
    assert_eq!((error.code(), depot.sent().len()), (&ErrorCode::DIGEST_INVALID, 1), "nothing makes it right");
}

/// A token that is good for some requests only.
#[tokio::test]
async fn a_token_that_expires_under_way_is_replaced() {
    const REALM: &str = "https://registry.example.com/token";
    for (uses, limit) in [(1, 100), (2, MIB), (1, MIB), (3, MIB)] {
        let issued = Mutex::new((0, 0));
        let state = Mutex::new(State { limit: Some(limit), ..State::default() });
        let peer = crate::peer::Peer::new(move |sent| {
            if sent.url.starts_with(REALM) {
                let mut issued = issued.lock().unwrap();
                *issued = (issued.0 + 1, uses);
                return token(&format!("t{}", issued.0));
            }
            let (number, left) = &mut *issued.lock().unwrap();
            if *left == 0 || sent.header("authorization") != Some(&format!("Bearer t{number}")) {
                return bearer(REALM);
            }
            *left -= 1;
            let mut state = state.lock().unwrap();
            match limit == MIB && sent.body.len() > limit {
                true => reply(413, &[], ""),
                false => state.answer(sent.method.as_str(), &sent.url, sent.header("content-range"), &sent.body),
            }
        });
        push(&peer.client(), &content(3 * MIB)).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_that_does_not_help_is_not_asked_for_again_and_again() {
    const REALM: &str = "https://registry.example.com/token";
    let peer = crate::peer::Peer::new(|sent| match (sent.method.as_str(), sent.header("authorization")) {
        _ if sent.url.starts_with(REALM) => token("t"),
        ("POST", Some(_)) => reply(202, &[("location", "one")], ""),
        ("DELETE", _) => reply(204, &[], ""),
        _ => bearer(REALM),
    });
    let error = push(&peer.client(), &content(30)).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAUTHORIZED);
    assert_eq!(peer.lines().iter().filter(|line| line.starts_with("PUT")).count(), 2);
}

/// How many parts are under way at a time.
#[derive(Clone)]
struct Counting(Depot, Arc<Mutex<(usize, usize)>>);

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let part = usize::from(request.method() == "PATCH");
        {
            let (now, most) = &mut *self.1.lock().unwrap();
            *now += part;
            *most = (*now).max(*most);
        }
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let answer = self.0.send(request).await;
        self.1.lock().unwrap().0 -= part;
        answer
    }
}

#[tokio::test]
async fn parts_take_the_room_for_uploads() {
    let depot = Depot::with(|state| state.limit = Some(MIB));
    push(&depot.client(), &content(2 * MIB)).await.unwrap();
    let counting = Counting(depot, Arc::default());
    let mut limits = wharf_client::Limits::default();
    limits.uploads = 1;
    let client = Client::new(counting.clone(), host(HOST)).unwrap().with_limits(limits).with_retry(Retry::none());
    let content = content(2 * MIB);
    // The registry of this test has one session at a time, so that all but the last fail in the end.
    let results = futures_util::future::join_all((0..3).map(|_| push(&client, &content))).await;
    assert_eq!((results.len(), counting.1.lock().unwrap().1), (3, 1));
}
