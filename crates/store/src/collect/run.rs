//! Doing what was planned, batch by batch, as far as it still holds.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wharf_registry::{Digest, Repository};

use super::item::{Condemn, Known, Outcome, Sweep};
use super::judge::{self, Ages};
use super::mark::{Marker, Marks};
use super::plan::{Garbage, PoolPlan, Reason, RepositoryPlan};
use super::report::{Done, Event, Report};
use super::stop::Stop;
use super::{CollectCas, CollectRefs, Epoch, Options};
use crate::clock::Clock;
use crate::sync::Mutex;
use crate::{Error, Store};

/// How often new roots may come while a batch is looked at. Each time they are followed, so that this takes pushes that
/// follow each other faster than their manifests can be read.
const ATTEMPTS: usize = 64;

/// How many epochs a collection begins at most while a grace passes.
const EPOCHS: u32 = 64;

/// A collection that is going on.
pub(super) struct Run<'a, C: CollectCas, R> {
    store: &'a Store<C, R>,
    options: Options,
    clock: &'a Clock,
    /// When it began.
    now: SystemTime,
    /// In which content is condemned, until that is over.
    epoch: Mutex<Epoch>,
    tell: &'a (dyn Fn(Event<'_>) + Send + Sync),
    report: Report,
}

/// What is done to a batch.
#[derive(Clone, Copy)]
enum Act {
    Condemn,
    Sweep,
}

/// A repository that is being collected.
struct Place<'a> {
    repository: &'a Repository,
    marks: &'a mut Marks,
    /// What was found to be needed since it was planned to go.
    spared: HashSet<Digest>,
    done: &'a mut Done,
}

impl Place<'_> {
    /// Whether content is not to go, be it against the plan. What is needed can be in the trash as well as in its place.
    fn needs(&self, digest: &Digest, act: Act) -> bool {
        match act {
            Act::Condemn => self.marks.reach(digest),
            Act::Sweep => self.spared.contains(digest),
        }
    }
}

