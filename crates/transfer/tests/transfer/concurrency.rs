//! How much happens side by side, and what is left when it is dropped.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use wharf_registry::{
    Blob, Delete, Descriptor, Digest, Document, Error, List, Precondition, Raw, Read, Repository, Tag, TagOrDigest,
    Write,
};
use wharf_transfer::{Event, Options, Source, Target, copy};

use crate::fixture::{FROM, TO, copy_latest, image, latest, layer, two_platforms};
use crate::shelf::{Fault, Shelf};

const LAYERS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

#[tokio::test]
async fn as_many_blobs_as_asked_for_are_open_and_no_more() {
    for (jobs, expected) in [(1, 1), (3, 3), (10, 10), (64, 10)] {
        let (source, target) = (Shelf::default(), Shelf::default());
        let root = image(&source, "linux/amd64", &LAYERS); // ten blobs, with the config
        source.set_tag(&FROM, "latest", &root.digest);
        let options = Options::default().with_jobs(NonZeroUsize::new(jobs).unwrap());
        copy_latest(&source, &target, &options).await.unwrap();
        assert_eq!((source.peak(), source.open()), (expected, 0), "{jobs} jobs");
    }
}

#[tokio::test]
async fn a_copy_that_is_dropped_leaves_whole_blobs_and_no_tag() {
    let (source, target) = (Shelf::default(), Shelf::default());
    two_platforms(&source);
    source.break_reading(&layer("arm64"), Fault::Stalls);
    {
        let options = Options::default();
        let (copy, patience) = (pin!(copy_latest(&source, &target, &options)), pin!(turns(1000)));
        assert!(matches!(select(copy, patience).await, Either::Right(_)), "it cannot get done");
    }
    assert_eq!(source.open(), 0);
    assert!(target.has_blob(&TO, &layer("base")) && !target.has_blob(&TO, &layer("arm64")));
    assert_eq!((target.tag(&TO, "latest"), target.manifests()), (None, 0));
}

async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_copy_can_be_spawned() {
    fn send<T: Send>(_: T) {}
    let shelf = Shelf::default();
    let (source, target) = (Source::new(&shelf, &FROM), Target::new(&shelf, &TO));
    send(copy(source, &latest(), target, &[], &Options::default(), &|_| ()));
}

#[tokio::test]
async fn progress_is_told_while_another_task_reads() {
    let source = Shelf::default();
    let root = image(&source, "linux/amd64", &["hello"]);
    source.set_tag(&FROM, "latest", &root.digest);
    let told = Arc::new(AtomicU64::new(0));
    let target = Spawning { inner: Arc::new(Shelf::default()), told: Arc::clone(&told) };
    let tell = |event: Event<'_>| {
        if let Event::BlobProgress { added, .. } = event {
            told.fetch_add(added, Ordering::SeqCst);
        }
    };
    let options = Options::default().with_jobs(NonZeroUsize::MIN);
    let (from, to) = (Source::new(&source, &FROM), Target::new(&target, &TO));
    let report = copy(from, &latest(), to, &[Tag::LATEST], &options, &tell).await.unwrap();
    assert_eq!(told.load(Ordering::SeqCst), report.bytes);
}

/// A target that reads in another task, and reads on only when what it has read has been told.
struct Spawning {
    inner: Arc<Shelf>,
    told: Arc<AtomicU64>,
}

impl Spawning {
    #[allow(clippy::disallowed_methods, reason = "this is what real targets do, and what is tested")]
    async fn read_elsewhere(&self, blob: Blob) -> Vec<u8> {
        let told = Arc::clone(&self.told);
        let before = told.load(Ordering::SeqCst);
        let reader = async move {
            let mut read = Vec::new();
            let mut pieces = blob.into_unverified().1;
            while let Some(piece) = pieces.next().await {
                read.extend_from_slice(&piece.unwrap());
                let all = || before + read.len() as u64 == told.load(Ordering::SeqCst);
                let mut patience = 100;
                while !all() {
                    assert!(patience > 0, "{} bytes were not told", read.len());
                    patience -= 1;
                    tokio::task::yield_now().await;
                }
            }
            read
        };
        tokio::spawn(reader).await.unwrap()
    }
}

#[async_trait]
impl Write for Spawning {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let expected = blob.descriptor().digest.clone();
        let bytes = self.read_elsewhere(blob).await;
        assert_eq!(self.inner.add_blob(repository, bytes), expected);
        Ok(())
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        self.inner.put_manifest(repository, document, tags, when).await
    }
}

#[async_trait]
impl Read for Spawning {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        self.inner.manifest(repository, which).await
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        self.inner.blob(repository, digest).await
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        self.inner.stat_blob(repository, digest).await
    }
}

impl List for Spawning {}

impl Delete for Spawning {}
