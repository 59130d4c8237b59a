//! Stores to which something happened before, and what must hold of them afterwards.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use wharf_store::layout::disk::Disk;
use wharf_store::layout::fsck::Fsck;
use wharf_store::layout::{Directory, Layout};
use wharf_store::sync::{self, Moment};

use crate::client::{Client, Cut, Machine, Notes};
use crate::disk::Turning;
use crate::memory::{Memory, Quirks};
use crate::now::now;
use crate::tree::Tree;
use crate::turns;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// Who does something at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Processes, each of which opens the same disk.
    Processes,
    /// Tasks of one process, which share all that it knows of a disk.
    Tasks,
    /// Tasks that share a store in memory.
    Memory,
}

/// How the world is in which something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) crowd: Crowd,
    /// Whether there is a pool for many repositories.
    pub(crate) many: bool,
    /// How long nobody loses what they were told is there.
    pub(crate) grace: Duration,
    /// Whether what is garbage was condemned before, and is to go now.
    pub(crate) condemned: bool,
}

impl Variant {
    pub(crate) fn all(crowd: Crowd) -> Vec<Self> {
        let both = [true, false];
        let graces = both.iter().flat_map(|many| [Duration::ZERO, HOUR].map(|grace| (*many, grace)));
        let all = graces.flat_map(|(many, grace)| both.map(|condemned| Self { crowd, many, grace, condemned }));
        // In memory there are always many.
        all.filter(|variant| variant.many || crowd != Crowd::Memory).collect()
    }
}

/// A store before anybody begins.
pub(crate) struct World {
    pub(crate) variant: Variant,
    prepare: fn(&Client),
    tree: Arc<Tree>,
    notes: Notes,
    /// In how many steps all is done, one after the other.
    pub(crate) length: usize,
}

impl World {
    pub(crate) fn new(variant: Variant, prepare: fn(&Client)) -> Self {
        let mut world = Self { variant, prepare, tree: Arc::default(), notes: Notes::default(), length: 0 };
        if variant.crowd != Crowd::Memory {
            let disk = disk(Tree::default());
            make(&disk, variant);
            let machine = Machine { disk: disk.clone(), base: Arc::default() };
            let client = Client::open(Arc::new(disk.clone()), variant, Arc::default()).with_machine(&machine);
            world.be_prepared(&client);
            (world.tree, world.notes) = (Arc::new(disk.tree()), client.notes());
        }
        world
    }

    fn be_prepared(&self, client: &Client) {
        (self.prepare)(client);
        if self.variant.condemned {
            client.collect_at(2 * HOUR, HOUR);
        }
    }

    /// A store like it, for one order.
    pub(crate) fn stage(&self) -> Stage {
        let notes = Arc::new(Mutex::new(self.notes.clone()));
        let (variant, disk) = (self.variant, disk(Tree::clone(&self.tree)));
        let machine = Machine { disk, base: Arc::clone(&self.tree) };
        let mut stage = Stage { variant, machine, notes, shared: None };
        match variant.crowd {
            Crowd::Processes => {}
            Crowd::Tasks => stage.shared = Some(stage.open()),
            Crowd::Memory => {
                let client = Client::in_memory(variant);
                self.be_prepared(&client);
                stage.shared = Some(client);
            }
        }
        stage
    }
}

/// Where one order happens.
pub(crate) struct Stage {
    variant: Variant,
    machine: Machine,
    notes: Arc<Mutex<Notes>>,
    shared: Option<Client>,
}

impl Stage {
    /// What one of those who do something has of the store. Between any two steps with what they share, others may come.
    pub(crate) fn client(&self) -> Client {
        match &self.shared {
            None => self.open(),
            Some(client) => {
                sync::watch(told);
                client.clone()
            }
        }
    }

    fn open(&self) -> Client {
        self.open_on(Turning(self.machine.disk.clone())).with_machine(&self.machine)
    }

    fn open_on(&self, disk: impl Disk + 'static) -> Client {
        Client::open(Arc::new(disk), self.variant, Arc::clone(&self.notes))
    }

    /// Whoever took part sees what must hold, and so does whoever comes new; every byte is right, and every reference leads
    /// somewhere.
    pub(crate) fn check(&self, check: fn(&Client)) {
        self.shared.iter().for_each(check);
        if self.variant.crowd == Crowd::Memory {
            self.shared.iter().for_each(Client::is_whole);
        } else {
            check(&self.open_on(self.machine.disk.clone()));
            is_sound(&self.machine.disk);
        }
        let cuts = std::mem::take(&mut self.notes.lock().unwrap().cuts);
        cuts.into_iter().for_each(|Cut { tree, check }| check(&self.open_on(disk(tree))));
    }
}

fn told(moment: Moment) {
    match moment {
        Moment::Before(place) => turns::step(|| format!("lock at {place}")),
        Moment::Taken => turns::wait().expect("everybody waits for somebody else"),
        Moment::Freed => turns::freed(),
    }
}

fn make(disk: &Memory, variant: Variant) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let made = if variant.many { Directory::create_on(disk) } else { Layout::create_on(disk) };
    drop(made.unwrap());
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

fn is_sound(disk: &Memory) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let report = now(Fsck::open_on(disk).unwrap().with_jobs(NonZeroUsize::MIN).check()).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults().collect::<Vec<_>>());
}
