//! Disks on which something happened before, and what must hold of them afterwards.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use wharf_store::layout::disk::Disk;
use wharf_store::layout::fsck::Fsck;
use wharf_store::layout::{Directory, Layout};

use crate::client::Client;
use crate::memory::{Memory, Quirks};
use crate::tree::Tree;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// How the world is in which something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Whether there is a pool for many repositories.
    pub(crate) many: bool,
    /// How long nobody loses what they were told is there.
    pub(crate) grace: Duration,
    /// Whether what is garbage was condemned before, and is to go now.
    pub(crate) condemned: bool,
}

impl Variant {
    pub(crate) fn all() -> Vec<Self> {
        let both = [true, false];
        let graces = both.iter().flat_map(|many| [Duration::ZERO, HOUR].map(|grace| (*many, grace)));
        graces.flat_map(|(many, grace)| both.map(|condemned| Self { many, grace, condemned })).collect()
    }
}

/// A disk before anybody begins.
pub(crate) struct World {
    pub(crate) variant: Variant,
    tree: Tree,
    /// In how many steps all is done, one after the other.
    pub(crate) length: usize,
}

impl World {
    pub(crate) fn new(variant: Variant, prepare: fn(&Client)) -> Self {
        let disk = disk(Tree::default());
        if variant.many {
            Directory::create_on(Arc::new(disk.clone())).unwrap();
        } else {
            Layout::create_on(Arc::new(disk.clone())).unwrap();
        }
        let client = Client::open(Arc::new(disk.clone()), variant);
        prepare(&client);
        if variant.condemned {
            client.collect_at(2 * HOUR, HOUR);
        }
        Self { variant, tree: disk.tree(), length: 0 }
    }

    /// A disk like it.
    pub(crate) fn disk(&self) -> Memory {
        disk(self.tree.clone())
    }
}

/// What is on the disk is an hour old.
fn disk(tree: Tree) -> Memory {
    let disk = Memory::with(tree);
    disk.be(Quirks { epoch: i64::try_from(begin().as_secs()).unwrap(), ..Quirks::default() });
    disk
}

/// When everything was written: so long ago that all that is known of files counts.
pub(crate) fn begin() -> Duration {
    #[allow(clippy::disallowed_methods, reason = "stores tell the age of content by the system's clock")]
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap() - HOUR
}

/// Every byte is right and every reference leads somewhere.
pub(crate) fn is_sound(disk: &Memory) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let report = now(Fsck::open_on(disk).unwrap().with_jobs(NonZeroUsize::MIN).check()).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults().collect::<Vec<_>>());
}

/// What is done at once where there is no runtime.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("nobody in a process waits for another"),
    }
}
