//! What the request for the rest of a blob is like: where it goes, with which authorization, in whose place, and what
//! is told of it. And parts of blobs, which are resumed as well.

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use wharf_client::{Credential, ErrorKind, Event, Fault, Limits, Retry, Secret, TransportErrorKind};
use wharf_registry::{ByteRange, Read};

use crate::peer::{FakeClock, Peer, SECRET, assert_confined, bearer, digest, fault, reply, repository, token, wire};
use crate::resume::{CONTENT, End, asked, broken, one, part_of, persistent, read};

const CLOSED: End = End::Fails(TransportErrorKind::Closed);
const REALM: &str = "https://registry.example.com/token";

/// A peer that breaks off after nine bytes, once.
fn breaks_once() -> Peer {
    Peer::new(|sent| match asked(sent) {
        None => broken(200, &[("content-length", "43")], one(&CONTENT[..9]), CLOSED),
        Some(first) => broken(206, &[("content-range", &part_of(first))], one(&CONTENT[first..]), End::Clean),
    })
}

/// An address that a redirect led to may be good for one request, and a token may have expired meanwhile.
#[tokio::test]
async fn the_rest_is_asked_for_at_the_registry_with_a_token_that_is_good() {
    let state = Mutex::new((0, 0));
    let peer = Peer::new(move |sent| {
        let (tokens, addresses) = &mut *state.lock().unwrap();
        match sent.url.strip_prefix("https://cdn.example.net/") {
            Some("1") => broken(200, &[("content-length", "43"), ("etag", "\"a\"")], one(&CONTENT[..9]), CLOSED),
            Some("2") => {
                let headers = [("content-range", &*part_of(9)), ("etag", "\"a\"")];
                broken(206, &headers, one(&CONTENT[9..]), CLOSED)
            }
            Some(_) => panic!("{}", sent.line()),
            None if sent.url.starts_with(REALM) => {
                *tokens += 1;
                token(&format!("{SECRET}-{tokens}"))
            }
            // The first token is good for one request.
            None if sent.header("authorization") == Some(&format!("Bearer {SECRET}-{}", *addresses + 1)) => {
                *addresses += 1;
                reply(307, &[("location", &format!("https://cdn.example.net/{addresses}"))], "")
            }
            None => bearer(REALM),
        }
    });
    let client = persistent(&peer).with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let (bytes, result) = read(client.blob(&repository(), &digest(CONTENT)).await.unwrap()).await;
    assert!(result.is_ok() && bytes == CONTENT.as_bytes(), "{result:?}");
    assert_eq!((peer.count("cdn.example.net/1"), peer.count("cdn.example.net/2")), (1, 1));
    assert_eq!(peer.count("/token"), 2);
    let last = peer.sent().pop().unwrap();
    assert_eq!((last.header("range"), last.header("if-range")), (Some("bytes=9-"), Some("\"a\"")));
    assert_confined(&peer, &["https://registry.example.com"]);
}

#[tokio::test]
async fn each_resumption_is_told() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let client = persistent(&breaks_once()).with_observer(move |event| match event {
        Event::Progress { .. } => {}
        event => told.lock().unwrap().push(event.clone()),
    });
    read(client.blob(&repository(), &digest(CONTENT)).await.unwrap()).await.1.unwrap();
    let events = events.lock().unwrap();
    let [Event::Resumption { digest: of, offset, kind, wait }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((of, *offset), (&digest(CONTENT), 9));
    assert_eq!(*kind, ErrorKind::Transport(TransportErrorKind::Closed));
    assert!(!wait.is_zero());
}

#[tokio::test]
async fn who_stops_waiting_loses_no_byte() {
    let (peer, clock) = (breaks_once(), FakeClock::default());
    let client = peer.client().with_retry(Retry::default()).with_clock(clock.clone());
    let mut blob = client.blob(&repository(), &digest(CONTENT)).await.unwrap();
    assert_eq!(blob.next().await.unwrap().unwrap(), &CONTENT[..9]);
    // In the pause, and then in the request.
    for _ in 0..3 {
        assert!(blob.next().now_or_never().is_none());
    }
    assert_eq!(peer.sent().len(), 1);
    clock.advance(1);
    assert!(blob.next().now_or_never().is_none());
    assert_eq!(blob.next().await.unwrap().unwrap(), &CONTENT[9..]);
    assert!(blob.next().await.is_none());
    assert_eq!(peer.sent().len(), 2);
}

