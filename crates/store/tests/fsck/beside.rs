//! Beside those who work with the store, and for those who do not wait for the end.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::Poll;

use wharf_registry::{Registry, Repository, Tag};
use wharf_store::layout::Directory;
use wharf_store::layout::fsck::{Event, Fsck};
use wharf_testkit::fixture;

use crate::support::{Fixture, note_about};

/// How often is looked at least.
const LOOKS: usize = 30;
/// How often at most, when one of those who work has not come to it yet.
const MOST: usize = 3_000;

/// How many images there are in turn: so many that none is caught going away each time that a repository is looked at again.
const IMAGES: u64 = 31;

/// Images come, are moved, signed and deleted, and come again.
async fn work(store: &dyn Registry, repository: &Repository, is_over: &AtomicBool, done: &AtomicU64) {
    let mut rounds = 0;
    while !is_over.load(Ordering::Relaxed) {
        let image = fixture::image(rounds % IMAGES, 2, 500);
        fixture::push(store, repository, &image, &Tag::LATEST).await;
        let note = note_about(&image.document().descriptor());
        store.put_blob(repository, wharf_registry::Blob::from_bytes("{}")).await.unwrap();
        fixture::put_document(store, repository, &note, &[]).await;
        for document in [note, image.document()] {
            store.delete_manifest(repository, document.digest()).await.unwrap();
        }
        rounds += 1;
        done.store(rounds, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_found_that_only_came_or_went() {
    let fixture = Fixture::directory().await;
    let (is_over, done) = (Arc::new(AtomicBool::new(false)), Arc::<[AtomicU64; 3]>::default());
    let mut workers = tokio::task::JoinSet::new();
    for (at, name) in ["team/app", "base", "new"].into_iter().enumerate() {
        let (path, is_over, done) = (fixture.root().to_path_buf(), Arc::clone(&is_over), Arc::clone(&done));
        workers.spawn(async move {
            let store = Directory::open(path).unwrap();
            work(&store, &fixture::repository(name), &is_over, &done[at]).await;
        });
    }
    let all_have_worked = || done.iter().all(|rounds| rounds.load(Ordering::Relaxed) > 0);
    for look in 0..MOST {
        if look >= LOOKS && all_have_worked() {
            break;
        }
        let report = fixture.check().await;
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
    }
    assert!(all_have_worked(), "{done:?}");
    is_over.store(true, Ordering::Relaxed);
    workers.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_is_dropped_ends_with_the_piece_that_is_read() {
    let fixture = Fixture::directory().await;
    let (first, is_first) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let pieces = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&pieces);
    let one = std::num::NonZeroUsize::MIN;
    let fsck = fixture.fsck().with_jobs(one).with_progress(move |event| {
        if let Event::Read { .. } = event
            && counter.fetch_add(1, Ordering::SeqCst) == 0
        {
            first.send(()).unwrap();
            // Until the look is dropped, and with it what could go on.
            let _ = wait.lock().unwrap().recv();
        }
    });
    let watched = fsck.clone();
    let mut look = Box::pin(async move { watched.check().await });
    poll_fn(|context| {
        assert!(look.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    is_first.recv().unwrap();
    drop(look);
    go_on.send(()).unwrap();
    // The thread holds the store for as long as it runs, and whom it tells.
    drop(fsck);
    assert!(is_first.recv().is_err(), "it ended");
    assert_eq!(pieces.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_happens_is_told_and_adds_up() {
    let fixture = Fixture::directory().await;
    crate::support::flip(&fixture.path(crate::support::blob(&wharf_registry::Digest::of(b"{}"))), 0);
    let told: Arc<[AtomicU64; 4]> = Arc::default();
    let tell = Arc::clone(&told);
    let fsck = Fsck::open(fixture.root()).unwrap().with_progress(move |event| {
        let (at, by) = match event {
            Event::Listed { content } => (0, content.bytes),
            Event::Read { bytes } => (1, bytes),
            Event::Checked { .. } => (2, 1),
            Event::Found { .. } => (3, 1),
            _ => return,
        };
        tell[at].fetch_add(by, Ordering::Relaxed);
    });
    let report = fsck.check().await.unwrap();
    let told: Vec<_> = told.iter().map(|told| told.load(Ordering::Relaxed)).collect();
    // Two bytes are wrong, and read again where the repository sees them.
    assert_eq!(told, [report.content.bytes + 2, report.content.bytes + 4, 2, report.findings.len() as u64]);
}
