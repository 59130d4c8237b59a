//! Upload sessions in a map. The content of a session is there while nobody holds it, and with its holder otherwise.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use wharf_registry::Digest;

use crate::sync::Mutex;
use crate::{Error, Ingest, OpenSessions, Session, SessionName};

/// The upload sessions of a back end that has no other place for them: they end with the process, and hold what its
/// [`Ingest`] holds. Clones share them.
///
/// A write that fails ends the session, and so does one that is not waited for.
///
/// ```
/// use std::time::SystemTime;
/// use async_trait::async_trait;
/// use wharf_registry::{Algorithm, ByteStream, Digest};
/// use wharf_store::memory::{Blobs, Held, Sessions, Writer};
/// use wharf_store::{Cas, Error, OpenSessions, SessionName};
///
/// struct Mine {
///     // What keeps content, of which uploads know nothing:
/// #   blobs: Blobs,
///     sessions: Sessions<Writer>,
/// }
///
/// #[async_trait]
/// impl Cas for Mine {
/// #   type Ingest = Writer;
///     type Session = Held<Writer>;
///
///     async fn begin(&self, name: &SessionName, algorithm: Algorithm<'_>, now: SystemTime) -> Result<Held<Writer>, Error> {
///         self.sessions.begin(name, self.ingest(algorithm).await?, now)
///     }
///
///     async fn resume(&self, name: &SessionName) -> Result<Held<Writer>, Error> {
///         self.sessions.resume(name)
///     }
///
///     async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
///         Ok(self.sessions.expire(before, beside))
///     }
///     // ...
/// #   async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> { self.blobs.stat(digest).await }
/// #   async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
/// #       self.blobs.open(digest, offset, length).await
/// #   }
/// #   async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Writer, Error> { self.blobs.ingest(algorithm).await }
/// #   async fn delete(&self, digest: &Digest) -> Result<bool, Error> { self.blobs.delete(digest).await }
/// }
/// ```
pub struct Sessions<I>(Arc<Mutex<Open<I>>>);

/// The open sessions by their names; nothing under the name of one that is held.
type Open<I> = HashMap<SessionName, Option<Idle<I>>>;

/// The content of a session that nobody holds, and when it was last written to.
struct Idle<I> {
    ingest: I,
    written: SystemTime,
}

impl<I> Sessions<I> {
    /// A new session, for content that is being written.
    ///
    /// # Errors
    /// [`Error::Held`] when there is one of this name.
    pub fn begin(&self, name: &SessionName, ingest: I, now: SystemTime) -> Result<Held<I>, Error> {
        let mut open = self.0.lock();
        if open.contains_key(name) {
            return Err(Error::Held);
        }
        open.insert(name.clone(), None);
        Ok(self.held(name, Idle { ingest, written: now }))
    }

    /// A session that nobody holds, where it was left.
    ///
    /// # Errors
    /// [`Error::NoSession`], [`Error::Held`].
    pub fn resume(&self, name: &SessionName) -> Result<Held<I>, Error> {
        let idle = self.0.lock().get_mut(name).ok_or(Error::NoSession)?.take().ok_or(Error::Held)?;
        Ok(self.held(name, idle))
    }

    /// Ends the sessions that nobody holds and that were last written to before a time, and says how many are left, in all and
    /// of the repository that `beside` is a session of.
    #[must_use]
    pub fn expire(&self, before: SystemTime, beside: &SessionName) -> OpenSessions {
        let is_old = |idle: &Option<Idle<I>>| idle.as_ref().is_some_and(|idle| idle.written < before);
        let mut open = self.0.lock();
        let old: Vec<_> = open.extract_if(|_, idle| is_old(idle)).collect();
        let left = OpenSessions::count(open.keys().map(SessionName::as_str), beside);
        // What they hold goes when the lock is free again.
        drop(open);
        drop(old);
        left
    }

    fn held(&self, name: &SessionName, idle: Idle<I>) -> Held<I> {
        Held { sessions: self.clone(), name: name.clone(), written: idle.written, ingest: Some(idle.ingest) }
    }
}

impl<I> Clone for Sessions<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I> Default for Sessions<I> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<I> fmt::Debug for Sessions<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("open", &self.0.lock().len()).finish_non_exhaustive()
    }
}

/// An upload session of this process that is held.
pub struct Held<I> {
    sessions: Sessions<I>,
    name: SessionName,
    written: SystemTime,
    /// Nothing while it is being written to, and once the session is over.
    ingest: Option<I>,
}

#[async_trait]
impl<I: Ingest> Ingest for Held<I> {
    fn offset(&self) -> u64 {
        self.ingest.as_ref().map_or(0, Ingest::offset)
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        let mut ingest = self.ingest.take().ok_or(Error::NoSession)?;
        ingest.write(pieces).await?;
        self.ingest = Some(ingest);
        Ok(())
    }

    async fn commit(mut self, digest: &Digest) -> Result<u64, Error> {
        self.ingest.take().ok_or(Error::NoSession)?.commit(digest).await
    }
}

#[async_trait]
impl<I: Ingest> Session for Held<I> {
    fn written(&self) -> SystemTime {
        self.written
    }

    async fn keep(&mut self, now: SystemTime) -> Result<(), Error> {
        self.written = now;
        Ok(())
    }

    async fn cancel(mut self) -> Result<(), Error> {
        self.ingest = None;
        Ok(())
    }
}

impl<I> Drop for Held<I> {
    fn drop(&mut self) {
        let idle = self.ingest.take().map(|ingest| Idle { ingest, written: self.written });
        let mut open = self.sessions.0.lock();
        match idle {
            Some(idle) => drop(open.insert(self.name.clone(), Some(idle))),
            None => drop(open.remove(&self.name)),
        }
    }
}

impl<I> fmt::Debug for Held<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("written", &self.written).finish_non_exhaustive()
    }
}
