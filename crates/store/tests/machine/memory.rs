//! A disk in memory. Clones are the same disk, as other processes see it.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use wharf_store::layout::disk::{Access, Disk, File, Kind, Lock, Names, Stat};

use super::tree::{Effect, Inode, Node, Tree};

/// A disk that is empty at first, and on which every effect is written down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    unlocked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    tree: Tree,
    log: Vec<Effect>,
    opened: u64,
    locks: Vec<(Inode, u64, Lock)>,
    /// What cannot be replaced or removed, and how many pauses that lasts.
    pinned: Option<(Inode, usize)>,
    quirks: Quirks,
    /// How many more syncs succeed before one does not.
    syncs: Option<usize>,
}

/// What kinds of disks do otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quirks {
    /// Nothing can be changed.
    pub(crate) read_only: bool,
    /// There are no locks.
    pub(crate) no_locks: bool,
    /// There are no hard links.
    pub(crate) no_links: bool,
    /// Names that differ in case are the same.
    pub(crate) folds: bool,
    /// How many seconds after 1970 the disk's clock begins.
    pub(crate) epoch: i64,
}

impl Memory {
    /// A disk on which this is; nothing was written down of it, and all of it is where a power cut leaves it.
    pub(crate) fn with(tree: Tree) -> Self {
        let state = State { tree, ..State::default() };
        Self(Arc::new(Shared { state: Mutex::new(state), unlocked: Condvar::new() }))
    }

    /// An empty disk to which all this happened.
    pub(crate) fn after(log: &[Effect]) -> Self {
        let memory = Self::default();
        log.iter().for_each(|effect| memory.state().happen(effect.clone()));
        memory
    }

    /// Another disk on which the same is and to which the same happened, where nobody has anything open.
    pub(crate) fn fork(&self) -> Self {
        let state = self.state();
        let fork = Self::with(state.tree.clone());
        (fork.state().log, fork.state().quirks) = (state.log.clone(), state.quirks);
        fork
    }

    /// The same disk as another kind of disk.
    pub(crate) fn be(&self, quirks: Quirks) {
        let mut state = self.state();
        state.quirks = quirks;
        state.tree.folds = quirks.folds;
    }

    /// Lets a sync fail after so many that succeed, and forgets then what was to be synced, as systems do.
    pub(crate) fn fail_sync(&self, after: usize) {
        self.state().syncs = Some(after);
    }

    /// Whether the sync that was to fail is still to come.
    pub(crate) fn has_sync_to_fail(&self) -> bool {
        self.state().syncs.is_some()
    }

    /// Has somebody open one file, and no other, in a way that lets nobody replace it or remove its name, until others have
    /// paused so often.
    pub(crate) fn pin(&self, path: &str, pauses: usize) {
        let mut state = self.state();
        state.pinned = Some((state.tree.find(Path::new(path)).unwrap(), pauses));
    }

    /// How many more pauses somebody has a file open for.
    pub(crate) fn pinned(&self) -> usize {
        self.state().pinned.map_or(0, |(_, pauses)| pauses)
    }

    pub(crate) fn note(&self, progress: usize) {
        self.state().log.push(Effect::Noted(progress));
    }

    pub(crate) fn log(&self) -> Vec<Effect> {
        self.state().log.clone()
    }

    pub(crate) fn tree(&self) -> Tree {
        self.state().tree.clone()
    }

