//! How often a blob is resumed, after what pause, and how little a peer gets by not sending it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Response;
use wharf_client::{Body, ErrorKind, Fault, Retry, TransportErrorKind};
use wharf_registry::{Digest, ErrorCode, Read};

use crate::peer::{FakeClock, Peer, digest, reply, repository, wire};
use crate::resume::{BREAKS, CONTENT, End, asked, broken, one, part_of, persistent, read};

const CLOSED: End = End::Fails(TransportErrorKind::Closed);

/// The whole, of which the body has `bytes`.
fn begun(bytes: &str, end: End) -> Response<Body> {
    broken(200, &[("content-length", "43")], one(bytes), end)
}

/// The part from `first`, of which the body has `bytes`.
fn went_on(first: usize, bytes: &str, end: End) -> Response<Body> {
    broken(206, &[("content-range", &part_of(first))], one(bytes), end)
}

/// Reads the blob until it fails, and gives how many bytes came, how many requests that took, and why it failed.
async fn until_it_fails(peer: &Peer) -> (usize, usize, ErrorKind) {
    let blob = persistent(peer).blob(&repository(), &digest(CONTENT)).await.unwrap();
    let (bytes, result) = read(blob).await;
    assert!(CONTENT.as_bytes().starts_with(&bytes));
    (bytes.len(), peer.sent().len(), wire(&result.unwrap_err()).kind())
}

#[tokio::test]
async fn a_peer_that_does_not_get_on_is_left() {
    for end in BREAKS {
        let kind = match end {
            End::Clean => ErrorKind::Peer(Fault::WrongLength),
            End::Fails(kind) => ErrorKind::Transport(kind),
            End::Silent => ErrorKind::Transport(TransportErrorKind::Timeout),
        };
        // A byte for each connection.
        let drips = Peer::new(move |sent| match asked(sent) {
            None => begun(&CONTENT[..1], end),
            Some(first) => went_on(first, &CONTENT[first..=first], end),
        });
        assert_eq!(until_it_fails(&drips).await, (4, 4, kind), "{end:?}");
        // Parts without a byte.
        let empty = Peer::new(move |sent| match asked(sent) {
            None => begun("", end),
            Some(first) => went_on(first, "", end),
        });
        assert_eq!(until_it_fails(&empty).await, (0, 4, kind), "{end:?}");
        // The whole again each time, as far as before.
        let restarts = Peer::new(move |_| begun(&CONTENT[..20], end));
        assert_eq!(until_it_fails(&restarts).await, (20, 4, kind), "{end:?}");
        // And not even so far.
        let shrinks = Peer::new(move |sent| begun(&CONTENT[..if asked(sent).is_none() { 20 } else { 5 }], end));
        assert_eq!(until_it_fails(&shrinks).await, (20, 4, kind), "{end:?}");
    }
    let goes_back = Peer::new(|sent| match asked(sent) {
        None => begun(&CONTENT[..20], CLOSED),
        Some(first) => went_on(first - 5, &CONTENT[first - 5..], CLOSED),
    });
    assert_eq!(until_it_fails(&goes_back).await, (20, 2, ErrorKind::Peer(Fault::ContentRange)));
}

#[tokio::test]
async fn refusals_and_breaks_are_counted_together() {
    let count = Arc::new(AtomicUsize::new(0));
    let peer = Peer::new(move |sent| match (count.fetch_add(1, Ordering::SeqCst), asked(sent)) {
        (0, _) => begun(&CONTENT[..9], CLOSED),
        (2, Some(first)) => went_on(first, &CONTENT[first..=first], CLOSED),
        _ => reply(503, &[], ""),
    });
    let (bytes, requests, kind) = until_it_fails(&peer).await;
    assert_eq!((bytes, requests, kind), (10, 4, ErrorKind::Refused(http::StatusCode::SERVICE_UNAVAILABLE)));
}

#[tokio::test]
async fn a_body_of_nothing_but_empty_pieces_ends() {
    let peer = Peer::new(|_| {
        let mut response = reply(200, &[("content-length", "43")], "");
        *response.body_mut() = Body::stream(stream::repeat_with(|| Ok(Bytes::new())), None);
        response
    });
    assert_eq!(until_it_fails(&peer).await, (0, 1, ErrorKind::Peer(Fault::WrongLength)));
}

