//! What is made again, how often and after what pause, and what never.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream;
use http::{Request, Response};
use wharf_client::{
    Body, Client, Credential, ErrorKind, Event, Fault, Party, Retry, Secret, Transport, TransportError,
    TransportErrorKind,
};
use wharf_registry::{Algorithm, Blob, Delete, Document, Error, ErrorCode, MediaType, Precondition, Read, Tag, Write};

use crate::peer::{
    FakeClock, HOST, MANIFEST, Peer, bearer, blob_reply, digest, fault, host, latest, manifest_reply, printed, reply,
    repository, token, wire,
};

const REALM: &str = "https://registry.example.com/token";

/// A client that does not give up at once, and whose pauses take no time.
fn persistent(peer: &Peer) -> (Client, FakeClock) {
    let clock = FakeClock::hasty();
    (peer.client().with_retry(Retry::default()).with_clock(clock.clone()), clock)
}

/// Fails as it is told to before the peer is asked, and then no more.
struct Flaky(Peer, Mutex<VecDeque<TransportErrorKind>>);

impl Flaky {
    fn client(peer: &Peer, failures: &[TransportErrorKind]) -> Client {
        let flaky = Self(peer.clone(), Mutex::new(failures.iter().copied().collect()));
        Client::new(flaky, host(HOST)).unwrap().with_clock(FakeClock::hasty())
    }
}

#[async_trait]
impl Transport for Flaky {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let failure = self.1.lock().unwrap().pop_front();
        match failure {
            Some(kind) => Err(TransportError::new(kind, "told to")),
            None => self.0.send(request).await,
        }
    }
}

async fn pull(client: &Client) -> Result<(), Error> {
    client.manifest(&repository(), &latest()).await.map(drop)
}

async fn put(client: &Client, tags: &[Tag]) -> Result<(), Error> {
    let document = Document::new(MediaType::IMAGE_INDEX, MANIFEST);
    client.put_manifest(&repository(), &document, tags, &Precondition::Always).await
}

fn seconds(wait: Duration) -> f64 {
    wait.as_secs_f64()
}

#[tokio::test]
async fn only_what_may_pass_is_asked_again() {
    for status in 400..600 {
        let expected = [408, 429, 499, 500, 502, 503, 504, 522].contains(&status);
        let peer = Peer::new(move |_| reply(status, &[], ""));
        let (client, _) = persistent(&peer);
        let error = pull(&client).await.unwrap_err();
        assert_eq!(peer.sent().len(), if expected { 4 } else { 1 }, "{status}");
        assert_eq!((wire(&error).is_retryable(), wire(&error).attempts()), (expected, peer.sent().len() as u32));
    }
}

#[tokio::test]
async fn pauses_double_and_are_never_all_the_same() {
    let peer = Peer::new(|_| reply(503, &[], ""));
    let (client, clock) = persistent(&peer);
    let error = pull(&client).await.unwrap_err();
    assert!(wire(&error).to_string().ends_with(": status 503 after 4 attempts"), "{}", wire(&error));
    let slept: Vec<_> = clock.slept().into_iter().map(seconds).collect();
    assert_eq!(slept.len(), 3);
    for (wait, most) in slept.into_iter().zip([0.5, 1.0, 2.0]) {
        assert!((most / 2.0..=most).contains(&wait), "{wait} of {most}");
    }
    for _ in 0..20 {
        pull(&client).await.unwrap_err();
    }
    let first: std::collections::HashSet<_> = clock.slept().into_iter().step_by(3).collect();
    assert!(first.len() > 10, "left to chance");
}

#[tokio::test]
async fn a_failed_exchange_is_made_again_by_its_kind() {
    use TransportErrorKind::{Closed, Connect, Other, Timeout, Tls};
    for (kind, again) in [(Connect, true), (Timeout, true), (Closed, true), (Tls, false), (Other, false)] {
        let peer = Peer::new(|_| manifest_reply());
        let result = pull(&Flaky::client(&peer, &[kind; 3])).await;
        assert_eq!(result.is_ok(), again, "{kind:?}");
        let Err(error) = pull(&Flaky::client(&peer, &[kind; 4])).await else { panic!("{kind:?}") };
        assert_eq!(wire(&error).kind(), ErrorKind::Transport(kind));
        assert_eq!((wire(&error).attempts(), wire(&error).is_retryable()), (if again { 4 } else { 1 }, again));
    }
}

