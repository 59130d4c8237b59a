//! A body on its way to a peer, which must not fall below a rate.
//!
//! A transport takes a piece when it has got rid of the one before. While it does not come for the next, the peer is
//! waited for; while the content's own source takes its time, it is not, nor when all is sent: how long an answer may
//! take is the transport's affair. A long piece is handed out in short ones, so that it can be seen to move.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::Request;
use http_body_util::BodyDataStream;

use crate::rate::{Rate, TICK};
use crate::{Body, Clock, TransportError};

/// The longest piece that is handed out, in bytes.
const PIECE: usize = 64 << 10;

/// What is known of a body that a transport has.
pub(crate) struct Outflow {
    clock: Arc<dyn Clock>,
    /// Nothing of a request that sends nothing.
    flow: Option<Arc<Mutex<Flow>>>,
}

struct Flow {
    rate: Rate,
    /// Who looks at the clock, while nobody has to.
    watcher: Option<Waker>,
}

impl Outflow {
    /// The same request with a body that can be watched.
    pub(crate) fn of(request: Request<Body>, clock: &Arc<dyn Clock>, slowest: u64) -> (Request<Body>, Self) {
        let clock = Arc::clone(clock);
        let length = request.body().length();
        if length == Some(0) {
            return (request, Self { clock, flow: None });
        }
        let flow = Arc::new(Mutex::new(Flow { rate: Rate::new(slowest), watcher: None }));
        let (mine, time) = (Arc::clone(&flow), Arc::clone(&clock));
        let request = request.map(|body| {
            let pieces =
                Pieces { body: BodyDataStream::new(body), piece: Bytes::new(), left: length, flow: mine, clock: time };
            Body::stream(pieces, length)
        });
        (request, Self { clock, flow: Some(flow) })
    }

    /// What `work`, which sends the body, gives; or a timeout when that becomes too slow.
    ///
    /// # Cancel safety
    /// As that of `work`.
    pub(crate) async fn watch<T>(
        self,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let (mut work, mut alarm) = (pin!(work), None);
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.look(&mut alarm, context).map(Err),
        })
        .await
    }

    /// Looks at the clock from time to time while the peer is waited for.
    fn look(&self, alarm: &mut Option<Alarm>, context: &mut Context<'_>) -> Poll<TransportError> {
        let Some(flow) = &self.flow else { return Poll::Pending };
        loop {
            if alarm.is_none() {
                let mut flow = lock(flow);
                if !flow.rate.is_waiting() {
                    flow.watcher = Some(context.waker().clone());
                    return Poll::Pending;
                }
            }
            ready!(alarm.get_or_insert_with(|| self.clock.sleep(TICK)).as_mut().poll(context));
            *alarm = None;
            if let Err(error) = lock(flow).look(self.clock.now()) {
                return Poll::Ready(error);
            }
        }
    }
}

type Alarm = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Flow {
    fn look(&mut self, now: Duration) -> Result<(), TransportError> {
        if self.rate.is_waiting() {
            self.rate.wait(now);
        }
        self.rate.judge()
    }
}

/// The pieces of a body as a transport gets them.
struct Pieces {
    body: BodyDataStream<Body>,
    /// What is left of a piece that was too long.
    piece: Bytes,
    /// How many bytes are left in all, if that is known.
    left: Option<u64>,
    flow: Arc<Mutex<Flow>>,
    clock: Arc<dyn Clock>,
}

impl Stream for Pieces {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let now = self.clock.now();
        lock(&self.flow).rate.rest(now);
        if self.piece.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(piece)) => self.piece = piece,
                end => return Poll::Ready(end),
            }
        }
        let length = self.piece.len().min(PIECE);
        let piece = self.piece.split_to(length);
        self.left = self.left.map(|left| left.saturating_sub(length as u64));
        let mut flow = lock(&self.flow);
        flow.rate.flow(length as u64);
        if self.left != Some(0) {
            flow.rate.wait(now);
            flow.watcher.take().into_iter().for_each(Waker::wake);
        }
        drop(flow);
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for Pieces {
    /// Nobody waits for who has let go of the body.
    fn drop(&mut self) {
        let now = self.clock.now();
        lock(&self.flow).rate.rest(now);
    }
}

fn lock(flow: &Mutex<Flow>) -> MutexGuard<'_, Flow> {
    flow.lock().unwrap_or_else(PoisonError::into_inner)
}
