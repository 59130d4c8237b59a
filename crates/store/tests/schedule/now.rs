//! Futures that are waited for by threads which take turns.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::turns;

/// What comes of something. Without a runtime all of it is done here, but that tasks of one process wait for each other.
#[track_caller]
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending if woken.0.swap(false, Ordering::Relaxed) => {}
            Poll::Pending => turns::wait().expect("nobody is there to be waited for"),
        }
    }
}

/// What comes of something if nobody has to be waited for; otherwise it is given up.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
        turns::freed();
    }
}
