//! The clock of the machine, which has to wait without any runtime.

use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use wharf_client::{Clock, SystemClock};

const MOMENT: Duration = Duration::from_millis(2);
/// Longer than anybody takes from making a future to asking it.
const LONG: Duration = Duration::from_secs(3_600);

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread, woken by nothing but the future's waker.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            std::task::Poll::Ready(done) => return done,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn the_machines_clock_wakes_who_has_waited_and_not_before() {
    let clock = SystemClock::new();
    let before = clock.now();
    assert!(clock.sleep(LONG).now_or_never().is_none());
    wait(clock.sleep(MOMENT));
    assert!(clock.now() - before >= MOMENT);
    assert!(clock.sleep(Duration::ZERO).now_or_never().is_some());
    assert!(clock.date().unwrap().as_secs() > 1_700_000_000);
}

#[test]
fn a_short_wait_ends_beside_long_ones_that_began_before_or_were_dropped() {
    let clock = SystemClock::new();
    let mut long: Vec<_> = (0..100).map(|_| clock.sleep(LONG)).collect();
    assert!(long.iter_mut().all(|sleep| sleep.now_or_never().is_none()));
    wait(clock.sleep(MOMENT));
    drop(long);
    wait(join_all((0..100).map(|_| clock.sleep(MOMENT))));
}

#[test]
fn a_wait_can_be_forever() {
    assert!(SystemClock::new().sleep(Duration::MAX).now_or_never().is_none());
}
