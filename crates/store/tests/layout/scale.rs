//! What is asked of the disk does not grow with the store.
//!
//! The steps of a client are done in a small and in a large store, each with nothing known of it, and the operations on the
//! disk are counted.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use futures_util::{StreamExt, TryStreamExt};
use wharf_registry::{Blob, Digest, List, Precondition, Read, Repository, Tag, Write};
use wharf_store::collect::{Collector, Options};
use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat, System};
use wharf_store::layout::{Directory, Layout, REPOSITORY};
use wharf_testkit::fixture;

use crate::support::{self, Disk as Store, document, put, read, tag};

/// Writes down what is done to the disk below it. Files look as if they had changed long ago, so that what is remembered
/// of them does not depend on how fast the test is.
#[derive(Debug)]
struct Counted<D> {
    below: D,
    done: Arc<Mutex<Vec<&'static str>>>,
    names: Arc<AtomicUsize>,
}

impl<D> Counted<D> {
    fn count<T>(&self, name: &'static str, done: impl FnOnce(&D) -> io::Result<T>) -> io::Result<T> {
        self.done.lock().unwrap().push(name);
        done(&self.below)
    }

    fn over<E>(&self, below: E) -> Counted<E> {
        Counted { below, done: Arc::clone(&self.done), names: Arc::clone(&self.names) }
    }
}

