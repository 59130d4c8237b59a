//! Lists that are written as a loop: a future that gives out one item after the other.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::{Stream, TryStreamExt, stream};

use crate::{Error, Items};

/// Where a list's items are given out.
pub(crate) struct Out<T>(Arc<Mutex<Option<T>>>);

/// The items that the future gives out, and the error with which it ends, if it does. It goes on when the next item is
/// asked for.
pub(crate) fn generate<'a, T, F>(run: impl FnOnce(Out<T>) -> F) -> Items<'a, T>
where
    T: Send + 'a,
    F: Future<Output = Result<(), Error>> + Send + 'a,
{
    let given = Out(Arc::default());
    let mut running = Some(Box::pin(run(Out(Arc::clone(&given.0)))));
    Box::pin(stream::poll_fn(move |context| {
        let Some(future) = &mut running else { return Poll::Ready(None) };
        match future.as_mut().poll(context) {
            // What waits to be taken from here has nobody else to wake it.
            Poll::Pending => given.take().map_or(Poll::Pending, |item| Poll::Ready(Some(Ok(item)))),
            Poll::Ready(outcome) => {
                running = None;
                Poll::Ready(outcome.err().map(Err))
            }
        }
    }))
}

impl<T> Out<T> {
    /// Gives an item out, and waits until it was taken.
    pub(crate) async fn give(&self, item: T) {
        self.set(item);
        poll_fn(|_| if self.is_taken() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Gives all of a list out.
    ///
    /// # Errors
    /// The list's.
    pub(crate) async fn give_all(&self, items: impl Stream<Item = Result<T, Error>> + Send) -> Result<(), Error> {
        let mut items = std::pin::pin!(items);
        while let Some(item) = items.try_next().await? {
            self.give(item).await;
        }
        Ok(())
    }

    fn set(&self, item: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(item);
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_taken(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}
