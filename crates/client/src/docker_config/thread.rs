//! Work that blocks, waited for without blocking, whatever runs the futures.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::Builder;

/// Does some work in a thread of its own. A future that is dropped leaves the work to its end.
///
/// # Errors
/// When there is no thread to be had, or the work panicked.
pub(super) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let desk = Arc::new(Desk(Mutex::new(State { result: None, ended: false, waiting: None })));
    let end = End(Arc::clone(&desk));
    Builder::new().name("credential-helper".into()).spawn(move || {
        let result = work();
        end.0.lock().result = Some(result);
    })?;
    poll_fn(move |context| {
        let mut state = desk.lock();
        match (state.result.take(), state.ended) {
            (Some(result), _) => Poll::Ready(Ok(result)),
            (None, true) => Poll::Ready(Err(io::Error::other("the thread of the helper panicked"))),
            (None, false) => {
                state.waiting = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

/// Where the thread leaves what it has for the future.
struct Desk<T>(Mutex<State<T>>);

struct State<T> {
    result: Option<T>,
    ended: bool,
    waiting: Option<Waker>,
}

impl<T> Desk<T> {
    /// Nothing that is done under the lock can leave it half done.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the thread is at its end, however it came there.
struct End<T>(Arc<Desk<T>>);

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}
