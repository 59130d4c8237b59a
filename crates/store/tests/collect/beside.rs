//! Many who push, pull and delete, and one who collects all the time without any grace: whatever was acknowledged is whole,
//! and nothing else goes wrong than that a push has to be repeated.
//!
//! Nobody gets far ahead of the others, whoever has the processors: those who push wait for a collection after some rounds,
//! and a collection begins when somebody has got a round done. So no collection meets more new manifests than it can follow,
//! and a push loses against a number of collections that is known.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use wharf_registry::{Blob, Digest, Document, ErrorCode, Index, Manifest, Precondition, Raw, Registry, Tag};
use wharf_store::Store;
use wharf_store::collect::{CollectCas, CollectRefs, Collector};
use wharf_store::layout::{Directory, Durability, Layout};

use crate::support::{APP, described, no_grace, read, tag};

const PUSHERS: usize = 4;
const PUSHES: usize = 30;
/// How many rounds of pushing one collection is beside. Each brings three manifests, and a collection gives up when new ones
/// have come 64 times.
const AT_ONCE: usize = 5;
/// How often a push is repeated. Each time it lost against a whole collection, of which there are as many as rounds.
const TRIES: usize = (PUSHES + 3) * PUSHERS;
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

/// How often was collected, and how much was swept.
#[derive(Default)]
struct Collected {
    times: usize,
    swept: u64,
}

/// The two are the same store, in two processes where there can be two.
async fn all_is_whole<C: CollectCas, R: CollectRefs>(store: Store<C, R>, other: Store<C, R>) {
    let (collected, pushed) = (watch::Sender::new(Collected::default()), watch::Sender::new(0));
    let mut tasks = JoinSet::new();
    for name in 0..PUSHERS {
        let (store, collected, pushed) = (store.clone(), collected.subscribe(), pushed.clone());
        tasks.spawn(async move { push_and_pull(&store, name, collected, pushed).await });
    }
    let collected = Arc::new(collected);
    tasks.spawn(collect(other, Arc::clone(&collected), pushed.subscribe()));
    drop(pushed);
    tasks.join_all().await;
    assert!(collected.borrow().swept > 0, "nothing was ever swept, so this has shown nothing");
    for name in 0..PUSHERS {
        for place in 0..3 {
            pulls(&store, &tag(&format!("{name}-{place}"))).await;
        }
    }
}

/// Until nobody pushes any more.
async fn collect<C: CollectCas, R: CollectRefs>(
    store: Store<C, R>,
    collected: Arc<watch::Sender<Collected>>,
    mut pushed: watch::Receiver<usize>,
) {
    let mut seen = 0;
    while let Ok(rounds) = pushed.wait_for(|rounds| *rounds > seen).await.map(|rounds| *rounds) {
        seen = rounds;
        let collector = Collector::begin(&store).await.unwrap();
        let plan = collector.plan(&no_grace().with_untagged(std::time::Duration::ZERO).with_batch(3)).await.unwrap();
        let report = collector.run(plan, &|_| ()).await;
        assert!(report.stopped.iter().all(|(_, stop)| matches!(stop, wharf_store::collect::Stop::Busy)), "{report:?}");
        collected.send_modify(|all| {
            all.times += 1;
            all.swept += report.repositories.swept.items + report.pool.swept.items;
        });
    }
}

/// Tags of its own are moved from image to image, and some of the images deleted. At each place and at the end all that is
/// tagged must be whole.
async fn push_and_pull(
    store: &impl Registry,
    name: usize,
    mut collected: watch::Receiver<Collected>,
    pushed: watch::Sender<usize>,
) {
    for round in 0..PUSHES {
        collected.wait_for(|all| round < (all.times + 1) * AT_ONCE).await.unwrap();
        let tag = push_until_kept(store, name, round).await;
        if round % 5 == 4 {
            let pushed = store.resolve(&APP, &tag.into()).await.unwrap();
            store.delete_manifest(&APP, &pushed.digest).await.unwrap();
        }
        pushed.send_modify(|rounds| *rounds += 1);
    }
    for round in PUSHES..PUSHES + 3 {
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
