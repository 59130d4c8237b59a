use wharf_registry::{Digest, Repository};

use super::plan::{Count, Garbage, PoolPlan, RepositoryPlan};
use super::stop::Stop;

/// What a collection has done.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What was done in the repositories.
    pub repositories: Done,
    /// What was done to content that no repository names. What was swept there, or in a store that has no such content,
    /// was freed.
    pub pool: Done,
    /// What was not collected, and why: a repository, or the content that no repository names.
    pub stopped: Vec<(Option<Repository>, Stop)>,
}

/// What a collection has done in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// What was condemned.
    pub condemned: Count,
    /// What was removed for good.
    pub swept: Count,
    /// How many contents came back, because they are needed.
    pub restored: u64,
}

/// What happens while a plan is run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A repository is begun.
    Repository {
        /// What was planned for it.
        plan: &'a RepositoryPlan,
    },
    /// Content that no repository names is begun.
    Pool {
        /// What is planned for it, now that the repositories are done.
        plan: &'a PoolPlan,
    },
    /// Content was condemned.
    Condemned {
        /// Which content, and why.
        content: &'a Garbage,
    },
    /// Content was removed for good.
    Swept {
        /// Which content, and why.
        content: &'a Garbage,
    },
    /// Condemned content is needed and came back.
    Restored {
        /// Which content.
        digest: &'a Digest,
    },
    /// A repository, or the content that no repository names, is collected no further.
    Stopped {
        /// Which repository.
        repository: Option<&'a Repository>,
        /// Why.
        stop: &'a Stop,
    },
}

impl Done {
    /// Counts what happened.
    pub(super) const fn count(&mut self, event: Event<'_>) {
        match event {
            Event::Condemned { content } => self.condemned.add(content.size),
            Event::Swept { content } => self.swept.add(content.size),
            Event::Restored { .. } => self.restored = self.restored.saturating_add(1),
            _ => {}
        }
    }
}
