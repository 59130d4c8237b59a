use super::*;

const IDLE: Duration = Duration::from_secs(30);

/// After how many seconds a peer is given up that takes so many bytes each `every` seconds; none if it is not within a
/// day.
async fn given_up(bytes: usize, every: u64) -> Option<u64> {
    let (traffic, begun) = (Traffic::default(), Instant::now());
    let takes = async {
        loop {
            sleep(Duration::from_secs(every)).await;
            traffic.sent(bytes);
        }
    };
    tokio::select! {
        () = traffic.stalled(IDLE) => Some(begun.elapsed().as_secs()),
        () = takes => None,
        () = sleep(Duration::from_secs(24 * 60 * 60)) => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_has_to_take_a_kilobyte_a_second() {
    assert_eq!(given_up(0, 1).await, Some(30));
    assert!(given_up(17, 10).await.is_some_and(|seconds| seconds < 35), "an answer to a ping");
    assert!(given_up(5 << 10, 29).await.is_some_and(|seconds| seconds < 60), "a trickle");
    assert!(given_up(1, 1).await.is_some_and(|seconds| seconds < 40), "a byte at a time");
    assert_eq!(given_up(2 << 10, 1).await, None);
    assert_eq!(given_up(40 << 10, 20).await, None, "in bursts");
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_long_ago_does_not_count() {
    let (traffic, begun) = (Traffic::default(), Instant::now());
    traffic.sent(1 << 30);
    traffic.stalled(IDLE).await;
    assert_eq!(begun.elapsed(), IDLE);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_us_is_not_given_up() {
    let (traffic, begun) = (Traffic::default(), Instant::now());
    let works = async {
        let work = traffic.work();
        sleep(Duration::from_secs(1000)).await;
        drop(work);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = traffic.stalled(IDLE) => {}
        () = works => {}
    }
    assert!((1026..=1034).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn requests_keep_a_connection() {
    let (traffic, begun) = (Traffic::default(), Instant::now());
    let requests = async {
        for _ in 0..100 {
            sleep(Duration::from_secs(20)).await;
            drop(traffic.work());
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = traffic.stalled(IDLE) => {}
        () = requests => {}
    }
    assert!(begun.elapsed().as_secs() >= 2000, "{:?}", begun.elapsed());
}
