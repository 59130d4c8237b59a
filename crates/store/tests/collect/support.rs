//! What there is to collect, and collectors whose clocks can be years ahead.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use futures_util::future::{Either, select};
use wharf_registry::{
    Blob, Descriptor, Digest, Document, Error, ErrorCode, Index, Manifest, MediaType, Precondition, Raw, Read,
    Repository, Tag, Write,
};
use wharf_store::collect::{CollectCas, CollectRefs, Collector, Options, Plan, Reason, Report};
use wharf_store::{Store, memory};

use crate::hooked::{Before, Hooks, Plain};

/// The one repository of a layout, which other stores can have as well.
pub(crate) const APP: Repository = Repository::from_static("layout");
pub(crate) const OTHER: Repository = Repository::from_static("team/other");

pub(crate) type Memory = Store<memory::Blobs, memory::Names>;

pub(crate) fn memory() -> Memory {
    Store::memory()
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

pub(crate) fn described(content: &str) -> Descriptor {
    Descriptor::new(MediaType::OCTET_STREAM, Digest::of(content.as_bytes()), content.len() as u64)
}

pub(crate) fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

/// The manifest of an image with one blob.
pub(crate) fn image(config: &str) -> Document<Raw> {
    Document::author(Manifest::new(described(config), Vec::new())).unwrap().into_raw()
}

/// The manifest of an image with one blob, which is about another.
pub(crate) fn about(config: &str, subject: &Document<Raw>) -> Document<Raw> {
    let manifest = Manifest::new(described(config), Vec::new()).with_subject(subject.descriptor());
    Document::author(manifest).unwrap().into_raw()
}

pub(crate) fn index(children: &[&Document<Raw>]) -> Document<Raw> {
    let children = children.iter().map(|child| child.descriptor()).collect();
    Document::author(Index::new(children)).unwrap().into_raw()
}

/// A document of a kind that nobody knows.
pub(crate) fn foreign() -> Document<Raw> {
    Document::new(MediaType::parse("application/vnd.example.thing").unwrap(), "a thing")
}

pub(crate) async fn put_blob(store: &impl Write, content: &'static str) -> Digest {
    store.put_blob(&APP, Blob::from_bytes(content)).await.unwrap();
    digest(content)
}

pub(crate) async fn put(store: &impl Write, manifest: &Document<Raw>, tags: &[&str]) -> Result<(), Error> {
    let tags: Vec<_> = tags.iter().map(|text| tag(text)).collect();
    store.put_manifest(&APP, manifest, &tags, &Precondition::Always).await
}

/// Stores an image with one blob.
pub(crate) async fn put_image(store: &impl Write, config: &'static str, tags: &[&str]) -> Document<Raw> {
    put_blob(store, config).await;
    let image = image(config);
    put(store, &image, tags).await.unwrap();
    image
}

pub(crate) async fn read(store: &impl Read, digest: &Digest) -> Result<Vec<u8>, Error> {
    let pieces: Vec<_> = store.blob(&APP, digest).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// An image can be pulled, every byte of it.
pub(crate) async fn pull(store: &impl Read, which: &str, config: &str) {
    assert_eq!(store.manifest(&APP, &tag(which).into()).await.unwrap(), image(config));
    assert_eq!(read(store, &digest(config)).await.unwrap(), config.as_bytes());
}

#[track_caller]
pub(crate) fn code<T>(result: Result<T, Error>) -> ErrorCode {
    match result {
        Ok(_) => panic!("this must not succeed"),
        Err(error) => error.code().clone(),
    }
}

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

pub(crate) fn no_grace() -> Options {
    Options::default().with_grace(Duration::ZERO)
}

/// A collector to whom everything is so many hours old that has come just now.
pub(crate) async fn collector<C: CollectCas, R: CollectRefs>(store: &Store<C, R>, hours: u32) -> Collector<C, R> {
    #[allow(clippy::disallowed_methods, reason = "stores tell the age of content by the system's clock")]
    let now = move || SystemTime::now() + hours * HOUR;
    Collector::begin(store).await.unwrap().with_clock(now)
}

pub(crate) async fn plan<C: CollectCas, R: CollectRefs>(store: &Store<C, R>, hours: u32, options: &Options) -> Plan {
    collector(store, hours).await.plan(options).await.unwrap()
}

pub(crate) async fn run<C: CollectCas, R: CollectRefs>(store: &Store<C, R>, hours: u32, options: &Options) -> Report {
    let collector = collector(store, hours).await;
    let plan = collector.plan(options).await.unwrap();
    collector.run(plan, &|_| ()).await
}

/// Collects until a step comes, where the collection is interrupted.
pub(crate) async fn run_until<C: CollectCas, R: CollectRefs>(
    store: &Plain<C, R>,
    hooks: &Hooks,
    step: Before,
    options: &Options,
) {
    let reached = Arc::new(AtomicBool::new(false));
    let reaches = Arc::clone(&reached);
    hooks.add(step, async move {
        reaches.store(true, Ordering::Release);
        std::future::pending().await
    });
    let is_there = poll_fn(|context| match reached.load(Ordering::Acquire) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    let run_on = Box::pin(run(store, 1000, options));
    assert!(matches!(select(run_on, is_there).await, Either::Right(_)), "it ends before {step:?}");
}

/// What a plan condemns in the one repository, and why.
pub(crate) fn condemned(plan: &Plan) -> BTreeSet<(Digest, String)> {
    let all = plan.repositories.iter().flat_map(|repository| &repository.condemn);
    all.map(|garbage| (garbage.digest.clone(), garbage.reason.to_string())).collect()
}

pub(crate) fn because<const N: usize>(garbage: [(Digest, Reason); N]) -> BTreeSet<(Digest, String)> {
    garbage.into_iter().map(|(digest, reason)| (digest, reason.to_string())).collect()
}
