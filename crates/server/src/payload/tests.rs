use std::time::Duration;

use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::{Instant, sleep};

use super::*;

/// A body that brings a KiB with each second.
fn trickle() -> Payload {
    let pieces = stream::unfold((), async |()| {
        sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, PayloadError>(Frame::data(Bytes::from(vec![b'x'; 1 << 10]))), ()))
    });
    Payload::new(&HeaderMap::new(), StreamBody::new(Box::pin(pieces)), Some(Patience(Duration::from_secs(30))), None)
}

#[tokio::test(start_paused = true)]
async fn what_is_held_must_come_in_time() {
    let (budget, begun) = (Budget::default(), Instant::now());
    let error = trickle().read(4 << 20, &budget).await.unwrap_err();
    assert!(matches!(error.source().and_then(|source| source.downcast_ref()), Some(PayloadError::Slow)));
    assert_eq!(begun.elapsed().as_secs(), 30 + 64, "at 64 KiB a second");
    assert!(budget.take(64 << 20).await.is_some(), "and its room is free again");
}

#[tokio::test(start_paused = true)]
async fn room_must_come_in_time() {
    let (budget, begun) = (Budget::new(10), Instant::now());
    let _taken = budget.take(1).await;
    let error = trickle().read(10, &budget).await.unwrap_err();
    assert_eq!((error.code(), begun.elapsed().as_secs()), (&ErrorCode::UNAVAILABLE, 30));
}
