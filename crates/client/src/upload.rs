//! An upload in parts (distribution-spec, "Pushing a blob in chunks"), where a part is as long as the caller makes it.
//!
//! `PATCH` sends a part without saying how long it is, `GET` asks how much has arrived, `PUT` ends the session under a
//! digest and `DELETE` cancels it. After a request that broke off, the registry is asked before anything else.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::{CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use wharf_distribution::{Endpoint, Scope, header};
use wharf_registry::{
    ByteStream, Descriptor, Digest, Error as RegistryError, Hasher, MediaType, Operation, Repository, Upload, UploadId,
};

use crate::answer::Answer;
use crate::call::Payload;
use crate::outgoing::Watch;
use crate::session::{self, Held, Session};
use crate::{Client, Error, Fault};

/// An upload session at a registry: each append is one request with a body of unknown length.
pub(crate) struct RemoteUpload {
    session: Session,
    repository: Repository,
    id: UploadId,
    offset: u64,
    /// A request broke off, and what the registry has of it is to be asked before anything else.
    unsure: bool,
    /// The registry says what it would say of nothing and of one byte alike, and `offset` is the former.
    doubtful: bool,
}

impl RemoteUpload {
    pub(crate) async fn start(client: &Client, repository: &Repository) -> Result<Self, Error> {
        let (session, answer) = Session::start(client, repository).await?;
        let id = identifier(&answer)?;
        answer.drain(&client.limits).await;
        Ok(Self { session, repository: repository.clone(), id, offset: 0, unsure: false, doubtful: false })
    }

    pub(crate) async fn resume(client: &Client, repository: &Repository, id: &UploadId) -> Result<Self, Error> {
        let endpoint = Endpoint::UploadStatus { repository: repository.clone(), upload: id.clone() };
        let call = client.call(&endpoint, vec![Scope::push(repository)])?;
        let answer = client.demand(call, &session::STATUS).await?;
        let session = Session::at(client, repository, &answer)?;
        let held = session::held(&answer)?;
        let (repository, id, offset) = (repository.clone(), id.clone(), 0);
        let mut upload = Self { session, repository, id, offset, unsure: false, doubtful: false };
        held.into_iter().for_each(|held| upload.stand_at(held));
        Ok(upload)
    }

    /// Finds out how much the registry has.
    async fn ask(&mut self) -> Result<(), Error> {
        let held = self.session.status(self.session.client.retry).await?;
        self.stand_at(held);
        self.unsure = false;
        Ok(())
    }

    /// Takes the registry's word. What it had once it has still, so that what is known to have arrived settles a doubt.
    const fn stand_at(&mut self, held: Held) {
        let had_one = self.offset > 0 && !self.doubtful;
        (self.offset, self.doubtful) = match held {
            Held::Bytes(held) => (held, false),
            Held::OneOrNone if had_one => (1, false),
            Held::OneOrNone => (0, true),
        };
    }

    /// Settles a doubt with the first byte of `data`, sent by itself as the byte at 0: a registry that takes it had
    /// nothing, and one that says that it does not belong there (416) has it. The rest of the data is what is left.
    async fn settle(&mut self, mut data: ByteStream) -> Result<ByteStream, RegistryError> {
        while let Some(mut piece) = data.try_next().await? {
            if !piece.is_empty() {
                let first = piece.split_to(1);
                self.offer(first).await.map_err(|error| self.error(error))?;
                return Ok(Box::pin(stream::once(std::future::ready(Ok(piece))).chain(data)));
            }
        }
        Ok(data)
    }

    async fn offer(&mut self, first: Bytes) -> Result<(), Error> {
        let call = self.session.call(Method::PATCH, Payload::Bytes(first));
        let call = call.with_header(CONTENT_TYPE, session::OCTET_STREAM).with_header(CONTENT_RANGE, FIRST);
        self.unsure = true;
        let answer = self.session.client.demand(call, &OFFERED).await?;
        self.session.moved(&answer)?;
        if session::held(&answer)?.is_some_and(|held| !held.can_be(1)) {
            return Err(answer.fault(Fault::UploadRange));
        }
        answer.drain(&self.session.client.limits).await;
        (self.offset, self.unsure, self.doubtful) = (1, false, false);
        Ok(())
    }

