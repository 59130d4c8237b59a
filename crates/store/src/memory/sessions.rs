//! Upload sessions in a map. The content of a session is there while nobody holds it, and with its holder otherwise.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::Digest;

use super::Writer;
use super::draft::Draft;
use crate::{Error, Ingest, Session, SessionName};

/// The open sessions by their names; nothing under the name of one that is held. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<Mutex<HashMap<SessionName, Option<Idle>>>>);

/// The content of a session that nobody holds, and when it was last written to.
struct Idle {
    draft: Draft,
    written: SystemTime,
}

impl Sessions {
    pub(super) fn begin(&self, name: &SessionName, now: SystemTime, writer: Writer) -> Result<Held, Error> {
        match self.lock().insert(name.clone(), None) {
            None => Ok(self.held(name, now, writer)),
            Some(_) => Err(Error::Held),
        }
    }

    pub(super) fn resume(&self, name: &SessionName, writer: impl FnOnce(Draft) -> Writer) -> Result<Held, Error> {
        let Idle { draft, written } = self.lock().get_mut(name).ok_or(Error::NoSession)?.take().ok_or(Error::Held)?;
        Ok(self.held(name, written, writer(draft)))
    }

    pub(super) fn expire(&self, before: SystemTime) -> usize {
        let is_old = |idle: &Option<Idle>| idle.as_ref().is_some_and(|idle| idle.written < before);
        let mut sessions = self.lock();
        let old: Vec<_> = sessions.extract_if(|_, idle| is_old(idle)).collect();
        let left = sessions.len();
        // The bytes go when the lock is free again.
        drop(sessions);
        drop(old);
        left
    }

    fn held(&self, name: &SessionName, written: SystemTime, writer: Writer) -> Held {
        Held { sessions: self.clone(), name: name.clone(), written, writer: Some(writer) }
    }

    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionName, Option<Idle>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An upload session in memory that is held.
pub struct Held {
    sessions: Sessions,
    name: SessionName,
    written: SystemTime,
    /// Nothing once the session is over.
    writer: Option<Writer>,
}

#[async_trait]
impl Ingest for Held {
    fn offset(&self) -> u64 {
        self.writer.as_ref().map_or(0, Ingest::offset)
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        self.writer.as_mut().ok_or(Error::NoSession)?.write(pieces).await
    }

    async fn commit(mut self, digest: &Digest) -> Result<u64, Error> {
        self.writer.take().ok_or(Error::NoSession)?.commit(digest).await
    }
}

#[async_trait]
impl Session for Held {
    fn written(&self) -> SystemTime {
        self.written
    }

    async fn keep(&mut self, now: SystemTime) -> Result<(), Error> {
        self.written = now;
        Ok(())
    }

    async fn cancel(mut self) -> Result<(), Error> {
        self.writer = None;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        match self.writer.take() {
            None => drop(sessions.remove(&self.name)),
            Some(writer) => {
                let idle = Idle { draft: writer.into_draft(), written: self.written };
                sessions.insert(self.name.clone(), Some(idle));
            }
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("offset", &self.offset()).finish_non_exhaustive()
    }
}
