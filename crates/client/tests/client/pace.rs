//! Bodies that come slowly, or not at all, by a clock that the test moves.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::poll_immediate;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use http::{Request, Response};
use tokio::sync::Semaphore;
use wharf_client::{Body, Client, ErrorKind, Limits, Retry, Transport, TransportError, TransportErrorKind};
use wharf_registry::{Algorithm, Blob, ByteRange, Document, Error, MediaType, Precondition, Read, Write};

use crate::peer::{FakeClock, MANIFEST, Peer, digest, latest, reply, repository, wire};

const TIMEOUT: ErrorKind = ErrorKind::Transport(TransportErrorKind::Timeout);

/// A mebibyte, of which a test sends as much as it likes.
const SIZE: u64 = 1 << 20;

/// Lengths of pieces that are on their way; whoever reads them is polled by the test.
#[derive(Clone, Default)]
struct Pieces(Arc<Mutex<VecDeque<usize>>>);

impl Pieces {
    fn send(&self, length: usize) {
        self.0.lock().unwrap().push_back(length);
    }

    fn body(self) -> Body {
        let next = move |_: &mut Context<'_>| match self.0.lock().unwrap().pop_front() {
            Some(length) => Poll::Ready(Some(Ok(Bytes::from(vec![0; length])))),
            None => Poll::Pending,
        };
        Body::stream(stream::poll_fn(next), None)
    }
}

async fn blob(limits: Limits) -> (Blob, Pieces, FakeClock) {
    let pieces = Pieces::default();
    let sent = pieces.clone();
    let peer = Peer::new(move |_| {
        let mut response = reply(200, &[("content-length", &SIZE.to_string())], "");
        *response.body_mut() = sent.clone().body();
        response
    });
    let clock = FakeClock::default();
    let client = peer.client().with_clock(clock.clone()).with_limits(limits);
    (client.blob(&repository(), &digest("x")).await.unwrap(), pieces, clock)
}

fn next(blob: &mut Blob) -> Option<Option<Result<Bytes, Error>>> {
    blob.next().now_or_never()
}

/// Sends `length` bytes every `every` seconds to a reader that is always there, until the blob fails; gives the time.
async fn until_it_fails(length: usize, every: u64, limits: Limits) -> Option<u64> {
    let (mut blob, pieces, clock) = blob(limits).await;
    let mut seconds = 0;
    while seconds < 300 {
        match next(&mut blob) {
            Some(Some(Err(error))) => {
                assert_eq!(wire(&error).kind(), TIMEOUT);
                return Some(seconds);
            }
            Some(_) => continue,
            None => {}
        }
        clock.advance(1);
        seconds += 1;
        if seconds.is_multiple_of(every) {
            pieces.send(length);
        }
    }
    None
}

#[tokio::test]
async fn a_blob_that_drips_fails_after_a_minute() {
    let limits = Limits::default();
    assert_eq!(until_it_fails(1, 1, limits).await, Some(60));
    assert_eq!(until_it_fails(1_023, 1, limits).await, Some(60));
    assert_eq!(until_it_fails(20_000, 29, limits).await, Some(60));
    assert_eq!(until_it_fails(1_024, 1, limits).await, None);
    assert_eq!(until_it_fails(31_000, 29, limits).await, None);
    assert_eq!(until_it_fails(1, 400, limits).await, Some(60));
}

/// Who waits for a peer that says nothing at all is woken by the clock, since nobody else does it.
#[tokio::test]
async fn a_reader_that_waits_is_woken_to_look_at_the_clock() {
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let (mut blob, _, clock) = blob(Limits::default()).await;
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut looked = 0;
    while blob.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending() {
        let before = count.0.load(Ordering::SeqCst);
        clock.advance(10);
        assert!(count.0.load(Ordering::SeqCst) > before, "after {looked} looks");
        looked += 1;
    }
    assert_eq!(looked, 6);
}

