//! A disk that does not do everything.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wharf_store::Store;
use wharf_store::layout::disk::{Access, Disk, File, Names, Stat, System};
use wharf_store::layout::{Blobs, Directory, Layout};

/// What is asked of a disk, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To say what there is.
    Look,
    /// To make a file or a directory.
    Make,
    /// To give a file another name.
    Link,
    /// To rename or remove something.
    Change,
}

type Refuse = fn(Step, &Path) -> Option<ErrorKind>;

/// The files below a directory, of which some are refused.
#[derive(Clone, Debug)]
pub(crate) struct Odd {
    below: Arc<System>,
    refuse: Arc<Mutex<Refuse>>,
}

impl Odd {
    pub(crate) fn new(root: &Path) -> Self {
        Self { below: Arc::new(System::open(root).unwrap()), refuse: Arc::new(Mutex::new(|_, _| None)) }
    }

    /// Refuses this from now on, and nothing else.
    pub(crate) fn refuse(&self, refuse: Refuse) {
        *self.refuse.lock().unwrap_or_else(PoisonError::into_inner) = refuse;
    }

    pub(crate) fn layout(&self) -> Store<Blobs, wharf_store::layout::Names> {
        Layout::create_on(Arc::new(self.clone())).unwrap()
    }

    pub(crate) fn directory(&self) -> Store<Blobs, wharf_store::layout::Names> {
        Directory::create_on(Arc::new(self.clone())).unwrap()
    }

    fn may(&self, step: Step, path: &Path) -> io::Result<&System> {
        let refuse = *self.refuse.lock().unwrap_or_else(PoisonError::into_inner);
        refuse(step, path).map_or(Ok(&self.below), |kind| Err(kind.into()))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Odd {
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
        self.may(Step::Look, path)?.stat(path)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let step = if matches!(access, Access::New { .. }) { Step::Make } else { Step::Look };
        self.may(step, path)?.open(path, access)
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        self.may(Step::Look, path)?.list(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.may(Step::Make, path)?.make_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may(Step::Link, to)?.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may(Step::Change, to)?.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may(Step::Change, to)?.rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.may(Step::Change, path)?.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.may(Step::Change, path)?.remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.below.sync_dir(path)
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}