/// Requests, by whether they are made again after an answer that leaves open what was done.
#[tokio::test]
async fn what_may_have_been_done_is_not_done_twice() {
    let busy = || Peer::new(|_| reply(503, &[], ""));
    let count = |peer: Peer| peer.sent().len();

    let peer = busy();
    put(&persistent(&peer).0, &[]).await.unwrap_err();
    assert_eq!(count(peer), 4, "a manifest under its digest");

    let peer = busy();
    put(&persistent(&peer).0, &[Tag::LATEST]).await.unwrap_err();
    assert_eq!(count(peer), 1, "a tag, which another may set meanwhile");

    let peer = busy();
    persistent(&peer).0.delete_tag(&repository(), &Tag::LATEST).await.unwrap_err();
    assert_eq!(count(peer), 4, "a deletion");

    let peer = busy();
    persistent(&peer).0.start_upload(&repository(), Algorithm::SHA256).await.err().unwrap();
    assert_eq!(count(peer), 1, "the start of an upload");

    let peer = Peer::new(|_| reply(429, &[("retry-after", "1")], ""));
    let error = persistent(&peer).0.start_upload(&repository(), Algorithm::SHA256).await.err().unwrap();
    assert_eq!((wire(&error).attempts(), count(peer)), (4, 4), "nothing was opened by what there was no time for");

    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "one")], ""),
        "DELETE" => reply(204, &[], ""),
        "HEAD" => reply(404, &[], ""),
        _ => reply(503, &[], ""),
    });
    persistent(&peer).0.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    let methods: Vec<_> = peer.sent().iter().map(|sent| sent.method.to_string()).collect();
    let again = ["POST", "PUT", "HEAD", "GET", "DELETE"];
    assert_eq!(methods, [&again[..], &again, &again, &["POST", "PUT", "HEAD", "DELETE"]].concat(), "a blob");
}

/// What a registry says that has opened nothing, and how often it is asked to.
#[tokio::test]
async fn a_session_that_was_not_opened_is_opened_after_a_pause() {
    let from = wharf_registry::Repository::from_static("base");
    let table = [(429, "", 4), (429, "7", 4), (503, "7", 4), (503, "", 1), (500, "7", 1), (502, "", 1)];
    for (number, (status, wait, asked)) in table.into_iter().chain(table).enumerate() {
        let headers: Vec<_> = (!wait.is_empty()).then_some(("retry-after", wait)).into_iter().collect();
        let answers = Mutex::new((0..asked.min(3)).map(|_| reply(status, &headers, "")).collect::<Vec<_>>());
        let peer = Peer::new(move |sent| match (sent.method.as_str(), answers.lock().unwrap().pop()) {
            ("POST", Some(busy)) => busy,
            ("POST", None) if sent.url.contains("mount") => reply(201, &[], ""),
            ("POST", None) => reply(202, &[("location", "one")], ""),
            _ => reply(201, &[], ""),
        });
        let (client, clock) = persistent(&peer);
        let result = match number < table.len() {
            true => client.put_blob(&repository(), Blob::from_bytes("x")).await,
            false => client.mount(&repository(), &digest("x"), &from).await.map(|mounted| assert!(mounted)),
        };
        let posts = peer.lines().iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!((posts, result.is_ok()), (asked, asked == 4), "{status} {wait}");
        let least = if wait.is_empty() { 0.0 } else { 7.0 };
        assert!(clock.slept().into_iter().all(|slept| seconds(slept) >= least), "{status} {wait}");
    }
}

/// What a registry says to the last request of an upload that it carried out, and whether it is asked for the blob.
#[tokio::test]
async fn an_upload_that_was_stored_all_the_same_has_succeeded() {
    for (status, asked) in
        [(500, true), (503, true), (408, true), (524, true), (400, false), (429, false), (413, false)]
    {
        for stored in [true, false] {
            let peer = Peer::new(move |sent| match sent.method.as_str() {
                "POST" => reply(202, &[("location", "one")], ""),
                "PUT" => reply(status, &[], ""),
                "HEAD" if stored => reply(200, &[("content-length", "1")], ""),
                _ => reply(404, &[], ""),
            });
            let result = persistent(&peer).0.put_blob(&repository(), Blob::from_bytes("x")).await;
            assert_eq!(result.is_ok(), asked && stored, "{status}");
            let upload = persistent(&peer).0.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
            assert_eq!(upload.commit(&digest("x")).await.is_ok(), asked && stored, "{status}");
        }
    }
}

