//! Upload sessions of a registry. Their content and who holds it is the back end's affair; here it is decided what a
//! session is called, how many there may be, and when one is given up.
//!
//! One that nobody has written to for long is forgotten when another begins, or when somebody asks for it: those who walk
//! away must not lock out those who come. Asking for a session is no use of it, so that whoever counts sessions does not
//! keep them alive.

use std::time::SystemTime;

use async_trait::async_trait;
use wharf_registry::{
    Algorithm, ByteStream, Descriptor, Digest, Error, ErrorCode, Operation, Repository, Upload, UploadId,
};

use crate::context::{Context, blob_descriptor};
use crate::sink::{Sink, Stopped};
use crate::{Cas, Refs, Session, SessionName, Store};

/// How many sessions may be open at a time, held by a handle or not: each holds bytes, and whoever opens them need not
/// send any.
///
/// A repository has as many of them as are left for others: one alone gets half, two a third each. So nobody who fills one
/// locks out those who push elsewhere.
const MAX_SESSIONS: usize = 1000;

/// The only holder of a session.
pub(super) struct Handle<C: Cas, R> {
    id: UploadId,
    repository: Repository,
    /// Taken by what ends the session.
    sink: Option<Sink<C::Session>>,
    store: Store<C, R>,
}

impl<C: Cas, R: Refs> Handle<C, R> {
    /// Opens a session, if there is room for one.
    pub(super) async fn open(
        store: &Store<C, R>,
        repository: &Repository,
        algorithm: Algorithm<'_>,
    ) -> Result<Self, Error> {
        let at = Context::whole(Operation::Upload, repository);
        let (id, now) =
            (random_id().map_err(|error| at.error(ErrorCode::UNAVAILABLE).because(error))?, store.clock.now());
        let name = SessionName::of(repository, &id);
        let open = store.cas.expire(store.given_up(now), &name).await.map_err(|error| at.failed(error))?;
        if open.of_repository >= MAX_SESSIONS.saturating_sub(open.all) {
            return Err(at.error(ErrorCode::TOOMANYREQUESTS));
        }
        let begun = store.cas.begin(&name, algorithm, now).await;
        Ok(Self::new(store, repository, id, begun.map_err(|error| at.failed(error))?))
    }

    /// Takes up a session that nobody holds. One that was given up is over, although nobody has come to remove it yet.
    pub(super) async fn resume(store: &Store<C, R>, repository: &Repository, id: &UploadId) -> Result<Self, Error> {
        let at = Context::new(Operation::Upload, repository, id);
        let resumed = store.cas.resume(&SessionName::of(repository, id)).await;
        let session = resumed.map_err(|error| at.failed(error))?;
        if session.written() < store.given_up(store.clock.now()) {
            session.cancel().await.map_err(|error| at.failed(error))?;
            return Err(at.error(ErrorCode::BLOB_UPLOAD_UNKNOWN));
        }
        Ok(Self::new(store, repository, id.clone(), session))
    }

    fn new(store: &Store<C, R>, repository: &Repository, id: UploadId, session: C::Session) -> Self {
        Self { id, repository: repository.clone(), sink: Some(Sink::new(session)), store: store.clone() }
    }
}

impl<C: Cas, R> Store<C, R> {
    /// Before this, a session was written to for the last time that counts as given up.
    fn given_up(&self, now: SystemTime) -> SystemTime {
        now.checked_sub(self.idle).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// Whoever knows a session's name and may write to its repository can go on with it, so it must not be guessed.
fn random_id() -> Result<UploadId, Box<dyn std::error::Error + Send + Sync>> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(UploadId::parse(&format!("{:032x}", u128::from_ne_bytes(random)))?)
}

#[async_trait]
impl<C: Cas, R: Refs> Upload for Handle<C, R> {
    fn id(&self) -> &UploadId {
        &self.id
    }

    fn offset(&self) -> u64 {
        self.sink.as_ref().map_or(0, Sink::offset)
    }

    /// What came before a stream broke off counts, so it is kept as well.
    async fn append(&mut self, mut data: ByteStream) -> Result<u64, Error> {
        let at = Context::new(Operation::Upload, &self.repository, &self.id);
        let sink = self.sink.as_mut().ok_or_else(|| Stopped::Lost.at(at))?;
        let poured = sink.pour(&mut data, u64::MAX).await;
        if let Ok(()) | Err(Stopped::Source(_)) = poured {
            sink.keep(self.store.clock.now()).await.map_err(|stopped| stopped.at(at))?;
        }
        poured.map_err(|stopped| stopped.at(at))?;
        Ok(sink.offset())
    }

    async fn commit(mut self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        let sink = self.sink.take();
        let at = Context::new(Operation::Upload, &self.repository, &self.id);
        let sink = sink.ok_or_else(|| Stopped::Lost.at(at))?;
        let size = sink.commit(digest).await.map_err(|stopped| stopped.at(at))?;
        at.there(self.store.link(at, digest).await?)?;
        Ok(blob_descriptor(digest, size))
    }

    /// A write that was not waited for leaves the session, which is then taken up once more to end it.
    async fn cancel(mut self: Box<Self>) -> Result<(), Error> {
        let (held, name) = (self.sink.take().and_then(Sink::into_inner), SessionName::of(&self.repository, &self.id));
        let at = Context::new(Operation::Upload, &self.repository, &self.id);
        let session = match held {
            Some(session) => Ok(session),
            None => self.store.cas.resume(&name).await,
        };
        match session {
            Ok(session) => session.cancel().await.map_err(|error| at.failed(error)),
            Err(crate::Error::NoSession) => Ok(()),
            Err(error) => Err(at.failed(error)),
        }
    }
}
