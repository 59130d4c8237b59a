//! A disk that does what it is told wrong, over one that does what it is told.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat};

/// The operations of a disk, and what they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    Stat,
    Open,
    Create,
    List,
    MakeDir,
    Link,
    Rename,
    RemoveFile,
    RemoveDir,
    SyncDir,
    Look,
    Read,
    Write,
    SetMode,
    Sync,
    Lock,
}

/// What an operation does instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails with the system's error of this number, and does nothing.
    Fails(i32),
    /// It is done, and fails all the same.
    Lost(i32),
    /// Of what is to be written, half is; anything else is done. What is written after that fails with this error.
    Short(i32),
    /// It fails, and so does everything after it: for whoever uses the disk, the world has ended.
    Ends,
}

/// The n-th operation does something else.
#[derive(Clone, Debug)]
pub(crate) struct Faulty<D> {
    below: D,
    plan: Arc<Plan>,
}

#[derive(Debug)]
struct Plan {
    at: usize,
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    done: Vec<Step>,
    is_cut: bool,
}

const EIO: i32 = 5;

impl<D> Faulty<D> {
    /// A disk whose n-th operation from now on, beginning with 0, does something else.
    pub(crate) fn new(below: D, at: usize, fault: Fault) -> Self {
        Self { below, plan: Arc::new(Plan { at, fault, state: Mutex::default() }) }
    }

    /// A disk that counts.
    pub(crate) fn counting(below: D) -> Self {
        Self::new(below, usize::MAX, Fault::Ends)
    }

    /// What it was asked for.
    pub(crate) fn done(&self) -> Vec<Step> {
        self.plan.state.lock().unwrap().done.clone()
    }

    fn over<E>(&self, below: E) -> Faulty<E> {
        Faulty { below, plan: Arc::clone(&self.plan) }
    }

    /// Counts an operation, and says what is wrong with it.
    fn begin(&self, step: Step) -> Option<Fault> {
        let mut state = self.plan.state.lock().unwrap();
        let position = state.done.len();
        state.done.push(step);
        let ended = self.plan.fault == Fault::Ends && position > self.plan.at;
        (position == self.plan.at || ended).then_some(self.plan.fault)
    }

    fn step<T>(&self, step: Step, act: impl FnOnce(&D) -> io::Result<T>) -> io::Result<T> {
        match self.begin(step) {
            None | Some(Fault::Short(_)) => act(&self.below),
            Some(Fault::Fails(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Fault::Ends) => Err(io::Error::from_raw_os_error(EIO)),
            Some(Fault::Lost(number)) => act(&self.below).and(Err(io::Error::from_raw_os_error(number))),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<D: Disk> Disk for Faulty<D> {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        self.below.known(path)
    }

    fn known_open(&self, path: &Path) -> Option<Stat> {
        self.below.known_open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.step(Step::Stat, |below| below.stat(path))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let step = if matches!(access, Access::New { .. }) { Step::Create } else { Step::Open };
        self.step(step, |below| Ok(Box::new(self.over(below.open(path, access)?)) as Box<dyn File>))
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        self.step(Step::List, |below| below.list(path))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step(Step::MakeDir, |below| below.make_dir(path))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Step::Link, |below| below.link(from, to))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Step::Rename, |below| below.rename(from, to))
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Step::Rename, |below| below.rename_new(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step(Step::RemoveFile, |below| below.remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step(Step::RemoveDir, |below| below.remove_dir(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step(Step::SyncDir, |below| below.sync_dir(path))
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for Faulty<Box<dyn File>> {
    fn stat(&self) -> io::Result<Stat> {
        self.step(Step::Look, |below| below.stat())
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.step(Step::Read, |below| below.read_at(offset, bytes))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let Fault::Short(number) = self.plan.fault else {
            return self.step(Step::Write, |below| below.write_at(offset, bytes));
        };
        if std::mem::take(&mut self.plan.state.lock().unwrap().is_cut) {
            return Err(io::Error::from_raw_os_error(number));
        }
        let is_cut = self.begin(Step::Write).is_some();
        self.plan.state.lock().unwrap().is_cut = is_cut;
        self.below.write_at(offset, if is_cut { &bytes[..bytes.len().div_ceil(2)] } else { bytes })
    }

    fn begin_sync(&self, offset: u64, length: u64) {
        self.below.begin_sync(offset, length);
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.step(Step::SetMode, |below| below.set_mode(mode))
    }

    fn sync(&self) -> io::Result<()> {
        self.step(Step::Sync, |below| below.sync())
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.step(Step::Lock, |below| below.lock(lock))
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.step(Step::Lock, |below| below.try_lock(lock))
    }
}
