//! Between what happens and who is told of it: what happens never waits here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::sleep;
use wharf::client::{Body, Transport};
use wharf::registry::Event;
use wharf::transport_hyper::Hyper;

use crate::envelope;

/// How many notifications wait, and how many are posted together.
const WAITING: usize = 1_000;
const TOGETHER: usize = 50;

/// How often a post is tried, and the pause after the first time; it doubles each time.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);

/// A queue that is emptied into a URL.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: mpsc::Sender<Value>,
    number: AtomicU64,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    dropped: AtomicU64,
    repeated: AtomicU64,
}

impl Queue {
    /// A queue whose events are posted for as long as it lives.
    #[allow(clippy::disallowed_methods, reason = "a program decides where its work is done")]
    pub(crate) fn post_to(url: http::Uri) -> Arc<Self> {
        let (waiting, notifications) = mpsc::channel(WAITING);
        let counts = Arc::new(Counts::default());
        tokio::spawn(post_all(url, notifications, Arc::clone(&counts)));
        Arc::new(Self { waiting, number: AtomicU64::new(1), counts })
    }

    /// Takes an event, or counts it when there is no room.
    pub(crate) fn push(&self, event: Event) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        if self.waiting.try_send(envelope::notification(number, &event)).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many notifications nobody will hear of, because there was no room or the receiver was away for too long.
    pub(crate) fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// How many posts had to be made again.
    pub(crate) fn repeated(&self) -> u64 {
        self.counts.repeated.load(Ordering::Relaxed)
    }
}

/// Posts what waits, in order, until there is no queue any more.
async fn post_all(url: http::Uri, mut notifications: mpsc::Receiver<Value>, counts: Arc<Counts>) {
    let (transport, mut batch) = (Hyper::new(), Vec::new());
    while notifications.recv_many(&mut batch, TOGETHER).await > 0 {
        if !post(&transport, &url, &batch, &counts).await {
            counts.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        batch.clear();
    }
}

/// Posts one envelope, more than once if need be, and says whether it arrived. What the receiver refuses for good is not
/// repeated.
async fn post(transport: &Hyper, url: &http::Uri, batch: &[Value], counts: &Counts) -> bool {
    let body = envelope::envelope(batch);
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            counts.repeated.fetch_add(1, Ordering::Relaxed);
            sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
        }
        let request = http::Request::post(url).header("content-type", envelope::MEDIA_TYPE);
        let Ok(request) = request.body(Body::from(body.clone())) else { return false };
        match transport.send(request).await.map(|response| response.status()) {
            Ok(status) if status.is_success() => return true,
            Ok(status) if status.is_client_error() && status != http::StatusCode::TOO_MANY_REQUESTS => return false,
            Ok(_) | Err(_) => {}
        }
    }
    false
}
