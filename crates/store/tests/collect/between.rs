//! A disk on which somebody else does something right before the n-th operation: content comes back, or is condemned again,
//! at each moment at which somebody looks for it or deletes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wharf_registry::{Delete, Read};
use wharf_store::collect::{Lease, Options};
use wharf_store::layout::disk::{Access, Disk, File, Names, Stat, System};
use wharf_store::layout::{Blobs, Durability, Layout, Names as LayoutNames};
use wharf_store::{Cas, Store};

use crate::support::{APP, digest, image, put, put_blob, read, run};

/// What is done before an operation, one after the other, is a rename.
#[derive(Debug)]
struct Between {
    below: System,
    done: AtomicUsize,
    renames: Mutex<Vec<Rename>>,
    /// Where nothing is left behind by whoever brings content back.
    tidied: Option<PathBuf>,
}

#[derive(Debug)]
struct Rename {
    at: usize,
    from: PathBuf,
    to: PathBuf,
}

impl Between {
    fn step(&self) -> &System {
        let now = self.done.fetch_add(1, Ordering::Relaxed);
        for Rename { from, to, .. } in self.renames.lock().unwrap().extract_if(.., |rename| rename.at == now) {
            rename(&from, &to);
            self.tidied.iter().for_each(|trash| tidy(trash));
        }
        &self.below
    }
}

/// There may be nothing to rename any more.
fn rename(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let _ = fs::rename(from, to);
}

/// Removes the epochs in which nothing is left, as collectors do.
fn tidy(trash: &Path) {
    for epoch in fs::read_dir(trash).into_iter().flatten() {
        let _ = fs::remove_dir(epoch.unwrap().path());
    }
    let _ = fs::remove_dir(trash);
}

impl Disk for Between {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, _: &Path) -> Option<Stat> {
        None
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.step().stat(path)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.step().open(path, access)
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        self.step().list(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step().make_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step().remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step().remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step().sync_dir(path)
    }

    fn pause(&self, duration: Duration) {
        self.step().pause(duration);
    }
}

/// A layout in which some content is condemned.
struct Scene {
    directory: tempfile::TempDir,
    store: Store<Blobs, LayoutNames>,
    condemned: PathBuf,
    place: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Layout::create(directory.path()).unwrap().with_durability(Durability::Process);
        put_blob(&store, "condemned").await;
        run(&store, 25, &Options::default()).await;
        let epoch = fs::read_dir(directory.path().join("trash")).unwrap().next().unwrap().unwrap().path();
        let condemned = epoch.join(digest("condemned").to_string().replace(':', "-"));
        let place = directory.path().join("blobs/sha256").join(digest("condemned").encoded().to_string());
        Self { directory, store, condemned, place }
    }

    /// It comes back before an operation, as if somebody else had asked for it.
    fn comes_back(&self, at: usize) -> Rename {
        Rename { at, from: self.condemned.clone(), to: self.place.clone() }
    }

    /// It is condemned before an operation, in another epoch.
    fn is_condemned(&self, at: usize, epoch: &str) -> Rename {
        let name = self.condemned.file_name().unwrap();
        Rename { at, from: self.place.clone(), to: self.directory.path().join("trash").join(epoch).join(name) }
    }

    /// The same layout as another process has it, meanwhile.
    fn other(&self, renames: Vec<Rename>, is_tidy: bool) -> (Arc<Between>, Store<Blobs, LayoutNames>) {
        let below = System::open(self.directory.path()).unwrap();
        let tidied = is_tidy.then(|| self.directory.path().join("trash"));
        let disk = Arc::new(Between { below, done: AtomicUsize::new(0), renames: Mutex::default(), tidied });
        let other = Layout::open_on(Arc::clone(&disk) as Arc<dyn Disk>).unwrap();
        // Nothing here is about power cuts.
        let other = other.with_durability(Durability::Process);
        // Opening is none of it.
        disk.done.store(0, Ordering::Relaxed);
        *disk.renames.lock().unwrap() = renames;
        (disk, other)
    }
}

/// Somebody asks for it, and it comes back at any moment of its deletion, and leaves no trash behind in which a name could
/// be made durable.
#[tokio::test]
async fn what_comes_back_while_it_is_deleted_is_deleted() {
    for is_tidy in [false, true] {
        for at in 0.. {
            let scene = Scene::new().await;
            let (disk, other) = scene.other(vec![scene.comes_back(at)], is_tidy);
            let other = other.with_durability(Durability::Power);
            let deleted = other.delete_blob(&APP, &digest("condemned")).await;
            deleted.unwrap_or_else(|error| panic!("before operation {at}: {error:?}"));
            let found = scene.store.stat_blob(&APP, &digest("condemned")).await;
            assert!(found.unwrap_err().is_not_found(), "before operation {at}");
            if disk.done.load(Ordering::Relaxed) <= at {
                assert!(at > 10, "there are more operations than that");
                break;
            }
        }
    }
}

/// Ways to ask for condemned content.
const WAYS: usize = 5;

async fn asks(store: &Store<Blobs, LayoutNames>, way: usize) -> bool {
    match way {
        0 => store.stat_blob(&APP, &digest("condemned")).await.is_ok(),
        1 => read(store, &digest("condemned")).await.is_ok_and(|bytes| bytes == b"condemned"),
        2 => store.cas().read(&digest("condemned")).await.unwrap().is_some(),
        3 => store.lease(&APP).await.unwrap().hold(&digest("condemned")).await.unwrap(),
        _ => put(store, &image("condemned"), &["t"]).await.is_ok(),
    }
}

/// Of two who ask for it at the same time both find it, also if the other one leaves no trash behind.
#[tokio::test]
async fn what_comes_back_while_it_is_looked_for_is_found() {
    for way in 0..WAYS {
        for at in 0.. {
            let scene = Scene::new().await;
            let (disk, other) = scene.other(vec![scene.comes_back(at)], true);
            assert!(asks(&other, way).await, "way {way}, before operation {at}");
            if disk.done.load(Ordering::Relaxed) <= at {
                assert!(at > 2, "there are more operations than that");
                break;
            }
        }
    }
}

/// Whoever asks stands still for longer than a grace between two steps, and the content is always somewhere. Somebody who
/// puts a manifest has the lock, and nothing is condemned meanwhile.
#[tokio::test]
async fn what_comes_back_and_is_condemned_again_while_it_is_looked_for_is_found() {
    for way in 0..WAYS - 1 {
        for epoch in ["1", "99999999999"] {
            let (mut operations, mut at) = (6, 0);
            while at < operations {
                let mut again = at;
                while again < operations {
                    let scene = Scene::new().await;
                    let (disk, other) = scene.other(vec![scene.comes_back(at), scene.is_condemned(again, epoch)], true);
                    assert!(asks(&other, way).await, "way {way}, before operations {at} and {again}, to {epoch}");
                    operations = operations.max(disk.done.load(Ordering::Relaxed)).min(16);
                    again += 1;
                }
                at += 1;
            }
        }
    }
}
