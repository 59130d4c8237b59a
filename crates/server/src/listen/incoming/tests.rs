use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::Instant;

use super::Watched;

const IDLE: Duration = Duration::from_secs(30);

/// How much of a body comes through, and after how long it ends, when its pieces take so many seconds each.
async fn watch(pauses: impl IntoIterator<Item = u64>, size: usize) -> (usize, Duration, bool) {
    let frames = stream::iter(pauses).then(move |pause| async move {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        Ok::<_, Infallible>(Frame::data(Bytes::from(vec![0; size])))
    });
    let mut body = pin!(Watched::new(Box::pin(StreamBody::new(frames)), IDLE));
    let (start, mut received) = (Instant::now(), 0);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => received += frame.into_data().unwrap().len(),
            Err(_) => return (received, start.elapsed(), false),
        }
    }
    (received, start.elapsed(), true)
}

#[tokio::test(start_paused = true)]
async fn a_body_may_pause_but_not_stop() {
    let (received, _, ended) = watch([29, 29, 29], 1 << 20).await;
    assert_eq!((received, ended), (3 << 20, true), "what has come quickly earns its pauses");
    let (received, after, ended) = watch([31, 31, 31], 1 << 20).await;
    assert_eq!((received, after.as_secs(), ended), (0, 30, false));
    let (received, after, ended) = watch([0, 0, 31], 1 << 20).await;
    assert_eq!((received, after.as_secs(), ended), (2 << 20, 30, false), "no pause is earned that is longer");
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_slow_but_not_trickle() {
    let (received, after, ended) = watch(vec![1; 100_000], 1).await;
    assert!(!ended && received < 40 && after.as_secs() < 40, "{received} bytes in {after:?}");
    let (received, _, ended) = watch([1; 100], 1100).await;
    assert_eq!((received, ended), (110_000, true), "a little more than a KiB a second is enough");
}

#[tokio::test(start_paused = true)]
async fn time_that_nobody_reads_does_not_count() {
    let frames = stream::iter(0..3).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x"))));
    let mut body = pin!(Watched::new(StreamBody::new(frames), IDLE));
    for _ in 0..3 {
        tokio::time::sleep(10 * IDLE).await;
        assert!(body.frame().await.unwrap().is_ok());
    }
    assert!(body.frame().await.is_none());
}