    async fn send(&mut self, data: ByteStream, watch: &Watch) -> Result<(), Error> {
        let body = Payload::Stream(Some(watch.until_failure(data)));
        let call = self.session.call(Method::PATCH, body).with_header(CONTENT_TYPE, session::OCTET_STREAM);
        self.unsure = true;
        let answer = self.session.client.demand(call, &session::APPENDED).await?;
        self.session.moved(&answer)?;
        let offset = self.offset.saturating_add(watch.bytes());
        if session::held(&answer)?.is_some_and(|held| !held.can_be(offset)) {
            return Err(answer.fault(Fault::UploadRange));
        }
        answer.drain(&self.session.client.limits).await;
        (self.offset, self.unsure) = (offset, false);
        Ok(())
    }

    fn error(&self, error: Error) -> RegistryError {
        error.during(Operation::Upload).about(&self.repository, &self.id)
    }
}

const OFFERED: [StatusCode; 4] =
    [StatusCode::ACCEPTED, StatusCode::CREATED, StatusCode::NO_CONTENT, StatusCode::RANGE_NOT_SATISFIABLE];

/// The place of a chunk that is the first byte.
const FIRST: HeaderValue = HeaderValue::from_static("0-0");

fn is_of_nothing(digest: &Digest) -> bool {
    Hasher::new(digest.algorithm()).is_ok_and(|hasher| hasher.finish() == *digest)
}

/// The registry's name for the session, if it has one that can be asked for, else one that nobody knows: a session
/// under such a name cannot be resumed.
fn identifier(answer: &Answer) -> Result<UploadId, Error> {
    let location = answer.header(&http::header::LOCATION)?.unwrap_or_default();
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let named = [answer.header(&header::DOCKER_UPLOAD_UUID)?.unwrap_or_default(), last];
    let known = named.into_iter().find_map(|name| UploadId::parse(name).ok());
    let unknown = || UploadId::parse(&Digest::of(location.as_bytes()).encoded().to_string()).ok();
    known.or_else(unknown).ok_or_else(|| answer.fault(Fault::Header))
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Upload for RemoteUpload {
    fn id(&self) -> &UploadId {
        &self.id
    }

    /// After a request that broke off or was dropped, this is what is known to have arrived before it; the next call
    /// asks the registry first. A session of at most one byte that was resumed begins at 0, whether it has the byte or
    /// not: the byte is not stored twice.
    fn offset(&self) -> u64 {
        self.offset
    }

    /// A source that fails ends the part where it failed, and what came before it counts. A registry that holds another
    /// number of bytes than were sent is at fault, and the next call asks it anew.
    async fn append(&mut self, data: ByteStream) -> Result<u64, RegistryError> {
        if self.unsure {
            self.ask().await.map_err(|error| self.error(error))?;
        }
        let data = if self.doubtful { self.settle(data).await? } else { data };
        let watch = Watch::default();
        let sent = self.send(data, &watch).await;
        if let Err(error) = sent {
            // What matters is why it broke off; how much arrived is asked for again when this fails, too.
            let _ = self.ask().await;
            return Err(watch.failure().unwrap_or_else(|| self.error(error)));
        }
        watch.failure().map_or(Ok(self.offset), Err)
    }

    /// The registry verifies the digest; what was sent is not held here to be verified once more.
    async fn commit(mut self: Box<Self>, digest: &Digest) -> Result<Descriptor, RegistryError> {
        if self.unsure {
            self.ask().await.map_err(|error| self.error(error))?;
        }
        let finished = self.session.finish(digest, Payload::Bytes(Bytes::new())).await;
        finished.map_err(|error| self.error(error))?;
        // The digest that the registry verified tells one byte from none.
        let size = if self.doubtful && !is_of_nothing(digest) { 1 } else { self.offset };
        Ok(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size))
    }

    /// A session that the registry does not know any more counts as cancelled.
    async fn cancel(self: Box<Self>) -> Result<(), RegistryError> {
        let call = self.session.call(Method::DELETE, Payload::Bytes(Bytes::new()));
        let answer = self.session.client.send(call).await.map_err(|error| self.error(error))?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            _ => Err(self.error(answer.refusal(&self.session.client.limits).await)),
        }
    }
}
