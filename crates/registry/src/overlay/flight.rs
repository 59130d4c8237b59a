//! One fetch for everybody who asks for the same content at the same time.
//!
//! Nobody is in charge of it: each asker who waits moves it on, and it ends when the last of them goes away. So it needs
//! no task of its own, and an asker that is dropped takes nothing from the others.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use wharf_reference::Repository;
use wharf_spec::{Descriptor, Digest, ErrorCode};

use super::tee::{Ear, Tee};
use crate::{Error, Operation, Read, Write};

/// What comes of a fetch, for everybody alike.
pub(super) type Outcome = Result<(), Arc<Error>>;

/// A fetch that is under way.
pub(super) type Fetch = Shared<Pin<Box<dyn Future<Output = Outcome> + Send>>>;

/// The fetches that are under way.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<(Repository, Digest), Flight>>);

/// A fetch as those remember it who are not part of it.
struct Flight {
    fetch: WeakShared<Pin<Box<dyn Future<Output = Outcome> + Send>>>,
    ear: Ear,
}

impl Flights {
    /// Takes part in the fetch of a blob from `far` into `near`, which begins if nobody has begun it. Whoever begins it
    /// also gets to hear what comes.
    pub(super) fn join<N, F>(
        &self,
        near: &Arc<N>,
        far: &Arc<F>,
        repository: &Repository,
        digest: &Digest,
    ) -> (Fetch, Result<Ear, Waiting>)
    where
        N: Read + Write + 'static,
        F: Read + 'static,
    {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (repository.clone(), digest.clone());
        if let Some(flight) = flights.get(&key)
            && let Some(fetch) = flight.fetch.upgrade().filter(|fetch| fetch.peek().is_none())
        {
            return (fetch, Err(Waiting::new(flight.ear.clone())));
        }
        flights.retain(|_, flight| flight.fetch.upgrade().is_some_and(|fetch| fetch.peek().is_none()));
        let ear = Ear::default();
        let fetch = fetch(Arc::clone(near), Arc::clone(far), key.clone(), ear.clone()).boxed().shared();
        if let Some(weak) = fetch.downgrade() {
            flights.insert(key, Flight { fetch: weak, ear: ear.clone() });
        }
        (fetch, Ok(ear))
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

/// An asker who waits for the end of a fetch that another one listens to, who must not keep it waiting.
pub(super) struct Waiting(Ear);

impl Waiting {
    fn new(ear: Ear) -> Self {
        ear.hurry(true);
        Self(ear)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.hurry(false);
    }
}

/// Brings a blob from `far` to `near`, which verifies it. Who asked just before it was kept finds it there.
async fn fetch<N: Read + Write, F: Read>(
    near: Arc<N>,
    far: Arc<F>,
    (repository, digest): (Repository, Digest),
    ear: Ear,
) -> Outcome {
    if near.stat_blob(&repository, &digest).await.is_ok() {
        return Ok(());
    }
    let blob = far.blob(&repository, &digest).await?;
    // What is passed on while it comes is verified against what was asked for, and not against what came.
    if blob.descriptor().digest != digest {
        let error = Error::new(ErrorCode::DIGEST_INVALID, Operation::GetBlob);
        return Err(error.about(&repository, &digest).into());
    }
    near.put_blob(&repository, Tee::blob(blob, ear)).await?;
    Ok(())
}

/// Waits until it is known what a fetch brings, or until it is over.
pub(super) async fn begun(fetch: &mut Fetch, ear: &Ear) -> Result<Option<Descriptor>, Arc<Error>> {
    poll_fn(|context| match fetch.poll_unpin(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome.map(|()| None)),
        Poll::Pending => match ear.descriptor() {
            Some(descriptor) => Poll::Ready(Ok(Some(descriptor))),
            None => Poll::Pending,
        },
    })
    .await
}

/// The error of a fetch for one of those who took part in it.
pub(super) fn failed(error: Arc<Error>, repository: &Repository, digest: &Digest) -> Error {
    Error::new(error.code().clone(), Operation::GetBlob).about(repository, digest).because(error)
}