#[tokio::test]
async fn the_lowest_rate_is_the_callers() {
    let mut limits = Limits::default();
    limits.slowest_blob = 0;
    assert_eq!(until_it_fails(1, 1, limits).await, None);
    limits.slowest_blob = 10;
    assert_eq!(until_it_fails(9, 1, limits).await, Some(60));
    assert_eq!(until_it_fails(11, 1, limits).await, None);
}

/// A reader that comes back after hours is not told that the peer was slow.
#[tokio::test]
async fn a_reader_that_takes_its_time_is_not_the_peers_fault() {
    let (mut blob, pieces, clock) = blob(Limits::default()).await;
    for _ in 0..10 {
        assert!(next(&mut blob).is_none());
        pieces.send(20_000);
        clock.advance(3_600);
        assert!(matches!(next(&mut blob), Some(Some(Ok(_)))));
    }
    assert!(next(&mut blob).is_none());
    clock.advance(3_600);
    pieces.send(20_000);
    assert!(matches!(next(&mut blob), Some(Some(Ok(_)))));
}

#[tokio::test]
async fn a_part_of_a_blob_must_not_drip_either() {
    let headers = [("content-range", "bytes 0-9/100")];
    let peer = Peer::new(move |_| endless(reply(206, &headers, "")));
    let clock = FakeClock::default();
    let client = peer.client().with_clock(clock.clone());
    let range = client.blob_range(&repository(), &digest("x"), ByteRange::Between { first: 0, last: 9 }).await.unwrap();
    let mut range = range.into_unverified();
    for _ in 0..6 {
        assert!(range.next().now_or_never().is_none());
        clock.advance(10);
    }
    let error = range.next().await.unwrap().unwrap_err();
    assert_eq!(wire(&error).kind(), TIMEOUT);
}

/// A registry that takes a piece of a blob only when it is let, and then answers only when it is let.
#[derive(Clone)]
struct Sluggish(Arc<Semaphore>);

#[async_trait]
impl Transport for Sluggish {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = request.into_parts();
        if parts.method == "POST" {
            return Ok(reply(202, &[("location", "one")], ""));
        }
        if parts.method == "GET" {
            return Ok(reply(404, &[], ""));
        }
        let (mut left, mut pieces) = (body.length(), body.into_stream());
        while left != Some(0) {
            self.0.acquire().await.unwrap().forget();
            let Some(piece) = pieces.try_next().await? else { break };
            left = left.map(|left| left - piece.len() as u64);
        }
        self.0.acquire().await.unwrap().forget();
        Ok(reply(if parts.method == "PATCH" { 202 } else { 201 }, &[], ""))
    }
}

/// A blob of a mebibyte that comes as fast as it is wanted.
fn source() -> Vec<u8> {
    vec![7; 1 << 20]
}

/// Lets the registry take a piece every `every` seconds, until something comes of it; gives the time.
async fn sent(
    mut work: Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>>,
    clock: &FakeClock,
    turns: &Semaphore,
    every: u64,
) -> (u64, Result<(), Error>) {
    for seconds in 0..3_000 {
        for _ in 0..5 {
            if let Some(result) = poll_immediate(&mut work).await {
                return (seconds, result);
            }
        }
        clock.advance(1);
        if seconds % every == every - 1 {
            turns.add_permits(1);
        }
    }
    panic!("nothing came of it");
}

fn sluggish() -> (Client, FakeClock, Arc<Semaphore>) {
    let (turns, clock) = (Arc::new(Semaphore::new(0)), FakeClock::default());
    let client = Client::new(Sluggish(Arc::clone(&turns)), crate::peer::host(crate::peer::HOST)).unwrap();
    (client.with_clock(clock.clone()).with_retry(Retry::none()), clock, turns)
}

