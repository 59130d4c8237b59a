//! What is written down of what passed, and that it can be given again.

use std::error::Error as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::{Request, Response, StatusCode};
use wharf_client::record::{End, Exchange, Recorder, Replay, ReplayError};
use wharf_client::{Client, Credential, ErrorKind, Retry, Secret, Transport, TransportErrorKind};
use wharf_registry::{Blob, Error, MediaType, Read, Write};

use crate::peer::{FakeClock, HOST, MANIFEST, Peer, SECRET, blob_reply, digest, host, latest, reply, repository, wire};
use crate::resume::{CONTENT, End as Ends, broken, one, read};
use crate::trace::{everything, talkative};

fn client(transport: impl Transport + 'static) -> Client {
    Client::new(transport, host(HOST)).unwrap().with_clock(FakeClock::hasty())
}

/// Why a replay did not answer.
fn why(error: &Error) -> ReplayError {
    assert_eq!(wire(error).kind(), ErrorKind::Transport(TransportErrorKind::Other));
    let transport = wire(error).source().unwrap();
    transport.source().unwrap().downcast_ref::<ReplayError>().unwrap().clone()
}

/// The same operations have the same results, whoever asks.
#[tokio::test]
async fn a_record_has_no_secrets_and_can_be_played_again() {
    let identity = Credential::identity_token(Secret::new(format!("{SECRET}-identity")));
    for credential in [Credential::basic("robot", Secret::new(SECRET)), identity] {
        let kind = credential.kind();
        let recorder = Arc::new(Recorder::new(talkative()));
        let failures = everything(&client(Arc::clone(&recorder)).with_credentials(credential)).await;
        let exchanges = recorder.exchanges();
        assert!(exchanges.len() > 20, "{}", exchanges.len());
        let text = format!("{exchanges:?} {recorder:?}");
        for canary in [SECRET, "Y2FuYXJ5", "5eecret"] {
            let at = text.find(canary).map(|at| &text[at.saturating_sub(300)..at + 20]);
            assert_eq!(at, None, "{kind:?} {canary}");
        }

        let other = match kind {
            wharf_client::CredentialKind::IdentityToken => Credential::identity_token(Secret::new("another one")),
            _ => Credential::basic("somebody", Secret::new("something")),
        };
        let replay = Arc::new(Replay::new(exchanges));
        let again = everything(&client(Arc::clone(&replay)).with_credentials(other)).await;
        assert_eq!((again.len(), replay.left()), (failures.len(), 0));
    }
}

fn get(path: &str) -> Request<Bytes> {
    Request::get(format!("https://{HOST}/v2/team/app/{path}")).body(Bytes::new()).unwrap()
}

fn manifest() -> Response<Bytes> {
    Response::builder().header("content-type", MediaType::IMAGE_INDEX.as_str()).body(MANIFEST.into()).unwrap()
}

#[tokio::test]
async fn a_replay_answers_what_is_next_and_nothing_else() {
    let next = || Exchange::new(get("manifests/latest"), manifest());
    let replay = Arc::new(Replay::new([next()]));
    let client = client(Arc::clone(&replay)).with_retry(Retry::none());
    // Another request, after which the right one is still there.
    let (asked, expected) = (format!("HEAD https://{HOST}/v2/team/app/manifests/latest"), next().url);
    let differs = ReplayError::Differs { at: 0, expected: format!("GET {expected}"), asked };
    let error = client.resolve(&repository(), &latest()).await.unwrap_err();
    assert_eq!(why(&error), differs);
    assert!(differs.to_string().starts_with("request 1 should have been GET https://"));
    client.manifest(&repository(), &latest()).await.unwrap();
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(why(&error), ReplayError::Exhausted { asked: format!("GET {expected}") });
    assert_eq!(replay.left(), 0);

    let mut with_range = get("manifests/latest");
    with_range.headers_mut().insert("range", "bytes=0-1".parse().unwrap());
    let mut with_authorization = get("manifests/latest");
    with_authorization.headers_mut().insert("authorization", "x".parse().unwrap());
    let mut with_body = get("manifests/latest");
    *with_body.body_mut() = "x".into();
    let elsewhere = Request::get("https://other.example.com/v2/team/app/manifests/latest").body(Bytes::new()).unwrap();
    for other in [get("manifests/other"), with_range, with_authorization, with_body, elsewhere] {
        let client = crate::record::client(Replay::new([Exchange::new(other.clone(), manifest())]));
        let error = client.manifest(&repository(), &latest()).await.unwrap_err();
        assert!(matches!(why(&error), ReplayError::Differs { at: 0, .. }), "{other:?}");
    }
}

