//! What the handles of one client share: places for requests, and the patience with a registry that wants a pause.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use async_trait::async_trait;
use futures_util::future::{join_all, poll_immediate};
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use tokio::sync::Semaphore;
use wharf_client::{Body, Client, Limits, Retry, Transport, TransportError};
use wharf_registry::{Blob, Error, Read, Repository, Write};

use crate::peer::{
    FakeClock, HOST, Peer, bearer, blob_reply, digest, host, latest, manifest_reply, reply, repository, token,
};

/// Answers when it is let to, and counts how many requests are under way.
#[derive(Clone)]
struct Held {
    peer: Peer,
    let_go: Arc<Semaphore>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Held {
    fn new(peer: &Peer) -> Self {
        Self { peer: peer.clone(), let_go: Arc::new(Semaphore::new(0)), now: Arc::default(), most: Arc::default() }
    }

    fn client(&self) -> Client {
        Client::new(self.clone(), host(HOST)).unwrap().with_retry(Retry::none())
    }
}

/// A request that is under way, until it is answered or dropped.
struct Under(Arc<AtomicUsize>);

impl Drop for Under {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Transport for Held {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let under = Under(Arc::clone(&self.now));
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.let_go.acquire().await.unwrap().forget();
        let answer = self.peer.send(request).await;
        drop(under);
        answer
    }
}

fn narrow() -> Limits {
    let mut limits = Limits::default();
    (limits.requests, limits.downloads, limits.uploads) = (1, 1, 1);
    limits
}

async fn pull(client: &Client) -> Result<(), Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_there_is_room_for() {
    for limit in [1, 3, 16] {
        let held = Held::new(&Peer::new(|_| manifest_reply()));
        let mut limits = Limits::default();
        limits.requests = limit;
        let client = held.client().with_limits(limits);
        let clones: Vec<_> = (0..40).map(|_| client.clone()).collect();
        held.let_go.add_permits(40);
        let results = join_all(clones.iter().map(pull)).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(held.most.load(Ordering::SeqCst), limit);
    }
}

#[tokio::test]
async fn a_blob_counts_until_it_has_ended_or_was_dropped() {
    let peer = Peer::new(|_| blob_reply("content"));
    let client = peer.client();
    let (repository, digest) = (repository(), digest("content"));
    let mut open: Vec<Blob> = Vec::new();
    for _ in 0..4 {
        open.push(client.blob(&repository, &digest).await.unwrap());
    }
    let clone = client.clone();
    let mut fifth = Box::pin(clone.blob(&repository, &digest));
    let mut sixth = Box::pin(clone.blob(&repository, &digest));
    let mut range = Box::pin(clone.stat_blob(&repository, &digest));
    for _ in 0..10 {
        assert!(poll_immediate(&mut fifth).await.is_none() && poll_immediate(&mut sixth).await.is_none());
    }
    assert_eq!(peer.sent().len(), 4);
    while poll_immediate(&mut range).await.is_none() {}
    assert_eq!(peer.sent().len(), 5, "what is no blob has room of its own");

    drop(open.pop());
    let fifth = fifth.await.unwrap();
    assert!(poll_immediate(&mut sixth).await.is_none());
    let mut read = open.pop().unwrap();
    while read.next().await.is_some() {}
    let _sixth = sixth.await.unwrap();
    drop((fifth, read));
}

#[tokio::test]
async fn a_blob_that_was_refused_takes_up_no_room() {
    let peer = Peer::new(|_| reply(404, &[], ""));
    let client = peer.client().with_limits(narrow());
    for _ in 0..3 {
        client.blob(&repository(), &digest("content")).await.unwrap_err();
    }
}

/// Reading and writing at the same registry at once, as a copy within it does.
#[tokio::test]
async fn a_copy_within_one_registry_does_not_wait_for_itself() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "GET" => blob_reply("content"),
        "POST" => reply(202, &[("location", "one")], ""),
        _ => reply(201, &[], ""),
    });
    let client = peer.client().with_limits(narrow());
    let copy = || async {
        let blob = client.blob(&repository(), &digest("content")).await.unwrap();
        client.put_blob(&repository(), blob).await.unwrap();
    };
    join_all((0..8).map(|_| copy())).await;
}