#[tokio::test]
async fn a_source_that_failed_is_not_made_good_by_what_the_registry_has() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "one")], ""),
        "HEAD" => reply(200, &[("content-length", "7")], ""),
        _ => reply(500, &[], ""),
    });
    let descriptor = wharf_registry::Descriptor::new(MediaType::OCTET_STREAM, digest("content"), 7);
    let wrong = Blob::new(descriptor, Box::pin(stream::once(async { Ok("forged!".into()) })));
    persistent(&peer).0.put_blob(&repository(), wrong).await.unwrap_err();
}

#[tokio::test]
async fn what_was_not_sent_is_sent_again_whatever_it_is() {
    use TransportErrorKind::{Closed, Connect};
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "one")], ""),
        _ => reply(201, &[], ""),
    });
    Flaky::client(&peer, &[Connect; 3]).start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    put(&Flaky::client(&peer, &[Connect; 3]), &[Tag::LATEST]).await.unwrap();
    Flaky::client(&peer, &[Closed]).start_upload(&repository(), Algorithm::SHA256).await.err().unwrap();
    put(&Flaky::client(&peer, &[Closed]), &[Tag::LATEST]).await.unwrap_err();
    assert_eq!(peer.sent().len(), 2);
}

#[tokio::test]
async fn what_an_earlier_attempt_deleted_was_deleted() {
    for (first, gone) in [(503, true), (500, true), (429, false)] {
        let peer = Peer::script([reply(first, &[], ""), reply(404, &[], "")]);
        let result = persistent(&peer).0.delete_tag(&repository(), &Tag::LATEST).await;
        assert_eq!(result.is_ok(), gone, "{first}");
    }
    let peer = Peer::script([reply(404, &[], "")]);
    persistent(&peer).0.delete_tag(&repository(), &Tag::LATEST).await.unwrap_err();
}

/// `Retry-After`, `Date`, our own date, and how long is waited at least and at most, in seconds.
type Pause = (&'static str, Option<&'static str>, Option<u64>, f64, f64);

/// What registries say of when to come back, and how long is waited.
#[tokio::test]
async fn a_registry_that_says_when_to_come_back_is_obeyed_within_reason() {
    const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";
    let table: [Pause; 16] = [
        ("5", None, None, 5.0, 5.25),
        (" 7 ", None, None, 7.0, 7.25),
        ("0", None, None, 0.25, 0.5),
        ("30", None, None, 30.0, 30.0),
        ("31", None, None, 30.0, 30.0),
        ("1000000000000", None, None, 30.0, 30.0),
        ("99999999999999999999999999", None, None, 30.0, 30.0),
        ("-5", None, None, 0.25, 0.5),
        ("1.5", None, None, 0.25, 0.5),
        ("347.256\u{b5}s", None, None, 0.25, 0.5),
        ("soon", None, None, 0.25, 0.5),
        ("Sun, 06 Nov 1994 12:00:10 GMT", Some(NOON), None, 10.0, 10.25),
        ("Sunday, 06-Nov-94 12:00:10 GMT", Some(NOON), Some(0), 10.0, 10.25),
        ("Sun Nov  6 12:00:10 1994", None, Some(784_123_201), 9.0, 9.25),
        ("Sun, 06 Nov 1994 11:00:00 GMT", Some(NOON), None, 0.25, 0.5),
        ("Sun, 06 Nov 1994 12:00:10 GMT", None, None, 0.25, 0.5),
    ];
    for (after, date, ours, least, most) in table {
        for status in [429, 503] {
            let mut headers = vec![("retry-after", after)];
            headers.extend(date.map(|date| ("date", date)));
            let peer = Peer::script([reply(status, &headers, ""), manifest_reply()]);
            let (client, clock) = persistent(&peer);
            ours.into_iter().for_each(|seconds| clock.set_date(seconds));
            pull(&client).await.unwrap();
            let wait: f64 = clock.slept().into_iter().map(seconds).sum();
            assert!((least..=most).contains(&wait), "{after}: {wait}");
        }
    }
}

