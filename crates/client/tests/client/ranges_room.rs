//! How much of a blob in parts is under way and in memory, and what that leaves for others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::Poll;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::Response;
use wharf_client::{Body, Client, Limits, Retry};
use wharf_registry::{Blob, Digest, Read};

use crate::peer::{FakeClock, Peer, Sent, reply, repository};
use crate::ranges::{ranges, span};

const SIZE: usize = 120_000;

static CONTENT: LazyLock<(Bytes, Digest)> = LazyLock::new(|| {
    let bytes = Bytes::from((0..SIZE).map(|at| ((at * 31) >> 7) as u8).collect::<Vec<_>>());
    let digest = Digest::of(&bytes);
    (bytes, digest)
});

fn content() -> Bytes {
    CONTENT.0.clone()
}

fn name() -> Digest {
    CONTENT.1.clone()
}

/// How many bodies there are, how many bytes were taken from them, and up to which byte of the blob they may go.
#[derive(Clone, Default)]
struct Meter {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
    held_back: Arc<Mutex<std::ops::Range<usize>>>,
}

struct Under(Meter);

impl Drop for Under {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Meter {
    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    /// Bytes of these offsets do not come.
    fn hold_back(&self, bytes: std::ops::Range<usize>) {
        *self.held_back.lock().unwrap() = bytes;
    }

    /// The bytes that are asked for, in pieces whose length depends on where they begin.
    fn serve(&self, sent: &Sent, piece: fn(usize) -> usize) -> Response<Body> {
        let (first, last) = span(sent).unwrap_or((0, None));
        let last = last.unwrap_or(SIZE).min(SIZE - 1);
        let range = format!("bytes {first}-{last}/{SIZE}");
        let mut response = match span(sent) {
            Some(_) => reply(206, &[("content-range", &range)], ""),
            None => reply(200, &[("content-length", &SIZE.to_string())], ""),
        };
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let (under, mut at, all) = (Under(self.clone()), first, content());
        let pieces = stream::poll_fn(move |_| {
            let Under(meter) = &under;
            let end = (at + piece(at)).min(last + 1);
            if at > last {
                return Poll::Ready(None);
            }
            if meter.held_back.lock().unwrap().contains(&at) {
                return Poll::Pending;
            }
            meter.taken.fetch_add(end - at, Ordering::SeqCst);
            let bytes = all.slice(at..end);
            at = end;
            Poll::Ready(Some(Ok(bytes)))
        });
        *response.body_mut() = Body::stream(pieces, None);
        response
    }

