//! An upload in parts (distribution-spec, "Pushing a blob in chunks"), where a part is as long as the caller makes it.
//!
//! `PATCH` sends a part without saying how long it is, `GET` asks how much has arrived, `PUT` ends the session under a
//! digest and `DELETE` cancels it. Which of them is next, [`wharf_distribution::upload`] decides.

use async_trait::async_trait;
use wharf_distribution::upload::{Step, StreamUpload};
use wharf_registry::{
    Algorithm, ByteStream, Descriptor, Digest, Error as RegistryError, MediaType, Operation, Repository, Upload,
    UploadId,
};

use crate::carrier::Carrier;
use crate::supply::Supply;
use crate::{Client, Error, ErrorKind};

/// An upload session at a registry: each append is one request with a body of unknown length.
pub(crate) struct RemoteUpload {
    client: Client,
    repository: Repository,
    id: UploadId,
    upload: StreamUpload,
}

impl RemoteUpload {
    pub(crate) async fn start(
        client: &Client,
        repository: &Repository,
        algorithm: Algorithm<'_>,
    ) -> Result<Self, Error> {
        Self::begin(client, repository, |upload| upload.open(algorithm)).await
    }

    pub(crate) async fn resume(client: &Client, repository: &Repository, id: &UploadId) -> Result<Self, Error> {
        Self::begin(client, repository, |upload| upload.resume(id)).await
    }

    async fn begin(
        client: &Client,
        repository: &Repository,
        first: impl FnOnce(&mut StreamUpload) -> Step<u64> + Send,
    ) -> Result<Self, Error> {
        let mut upload = StreamUpload::new(client.home(), repository, client.retry.into());
        let step = first(&mut upload);
        let carrier = Carrier::new(client, repository, None);
        carrier.run(step, |event, window, now| upload.on(event, window, now)).await?;
        // A session that was opened has a name.
        let id =
            upload.id().cloned().ok_or_else(|| Carrier::new(client, repository, None).fails(ErrorKind::Request))?;
        Ok(Self { client: client.clone(), repository: repository.clone(), id, upload })
    }

    /// Does what was begun.
    async fn run(&mut self, step: Step<u64>, supply: Option<&Supply>) -> Result<u64, RegistryError> {
        let Self { client, repository, upload, .. } = self;
        let carrier = Carrier::new(client, repository, supply);
        let done = carrier.run(step, |event, window, now| upload.on(event, window, now)).await;
        done.map_err(|error| error.during(Operation::Upload).about(&self.repository, &self.id))
    }
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
        self.upload.offset()
    }

    /// A request that breaks off is gone on with from where the registry stands, as long as the bytes are at hand that it
    /// lacks: those that were taken from `data` last, 4 MiB of them.
    ///
    /// A source that fails ends the part where it failed, and what came before it counts. A registry that holds another
    /// number of bytes than were sent is asked for it anew.
    async fn append(&mut self, data: ByteStream) -> Result<u64, RegistryError> {
        let supply = Supply::until_failure(data);
        let step = self.upload.append();
        let sent = self.run(step, Some(&supply)).await;
        supply.failure().map_or(sent, Err)
    }

    /// The registry verifies the digest; what was sent is not held here to be verified once more.
    async fn commit(mut self: Box<Self>, digest: &Digest) -> Result<Descriptor, RegistryError> {
        let step = self.upload.commit(digest);
        let size = self.run(step, None).await?;
        Ok(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size))
    }

    /// A session that the registry does not know any more counts as cancelled.
    async fn cancel(mut self: Box<Self>) -> Result<(), RegistryError> {
        let step = self.upload.cancel();
        self.run(step, None).await.map(drop)
    }
}