/// A download keeps its place while it is resumed, and gives it back with its end.
#[tokio::test]
async fn a_download_that_is_resumed_does_not_queue_again() {
    let (peer, clock) = (breaks_once(), FakeClock::default());
    let mut limits = Limits::default();
    limits.downloads = 1;
    let client = peer.client().with_retry(Retry::default()).with_limits(limits).with_clock(clock.clone());
    let (repository, digest) = (repository(), digest(CONTENT));
    let mut first = client.blob(&repository, &digest).await.unwrap();
    assert_eq!(first.next().await.unwrap().unwrap(), &CONTENT[..9]);
    let mut second = client.blob(&repository, &digest);
    assert!(first.next().now_or_never().is_none() && (&mut second).now_or_never().is_none());
    clock.advance(1);
    assert_eq!(first.next().await.unwrap().unwrap(), &CONTENT[9..]);
    for _ in 0..10 {
        assert!((&mut second).now_or_never().is_none());
    }
    assert_eq!(peer.sent().len(), 2, "the second waits for the end of the first");
    assert!(first.next().await.is_none());
    let mut second = second.await.unwrap();

    // Who drops a stream in its pause gives its place back, and nothing is asked for any more.
    assert_eq!(second.next().await.unwrap().unwrap(), &CONTENT[..9]);
    assert!(second.next().now_or_never().is_none());
    drop(second);
    let asked = peer.sent().len();
    clock.advance(100);
    drop(client.blob(&repository, &digest).await.unwrap());
    assert_eq!(peer.sent().len(), asked + 1);
}

#[tokio::test]
async fn a_part_is_resumed_up_to_its_own_end() {
    for (range, first, last) in [
        (ByteRange::Between { first: 3, last: 20 }, 3, 20),
        (ByteRange::From { first: 30 }, 30, 42),
        (ByteRange::Last { length: 7 }, 36, 42),
    ] {
        for end in crate::resume::BREAKS {
            let peer = Peer::new(move |sent| {
                let from = match sent.header("range").unwrap().strip_suffix(&format!("-{last}")) {
                    Some(text) if text != format!("bytes={first}") => {
                        text.strip_prefix("bytes=").unwrap().parse().unwrap()
                    }
                    _ => first,
                };
                let range = format!("bytes {from}-{last}/43");
                let until = if from == first { first + 2 } else { last + 1 };
                broken(206, &[("content-range", &range)], one(&CONTENT[from..until]), end)
            });
            let part = persistent(&peer).blob_range(&repository(), &digest(CONTENT), range).await.unwrap();
            let pieces: Vec<_> = part.into_unverified().try_collect().await.unwrap();
            assert_eq!(pieces.concat(), &CONTENT.as_bytes()[first..=last], "{range:?} {end:?}");
            assert_eq!(peer.sent()[1].header("range"), Some(&*format!("bytes={}-{last}", first + 2)));
            assert_eq!(peer.sent().len(), 2);
        }
    }
}

/// No digest tells whether the two belong together.
#[tokio::test]
async fn a_part_is_not_gone_on_with_from_the_whole() {
    let first = [("content-range", "bytes 3-20/43")];
    for (reply, expected) in [
        (broken(200, &[("content-length", "43")], one(CONTENT), End::Clean), Fault::ContentRange),
        (broken(206, &[("content-range", "bytes 5-42/43")], one(&CONTENT[5..]), End::Clean), Fault::ContentRange),
        (broken(206, &[("content-range", "bytes 5-20/44")], one(&CONTENT[5..21]), End::Clean), Fault::Changed),
    ] {
        let peer = Peer::script([broken(206, &first, one(&CONTENT[3..5]), CLOSED), reply]);
        let range = ByteRange::Between { first: 3, last: 20 };
        let part = persistent(&peer).blob_range(&repository(), &digest(CONTENT), range).await.unwrap();
        let error = part.into_unverified().try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!((fault(&error), wire(&error).resumptions()), (expected, 1));
    }
}