    fn peer(&self, piece: fn(usize) -> usize) -> Peer {
        let meter = self.clone();
        Peer::new(move |sent| meter.serve(sent, piece))
    }
}

fn client(peer: &Peer) -> Client {
    peer.client().with_retry(Retry::default()).with_clock(FakeClock::default())
}

/// Polls until nothing more happens, and gives what came.
fn drain(blob: &mut Blob) -> Vec<u8> {
    let mut all = Vec::new();
    let mut idle = 0;
    while idle < 50 {
        match blob.next().now_or_never() {
            Some(Some(piece)) => (all.extend_from_slice(&piece.unwrap()), idle = 0).1,
            Some(None) => return all,
            None => idle += 1,
        }
    }
    all
}

#[tokio::test]
async fn what_is_held_is_bounded() {
    type Piece = fn(usize) -> usize;
    let table: [(usize, usize, Piece); 6] = [
        (2, 1_000, |_| 100),
        (4, 10_000, |_| 4_096),
        (4, 10_000, |_| 9_999),
        (4, 1_000, |_| 1),
        (8, 3_000, |_| 3_000),
        // Short ones between long ones.
        (3, 12_000, |at| if at % 6_000 == 0 { 5_100 } else { 300 }),
    ];
    for (number, (parallel, length, piece)) in table.into_iter().enumerate() {
        let meter = Meter::default();
        let client = client(&meter.peer(piece)).with_ranges(ranges(parallel, length as u64));
        let window = (parallel - 1) * length;
        let mut blob = client.blob(&repository(), &name()).await.unwrap();
        // The reader is faster than the part that it reads, be it the first or a later one: all the others come.
        let mut given = Vec::new();
        for (stuck, end) in [(0, 2 * length), ((parallel + 1) * length, (parallel + 2) * length)] {
            meter.hold_back(stuck..end);
            given.extend(drain(&mut blob));
            let behind = window.min(SIZE.saturating_sub(end));
            assert_eq!(meter.taken() - given.len(), behind, "case {number}, stuck at {stuck}");
            assert!(meter.most.load(Ordering::SeqCst) <= parallel, "case {number}");
        }
        meter.hold_back(0..0);
        given.extend(drain(&mut blob));
        assert_eq!(given, content(), "case {number}");
        assert_eq!(meter.taken(), SIZE);
    }
}

/// However the reader goes on, also when what is ahead comes in longer pieces than it reads.
#[tokio::test]
async fn a_slow_reader_holds_no_more_than_a_fast_one() {
    const LENGTH: usize = 30_000;
    let meter = Meter::default();
    let peer = meter.peer(|at| if at < 3 * LENGTH { 4_096 } else { LENGTH });
    let client = client(&peer).with_ranges(ranges(2, LENGTH as u64));
    let mut blob = client.blob(&repository(), &name()).await.unwrap();
    meter.hold_back(LENGTH..2 * LENGTH);
    let mut given = drain(&mut blob).len();
    assert_eq!(meter.taken() - given, LENGTH);
    meter.hold_back(0..0);
    while let Some(bytes) = blob.next().await {
        given += bytes.unwrap().len();
        assert!(meter.taken() - given <= LENGTH, "at {given}");
    }
    assert_eq!(given, SIZE);
}

/// What is held and what is under way is counted for all handles together.
#[tokio::test]
async fn many_blobs_hold_no_more_than_one() {
    let meter = Meter::default();
    let peer = meter.peer(|_| 500);
    let mut limits = Limits::default();
    limits.downloads = 3;
    let client = client(&peer).with_limits(limits).with_ranges(ranges(4, 3_000));
    meter.hold_back(0..3_000);
    let mut blobs = Vec::new();
    for _ in 0..3 {
        blobs.push(client.clone().blob(&repository(), &name()).await.unwrap());
    }
    for _ in 0..10 {
        blobs.iter_mut().for_each(|blob| assert_eq!(drain(blob).len(), 0));
    }
    assert_eq!((meter.taken(), meter.most.load(Ordering::SeqCst)), (9_000, 6));
    // When the parts are given back, others have their turn.
    drop(blobs.remove(0));
    blobs.iter_mut().for_each(|blob| assert_eq!(drain(blob).len(), 0));
    assert_eq!(meter.taken(), 18_000);
}

/// A blob that nobody reads keeps its parts, and everybody else gets on without.
#[tokio::test]
async fn a_client_with_parts_does_not_wait_for_itself() {
    for downloads in [2, 4] {
        let meter = Meter::default();
        let mut limits = Limits::default();
        limits.downloads = downloads;
        let client = client(&meter.peer(|_| 700)).with_limits(limits).with_ranges(ranges(4, 1_000));
        let mut unread: Vec<Blob> = Vec::new();
        for _ in 1..downloads {
            let mut blob = client.blob(&repository(), &name()).await.unwrap();
            blob.next().await.unwrap().unwrap();
            unread.push(blob);
        }
        for _ in 0..3 {
            let mut blob = client.blob(&repository(), &name()).await.unwrap();
            assert_eq!(drain(&mut blob), content());
        }
        // Those that were left can be read in any order.
        while let Some(mut blob) = unread.pop() {
            assert_eq!(drain(&mut blob).len(), SIZE - 700);
        }
    }
}

#[tokio::test]
async fn who_drops_a_blob_drops_all_its_requests() {
    let mut most = 0;
    for polls in 0..60 {
        let meter = Meter::default();
        let client = client(&meter.peer(|_| 700)).with_ranges(ranges(4, 1_000));
        let mut blob = client.blob(&repository(), &name()).await.unwrap();
        for _ in 0..polls {
            let _ = blob.next().now_or_never();
        }
        most = most.max(meter.now());
        drop(blob);
        assert_eq!(meter.now(), 0, "after {polls} polls");
        // Nothing is left of its places either.
        assert_eq!(drain(&mut client.blob(&repository(), &name()).await.unwrap()), content());
    }
    assert!(most > 1);
}

/// Each time that the registry asks for it, half as many parts are fetched at a time.
#[tokio::test]
async fn a_registry_that_is_asked_too_much_is_asked_less() {
    for status in [429, 503] {
        let meter = Meter::default();
        let refused = Arc::new(AtomicUsize::new(0));
        let (serving, count) = (meter.clone(), Arc::clone(&refused));
        let peer = Peer::new(move |sent| {
            let (first, _) = span(sent).unwrap();
            // Twice there is too much at once.
            if first >= 20_000 && serving.now() > 2 && count.fetch_add(1, Ordering::SeqCst) < 8 {
                return reply(status, &[("retry-after", "0")], "");
            }
            serving.serve(sent, |_| 100)
        });
        let mut retry = Retry::default();
        retry.attempts = 10;
        let client = client(&peer).with_retry(retry).with_clock(FakeClock::hasty()).with_ranges(ranges(8, 1_000));
        let mut blob = client.blob(&repository(), &name()).await.unwrap();
        let (mut bytes, mut late) = (Vec::new(), 0);
        while let Some(piece) = blob.next().await {
            bytes.extend_from_slice(&piece.unwrap());
            if bytes.len() > 40_000 {
                late = late.max(meter.now());
            }
        }
        assert_eq!(bytes, content());
        assert_eq!(meter.most.load(Ordering::SeqCst), 8);
        assert!(refused.load(Ordering::SeqCst) > 0 && late <= 4, "{status}: {late} at a time");
    }
}

/// And when it does not stop to refuse them, there are none: the blob comes in one stream.
#[tokio::test]
async fn a_registry_that_refuses_all_parts_is_asked_for_one_stream() {
    let meter = Meter::default();
    let serving = meter.clone();
    let peer = Peer::new(move |sent| match span(sent).unwrap() {
        (first, Some(_)) if first > 0 => reply(429, &[], ""),
        _ => serving.serve(sent, |_| 100),
    });
    let client = client(&peer).with_clock(FakeClock::hasty()).with_ranges(ranges(3, 1_000));
    let mut blob = client.blob(&repository(), &name()).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = blob.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(bytes, content());
    assert_eq!(span(peer.sent().last().unwrap()), Some((2_000, None)));
    assert!(peer.sent().len() <= 10, "{}", peer.sent().len());
}
