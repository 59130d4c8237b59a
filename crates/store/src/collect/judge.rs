//! What is to be done with each content, once it is known what is needed.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use wharf_registry::{Digest, Limits, Repository};

use super::mark::Marks;
use super::plan::{Count, Garbage, PoolPlan, Reason, RepositoryPlan};
use super::{Item, Options, Root};

/// What is old enough for what, at the beginning of a collection.
pub(super) struct Ages {
    now: SystemTime,
    grace: Duration,
    untagged: Option<Duration>,
}

impl Ages {
    pub(super) const fn new(now: SystemTime, options: &Options) -> Self {
        Self { now, grace: options.grace, untagged: options.untagged }
    }

    /// Whether content has been there long enough that nobody is about to name it.
    fn is_old(&self, item: &Item) -> bool {
        self.before(self.grace).is_some_and(|before| item.touched < before)
    }

    /// Whether a manifest may go when it has no tag. It must be old in both ways.
    fn is_forsaken(&self, item: &Item) -> bool {
        let before = self.untagged.and_then(|age| self.before(age));
        self.is_old(item) && before.is_some_and(|before| item.touched < before)
    }

    fn before(&self, age: Duration) -> Option<SystemTime> {
        self.now.checked_sub(age)
    }

    fn is_due(&self, item: &Item) -> bool {
        item.condemned.is_some_and(|epoch| epoch.is_due(self.now, self.grace))
    }
}

/// The untagged manifests that go unless something leads to them, and all roots but those.
pub(super) fn doubtful(roots: &[Root], items: &[Item], ages: &Ages) -> (HashSet<Digest>, Vec<Root>) {
    let forsaken: HashSet<_> = live(items).filter(|item| ages.is_forsaken(item)).map(|item| &item.digest).collect();
    let (mut doubtful, mut wanted) = (HashSet::new(), HashSet::new());
    for root in roots {
        match root {
            Root::Manifest { digest, is_named: false, .. } if forsaken.contains(digest) => {
                doubtful.insert(digest.clone());
            }
            Root::Manifest { digest, .. } => {
                wanted.insert(digest);
            }
            // What is leased is followed, and so reached, whatever it is recorded as.
            Root::Leased(_) | Root::Arrived(_) | Root::Unreadable => {}
        }
    }
    doubtful.retain(|digest| !wanted.contains(digest));
    let is_sure = |root: &&Root| !matches!(root, Root::Manifest { digest, .. } if doubtful.contains(digest));
    let sure = roots.iter().filter(is_sure).cloned().collect();
    (doubtful, sure)
}

fn live(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().filter(|item| item.condemned.is_none())
}

/// What nobody needs that is young, and of which each can be a manifest.
pub(super) fn young(items: &[Item], marks: &Marks, ages: &Ages) -> Vec<Digest> {
    let limit = Limits::default().document_bytes as u64;
    let can_be_manifest = |item: &&Item| item.size.is_none_or(|size| size <= limit);
    let is_young = |item: &&Item| !ages.is_old(item) && !marks.reach(&item.digest);
    live(items).filter(can_be_manifest).filter(is_young).map(|item| item.digest.clone()).collect()
}

impl RepositoryPlan {
    /// Nothing happens there.
    pub(super) fn new(repository: Repository) -> Self {
        Self {
            repository,
            kept: Count::default(),
            young: Count::default(),
            waiting: Count::default(),
            condemn: Vec::new(),
            restore: Vec::new(),
            sweep: Vec::new(),
            stop: None,
            marks: Marks::default(),
        }
    }
}

/// Judges what a repository has.
pub(super) fn repository(plan: &mut RepositoryPlan, items: Vec<Item>, ages: &Ages) {
    let seen: HashSet<_> = live(&items).map(|item| item.digest.clone()).collect();
    for item in items {
        let is_needed = plan.marks.reach(&item.digest);
        match item.condemned {
            Some(_) if is_needed && !seen.contains(&item.digest) => plan.restore.push(item.digest),
            Some(_) if ages.is_due(&item) => plan.sweep.push(swept(item)),
            Some(_) => plan.waiting.add(size(&item)),
            None if is_needed => plan.kept.add(size(&item)),
            None if plan.marks.known.doomed.contains(&item.digest) => {
                plan.condemn.push(garbage(item, Reason::Untagged));
            }
            None if ages.is_old(&item) => plan.condemn.push(garbage(item, Reason::Unreferenced)),
            None => plan.young.add(size(&item)),
        }
    }
}

/// Judges content that is not named, and what is condemned, named or not.
pub(super) fn pool(plan: &mut PoolPlan, items: Vec<Item>, named: &HashSet<Digest>, ages: &Ages) {
    for item in items {
        match item.condemned {
            Some(_) if named.contains(&item.digest) => plan.restore.push(item.digest),
            Some(_) if ages.is_due(&item) => plan.sweep.push(swept(item)),
            Some(_) => plan.waiting.add(size(&item)),
            None if ages.is_old(&item) => plan.condemn.push(garbage(item, Reason::Unnamed)),
            None => plan.young.add(size(&item)),
        }
    }
}

fn size(item: &Item) -> u64 {
    item.size.unwrap_or_default()
}

fn garbage(item: Item, reason: Reason) -> Garbage {
    Garbage { size: size(&item), digest: item.digest, reason }
}

fn swept(item: Item) -> Garbage {
    let reason = item.condemned.map_or(Reason::Unreferenced, Reason::Condemned);
    garbage(item, reason)
}
