//! One request at a time for each upload session: who comes while another writes waits, and sees what that one left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wharf_registry::{Repository, UploadId};

/// How many requests may be at one session, the one that has its turn among them.
const PRESENT: usize = 16;

/// A session as registries name it.
pub(crate) type Name = (Repository, UploadId);

/// The sessions that some request is at. Others are not kept, whoever asked for them.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Name, Line>>);

/// Who is at a session: one has its turn, the others wait in the order in which they came.
struct Line {
    turn: Arc<Semaphore>,
    present: usize,
}

/// A request's turn at a session, until it is dropped.
pub(crate) struct Turn<'a> {
    // The turn ends before the place in the line is given up.
    _turn: OwnedSemaphorePermit,
    _place: Place<'a>,
}

impl Turns {
    /// A turn at a session, as soon as there is one; nothing when too many wait already.
    pub(crate) async fn take(&self, name: Name) -> Option<Turn<'_>> {
        let (turn, place) = self.join(name, PRESENT)?;
        Some(Turn { _turn: turn.acquire_owned().await.ok()?, _place: place })
    }

    /// A turn at a session that no other request is at.
    pub(crate) fn take_idle(&self, name: Name) -> Option<Turn<'_>> {
        let (turn, place) = self.join(name, 1)?;
        Some(Turn { _turn: turn.try_acquire_owned().ok()?, _place: place })
    }

    fn join(&self, name: Name, most: usize) -> Option<(Arc<Semaphore>, Place<'_>)> {
        let mut lines = self.lock();
        let line = lines.entry(name.clone()).or_insert_with(|| Line { turn: Arc::new(Semaphore::new(1)), present: 0 });
        if line.present >= most {
            return None;
        }
        line.present += 1;
        Some((Arc::clone(&line.turn), Place { turns: self, name }))
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the line of a session, which is forgotten with the last one.
struct Place<'a> {
    turns: &'a Turns,
    name: Name,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.turns.lock();
        if let Some(line) = lines.get_mut(&self.name) {
            line.present = line.present.saturating_sub(1);
            if line.present == 0 {
                lines.remove(&self.name);
            }
        }
    }
}
