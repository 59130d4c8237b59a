//! Upload sessions, which live in this process.
//!
//! A session is in the map while it is open. Its content is there only while nobody holds a handle; what a handle lost
//! in a write that failed or was dropped cannot be put back, and the session is then over. One that nobody has written
//! to for long is forgotten when another begins, or when somebody asks for it: those who walk away must not lock out
//! those who come. Asking for a session is no use of it, so that whoever counts sessions does not keep them alive.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use wharf_registry::{ByteStream, Descriptor, Digest, Error, ErrorCode, Operation, Repository, Upload, UploadId};

use crate::clock::Clock;
use crate::context::{Context, blob_descriptor};
use crate::sink::{Sink, Stopped};
use crate::{Ingest, Refs};

/// How many sessions may be open at a time, held by a handle or not: each holds bytes, and whoever opens them need not
/// send any.
const MAX_SESSIONS: usize = 1000;

/// How long a session may lie idle before it is forgotten: longer than a night, so that who was interrupted can go on.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// The open sessions by their names.
pub(crate) struct Sessions<I> {
    open: Mutex<HashMap<UploadId, Session<I>>>,
    idle: Duration,
    clock: Clock,
}

/// A session belongs to one repository, and its content is with its handle if there is one.
struct Session<I> {
    repository: Repository,
    idle: Option<Idle<I>>,
}

/// The content of a session that nobody holds, and since when nobody has written to it.
struct Idle<I> {
    sink: Sink<I>,
    since: Instant,
}

impl<I> Default for Sessions<I> {
    fn default() -> Self {
        Self { open: Mutex::default(), idle: IDLE, clock: Clock::default() }
    }
}

impl<I> Sessions<I> {
    /// No sessions yet, which may lie idle for so long.
    pub(crate) fn with_idle(&self, idle: Duration) -> Self {
        Self { open: Mutex::default(), idle, clock: self.clock.clone() }
    }

    /// No sessions yet, whose idleness this clock measures.
    pub(crate) fn with_clock(&self, clock: Clock) -> Self {
        Self { open: Mutex::default(), idle: self.idle, clock }
    }
}

impl<I: Ingest> Sessions<I> {
    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<UploadId, Session<I>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the sessions that nobody has held for too long. Their content goes when the lock is free again.
    fn expire(&self) -> Vec<Session<I>> {
        let now = self.clock.now();
        self.lock().extract_if(|_, session| self.is_old(session, now)).map(|(_, old)| old).collect()
    }

    fn is_old(&self, session: &Session<I>, now: Instant) -> bool {
        session.idle.as_ref().is_some_and(|idle| now.saturating_duration_since(idle.since) > self.idle)
    }

    /// A new session without content, which its handle holds.
    fn open(&self, at: Context<'_>) -> Result<UploadId, Error> {
        let id = random_id().map_err(|error| at.error(ErrorCode::UNAVAILABLE).because(error))?;
        drop(self.expire());
        let mut sessions = self.lock();
        if sessions.len() >= MAX_SESSIONS {
            return Err(at.error(ErrorCode::TOOMANYREQUESTS));
        }
        sessions.insert(id.clone(), Session { repository: at.repository().clone(), idle: None });
        Ok(id)
    }

    /// The content of a session, for a handle that holds it from now on.
    fn take(&self, at: Context<'_>, id: &UploadId) -> Result<Idle<I>, Error> {
        let now = self.clock.now();
        let unknown = || at.error(ErrorCode::BLOB_UPLOAD_UNKNOWN);
        let mut sessions = self.lock();
        let session = sessions.get_mut(id).filter(|session| session.repository == *at.repository());
        let session = session.ok_or_else(unknown)?;
        if self.is_old(session, now) {
            let old = sessions.remove(id);
            drop(sessions);
            drop(old);
            return Err(unknown());
        }
        session.idle.take().ok_or_else(|| at.error(ErrorCode::BLOB_UPLOAD_INVALID))
    }