fn old(stat: Stat) -> Stat {
    let hour_before = |(seconds, nanoseconds)| (seconds - 3600, nanoseconds);
    Stat { modified: hour_before(stat.modified), changed: hour_before(stat.changed), ..stat }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Counted<System> {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, _: &Path) -> Option<Stat> {
        None
    }

    fn known_open(&self, _: &Path) -> Option<Stat> {
        None
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.count("stat", |below| below.stat(path)).map(old)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.count("open", |below| Ok(Box::new(self.over(below.open(path, access)?)) as Box<dyn File>))
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        let names = Arc::clone(&self.names);
        let listed = self.count("list", |below| below.list(path))?;
        Ok(Box::new(listed.inspect(move |_| {
            names.fetch_add(1, Ordering::Relaxed);
        })))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.count("make_dir", |below| below.make_dir(path))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count("link", |below| below.link(from, to))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count("rename", |below| below.rename(from, to))
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count("rename_new", |below| below.rename_new(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.count("remove_file", |below| below.remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.count("remove_dir", |below| below.remove_dir(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.count("sync_dir", |below| below.sync_dir(path))
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for Counted<Box<dyn File>> {
    fn stat(&self) -> io::Result<Stat> {
        self.count("stat of a file", |below| below.stat()).map(old)
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.count("read", |below| below.read_at(offset, bytes))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.count("write", |below| below.write_at(offset, bytes))
    }

    fn begin_sync(&self, offset: u64, length: u64) {
        self.below.begin_sync(offset, length);
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.count("set_mode", |below| below.set_mode(mode))
    }

    fn sync(&self) -> io::Result<()> {
        self.count("sync", |below| below.sync())
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.count("lock", |below| below.lock(lock))
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.count("try_lock", |below| below.try_lock(lock))
    }
}

/// What was done to a disk, and how many names of directories were read.
type Done = (Vec<&'static str>, usize);

fn counted(root: &Path) -> Arc<Counted<System>> {
    Arc::new(Counted { below: System::open(root).unwrap(), done: Arc::default(), names: Arc::default() })
}

/// Opens a directory of which nothing is known and does a step there.
async fn step(root: &Path, step: impl AsyncFnOnce(&Store)) -> Done {
    let disk = counted(root);
    let store = Directory::open_on(Arc::<Counted<System>>::clone(&disk)).unwrap();
    step(&store).await;
    let done = disk.done.lock().unwrap().clone();
    (done, disk.names.load(Ordering::Relaxed))
}

const APP: Repository = Repository::from_static("team-005/app-3");

/// Teams with ten repositories each, every one with ten tags, and as much content as there are repositories.
async fn filled(teams: usize) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let store = Directory::create(root.path()).unwrap();
    let tags: Vec<_> = (0..10).map(|number| tag(&format!("v{number}"))).collect();
    store.put_manifest(&APP, &document("first"), &tags, &Precondition::Always).await.unwrap();
    let layout = |name: &str| root.path().join("repositories").join(name).join("_oci");
    for (team, app) in (0..teams).flat_map(|team| (0..10).map(move |app| (team, app))) {
        let name = format!("team-{team:03}/app-{app}");
        let content = support::blob(root.path(), &Digest::of(name.as_bytes()));
        fs::write(content, &name).unwrap();
        if name != APP.as_str() {
            fs::create_dir_all(layout(&name).join("blobs")).unwrap();
            for file in ["index.json", "oci-layout"] {
                fs::copy(layout(APP.as_str()).join(file), layout(&name).join(file)).unwrap();
            }
        }
    }
    root
}

#[tokio::test]
async fn a_step_asks_as_much_of_a_large_store_as_of_a_small_one() {
    let (small, large) = (filled(30).await, filled(200).await);
    let tags: &[Tag] = &[tag("v1")];
    let layer = Digest::of(b"layer");
    let mut done = Vec::new();
    for root in [&small, &large] {
        let root = root.path();
        done.push([
            step(root, async |_| {}).await,
            step(root, async |store| store.put_blob(&APP, Blob::from_bytes("layer")).await.unwrap()).await,
            step(root, async |store| {
                store.put_manifest(&APP, &document("second"), tags, &Precondition::Always).await.unwrap();
            })
            .await,
            step(root, async |store| {
                store.manifest(&APP, &tag("v1").into()).await.unwrap();
                read(store, &APP, &layer).await.unwrap();
            })
            .await,
            step(root, async |store| {
                let page: Vec<Tag> = store.tags(&APP, Some(&tag("v3"))).take(3).try_collect().await.unwrap();
                assert_eq!(page, ["v4", "v5", "v6"].map(tag));
            })
            .await,
        ]);
    }
    let names = ["open", "put a blob", "move a tag", "pull", "page of tags"];
    for ((name, small), large) in names.iter().zip(&done[0]).zip(&done[1]) {
        assert!(large.0.len() < 150, "{name}: {} {large:?}", large.0.len());
        assert_eq!(small, large, "{name}");
    }
}

#[tokio::test]
async fn a_page_of_the_catalog_looks_at_what_is_on_it_and_lists_what_it_is_in() {
    let (small, large) = (filled(30).await, filled(200).await);
    let catalog = async |root: &Path| {
        step(root, async |store| {
            let page: Vec<_> = store.repositories(Some(&APP)).take(3).try_collect().await.unwrap();
            assert_eq!(page, ["team-005/app-4", "team-005/app-5", "team-005/app-6"].map(fixture::repository));
        })
        .await
    };
    let ((small, few), (large, many)) = (catalog(small.path()).await, catalog(large.path()).await);
    assert_eq!(small, large);
    assert!(small.len() <= 2 * 128 + 20, "a list and a look for each, and the lists above: {}", small.len());
    assert_eq!(many - few, 170, "the names of all teams are read, but none of what is in them");
}

/// Whoever asks for what is not there looks into what is condemned, but not into each second in which that was.
#[tokio::test]
async fn what_is_missed_after_a_collection_costs_little() {
    let root = tempfile::tempdir().unwrap();
    let store = Directory::create(root.path()).unwrap();
    let contents: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    for content in &contents {
        store.put_blob(&APP, Blob::from_bytes(content.clone())).await.unwrap();
    }
    let miss = async || {
        step(root.path(), async |store| {
            assert!(store.stat_blob(&APP, &Digest::of(b"missing")).await.unwrap_err().is_not_found());
        })
        .await
        .0
    };
    let before = miss().await;
    collect(&store, 25).await;
    let condemned = miss().await;
    assert!(condemned.len() <= before.len() + 4, "{before:?} {condemned:?}");

    for content in &contents {
        assert_eq!(store.stat_blob(&APP, &Digest::of(content.as_bytes())).await.unwrap().size, content.len() as u64);
    }
    collect(&store, 12).await;
    assert_eq!(miss().await, before, "all of it came back");
}

/// Condemns what is so many hours old, one by one and a second for each, as in a large store.
async fn collect(store: &Store, hours: u64) {
    let seconds = AtomicU64::new(0);
    #[allow(clippy::disallowed_methods, reason = "files have the times of the system's clock")]
    let begin = SystemTime::now() + Duration::from_secs(hours * 60 * 60);
    let now = move || begin + Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed));
    let collector = Collector::begin(store).await.unwrap().with_clock(now);
    let plan = collector.plan(&Options::default().with_batch(1)).await.unwrap();
    collector.run(plan, &|_| ()).await;
}

#[tokio::test]
async fn a_page_of_many_tags_costs_what_one_of_few_does() {
    let mut done = Vec::new();
    for many in [20, 5000] {
        let root = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..many).map(|number| format!("v{number:04}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        put(&Layout::create(root.path()).unwrap(), "note", &names).await;

        let disk = counted(root.path());
        let store = Layout::open_on(Arc::<Counted<System>>::clone(&disk)).unwrap();
        store.resolve(&REPOSITORY, &tag("v0000").into()).await.unwrap();
        disk.done.lock().unwrap().clear();
        let page: Vec<Tag> = store.tags(&REPOSITORY, Some(&tag("v0010"))).take(3).try_collect().await.unwrap();
        assert_eq!(page, ["v0011", "v0012", "v0013"].map(tag));
        done.push(disk.done.lock().unwrap().clone());
    }
    assert_eq!(done[0], done[1]);
    assert_eq!(done[0], ["stat", "stat"], "the header and the index are what they were");
}