impl<'a, C: CollectCas, R: CollectRefs> Run<'a, C, R> {
    pub(super) fn new(
        store: &'a Store<C, R>,
        options: Options,
        clock: &'a Clock,
        tell: &'a (dyn Fn(Event<'_>) + Send + Sync),
    ) -> Self {
        let now = clock.now();
        let epoch = Mutex::new(Epoch::at(now).later(options.grace / EPOCHS));
        Self { store, options, clock, now, epoch, tell, report: Report::default() }
    }

    pub(super) fn finish(self) -> Report {
        self.report
    }

    /// Collects a repository as far as it can be.
    pub(super) async fn repository(&mut self, mut plan: RepositoryPlan) {
        (self.tell)(Event::Repository { plan: &plan });
        let mut done = self.report.repositories;
        let stop = match plan.stop.take() {
            Some(stop) => Err(stop),
            None => self.collect(&mut plan, &mut done).await,
        };
        self.report.repositories = done;
        self.stopped(Some(plan.repository), stop);
    }

    /// What is due goes first: where a disk is full, that makes the room which condemning takes. Untagged manifests go next,
    /// as long as they are no roots; when they are done, every record is one.
    async fn collect(&self, plan: &mut RepositoryPlan, done: &mut Done) -> Result<(), Stop> {
        let RepositoryPlan { repository, condemn, restore, sweep, marks, .. } = plan;
        let mut place = Place { repository, marks, spared: HashSet::new(), done };
        self.restore(&mut place, restore).await?;
        let mut left = self.sweep_due(&mut place, std::mem::take(sweep)).await;
        let (untagged, unreferenced): (Vec<_>, Vec<_>) =
            condemn.drain(..).partition(|content| content.reason == Reason::Untagged);
        let mut condemned = self.all(&mut place, untagged, Act::Condemn).await?;
        Arc::make_mut(&mut place.marks.known).doomed.clear();
        condemned.extend(self.all(&mut place, unreferenced, Act::Condemn).await?);
        if self.is_due_at_once() {
            left.append(&mut condemned);
        }
        self.sweep(&mut place, left).await
    }

    /// Sweeps what was condemned before, and returns it if that is not all done. The untagged manifests that are to go are
    /// still there, so for this they are roots like all others; and when they are gone, nothing may stop it any more.
    async fn sweep_due(&self, place: &mut Place<'_>, due: Vec<Garbage>) -> Vec<Garbage> {
        if due.is_empty() {
            return due;
        }
        let mut marks = place.marks.clone();
        Arc::make_mut(&mut marks.known).doomed.clear();
        let Place { repository, done, .. } = place;
        let mut place = Place { repository, marks: &mut marks, spared: HashSet::new(), done };
        match self.sweep(&mut place, due.clone()).await {
            Ok(()) => Vec::new(),
            Err(_) => due,
        }
    }

    async fn sweep(&self, place: &mut Place<'_>, garbage: Vec<Garbage>) -> Result<(), Stop> {
        if !garbage.is_empty() {
            self.spare_for_young(place).await?;
        }
        self.all(place, garbage, Act::Sweep).await.map(drop)
    }

    /// What came since it was planned, or came back, can be a manifest that needs what is to go.
    async fn spare_for_young(&self, place: &mut Place<'_>) -> Result<(), Stop> {
        let items = self.store.refs().content(place.repository).await?;
        let young = judge::young(&items, place.marks, &Ages::new(self.clock.now(), &self.options));
        let marker = Marker { store: self.store, repository: place.repository };
        let new = marker.follow_young(place.marks, young).await?;
        place.spared.extend(new.iter().cloned());
        self.restore(place, &new).await.map_err(Stop::from)
    }

    /// Does something to some content, and returns that to which it was done.
    async fn all(&self, place: &mut Place<'_>, garbage: Vec<Garbage>, act: Act) -> Result<Vec<Garbage>, Stop> {
        let mut all = Vec::new();
        for batch in batches(garbage, self.options.batch) {
            let wanted = batch.keys().cloned().collect();
            let done = self.batch(place, wanted, act).await?;
            let done = select(batch, &done);
            self.tell_all(place.done, &done, act);
            all.extend(done);
        }
        Ok(all)
    }

    /// New roots are followed, and what they lead to is spared and comes back, until there are none.
    async fn batch(&self, place: &mut Place<'_>, mut digests: Vec<Digest>, act: Act) -> Result<Vec<Digest>, Stop> {
        for _ in 0..ATTEMPTS {
            digests.retain(|digest| !place.needs(digest, act));
            if digests.is_empty() {
                return Ok(digests);
            }
            match self.act(place.repository, digests.clone(), Arc::clone(&place.marks.known), act).await? {
                Outcome::Done(done) => return Ok(done),
                Outcome::New(roots) => {
                    let marker = Marker { store: self.store, repository: place.repository };
                    let new = marker.follow(place.marks, &roots).await?;
                    place.spared.extend(new.iter().cloned());
                    self.restore(place, &new).await?;
                }
            }
        }
        Err(Stop::Busy)
    }

    async fn act(
        &self,
        repository: &Repository,
        digests: Vec<Digest>,
        known: Arc<Known>,
        act: Act,
    ) -> Result<Outcome, Error> {
        match act {
            Act::Condemn => self.store.refs().condemn(repository, self.to_condemn(digests), known).await,
            Act::Sweep => self.store.refs().sweep(repository, self.to_sweep(digests), known).await,
        }
    }

    /// Whoever is asked for condemned content brings it back.
    async fn restore(&self, place: &mut Place<'_>, digests: &[Digest]) -> Result<(), Error> {
        for digest in digests {
            if self.store.refs().linked(place.repository, digest).await? {
                self.happened(place.done, Event::Restored { digest });
            }
        }
        Ok(())
    }

    /// Collects content that no repository names. Names are asked for again before it goes.
    pub(super) async fn pool<F>(&mut self, mut plan: PoolPlan, named: impl Fn() -> F + Sync)
    where
        F: Future<Output = Result<HashSet<Digest>, Error>> + Send,
    {
        (self.tell)(Event::Pool { plan: &plan });
        let mut done = self.report.pool;
        let stop = match plan.stop.take() {
            Some(stop) => Err(stop),
            None => self.collect_pool(plan, named, &mut done).await.map_err(Stop::from),
        };
        self.report.pool = done;
        self.stopped(None, stop);
    }

    /// In the order of a repository.
    async fn collect_pool<F>(&self, plan: PoolPlan, named: impl Fn() -> F + Sync, done: &mut Done) -> Result<(), Error>
    where
        F: Future<Output = Result<HashSet<Digest>, Error>> + Send,
    {
        let PoolPlan { condemn, restore, sweep, .. } = plan;
        self.sweep_pool(restore, sweep, &named, done).await?;
        let mut all = Vec::new();
        for batch in batches(condemn, self.options.batch) {
            let condemned = self.store.cas().condemn(self.to_condemn(batch.keys().cloned().collect())).await?;
            let condemned = select(batch, &condemned);
            self.tell_all(done, &condemned, Act::Condemn);
            all.extend(condemned);
        }
        match self.is_due_at_once() {
            true => self.sweep_pool(Vec::new(), all, &named, done).await,
            false => Ok(()),
        }
    }

    async fn sweep_pool<F>(
        &self,
        mut restore: Vec<Digest>,
        mut sweep: Vec<Garbage>,
        named: &(impl Fn() -> F + Sync),
        done: &mut Done,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<HashSet<Digest>, Error>> + Send,
    {
        let named = if sweep.is_empty() { HashSet::new() } else { named().await? };
        restore.extend(sweep.extract_if(.., |content| named.contains(&content.digest)).map(|content| content.digest));
        for digest in &restore {
            if self.store.cas().stat(digest).await?.is_some() {
                self.happened(done, Event::Restored { digest });
            }
        }
        for batch in batches(sweep, self.options.batch) {
            let swept = self.store.cas().sweep(self.to_sweep(batch.keys().cloned().collect())).await?;
            self.tell_all(done, &select(batch, &swept), Act::Sweep);
        }
        Ok(())
    }

    fn to_condemn(&self, digests: Vec<Digest>) -> Condemn {
        Condemn { digests, before: before(self.now, self.options.grace), epoch: self.epoch() }
    }

    /// The epoch of this moment, which ends with it or a little later: a grace begins when content is condemned and not when
    /// its collection does, but whoever misses something looks into each epoch.
    fn epoch(&self) -> Epoch {
        let now = Epoch::at(self.clock.now());
        let mut epoch = self.epoch.lock();
        if *epoch < now {
            *epoch = now.later(self.options.grace / EPOCHS);
        }
        *epoch
    }

    fn to_sweep(&self, digests: Vec<Digest>) -> Sweep {
        Sweep { digests, until: Epoch::at(before(self.clock.now(), self.options.grace)) }
    }

    /// Whether what is condemned now is swept now.
    const fn is_due_at_once(&self) -> bool {
        self.options.grace.is_zero()
    }

    fn tell_all(&self, done: &mut Done, garbage: &[Garbage], act: Act) {
        for content in garbage {
            let event = match act {
                Act::Condemn => Event::Condemned { content },
                Act::Sweep => Event::Swept { content },
            };
            self.happened(done, event);
        }
    }

    fn happened(&self, done: &mut Done, event: Event<'_>) {
        done.count(event);
        (self.tell)(event);
    }

    fn stopped(&mut self, repository: Option<Repository>, stop: Result<(), Stop>) {
        if let Err(stop) = stop {
            (self.tell)(Event::Stopped { repository: repository.as_ref(), stop: &stop });
            self.report.stopped.push((repository, stop));
        }
    }
}

fn before(now: SystemTime, grace: Duration) -> SystemTime {
    now.checked_sub(grace).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Garbage in batches, each by its digests; content that was condemned several times is in one of them.
fn batches(garbage: Vec<Garbage>, size: usize) -> Vec<BTreeMap<Digest, Garbage>> {
    let mut all = Vec::new();
    let mut batch = BTreeMap::new();
    for content in garbage {
        batch.insert(content.digest.clone(), content);
        if batch.len() >= size.max(1) {
            all.push(std::mem::take(&mut batch));
        }
    }
    all.push(batch);
    all.retain(|batch| !batch.is_empty());
    all
}

/// What it was done to.
fn select(mut batch: BTreeMap<Digest, Garbage>, done: &[Digest]) -> Vec<Garbage> {
    done.iter().filter_map(|digest| batch.remove(digest)).collect()
}
