//! Who takes how much room, and what it saves that content is kept once. Only names and sizes are looked at.

use std::collections::HashMap;

use wharf_registry::{Digest, Repository};

use super::report::Tally;
use super::site::Site;
use super::watch::Watch;
use super::{content, link, repository};
use crate::layout::root::{Root, Shape};

/// What a store takes, in files and bytes of content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The repositories, in the order of their names.
    pub repositories: Vec<RepositoryUsage>,
    /// What the repositories would take if each had a store of its own.
    pub logical: Tally,
    /// What is kept: the content of the pool, and copies beside it.
    pub stored: Tally,
    /// What the pool has and no repository sees: what was deleted, or is about to be linked.
    pub unlinked: Tally,
    /// What repositories have as files of their own beside the pool's, as where links cannot be made.
    pub copies: Tally,
}

/// What one repository takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepositoryUsage {
    /// Which one.
    pub repository: Repository,
    /// What it sees: what it would take alone.
    pub logical: Tally,
    /// What no other repository sees: what there would be to collect if this one went.
    pub unique: Tally,
    /// What others see as well.
    pub shared: Tally,
}

impl Usage {
    /// How many bytes it saves that content is kept once which several repositories see.
    ///
    /// ```
    /// use wharf_store::layout::fsck::Usage;
    ///
    /// assert_eq!(Usage::default().saved(), 0);
    /// ```
    #[must_use]
    pub const fn saved(&self) -> u64 {
        self.logical.bytes.saturating_sub(self.stored.bytes.saturating_sub(self.unlinked.bytes))
    }
}

/// Who sees some content.
enum Seen {
    Nobody,
    /// The repository at this place.
    One(usize),
    Many,
}

/// Looks at all names once. What cannot be listed counts for nothing.
pub(super) fn measure(root: &Root, watch: &Watch) -> Usage {
    let pool = Site::pool(root);
    let sites = match root.shape() {
        Shape::Single => vec![pool.clone()],
        Shape::Many => repository::find(root, &mut Vec::new()),
    };
    let mut usage = Usage::default();
    let mut seen = HashMap::new();
    for (size, digest) in content::list(&pool).content {
        usage.stored.add(Tally::file(size));
        seen.insert(digest, (size, Seen::Nobody));
    }
    for site in sites {
        if watch.is_cancelled() {
            break;
        }
        if let Some(repository) = &site.repository {
            let logical = see(&pool, &site, usage.repositories.len(), &mut seen, &mut usage);
            usage.logical.add(logical);
            let (unique, shared) = (Tally::default(), Tally::default());
            usage.repositories.push(RepositoryUsage { repository: repository.clone(), logical, unique, shared });
        }
    }
    divide(&mut usage, seen.into_values());
    usage
}

/// What a repository sees, which is noted for each content.
fn see(pool: &Site, site: &Site, position: usize, seen: &mut HashMap<Digest, (u64, Seen)>, usage: &mut Usage) -> Tally {
    let mut logical = Tally::default();
    for (size, digest) in content::list(site).content {
        logical.add(Tally::file(size));
        if !link::is_one(pool, site, &digest) {
            usage.copies.add(Tally::file(size));
            usage.stored.add(Tally::file(size));
        }
        let (_, who) = seen.entry(digest).or_insert((size, Seen::Nobody));
        *who = if let Seen::Nobody = who { Seen::One(position) } else { Seen::Many };
    }
    logical
}

/// Tells what is one repository's own, what is nobody's, and what is left.
fn divide(usage: &mut Usage, seen: impl Iterator<Item = (u64, Seen)>) {
    for (size, who) in seen {
        match who {
            Seen::Nobody => usage.unlinked.add(Tally::file(size)),
            Seen::One(position) => {
                let repository = usage.repositories.get_mut(position);
                repository.into_iter().for_each(|repository| repository.unique.add(Tally::file(size)));
            }
            Seen::Many => {}
        }
    }
    for repository in &mut usage.repositories {
        repository.shared = repository.logical.without(repository.unique);
    }
}