#[tokio::test]
async fn nothing_begins_after_the_budget() {
    let peer = Peer::new(|_| reply(503, &[("retry-after", "30")], ""));
    let (client, clock) = persistent(&peer);
    pull(&client).await.unwrap_err();
    assert_eq!((peer.sent().len(), clock.slept().len()), (3, 2), "at 0, 30 and 60 seconds");

    let mut retry = Retry::default();
    (retry.attempts, retry.budget) = (1_000, Duration::from_secs(100));
    let (client, clock) = persistent(&peer);
    pull(&client.with_retry(retry)).await.unwrap_err();
    assert_eq!(clock.slept().into_iter().map(seconds).sum::<f64>(), 90.0);

    let late = FakeClock::hasty();
    let clock = late.clone();
    let peer = Peer::new(move |_| {
        clock.advance(50);
        reply(503, &[("retry-after", "11")], "")
    });
    pull(&peer.client().with_retry(Retry::default()).with_clock(late)).await.unwrap_err();
    assert_eq!(peer.sent().len(), 1, "the time that the answer took counts");
}

#[tokio::test]
async fn who_wants_nothing_repeated_waits_for_nothing() {
    let peer = Peer::new(|_| reply(503, &[("retry-after", "10")], ""));
    let clock = FakeClock::hasty();
    let client = peer.client().with_clock(clock.clone());
    for _ in 0..3 {
        let error = pull(&client).await.unwrap_err();
        assert_eq!((wire(&error).attempts(), wire(&error).retry_after()), (1, Some(Duration::from_secs(10))));
    }
    assert_eq!((peer.sent().len(), clock.slept().len()), (3, 0));
}

type Headers = &'static [(&'static str, &'static str)];

const PULLS: &str = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limits"}]}"#;
const BUSY: &str = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}"#;

#[tokio::test]
async fn a_limit_on_pulls_that_is_used_up_is_one_clear_error() {
    let table: [(Headers, &str, bool); 10] = [
        (&[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "0;w=21600")], PULLS, true),
        (&[("x-ratelimit-limit", "100;w=3600")], PULLS, true),
        (&[], PULLS, true),
        (&[("retry-after", "3600")], PULLS, true),
        (&[("retry-after", "3600")], BUSY, true),
        (&[("ratelimit-remaining", "0;w=21600")], BUSY, true),
        (&[("ratelimit-remaining", "7;w=21600")], BUSY, false),
        (&[("retry-after", "2")], PULLS, false),
        (&[], BUSY, false),
        (&[("retry-after", "3600")], "slow down", false),
    ];
    for (headers, body, used_up) in table {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let peer = Peer::new(move |_| {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            reply(429, &headers, body)
        });
        let error = pull(&persistent(&peer).0).await.unwrap_err();
        assert_eq!(wire(&error).kind() == ErrorKind::RateLimited, used_up, "{}", printed(&error));
        assert_eq!(wire(&error).is_retryable(), !used_up);
        assert_eq!(peer.sent().len() == 1, used_up);
        assert_eq!(*error.code(), ErrorCode::TOOMANYREQUESTS);
        assert_eq!(wire(&error).status().map(|status| status.as_u16()), Some(429));
    }
}

#[tokio::test]
async fn a_limit_that_is_used_up_tells_its_numbers() {
    let headers = [("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "0;w=21600")];
    let peer = Peer::script([reply(429, &headers, PULLS)]);
    let error = pull(&persistent(&peer).0).await.unwrap_err();
    let limit = wire(&error).rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining), (Some(100), Some(0)));
    assert_eq!(limit.window, Some(Duration::from_secs(21_600)));
    let told = wire(&error).to_string();
    assert!(told.contains("the registry's limit on requests is used up (0 of 100 left in 21600 s)"), "{told}");
}

/// What a token service says, and how often it is asked.
#[tokio::test]
async fn a_token_service_is_asked_again_when_it_is_out_of_order_and_not_when_it_says_no() {
    for (status, asked) in [(401, 1), (403, 1), (429, 1), (404, 1), (500, 4), (503, 4)] {
        let peer = Peer::new(move |sent| match sent.url.starts_with(REALM) {
            true => reply(status, &[("retry-after", "1")], ""),
            false => bearer(REALM),
        });
        let client = persistent(&peer).0.with_credentials(Credential::basic("robot", Secret::new("hunter2")));
        let error = pull(&client).await.unwrap_err();
        assert_eq!((peer.count("/token"), wire(&error).attempts()), (asked, asked as u32), "{status}");
        assert_eq!((wire(&error).party(), wire(&error).is_retryable()), (Party::TokenService, asked > 1));
    }
    let peer = Peer::script([bearer(REALM), reply(502, &[], "<html>"), token("t"), manifest_reply()]);
    pull(&persistent(&peer).0).await.unwrap();
}