#[tokio::test]
async fn who_wants_nothing_repeated_has_nothing_resumed() {
    for end in BREAKS {
        let peer = Peer::new(move |_| begun(&CONTENT[..9], end));
        let client = persistent(&peer).with_retry(Retry::none());
        let (bytes, result) = read(client.blob(&repository(), &digest(CONTENT)).await.unwrap()).await;
        let error = result.unwrap_err();
        assert_eq!((bytes.len(), peer.sent().len(), wire(&error).resumptions()), (9, 1, 0), "{end:?}");
        let code = if end == End::Clean { ErrorCode::SIZE_INVALID } else { ErrorCode::UNAVAILABLE };
        assert_eq!(*error.code(), code);
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_resumed() {
    for kind in [TransportErrorKind::Tls, TransportErrorKind::Other] {
        let peer = Peer::new(move |_| begun(&CONTENT[..9], End::Fails(kind)));
        assert_eq!(until_it_fails(&peer).await, (9, 1, ErrorKind::Transport(kind)));
        let whole = Peer::new(move |_| begun(CONTENT, End::Fails(kind)));
        assert_eq!(until_it_fails(&whole).await, (43, 1, ErrorKind::Transport(kind)));
    }
    let too_long = Peer::new(|_| broken(200, &[("content-length", "43")], one(&format!("{CONTENT}s")), CLOSED));
    assert_eq!(until_it_fails(&too_long).await, (0, 1, ErrorKind::Peer(Fault::WrongLength)));
}

const SIZE: usize = 6 << 20;

/// A peer of six mebibytes that breaks off after `step` bytes each time.
fn large(step: usize) -> (Peer, Bytes) {
    let all = Bytes::from((0..SIZE).map(|at| ((at * 31) >> 7) as u8).collect::<Vec<_>>());
    let bytes = all.clone();
    let peer = Peer::new(move |sent| {
        let first = asked(sent).unwrap_or(0);
        let piece = vec![bytes.slice(first..(first + step).min(SIZE))];
        match asked(sent) {
            None => broken(200, &[("content-length", &SIZE.to_string())], piece, CLOSED),
            Some(_) => {
                let range = format!("bytes {first}-{}/{SIZE}", SIZE - 1);
                broken(206, &[("content-range", &range)], piece, CLOSED)
            }
        }
    });
    (peer, all)
}

/// Three resumptions that bring a mebibyte between them earn three more, and a byte less earns none.
#[tokio::test]
async fn attempts_are_counted_anew_when_enough_has_come() {
    for (step, requests, finishes) in
        [(1 << 20, 6, true), (349_526, 18, true), (349_525, 7, false), (1 << 10, 4, false)]
    {
        let (peer, all) = large(step);
        let (bytes, result) = read(persistent(&peer).blob(&repository(), &Digest::of(&all)).await.unwrap()).await;
        assert_eq!((result.is_ok(), peer.sent().len()), (finishes, requests), "{step}");
        assert_eq!(bytes, all[..(step * requests).min(SIZE)]);
    }
}

/// The whole from the start each time, a little farther than before: new bytes must outweigh those that were skipped.
#[tokio::test]
async fn a_peer_without_ranges_does_not_send_a_blob_over_and_over() {
    let mut retry = Retry::default();
    retry.progress = 1;
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    let peer = Peer::new(move |sent| {
        let end = asked(sent).unwrap_or(0) + 1;
        count.fetch_add(end, Ordering::SeqCst);
        begun(&CONTENT[..end.min(CONTENT.len())], CLOSED)
    });
    let client = persistent(&peer).with_retry(retry);
    let error = read(client.blob(&repository(), &digest(CONTENT)).await.unwrap()).await.1.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Transport(TransportErrorKind::Closed));
    assert!(peer.sent().len() <= 10, "{}", peer.sent().len());
    assert!(served.load(Ordering::SeqCst) <= 5 * CONTENT.len());
}

#[tokio::test]
async fn pauses_double_until_enough_has_come() {
    let (peer, all) = large(349_526);
    let clock = FakeClock::hasty();
    let client = persistent(&peer).with_clock(clock.clone());
    read(client.blob(&repository(), &Digest::of(&all)).await.unwrap()).await.1.unwrap();
    let slept = clock.slept();
    assert_eq!(slept.len(), 17);
    let most = [0.5, 1.0, 0.5, 1.0, 2.0, 0.5, 1.0, 2.0, 0.5];
    for (wait, most) in slept.iter().map(Duration::as_secs_f64).zip(most) {
        assert!((most / 2.0..=most).contains(&wait), "{slept:?}");
    }
}

/// The time that the bytes took is not waiting, and leaves the budget as it is.
#[tokio::test]
async fn a_body_may_take_hours_before_it_breaks() {
    let clock = FakeClock::hasty();
    let time = clock.clone();
    let peer = Peer::new(move |sent| {
        let first = asked(sent).unwrap_or(0);
        let (time, mut piece) = (time.clone(), Some(Bytes::from_static(&CONTENT.as_bytes()[first..first + 11])));
        let slow = stream::poll_fn(move |_| {
            time.advance(7_200);
            Poll::Ready(piece.take().map(Ok))
        });
        let mut response = match asked(sent) {
            None => begun("", CLOSED),
            Some(first) => went_on(first, "", CLOSED),
        };
        *response.body_mut() = Body::stream(slow, None);
        response
    });
    let client = persistent(&peer).with_clock(clock);
    let mut blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap();
    for first in [0, 11, 22] {
        assert_eq!(blob.next().await.unwrap().unwrap(), &CONTENT.as_bytes()[first..first + 11]);
    }
}
