//! What is told while a store is looked at, and the end that the caller may put to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wharf_registry::Repository;

use super::finding::Finding;
use super::report::Tally;

/// What happens while a store is looked at.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// There is so much content in the pool, which is going to be read.
    Listed {
        /// How many files, and how many bytes they have.
        content: Tally,
    },
    /// So many more bytes of content were read. Copies in repositories, and what is read again, come on top of what was
    /// listed.
    Read {
        /// How many.
        bytes: u64,
    },
    /// A repository was looked at.
    Checked {
        /// Which one.
        repository: &'a Repository,
    },
    /// This is going to be in the report.
    Found {
        /// What.
        finding: &'a Finding,
    },
}

/// Whom to tell.
#[derive(Clone)]
pub(super) struct Tell(Arc<dyn Fn(Event<'_>) + Send + Sync>);

impl Tell {
    pub(super) fn new(tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn nobody() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tell")
    }
}

/// One look at a store, as those who look share it.
#[derive(Debug)]
pub(super) struct Watch {
    tell: Tell,
    is_cancelled: AtomicBool,
}

impl Watch {
    pub(super) const fn new(tell: Tell) -> Self {
        Self { tell, is_cancelled: AtomicBool::new(false) }
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        (self.tell.0)(event);
    }

    /// Whether nobody wants to know any more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

/// Ends the look when it is dropped.
#[derive(Debug)]
pub(super) struct Cancel(Arc<Watch>);

impl Cancel {
    pub(super) fn new(watch: &Arc<Watch>) -> Self {
        Self(Arc::clone(watch))
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }
}
