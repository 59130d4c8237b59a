//! A disk on which each operation is a step of whoever uses it: others may come before it.

use std::io;
use std::path::Path;
use std::time::Duration;

use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat};

use crate::turns;

/// A disk that is used in turns.
#[derive(Clone, Debug)]
pub(crate) struct Turning<D>(pub(crate) D);

fn step(what: &str, path: &Path) {
    turns::step(|| format!("{what} {}", path.display()));
}

#[deny(clippy::missing_trait_methods)]
impl<D: Disk> Disk for Turning<D> {
    fn root(&self) -> &Path {
        self.0.root()
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        step("know", path);
        self.0.known(path)
    }

    fn known_open(&self, path: &Path) -> Option<Stat> {
        step("know", path);
        self.0.known_open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        step("stat", path);
        self.0.stat(path)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        step(if matches!(access, Access::New { .. }) { "create" } else { "open" }, path);
        let file = Some(self.0.open(path, access)?);
        Ok(Box::new(Open { file }))
    }

    /// The names are those of this moment.
    fn list(&self, path: &Path) -> io::Result<Names> {
        step("list", path);
        self.0.list(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        step("make", path);
        self.0.make_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        step("link", to);
        self.0.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        step("replace", to);
        self.0.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        step("rename to", to);
        self.0.rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        step("remove", path);
        self.0.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        step("remove directory", path);
        self.0.remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        step("sync", path);
        self.0.sync_dir(path)
    }

    fn pause(&self, duration: Duration) {
        self.0.pause(duration);
    }
}

/// A file that is open until it is dropped.
#[derive(Debug)]
struct Open {
    file: Option<Box<dyn File>>,
}

impl Open {
    fn file(&self) -> &dyn File {
        self.file.as_deref().unwrap()
    }

    fn used(&self, what: &'static str) -> &dyn File {
        turns::step(|| what.to_owned());
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
        self.used("sync it").sync()
    }

    /// Whoever waits lets others go on.
    fn lock(&self, lock: Lock) -> io::Result<()> {
        while !self.try_lock(lock)? {
            turns::wait().map_err(|_| io::Error::from(io::ErrorKind::Deadlock))?;
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
        turns::freed();
    }
}
