//! What the store makes of a disk that is slow of understanding, and what it asks of one.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wharf_registry::{Blob, Digest, Read, Repository, Write};
use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat, System};
use wharf_store::layout::{Directory, Durability, Layout, REPOSITORY};

use crate::support::{put, read, tag};

/// Every operation is interrupted once before it is done, and few bytes go at a time; what is synced is counted.
#[derive(Debug)]
struct Slow<D> {
    below: D,
    asked: Arc<AtomicUsize>,
    synced: Arc<AtomicUsize>,
}

impl<D> Slow<D> {
    fn over<E>(&self, below: E) -> Slow<E> {
        Slow { below, asked: Arc::clone(&self.asked), synced: Arc::clone(&self.synced) }
    }

    fn slowly<T>(&self, done: impl FnOnce(&D) -> io::Result<T>) -> io::Result<T> {
        match self.asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Err(io::ErrorKind::Interrupted.into()),
            _ => done(&self.below),
        }
    }

    fn count<T>(&self, synced: io::Result<T>) -> io::Result<T> {
        self.synced.fetch_add(usize::from(synced.is_ok()), Ordering::Relaxed);
        synced
    }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Slow<System> {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        self.below.known(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.slowly(|below| below.stat(path))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.slowly(|below| Ok(Box::new(self.over(below.open(path, access)?)) as Box<dyn File>))
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        self.slowly(|below| below.list(path))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.make_dir(path))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.link(from, to))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.rename(from, to))
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.rename_new(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.remove_dir(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.count(self.slowly(|below| below.sync_dir(path)))
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for Slow<Box<dyn File>> {
    fn stat(&self) -> io::Result<Stat> {
        self.slowly(|below| below.stat())
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let mut few = Vec::with_capacity((bytes.capacity() - bytes.len()).min(7));
        let read = self.slowly(|below| below.read_at(offset, &mut few));
        bytes.extend_from_slice(&few);
        read
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.slowly(|below| below.write_at(offset, &bytes[..bytes.len().min(7)]))
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.slowly(|below| below.set_mode(mode))
    }

    fn sync(&self) -> io::Result<()> {
        self.count(self.slowly(|below| below.sync()))
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.slowly(|below| below.lock(lock))
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.slowly(|below| below.try_lock(lock))
    }
}

fn slow(root: &Path) -> Slow<System> {
    Slow { below: System::open(root).unwrap(), asked: Arc::default(), synced: Arc::default() }
}

#[tokio::test]
async fn what_is_interrupted_or_short_is_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let store = Layout::create_on(Arc::new(slow(root.path()))).unwrap();
    let content = "a line that no disk takes at once\n".repeat(1000);
    let digest = Digest::of(content.as_bytes());
    store.put_blob(&REPOSITORY, Blob::from_bytes(content.clone())).await.unwrap();
    put(&store, "note", &["v1"]).await;

    let plain = Layout::open(root.path()).unwrap();
    for store in [&store, &plain] {
        assert_eq!(read(store, &REPOSITORY, &digest).await.unwrap(), content.as_bytes());
        store.resolve(&REPOSITORY, &tag("v1").into()).await.unwrap();
    }
}

#[tokio::test]
async fn only_power_cuts_are_waited_for() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let synced = Arc::clone(&disk.synced);
    let store = Directory::create_on(Arc::new(disk)).unwrap();
    let put = async |durability, content: &str| {
        synced.store(0, Ordering::Relaxed);
        let (store, repository) = (store.clone().with_durability(durability), Repository::from_static("app"));
        store.put_blob(&repository, Blob::from_bytes(content.to_owned())).await.unwrap();
        synced.load(Ordering::Relaxed)
    };
    assert_eq!(put(Durability::Process, "one").await, 0);
    assert!(put(Durability::Power, "first").await > 3, "and whatever this process does not know to be durable");
    assert_eq!(put(Durability::Power, "two").await, 3, "its bytes, its name, and its link");
}