    /// Ends a handle's hold on a session; without content the session is over.
    fn put_back(&self, id: &UploadId, idle: Option<Idle<I>>) {
        let mut sessions = self.lock();
        match idle {
            None => drop(sessions.remove(id)),
            Some(idle) => {
                if let Some(session) = sessions.get_mut(id) {
                    session.idle = Some(idle);
                }
            }
        }
    }
}

/// Whoever knows a session's name and may write to its repository can go on with it, so it must not be guessed.
fn random_id() -> Result<UploadId, Box<dyn std::error::Error + Send + Sync>> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(UploadId::parse(&format!("{:032x}", u128::from_ne_bytes(random)))?)
}

/// The only holder of a session.
pub(crate) struct Handle<I: Ingest, R> {
    id: UploadId,
    repository: Repository,
    sink: Option<Sink<I>>,
    /// When the session was written to before it was taken up; nothing once this handle has written to it.
    since: Option<Instant>,
    sessions: Arc<Sessions<I>>,
    refs: Arc<R>,
}

impl<I: Ingest, R: Refs> Handle<I, R> {
    /// Opens a session whose content is what `ingest` gives; without it the session is not left behind.
    pub(crate) async fn open(
        sessions: Arc<Sessions<I>>,
        refs: Arc<R>,
        repository: &Repository,
        ingest: impl Future<Output = Result<I, crate::Error>> + Send,
    ) -> Result<Self, Error> {
        let at = Context::whole(Operation::Upload, repository);
        let id = sessions.open(at)?;
        let mut handle = Self { id, repository: repository.clone(), sink: None, since: None, sessions, refs };
        handle.sink = Some(Sink::new(ingest.await.map_err(|error| at.failed(error))?));
        Ok(handle)
    }

    /// Takes up a session that nobody holds.
    pub(crate) fn resume(
        sessions: Arc<Sessions<I>>,
        refs: Arc<R>,
        repository: &Repository,
        id: &UploadId,
    ) -> Result<Self, Error> {
        let Idle { sink, since } = sessions.take(Context::new(Operation::Upload, repository, id), id)?;
        let (id, repository, since) = (id.clone(), repository.clone(), Some(since));
        Ok(Self { id, repository, sink: Some(sink), since, sessions, refs })
    }
}

#[async_trait]
impl<I: Ingest, R: Refs> Upload for Handle<I, R> {
    fn id(&self) -> &UploadId {
        &self.id
    }

    fn offset(&self) -> u64 {
        self.sink.as_ref().map_or(0, Sink::offset)
    }

    async fn append(&mut self, mut data: ByteStream) -> Result<u64, Error> {
        let at = Context::new(Operation::Upload, &self.repository, &self.id);
        self.since = None;
        let sink = self.sink.as_mut().ok_or_else(|| Stopped::Lost.at(at))?;
        sink.pour(&mut data, u64::MAX).await.map_err(|stopped| stopped.at(at))?;
        Ok(sink.offset())
    }

    async fn commit(mut self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        let sink = self.sink.take();
        let at = Context::new(Operation::Upload, &self.repository, &self.id);
        let sink = sink.ok_or_else(|| Stopped::Lost.at(at))?;
        let size = sink.commit(digest).await.map_err(|stopped| stopped.at(at))?;
        self.refs.link(&self.repository, digest).await.map_err(|error| at.failed(error))?;
        Ok(blob_descriptor(digest, size))
    }

    async fn cancel(mut self: Box<Self>) -> Result<(), Error> {
        self.sink = None;
        Ok(())
    }
}

impl<I: Ingest, R> Drop for Handle<I, R> {
    fn drop(&mut self) {
        let since = self.since.unwrap_or_else(|| self.sessions.clock.now());
        let sink = self.sink.take().filter(Sink::is_whole);
        self.sessions.put_back(&self.id, sink.map(|sink| Idle { sink, since }));
    }
}