#[tokio::test]
async fn what_is_sent_is_compared() {
    let peer = || {
        Peer::new(|sent| match sent.method.as_str() {
            "POST" => reply(202, &[("location", "/v2/team/app/blobs/uploads/1?_state=a")], ""),
            _ => reply(201, &[], ""),
        })
    };
    for (content, agrees) in [("content", true), ("CONTENT", false)] {
        let recorder = Arc::new(Recorder::new(peer()));
        client(Arc::clone(&recorder)).put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let mut exchanges = recorder.exchanges();
        assert_eq!(exchanges[1].body.bytes, "content");
        assert_eq!(exchanges[1].body.end, End::Whole(digest("content")));
        // The address names the digest, so both are the other's for the second time.
        exchanges[1].url =
            exchanges[1].url.replace(&digest("content").encoded().to_string(), &digest(content).encoded().to_string());
        let replayed = client(Replay::new(exchanges)).with_retry(Retry::none());
        let result = replayed.put_blob(&repository(), Blob::from_bytes(content)).await;
        assert_eq!(result.is_ok(), agrees, "{result:?}");
    }
}

/// As much as is kept is given, and what is more is an error and not an end.
#[tokio::test]
async fn a_body_that_is_not_kept_whole_is_not_given_whole() {
    for keep in [0, 3, 42, 43, 44] {
        let recorder = Arc::new(Recorder::new(Peer::new(|_| blob_reply(CONTENT))).with_body_bytes(keep));
        let blob = client(Arc::clone(&recorder)).blob(&repository(), &digest(CONTENT)).await.unwrap();
        assert_eq!(read(blob).await.0, CONTENT.as_bytes());
        let exchanges = recorder.exchanges();
        let (status, _, content) = exchanges[0].outcome.as_ref().unwrap();
        assert_eq!((*status, content.length, &content.end), (StatusCode::OK, 43, &End::Whole(digest(CONTENT))));
        assert_eq!(content.bytes.len(), keep.min(43));
        let blob = client(Replay::new(exchanges)).blob(&repository(), &digest(CONTENT)).await.unwrap();
        let (bytes, result) = read(blob).await;
        assert_eq!(bytes, &CONTENT.as_bytes()[..keep.min(43)]);
        assert_eq!(result.err().map(|error| why(&error)), (keep < 43).then_some(ReplayError::NotKept));
    }
}

#[tokio::test]
async fn what_broke_off_breaks_off_again() {
    let peer = Peer::new(|_| {
        broken(200, &[("content-length", "43")], one(&CONTENT[..9]), Ends::Fails(TransportErrorKind::Closed))
    });
    let recorder = Arc::new(Recorder::new(peer));
    let no = Retry::none();
    let blob = client(Arc::clone(&recorder)).with_retry(no).blob(&repository(), &digest(CONTENT)).await.unwrap();
    blob.try_collect::<Vec<_>>().await.unwrap_err();
    let blob = client(Replay::new(recorder.exchanges())).with_retry(no);
    let (bytes, result) = read(blob.blob(&repository(), &digest(CONTENT)).await.unwrap()).await;
    assert_eq!(bytes, &CONTENT.as_bytes()[..9]);
    assert_eq!(wire(&result.unwrap_err()).kind(), ErrorKind::Transport(TransportErrorKind::Closed));
}

/// What a token service says that nobody can use holds a secret all the same.
#[tokio::test]
async fn a_token_that_cannot_be_used_is_not_written_down() {
    let long = format!(r#"{{"token":"{SECRET}{}"}}"#, "x".repeat(40_000));
    let table = [
        (format!(r#"{{"refresh_token":"{SECRET}"}}"#), false),
        (format!(r#"{{"token":"{SECRET}","token":"{SECRET}"}}"#), false),
        (format!(r#" {{"a":{{}}, "access_token" : "{SECRET}"#), false),
        (long, false),
        (r#"{"token_type":"none"}"#.to_owned(), true),
        (MANIFEST.to_owned(), true),
    ];
    for (body, is_kept) in table {
        let said = body.clone();
        let recorder = Recorder::new(Peer::new(move |_| reply(200, &[], said.clone())));
        let request = Request::get(format!("https://{HOST}/token")).body(wharf_client::Body::empty()).unwrap();
        let answer = recorder.send(request).await.unwrap();
        answer.into_body().into_stream().try_for_each(|_| async { Ok(()) }).await.unwrap();
        let [exchange] = &recorder.exchanges()[..] else { panic!("one exchange") };
        assert!(!format!("{exchange:?}").contains(SECRET), "{body:.80}");
        let (_, _, content) = exchange.outcome.as_ref().unwrap();
        assert_eq!(content.end != End::Secret, is_kept, "{body:.80}");
    }
}
