//! The disk as one process sees it: before each operation others may come.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat};

use crate::turns::Turns;

/// A disk that whoever has this number uses.
#[derive(Clone, Debug)]
pub(crate) struct Turning<D> {
    pub(crate) below: D,
    pub(crate) turns: Arc<Turns>,
    pub(crate) actor: usize,
}

impl<D> Turning<D> {
    fn step(&self, what: &str, path: &Path) {
        self.turns.step(self.actor, || format!("{what} {}", path.display()));
    }
}

#[deny(clippy::missing_trait_methods)]
impl<D: Disk> Disk for Turning<D> {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        self.step("know", path);
        self.below.known(path)
    }

    fn known_open(&self, path: &Path) -> Option<Stat> {
        self.step("know", path);
        self.below.known_open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.step("stat", path);
        self.below.stat(path)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.step(if matches!(access, Access::New { .. }) { "create" } else { "open" }, path);
        let file = Some(self.below.open(path, access)?);
        Ok(Box::new(Open { file, turns: Arc::clone(&self.turns), actor: self.actor }))
    }

    /// The names are those of this moment.
    fn list(&self, path: &Path) -> io::Result<Names> {
        self.step("list", path);
        self.below.list(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step("make", path);
        self.below.make_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("link", to);
        self.below.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("replace", to);
        self.below.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename to", to);
        self.below.rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove", path);
        self.below.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step("remove directory", path);
        self.below.remove_dir(path)
    }

    /// Nobody sees whether names are durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.below.sync_dir(path)
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}

/// A file that is open until it is dropped.
#[derive(Debug)]
struct Open {
    file: Option<Box<dyn File>>,
    turns: Arc<Turns>,
    actor: usize,
}

impl Open {
    fn file(&self) -> &dyn File {
        self.file.as_deref().unwrap()
    }

    fn used(&self, what: &'static str) -> &dyn File {
        self.turns.step(self.actor, || what.to_owned());
        self.file()
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for Open {
    fn stat(&self) -> io::Result<Stat> {
        self.used("look at it").stat()
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.used("read it").read_at(offset, bytes)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.used("write it").write_at(offset, bytes)
    }

    fn begin_sync(&self, offset: u64, length: u64) {
        self.file().begin_sync(offset, length);
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.used("set its mode").set_mode(mode)
    }

    fn sync(&self) -> io::Result<()> {
        self.file().sync()
    }

    /// Whoever waits lets others go on.
    fn lock(&self, lock: Lock) -> io::Result<()> {
        while !self.try_lock(lock)? {
            let stuck = self.turns.wait_for_lock(self.actor);
            stuck.map_err(|_| io::Error::from(io::ErrorKind::Deadlock))?;
        }
        Ok(())
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.used("lock it").try_lock(lock)
    }
}

impl Drop for Open {
    /// Locks end with their file.
    fn drop(&mut self) {
        self.file = None;
        self.turns.unlocked();
    }
}
