//! Many who ask a cache for the same blob at the same time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Blob, ByteRange, Descriptor, Digest, Document, Error, ErrorCode, List, MediaType, Operation, Overlay, Policy, Raw,
    Read, Repository, TagOrDigest,
};
use wharf_store::{Store, memory};

const APP: Repository = Repository::from_static("app");
const PIECE: usize = 100_000;

/// One blob, of which comes as much as was let through; its end is one more than its bytes.
struct Origin {
    content: Bytes,
    digest: Digest,
    asked: AtomicUsize,
    gate: Arc<Mutex<Gate>>,
}

#[derive(Default)]
struct Gate {
    open_to: usize,
    passed: usize,
    fails: bool,
    waits: Option<Waker>,
}

type Cache = Overlay<Store<memory::Blobs, memory::Names>, Arc<Origin>>;

fn setup(size: usize) -> (Store<memory::Blobs, memory::Names>, Arc<Origin>, Cache) {
    let content = Bytes::from_iter((0..size).map(|at| (at / 7) as u8));
    let digest = Digest::of(&content);
    let origin = Arc::new(Origin { content, digest, asked: AtomicUsize::new(0), gate: Arc::default() });
    let near = Store::memory().with_policy(Policy::Sparse);
    (near.clone(), Arc::clone(&origin), Overlay::new(near, origin))
}

impl Origin {
    fn open(&self, to: usize) {
        let mut gate = self.gate.lock().unwrap();
        gate.open_to = to;
        gate.waits.take().into_iter().for_each(Waker::wake);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn passed(&self) -> usize {
        self.gate.lock().unwrap().passed
    }
}

#[async_trait]
impl Read for Origin {
    async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
        Err(Error::unsupported(Operation::GetManifest))
    }

    async fn blob(&self, _: &Repository, _: &Digest) -> Result<Blob, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let (content, gate) = (self.content.clone(), Arc::clone(&self.gate));
        gate.lock().unwrap().passed = 0;
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, self.digest.clone(), content.len() as u64);
        let pieces = stream::poll_fn(move |context| {
            let mut gate = gate.lock().unwrap();
            let end = (gate.passed + PIECE).min(content.len());
            if gate.fails {
                return Poll::Ready(Some(Err(Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob))));
            }
            if gate.passed == content.len() && gate.open_to > content.len() {
                return Poll::Ready(None);
            }
            if gate.passed == content.len() || end > gate.open_to {
                gate.waits = Some(context.waker().clone());
                return Poll::Pending;
            }
            let piece = content.slice(gate.passed..end);
            gate.passed = end;
            Poll::Ready(Some(Ok(piece)))
        });
        Ok(Blob::new(descriptor, pieces.boxed()))
    }
}

impl List for Origin {}

async fn read(cache: &Cache, digest: &Digest) -> Result<Bytes, Error> {
    collect(cache.blob(&APP, digest).await?).await
}

async fn collect(blob: Blob) -> Result<Bytes, Error> {
    let pieces: Vec<Bytes> = blob.try_collect().await?;
    Ok(pieces.concat().into())
}

#[tokio::test]
async fn many_askers_are_one_fetch() {
    let (_, origin, cache) = setup(2_500_000);
    let mut askers = Box::pin(join_all((0..20).map(|_| read(&cache, &origin.digest))));
    for open in [0, PIECE, 2_400_000] {
        origin.open(open);
        assert!(askers.as_mut().now_or_never().is_none());
    }
    let app = APP;
    let mut range = cache.blob_range(&app, &origin.digest, ByteRange::Between { first: 5, last: 9 });
    assert!(range.as_mut().now_or_never().is_none());
    origin.open(usize::MAX);
    assert!(askers.await.into_iter().all(|read| read.unwrap() == origin.content));
    assert_eq!(range.await.unwrap().length(), 5);
    assert_eq!(read(&cache, &origin.digest).await.unwrap(), origin.content);
    assert_eq!(origin.asked(), 1);
}

#[tokio::test]
async fn the_first_asker_reads_while_it_is_stored() {
    let (near, origin, cache) = setup(3 * PIECE);
    origin.open(2 * PIECE);
    let mut blob = cache.blob(&APP, &origin.digest).now_or_never().expect("it is not waited for").unwrap();
    for _ in 0..2 {
        assert_eq!(blob.next().now_or_never().unwrap().unwrap().unwrap().len(), PIECE);
    }
    for open in [2 * PIECE, 3 * PIECE] {
        origin.open(open);
        assert!(blob.next().now_or_never().is_none(), "the last piece is given when it was kept");
        assert!(near.stat_blob(&APP, &origin.digest).await.is_err());
    }
    origin.open(usize::MAX);
    assert_eq!(blob.next().await.unwrap().unwrap(), origin.content.slice(2 * PIECE..));
    // Servers do not ask for more than what was promised.
    drop(blob);
    assert_eq!(near.stat_blob(&APP, &origin.digest).await.unwrap().size, 3 * PIECE as u64);
}