/// 64 KiB at a time are enough for more than a minute, and a registry that takes one piece and no more is not.
#[tokio::test]
async fn a_registry_that_does_not_take_a_blob_is_left_after_a_minute() {
    for (every, fails) in [(1, false), (29, false), (59, false), (140, true), (900, true)] {
        let (client, clock, turns) = sluggish();
        let repository = repository();
        turns.add_permits(1);
        let work = Box::pin(client.put_blob(&repository, Blob::from_bytes(source())));
        let (seconds, result) = sent(work, &clock, &turns, every).await;
        assert_eq!(result.is_err(), fails, "{every}");
        if let Err(error) = result {
            assert_eq!((wire(&error).kind(), wire(&error).method().as_str()), (TIMEOUT, "PUT"));
            assert!((60..=120).contains(&seconds), "{every}: {seconds}");
        }
    }
}

#[tokio::test]
async fn an_upload_in_parts_must_not_drip_either() {
    let (client, clock, turns) = sluggish();
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    turns.add_permits(1);
    let data: wharf_registry::ByteStream = Box::pin(stream::iter([Ok(Bytes::from(source()))]));
    let work = Box::pin(async { upload.append(data).await.map(drop) });
    let (seconds, result) = sent(work, &clock, &turns, 1_000).await;
    assert_eq!((wire(&result.unwrap_err()).kind(), seconds), (TIMEOUT, 120), "what was taken was enough for a minute");
}

/// Who waits for content, or for an answer when all is sent, does not wait for the registry to take anything.
#[tokio::test]
async fn neither_a_slow_source_nor_a_slow_answer_counts_as_slow_sending() {
    let (client, clock, turns) = sluggish();
    let repository = repository();
    let (pieces, content) = (Pieces::default(), vec![0; 10]);
    let kind = MediaType::OCTET_STREAM;
    let descriptor = wharf_registry::Descriptor::of(kind, &content);
    let body = pieces.clone().body().into_stream().map(|piece| Ok::<_, Error>(piece.unwrap()));
    let mut work = Box::pin(client.put_blob(&repository, Blob::new(descriptor, Box::pin(body))));
    turns.add_permits(2);
    for length in [4, 6, 0] {
        for _ in 0..100 {
            assert!(poll_immediate(&mut work).await.is_none());
            clock.advance(10);
        }
        if length > 0 {
            pieces.send(length);
        }
    }
    turns.add_permits(1);
    work.await.unwrap();
}

/// The same with a body that never comes.
fn endless(mut response: Response<Body>) -> Response<Body> {
    *response.body_mut() = Body::stream(stream::pending(), None);
    response
}

fn silent(status: u16) -> (Client, FakeClock) {
    let headers = [("content-type", MediaType::IMAGE_INDEX.as_str())];
    let peer = Peer::new(move |_| endless(reply(status, &headers, "")));
    let clock = FakeClock::default();
    (peer.client().with_clock(clock.clone()), clock)
}

#[tokio::test]
async fn a_document_that_does_not_end_fails_after_a_minute() {
    for (status, kind) in [(200, TIMEOUT), (404, ErrorKind::Refused(http::StatusCode::NOT_FOUND))] {
        let (client, clock) = silent(status);
        let (repository, which) = (repository(), latest());
        let mut pull = pin!(client.manifest(&repository, &which));
        for _ in 0..59 {
            for _ in 0..10 {
                assert!(poll_immediate(&mut pull).await.is_none());
            }
            clock.advance(1);
        }
        assert!(poll_immediate(&mut pull).await.is_none());
        clock.advance(1);
        assert_eq!(wire(&pull.await.unwrap_err()).kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn what_is_stored_is_stored_although_the_answer_does_not_end() {
    let (client, clock) = silent(201);
    let (repository, document) = (repository(), Document::new(MediaType::IMAGE_INDEX, MANIFEST));
    let mut put = pin!(client.put_manifest(&repository, &document, &[], &Precondition::Always));
    for _ in 0..10 {
        assert!(poll_immediate(&mut put).await.is_none());
    }
    assert_eq!(clock.slept().last(), Some(&Duration::from_secs(1)));
    clock.advance(1);
    put.await.unwrap();
}