/// An identity token may be good for one exchange; and a registry that shares its host with the service may know it.
#[tokio::test]
async fn an_identity_token_is_posted_once_and_not_quoted() {
    let peer = Peer::new(|sent| if sent.url.starts_with(REALM) { reply(503, &[], "") } else { bearer(REALM) });
    let identity = || Credential::identity_token(Secret::new("canary-identity"));
    pull(&persistent(&peer).0.with_credentials(identity())).await.unwrap_err();
    assert_eq!(peer.count("/token"), 1);

    let echo = reply(403, &[], r#"{"errors":[{"code":"DENIED","message":"not canary-identity"}]}"#);
    let peer = Peer::script([bearer(REALM), token("t"), echo]);
    let error = pull(&peer.client().with_credentials(identity())).await.unwrap_err();
    assert!(!printed(&error).contains("canary"), "{}", printed(&error));
}

#[tokio::test]
async fn the_failures_of_a_call_are_counted_together() {
    let peer = Peer::script([
        reply(503, &[], ""),
        bearer(REALM),
        reply(503, &[], ""),
        token("t"),
        reply(503, &[], ""),
        reply(503, &[], ""),
    ]);
    let error = pull(&persistent(&peer).0).await.unwrap_err();
    assert_eq!((peer.sent().len(), wire(&error).attempts()), (6, 2));
}

fn cut(bytes: &'static str, length: &str, kind: TransportErrorKind) -> Response<Body> {
    let headers = [("content-length", length), ("content-type", MediaType::IMAGE_INDEX.as_str())];
    let mut response = reply(200, &headers, "");
    let pieces = [Ok(bytes.into()), Err(TransportError::new(kind, "cut"))];
    *response.body_mut() = Body::stream(stream::iter(pieces), None);
    response
}

#[tokio::test]
async fn a_manifest_that_broke_off_is_fetched_again() {
    let length = MANIFEST.len().to_string();
    let peer = Peer::script([
        cut(r#"{"schema"#, &length, TransportErrorKind::Closed),
        reply(200, &[("content-length", "99"), ("content-type", MediaType::IMAGE_INDEX.as_str())], MANIFEST),
        manifest_reply(),
    ]);
    let document = persistent(&peer).0.manifest(&repository(), &latest()).await.unwrap();
    assert_eq!(document.bytes(), MANIFEST.as_bytes());
}

#[tokio::test]
async fn a_manifest_that_is_too_large_stays_so() {
    let peer = Peer::new(|_| reply(200, &[("content-length", "99999999")], ""));
    let error = pull(&persistent(&peer).0).await.unwrap_err();
    assert_eq!((fault(&error), peer.sent().len(), wire(&error).is_retryable()), (Fault::TooLarge, 1, false));
}

/// A signed address is not asked again; the registry is, and may give another one.
#[tokio::test]
async fn a_redirect_that_failed_begins_again_at_the_registry() {
    let cdn = |number: u8| reply(307, &[("location", &*format!("https://cdn.example.net/{number}"))], "");
    let peer = Peer::script([cdn(1), reply(503, &[], ""), cdn(2), blob_reply("content")]);
    let _blob = persistent(&peer).0.blob(&repository(), &digest("content")).await.unwrap();
    assert_eq!((peer.count("cdn.example.net/1"), peer.count("cdn.example.net/2")), (1, 1));
}

#[tokio::test]
async fn each_repetition_is_told() {
    let peer = Peer::script([reply(503, &[("retry-after", "2")], ""), reply(500, &[], ""), manifest_reply()]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    let client = persistent(&peer).0.with_observer(move |event| events.lock().unwrap().push(event.clone()));
    pull(&client).await.unwrap();
    let told = told.lock().unwrap();
    let seen: Vec<_> = told
        .iter()
        .map(|event| match event {
            Event::Retry { attempt, kind: ErrorKind::Refused(status), wait } => {
                (*attempt, status.as_u16(), *wait >= Duration::from_secs(2))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [(1, 503, true), (2, 500, false)]);
}