    /// Changes one file behind everybody's back.
    pub(crate) fn damage(&self, path: &str, damage: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let inode = state.tree.find(Path::new(path)).unwrap();
        let mut content = state.tree.file(inode).clone();
        damage(Arc::make_mut(&mut content.bytes));
        state.tree.put(inode, Node::File(content));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// What changes nothing on a disk that does not allow it.
    fn writing(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.quirks.read_only { Err(ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(state) }
    }

    fn sync(&self, inode: Inode) -> io::Result<()> {
        let mut state = self.state();
        if state.syncs == Some(0) {
            state.syncs = None;
            state.log.push(Effect::Unsynced(inode));
            return Err(io::Error::from_raw_os_error(5));
        }
        state.syncs = state.syncs.map(|left| left - 1);
        state.log.push(Effect::Synced(inode));
        Ok(())
    }
}

impl State {
    fn happen(&mut self, effect: Effect) {
        self.tree.apply(&effect);
        self.log.push(effect);
    }

    fn name(&mut self, path: &Path, inode: Option<Inode>) -> io::Result<()> {
        let (directory, name) = self.tree.parent(path)?;
        self.happen(Effect::Named { directory, name, inode });
        Ok(())
    }

    fn free(&self, path: &Path) -> io::Result<()> {
        let (directory, name) = self.tree.parent(path)?;
        match self.tree.child(directory, &name) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(_) => Ok(()),
        }
    }

    fn movable(&self, inode: Inode) -> io::Result<()> {
        let is_pinned = self.pinned.is_some_and(|(pinned, pauses)| pinned == inode && pauses > 0);
        if is_pinned { Err(ErrorKind::ResourceBusy.into()) } else { Ok(()) }
    }

    fn stat(&self, inode: Inode) -> Stat {
        let time = |ticks: u64| (self.quirks.epoch, i64::try_from(ticks).unwrap() * 1000);
        match self.tree.node(inode) {
            Node::File(file) => Stat {
                kind: Kind::File,
                id: Some((1, inode)),
                size: file.bytes.len() as u64,
                mode: file.mode,
                links: file.links,
                modified: time(file.modified),
                changed: time(file.changed),
            },
            Node::Directory(_) => Stat {
                kind: Kind::Directory,
                id: Some((1, inode)),
                size: 0,
                mode: 0o755,
                links: 2,
                modified: time(0),
                changed: time(0),
            },
        }
    }

    fn is_locked(&self, inode: Inode, handle: u64, wanted: Lock) -> bool {
        let others = self.locks.iter().filter(|(locked, by, _)| *locked == inode && *by != handle);
        others.into_iter().any(|(_, _, lock)| wanted == Lock::Exclusive || *lock == Lock::Exclusive)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Memory {
    fn root(&self) -> &Path {
        Path::new("/memory")
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        self.stat(path).ok().filter(Stat::is_file)
    }

    fn known_open(&self, path: &Path) -> Option<Stat> {
        self.known(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let state = self.state();
        state.tree.find(path).map(|inode| state.stat(inode))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let mut state = if access == Access::Read { self.state() } else { self.writing()? };
        let inode = match access {
            Access::Read | Access::Write => state.tree.find(path)?,
            Access::New { mode } => {
                state.free(path)?;
                let inode = state.tree.inode();
                state.happen(Effect::Made { inode, mode: Some(mode) });
                state.name(path, Some(inode))?;
                inode
            }
        };
        if !state.stat(inode).is_file() {
            return Err(ErrorKind::NotFound.into());
        }
        state.opened += 1;
        let handle = state.opened;
        Ok(Box::new(Open { disk: self.clone(), inode, handle }))
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        let state = self.state();
        let names: Vec<_> = state.tree.names(state.tree.find(path)?)?.keys().cloned().map(Ok).collect();
        Ok(Box::new(names.into_iter()))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.writing()?;
        state.free(path)?;
        let inode = state.tree.inode();
        state.happen(Effect::Made { inode, mode: None });
        state.name(path, Some(inode))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.writing()?;
        let inode = state.tree.find(from)?;
        if state.quirks.no_links {
            return Err(ErrorKind::Unsupported.into());
        }
        state.free(to)?;
        state.name(to, Some(inode))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.writing()?;
        let inode = state.tree.find(from)?;
        match state.tree.find(to) {
            Ok(there) if there == inode => return Ok(()),
            Ok(there) => state.movable(there)?,
            Err(_) => {}
        }
        state.name(to, Some(inode))?;
        state.name(from, None)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state().free(to)?;
        self.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.writing()?;
        let inode = state.tree.find(path)?;
        state.movable(inode)?;
        match state.stat(inode).is_file() {
            true => state.name(path, None),
            false => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.writing()?;
        match state.tree.names(state.tree.find(path)?)?.is_empty() {
            true => state.name(path, None),
            false => Err(ErrorKind::DirectoryNotEmpty.into()),
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let inode = self.state().tree.find(path)?;
        self.sync(inode)
    }

    fn pause(&self, _: Duration) {
        if let Some((_, pauses)) = &mut self.state().pinned {
            *pauses = pauses.saturating_sub(1);
        }
    }
}

/// A file that is open, with the locks that its opener has.
#[derive(Debug)]
struct Open {
    disk: Memory,
    inode: Inode,
    handle: u64,
}

#[deny(clippy::missing_trait_methods)]
impl File for Open {
    fn stat(&self) -> io::Result<Stat> {
        Ok(self.disk.state().stat(self.inode))
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let content = Arc::clone(&self.disk.state().tree.file(self.inode).bytes);
        let rest = content.get(offset as usize..).unwrap_or_default();
        let read = &rest[..rest.len().min(bytes.capacity() - bytes.len())];
        bytes.extend_from_slice(read);
        Ok(read.len())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let wrote = Effect::Wrote { inode: self.inode, offset, bytes: bytes.into() };
        self.disk.writing()?.happen(wrote);
        Ok(bytes.len())
    }

    fn begin_sync(&self, _: u64, _: u64) {}

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.disk.writing()?.happen(Effect::Mode { inode: self.inode, mode });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync(self.inode)
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        while !self.try_lock(lock)? {
            let state = self.disk.state();
            let is_in_the_way = |state: &mut State| state.is_locked(self.inode, self.handle, lock);
            drop(self.disk.0.unlocked.wait_while(state, is_in_the_way).unwrap());
        }
        Ok(())
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let mut state = self.disk.state();
        if state.quirks.no_locks {
            return Err(ErrorKind::Unsupported.into());
        }
        let is_free = !state.is_locked(self.inode, self.handle, lock);
        if is_free {
            state.locks.retain(|(_, handle, _)| *handle != self.handle);
            state.locks.push((self.inode, self.handle, lock));
        }
        Ok(is_free)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        state.locks.retain(|(_, handle, _)| *handle != self.handle);
        self.disk.0.unlocked.notify_all();
    }
}
