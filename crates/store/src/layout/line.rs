//! Changes of a repository in this process, one after the other and waited for without a thread.
//!
//! The lock of a layout is the operating system's, and who waits for it holds a thread. All repositories share the
//! threads that may wait, so those who want to change one of them must not take them from all others.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wharf_registry::Repository;

use crate::sync::Mutex;

/// Who changes which repository. Those that nobody changes are not kept.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<HashMap<Repository, Weak<Semaphore>>>);

impl Lines {
    /// A turn at a repository, in the order in which it was asked for; until it is dropped.
    pub(super) async fn turn(&self, repository: &Repository) -> Option<OwnedSemaphorePermit> {
        // Nobody closes a line, so there is always a turn.
        self.of(repository).acquire_owned().await.ok()
    }

    fn of(&self, repository: &Repository) -> Arc<Semaphore> {
        let mut lines = self.0.lock();
        if let Some(line) = lines.get(repository).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Semaphore::new(1));
        lines.insert(repository.clone(), Arc::downgrade(&line));
        line
    }
}