#[tokio::test]
async fn no_more_is_held_than_fits_the_buffer() {
    let (_, origin, cache) = setup(5_000_000);
    origin.open(usize::MAX);
    let mut blob = cache.blob(&APP, &origin.digest).await.unwrap();
    let ahead = 1 << 20;
    assert!((ahead..ahead + PIECE).contains(&origin.passed()), "{}", origin.passed());
    let first = blob.next().await.unwrap().unwrap();
    assert!(origin.passed() < ahead + 3 * PIECE, "{}", origin.passed());
    assert_eq!(collect(blob).await.unwrap(), origin.content.slice(first.len()..));
}

#[tokio::test]
async fn a_slow_first_asker_keeps_nobody_waiting() {
    let (_, origin, cache) = setup(5_000_000);
    origin.open(usize::MAX);
    let slow = cache.blob(&APP, &origin.digest).await.unwrap();
    let others = join_all((0..3).map(|_| read(&cache, &origin.digest))).now_or_never().expect("nobody waits");
    assert!(others.into_iter().all(|read| read.unwrap() == origin.content));
    assert_eq!(collect(slow).await.unwrap(), origin.content, "the rest comes from where it was stored");
    assert_eq!(origin.asked(), 1);
}

#[tokio::test]
async fn who_goes_away_takes_nothing_along() {
    for goes in 0..3 {
        let (_, origin, cache) = setup(5_000_000);
        origin.open(2 * PIECE);
        let mut askers: Vec<_> = (0..3).map(|_| Box::pin(read(&cache, &origin.digest))).collect();
        assert!(askers.iter_mut().all(|asker| asker.now_or_never().is_none()));
        drop(askers.remove(goes));
        origin.open(usize::MAX);
        assert!(join_all(askers).await.into_iter().all(|read| read.unwrap() == origin.content));
        assert_eq!(origin.asked(), 1);
    }
}

#[tokio::test]
async fn when_all_have_gone_the_fetch_is_over() {
    let (_, origin, cache) = setup(5_000_000);
    origin.open(PIECE);
    let mut askers = Box::pin(join_all((0..3).map(|_| read(&cache, &origin.digest))));
    assert!(askers.as_mut().now_or_never().is_none());
    drop(askers);
    origin.open(usize::MAX);
    assert_eq!(origin.passed(), PIECE);
    assert_eq!(read(&cache, &origin.digest).await.unwrap(), origin.content);
    assert_eq!(origin.asked(), 2);
}

#[tokio::test]
async fn all_fail_together_and_the_next_begins_anew() {
    let (near, origin, cache) = setup(5_000_000);
    origin.open(PIECE);
    let mut first = cache.blob(&APP, &origin.digest).await.unwrap();
    let mut askers = Box::pin(join_all((0..3).map(|_| read(&cache, &origin.digest))));
    assert!(askers.as_mut().now_or_never().is_none());
    origin.gate.lock().unwrap().fails = true;
    origin.open(usize::MAX);
    assert!(askers.await.into_iter().all(|read| *read.unwrap_err().code() == ErrorCode::UNAVAILABLE));
    assert!(near.stat_blob(&APP, &origin.digest).await.is_err());
    origin.gate.lock().unwrap().fails = false;
    assert_eq!(read(&cache, &origin.digest).await.unwrap(), origin.content);
    assert_eq!(origin.asked(), 2);
    assert_eq!(*first.next().await.unwrap().unwrap_err().code(), ErrorCode::UNAVAILABLE, "who looks later as well");
}

#[tokio::test]
async fn another_blob_than_was_asked_for_is_passed_on_to_nobody() {
    let (_, origin, cache) = setup(PIECE);
    origin.open(usize::MAX);
    let error = read(&cache, &Digest::of(b"another")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
}

#[tokio::test(flavor = "current_thread")]
async fn blobs_of_any_size_come_whole() {
    for size in [0, 1, PIECE, PIECE + 1, 1 << 20, (1 << 20) + 1, 3 << 20] {
        let (near, origin, cache) = setup(size);
        origin.open(usize::MAX);
        assert_eq!(read(&cache, &origin.digest).await.unwrap(), origin.content, "{size}");
        assert_eq!(near.stat_blob(&APP, &origin.digest).await.unwrap().size, size as u64);
    }
}
