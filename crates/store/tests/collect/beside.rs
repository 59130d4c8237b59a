//! Many who push, pull and delete, and one who collects all the time without any grace: whatever was acknowledged is whole,
//! and nothing else goes wrong than that a push has to be repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinSet;
use wharf_registry::{Blob, Digest, Document, ErrorCode, Index, Manifest, Precondition, Raw, Registry, Tag};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Collector};
use wharf_store::layout::{Directory, Durability, Layout};

use crate::support::{APP, described, no_grace, read, tag};

const PUSHERS: usize = 4;
const PUSHES: usize = 30;
/// How often each of them pushes at most, when no collection has yet found anything to sweep.
const MOST: usize = 3_000;
/// How often a push is repeated. Each time it lost against a whole collection.
const TRIES: usize = 200;
/// Content that all pushers share.
const LAYERS: [&str; 4] = ["base", "tools", "app", "data"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    let store = Store::memory();
    all_is_whole(store.clone(), store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn layout() {
    let directory = tempfile::tempdir().unwrap();
    let store = Layout::create(directory.path()).unwrap().with_durability(Durability::Process);
    all_is_whole(store, Layout::open(directory.path()).unwrap().with_durability(Durability::Process)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = Directory::create(directory.path()).unwrap().with_durability(Durability::Process);
    all_is_whole(store, Directory::open(directory.path()).unwrap().with_durability(Durability::Process)).await;
}

/// The two are the same store, in two processes where there can be two.
async fn all_is_whole<C: CollectCas, R: CollectRefs>(store: Store<C, R>, other: Store<C, R>) {
    let (is_over, swept) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut pushers = JoinSet::new();
    for name in 0..PUSHERS {
        let (store, swept) = (store.clone(), Arc::clone(&swept));
        pushers.spawn(async move { push_and_pull(&store, name, &swept).await });
    }
    let mut collecting = JoinSet::new();
    collecting.spawn(collect(other, Arc::clone(&is_over), Arc::clone(&swept)));
    pushers.join_all().await;
    is_over.store(true, Ordering::Release);
    collecting.join_all().await;
    assert!(swept.load(Ordering::Relaxed) > 0, "nothing was ever swept, so this has shown nothing");
    for name in 0..PUSHERS {
        for place in 0..3 {
            pulls(&store, &tag(&format!("{name}-{place}"))).await;
        }
    }
}

async fn collect<C: CollectCas, R: CollectRefs>(store: Store<C, R>, over: Arc<AtomicBool>, swept: Arc<AtomicUsize>) {
    while !over.load(Ordering::Acquire) {
        let collector = Collector::begin(&store).await.unwrap();
        let plan = collector.plan(&no_grace().with_untagged(std::time::Duration::ZERO).with_batch(3)).await.unwrap();
        let report = collector.run(plan, &|_| ()).await;
        assert!(report.stopped.iter().all(|(_, stop)| matches!(stop, wharf_store::collect::Stop::Busy)), "{report:?}");
        swept.fetch_add(report.repositories.swept.items as usize + report.pool.swept.items as usize, Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

/// Tags of its own are moved from image to image, and some of the images deleted, until a collection has swept something.
/// At each place and at the end all that is tagged must be whole.
async fn push_and_pull(store: &impl Registry, name: usize, swept: &AtomicUsize) {
    let mut round = 0;
    while round < PUSHES || (swept.load(Ordering::Relaxed) == 0 && round < MOST) {
        let tag = push_until_kept(store, name, round).await;
        if round % 5 == 4 {
            let pushed = store.resolve(&APP, &tag.into()).await.unwrap();
            store.delete_manifest(&APP, &pushed.digest).await.unwrap();
        }
        round += 1;
        // A store in memory never waits, and the one who collects wants a turn.
        tokio::task::yield_now().await;
    }
    for round in round..round + 3 {
        push_until_kept(store, name, round).await;
    }
}

async fn push_until_kept(store: &impl Registry, name: usize, round: usize) -> Tag {
    let tag = tag(&format!("{name}-{}", round % 3));
    let configs = [format!("{name} {round} one"), format!("{name} {round} two")];
    let mut tries = 0;
    while let Err(code) = push(store, &configs, &tag).await {
        let is_expected = [ErrorCode::MANIFEST_BLOB_UNKNOWN, ErrorCode::UNAVAILABLE].contains(&code);
        assert!(is_expected, "{code} is nobody's fault");
        tries += 1;
        assert!(tries < TRIES, "{tag} cannot be pushed");
    }
    pulls(store, &tag).await;
    tag
}

/// As clients do it: what is said to be there is not sent; children come first.
async fn push(store: &impl Registry, configs: &[String; 2], tag: &Tag) -> Result<(), ErrorCode> {
    let mut children = Vec::new();
    for config in configs {
        for content in LAYERS.into_iter().chain([config.as_str()]) {
            send(store, content).await?;
        }
        let child = image(config);
        put(store, &child, &[]).await?;
        children.push(child.descriptor());
    }
    let index = Document::author(Index::new(children)).unwrap().into_raw();
    put(store, &index, std::slice::from_ref(tag)).await
}

async fn send(store: &impl Registry, content: &str) -> Result<(), ErrorCode> {
    match store.stat_blob(&APP, &Digest::of(content.as_bytes())).await {
        Ok(_) => return Ok(()),
        Err(error) => assert!(error.is_not_found(), "{error:?}"),
    }
    let sent = store.put_blob(&APP, Blob::from_bytes(content.to_owned())).await;
    sent.map_err(|error| error.code().clone())
}

async fn put(store: &impl Registry, document: &Document<Raw>, tags: &[Tag]) -> Result<(), ErrorCode> {
    let put = store.put_manifest(&APP, document, tags, &Precondition::Always).await;
    put.map_err(|error| error.code().clone())
}

fn image(config: &str) -> Document<Raw> {
    Document::author(Manifest::new(described(config), LAYERS.map(described).to_vec())).unwrap().into_raw()
}

/// Every byte that a tag leads to is there.
async fn pulls(store: &impl Registry, tag: &Tag) {
    let index = store.manifest(&APP, &tag.clone().into()).await.unwrap_or_else(|error| panic!("{tag}: {error:?}"));
    let index = index.decode::<Index>().unwrap();
    for child in &index.view().manifests {
        let child = store.manifest(&APP, &child.digest.clone().into()).await;
        let child = child.unwrap_or_else(|error| panic!("{tag}: {error:?}")).decode::<Manifest>().unwrap();
        for blob in child.view().layers.iter().chain([&child.view().config]) {
            let bytes = read(store, &blob.digest).await.unwrap_or_else(|error| panic!("{tag}: {error:?}"));
            assert_eq!(Digest::of(&bytes), blob.digest);
        }
    }
}