#[tokio::test]
async fn who_waits_longest_is_served_first() {
    let peer = Peer::new(|_| manifest_reply());
    let held = Held::new(&peer);
    let client = held.client().with_limits(narrow());
    let served = Mutex::new(Vec::new());
    let one = |number: usize| {
        let (client, served) = (&client, &served);
        async move {
            pull(client).await.unwrap();
            served.lock().unwrap().push(number);
        }
    };
    let mut waiting: Vec<_> = (0..8).map(|number| Box::pin(one(number))).collect();
    for future in &mut waiting {
        assert!(poll_immediate(future).await.is_none());
    }
    held.let_go.add_permits(8);
    waiting.reverse();
    join_all(waiting).await;
    assert_eq!(*served.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

/// Dropped after any number of polls, a request leaves its place to others, whatever it was waiting for.
#[tokio::test]
async fn who_stops_waiting_takes_nothing_along() {
    const REALM: &str = "https://registry.example.com/token";
    let guarded = || {
        Peer::new(|sent| match sent.header("authorization") {
            _ if sent.url.starts_with(REALM) => token("t"),
            None => bearer(REALM),
            Some(_) if sent.method == "GET" && sent.url.contains("/blobs/") => blob_reply("content"),
            Some(_) if sent.method == "POST" => reply(202, &[("location", "one")], ""),
            Some(_) if sent.method == "GET" => manifest_reply(),
            Some(_) => reply(201, &[], ""),
        })
    };
    let work = |client: Client| async move {
        pull(&client).await.unwrap();
        let blob = client.blob(&repository(), &digest("content")).await.unwrap();
        client.put_blob(&repository(), blob).await.unwrap();
    };
    let mut polls = 0;
    loop {
        let client = guarded().client().with_limits(narrow());
        let mut first = Box::pin(work(client.clone()));
        let mut second = Box::pin(work(client.clone()));
        let mut is_done = false;
        for _ in 0..polls {
            let context = &mut Context::from_waker(Waker::noop());
            is_done |= first.as_mut().poll(context).is_ready();
            if is_done {
                break;
            }
            let _ = second.as_mut().poll(context);
        }
        if is_done {
            break;
        }
        drop((first, second));
        work(client).await;
        polls += 1;
    }
    assert!(polls > 20, "there are many places to stop at: {polls}");
}

#[tokio::test]
async fn a_registry_that_wants_a_pause_gets_it_from_everybody() {
    for status in [429, 503] {
        let answers = Mutex::new(vec![reply(status, &[("retry-after", "10")], "")]);
        let peer = Peer::new(move |_| answers.lock().unwrap().pop().unwrap_or_else(manifest_reply));
        let clock = FakeClock::default();
        let client = peer.client().with_retry(Retry::default()).with_clock(clock.clone());
        let clone = client.clone();
        let (mut first, mut second) = (pin!(pull(&client)), pin!(pull(&clone)));
        while peer.sent().is_empty() {
            assert!(poll_immediate(&mut first).await.is_none());
        }
        for _ in 0..10 {
            assert!(poll_immediate(&mut first).await.is_none() && poll_immediate(&mut second).await.is_none());
        }
        clock.advance(9);
        for _ in 0..10 {
            assert!(poll_immediate(&mut second).await.is_none());
        }
        assert_eq!(peer.sent().len(), 1, "{status}");
        clock.advance(1);
        second.await.unwrap();
        assert_eq!(peer.sent().len(), 2);
        clock.advance(1);
        first.await.unwrap();
    }
}

#[tokio::test]
async fn a_shorter_pause_does_not_end_a_longer_one() {
    let waits = Mutex::new(vec!["1", "10"]);
    let peer = Peer::new(move |_| match waits.lock().unwrap().pop() {
        Some(wait) => reply(503, &[("retry-after", wait)], ""),
        None => manifest_reply(),
    });
    let clock = FakeClock::default();
    let client = peer.client().with_retry(Retry::default()).with_clock(clock.clone());
    let (mut first, mut second) = (pin!(pull(&client)), pin!(pull(&client)));
    for _ in 0..20 {
        assert!(poll_immediate(&mut first).await.is_none() && poll_immediate(&mut second).await.is_none());
    }
    assert_eq!(peer.sent().len(), 2);
    clock.advance(9);
    for _ in 0..20 {
        assert!(poll_immediate(&mut first).await.is_none() && poll_immediate(&mut second).await.is_none());
    }
    assert_eq!(peer.sent().len(), 2);
    clock.advance(2);
    first.await.unwrap();
    second.await.unwrap();
}

/// Who else may ask for a pause: nobody.
#[tokio::test]
async fn others_do_not_speak_for_the_registry() {
    const REALM: &str = "https://registry.example.com/token";
    let wait = || reply(503, &[("retry-after", "10")], "");
    let stranger = Peer::new(move |sent| match sent.is_to("https://cdn.example.net") {
        true => wait(),
        false if sent.url.contains("/blobs/") => reply(307, &[("location", "https://cdn.example.net/x")], ""),
        false => manifest_reply(),
    });
    let service = Peer::new(move |sent| match sent.url.starts_with(REALM) {
        true => wait(),
        false if sent.url.contains("/blobs/") => bearer(REALM),
        false => manifest_reply(),
    });
    let busy = Peer::new(|sent| match sent.url.contains("/blobs/") {
        true => reply(500, &[("retry-after", "10")], ""),
        false => manifest_reply(),
    });
    for peer in [stranger, service, busy] {
        let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::default());
        let (repository, digest) = (repository(), digest("content"));
        let mut blob = pin!(client.blob(&repository, &digest));
        for _ in 0..50 {
            assert!(poll_immediate(&mut blob).await.is_none());
        }
        // Another scope, since who wants the same token waits for the one exchange.
        client.manifest(&Repository::from_static("other"), &latest()).await.unwrap();
    }
}

#[tokio::test]
async fn a_pause_is_never_longer_than_anybody_has_patience() {
    let peer = Peer::new(|_| reply(503, &[("retry-after", "1000000")], ""));
    let clock = FakeClock::hasty();
    let client = peer.client().with_retry(Retry::default()).with_clock(clock.clone());
    let results = join_all((0..20).map(|_| pull(&client))).await;
    assert!(results.iter().all(Result::is_err));
    let most = clock.slept().into_iter().max().unwrap();
    assert_eq!(most.as_secs(), 30);
}

#[tokio::test]
async fn who_has_no_patience_for_a_pause_asks_at_once() {
    let answers = Mutex::new(vec![reply(503, &[("retry-after", "10")], "")]);
    let peer = Peer::new(move |_| answers.lock().unwrap().pop().unwrap_or_else(manifest_reply));
    let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::default());
    let mut first = pin!(pull(&client));
    while peer.sent().is_empty() {
        assert!(poll_immediate(&mut first).await.is_none());
    }
    for _ in 0..10 {
        assert!(poll_immediate(&mut first).await.is_none());
    }
    let mut hurried = Retry::default();
    hurried.budget = std::time::Duration::from_secs(9);
    pull(&client.clone().with_retry(hurried)).await.unwrap();
    pull(&client.clone().with_retry(Retry::none())).await.unwrap();
}

#[tokio::test]
async fn the_room_for_uploads_is_that_for_streams() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "one")], ""),
        _ => reply(201, &[], ""),
    });
    let client = peer.client().with_limits(narrow());
    let stuck = || {
        let content = stream::once(async { Ok("con".into()) }).chain(stream::pending());
        let kind = wharf_registry::MediaType::OCTET_STREAM;
        Blob::new(wharf_registry::Descriptor::new(kind, digest("content"), 7), Box::pin(content))
    };
    let repository = repository();
    let (mut first, mut second) = (
        Box::pin(client.put_blob(&repository, stuck())),
        Box::pin(client.put_blob(&repository, Blob::from_bytes("x"))),
    );
    for _ in 0..50 {
        assert!(poll_immediate(&mut first).await.is_none());
    }
    for _ in 0..50 {
        assert!(poll_immediate(&mut second).await.is_none());
    }
    assert!(peer.lines().iter().all(|line| line.starts_with("POST")), "the second waits for the first");
    drop(first);
    second.await.unwrap();
}
