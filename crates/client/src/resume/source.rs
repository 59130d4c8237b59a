//! Whose bytes a download brings: what all requests for one blob have in common, be they one after the other or at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use wharf_registry::{Digest, Error as RegistryError, Mismatch, Operation, Repository};

use crate::error::Summary;
use crate::{Client, Error, ErrorKind, Fault};

/// A blob of a registry, and what has become of the requests for it so far.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) client: Client,
    pub(crate) repository: Repository,
    pub(crate) digest: Digest,
    history: Arc<History>,
}

#[derive(Default)]
struct History {
    resumptions: AtomicU32,
    is_busy: AtomicBool,
}

impl Source {
    pub(crate) fn new(client: &Client, repository: &Repository, digest: &Digest) -> Self {
        let (client, repository, digest) = (client.clone(), repository.clone(), digest.clone());
        Self { client, repository, digest, history: Arc::default() }
    }

    pub(super) fn resumed(&self) {
        self.history.resumptions.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the registry has asked for fewer requests.
    pub(super) fn busy(&self) {
        self.history.is_busy.store(true, Ordering::Relaxed);
    }

    /// Whether it has since this was last asked.
    pub(crate) fn was_busy(&self) -> bool {
        self.history.is_busy.swap(false, Ordering::Relaxed)
    }

    /// The error with the name of the blob, so that a stream that ends hours after the call still tells what it was.
    pub(crate) fn failed(&self, error: Error) -> RegistryError {
        let times = self.history.resumptions.load(Ordering::Relaxed);
        error.resumed(times).during(Operation::GetBlob).about(&self.repository, &self.digest)
    }

    /// What to say when all bytes have come and are not those of the blob.
    pub(crate) fn explanation(&self, request: Summary) -> impl Fn(Mismatch) -> RegistryError + Send + 'static {
        let source = self.clone();
        move |mismatch| {
            let fault = match &mismatch {
                Mismatch::Size { .. } => Fault::WrongLength,
                _ => Fault::WrongDigest,
            };
            source.failed(Error::new(ErrorKind::Peer(fault), request.clone()).because(mismatch))
        }
    }
}
