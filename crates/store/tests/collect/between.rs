//! A disk on which somebody else does something right before the n-th operation, of which there is one test.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wharf_registry::{Delete, Read};
use wharf_store::collect::Options;
use wharf_store::layout::Layout;
use wharf_store::layout::disk::{Access, Disk, File, Names, Stat, System};

use crate::support::{APP, digest, put_blob, run};

/// What is done before an operation is a rename.
#[derive(Debug)]
struct Between {
    below: System,
    at: usize,
    done: AtomicUsize,
    rename: (PathBuf, PathBuf),
}

impl Between {
    fn step(&self) -> &System {
        if self.done.fetch_add(1, Ordering::Relaxed) == self.at {
            // There may be nothing to rename any more.
            let _ = fs::rename(&self.rename.0, &self.rename.1);
        }
        &self.below
    }
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

/// Somebody asks for it, and it comes back at any moment of its deletion.
#[tokio::test]
async fn what_comes_back_while_it_is_deleted_is_deleted() {
    for at in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let store = Layout::create(directory.path()).unwrap();
        put_blob(&store, "deleted").await;
        run(&store, 25, &Options::default()).await;
        let epoch = fs::read_dir(directory.path().join("trash")).unwrap().next().unwrap().unwrap().path();
        let condemned = epoch.join(digest("deleted").to_string().replace(':', "-"));
        let place = directory.path().join("blobs/sha256").join(digest("deleted").encoded().to_string());
        let below = System::open(directory.path()).unwrap();
        let disk = Between { below, at, done: AtomicUsize::new(0), rename: (condemned, place) };
        let disk = Arc::new(disk);
        let other = Layout::open_on(Arc::clone(&disk) as Arc<dyn Disk>).unwrap();
        other.delete_blob(&APP, &digest("deleted")).await.unwrap();
        assert!(store.stat_blob(&APP, &digest("deleted")).await.unwrap_err().is_not_found(), "before operation {at}");
        if disk.done.load(Ordering::Relaxed) <= at {
            assert!(at > 10, "there are more operations than that");
            return;
        }
    }
}
