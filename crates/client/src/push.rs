//! A blob on its way to a registry. What is sent, in how many requests, and what is done when one does not get through,
//! is told in [`wharf_distribution::upload`]; what got through is remembered here for all handles of the client.

use std::sync::atomic::{AtomicU64, Ordering};

use wharf_distribution::upload::{BlobUpload, Mount, Plan};
use wharf_registry::{Blob, Descriptor, Digest, Error as RegistryError, Operation, Repository};

use crate::carrier::Carrier;
use crate::supply::Supply;
use crate::{Client, Direction, Error, ErrorKind, Party, TransportErrorKind};

/// How long a part may be to get through to a registry, once something did not. Shared by all handles of a client.
#[derive(Debug, Default)]
pub(crate) struct Learnt(AtomicU64);

impl Learnt {
    fn part(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|length| *length > 0)
    }

    fn set(&self, length: u64) {
        let shorter = self.part().map_or(length, |known| known.min(length));
        self.0.store(shorter, Ordering::Relaxed);
    }
}

impl Client {
    /// Brings a blob to the registry. The session is cancelled if that comes to nothing.
    pub(crate) async fn push(&self, repository: &Repository, blob: Blob) -> Result<(), RegistryError> {
        let descriptor = blob.descriptor().clone();
        let supply = Supply::new(Box::pin(self.watched(repository, blob, Direction::Upload)));
        let mut upload = self.upload_of(repository, &descriptor);
        let carrier = Carrier::new(self, repository, Some(&supply));
        let step = upload.start();
        let sent = carrier.run(step, |event, window, now| upload.on(event, window, now)).await;
        upload.learnt().into_iter().for_each(|length| self.learnt.set(length));
        let failure = supply.failure();
        // Nothing is said to one who is not trusted.
        let is_trusted = |error: &Error| error.kind() != ErrorKind::Transport(TransportErrorKind::Tls);
        if failure.is_some() || sent.as_ref().is_err_and(is_trusted) {
            self.give_back(repository, &upload).await;
        }
        let error = |error: Error| error.during(Operation::PutBlob).about(repository, &descriptor.digest);
        failure.map_or(sent.map(drop).map_err(error), Err)
    }

    fn upload_of(&self, repository: &Repository, blob: &Descriptor) -> BlobUpload {
        let mut plan = Plan::default();
        plan.mount_anywhere = self.mounts_anywhere;
        plan.patience = self.retry.into();
        plan.sizes.known = self.learnt.part();
        BlobUpload::new(self.home(), repository, &blob.digest, blob.size, plan)
    }

    /// Tells the registry that nothing more will come, as far as it wants to know.
    async fn give_back(&self, repository: &Repository, upload: &BlobUpload) {
        if let Some(request) = upload.cancel() {
            Carrier::new(self, repository, None).attempt(&request).await;
        }
    }

    /// Whether a blob of another repository could be made visible in this one.
    pub(crate) async fn try_mount(
        &self,
        repository: &Repository,
        digest: &Digest,
        from: &Repository,
    ) -> Result<bool, Error> {
        let mut mount = Mount::new(self.home(), repository, digest, from, self.retry.into());
        let step = mount.start();
        let carrier = Carrier::new(self, repository, None);
        match carrier.run(step, |event, _, now| mount.on(event, now)).await {
            Err(error) if error.party() == Party::TokenService && error.status().is_some_and(declines) => Ok(false),
            mounted => mounted,
        }
    }
}

/// A token service that gives no token for both repositories says no to the mount, and not to the blob.
fn declines(status: http::StatusCode) -> bool {
    status.is_client_error() && status != http::StatusCode::TOO_MANY_REQUESTS
}
