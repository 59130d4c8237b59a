//! Upload sessions that are filled in parts.

use bytes::Bytes;
use futures_util::stream;
use wharf_client::{Credential, Fault, Retry, Secret, UrlFault};
use wharf_registry::{
    Algorithm, Blob, ByteStream, Descriptor, Digest, Error, ErrorCode, MediaType, Operation, Upload, UploadId, Write,
};

use crate::peer::{FakeClock, Peer, SECRET, digest, fault, reply, repository};

const URL: &str = "https://registry.example.com/v2/team/app/blobs/uploads/";

fn data(pieces: Vec<Result<&'static str, Error>>) -> ByteStream {
    Box::pin(stream::iter(pieces.into_iter().map(|piece| piece.map(Bytes::from))))
}

fn at(location: &str) -> (&'static str, String) {
    ("location", location.to_owned())
}

fn reply_at(status: u16, location: &str, range: &str) -> http::Response<wharf_client::Body> {
    let (name, location) = at(location);
    let mut headers = vec![(name, location.as_str())];
    if !range.is_empty() {
        headers.push(("range", range));
    }
    reply(status, &headers, "")
}

async fn start(peer: &Peer) -> Box<dyn Upload> {
    peer.client().start_upload(&repository(), Algorithm::SHA256).await.unwrap()
}

#[tokio::test]
async fn a_session_follows_its_location_from_answer_to_answer() {
    let peer = Peer::script([
        reply_at(202, "/v2/team/app/blobs/uploads/one?_state=1", "0-0"),
        reply_at(202, "/v2/team/app/blobs/uploads/one?_state=2", "0-6"),
        reply(202, &[("range", "bytes=0-9")], ""),
        reply(201, &[], ""),
    ]);
    let mut upload = start(&peer).await;
    assert_eq!((upload.id().as_str(), upload.offset()), ("one", 0));
    assert_eq!(upload.append(data(vec![Ok("con"), Ok("tent")])).await.unwrap(), 7);
    assert_eq!(upload.append(data(vec![Ok("...")])).await.unwrap(), 10);
    let descriptor = upload.commit(&digest("content...")).await.unwrap();
    assert_eq!((descriptor.size, descriptor.digest), (10, digest("content...")));
    let hex = digest("content...").encoded().to_string();
    assert_eq!(
        peer.lines(),
        [
            format!("POST {URL}"),
            format!("PATCH {URL}one?_state=1"),
            format!("PATCH {URL}one?_state=2"),
            format!("PUT {URL}one?_state=2&digest=sha256%3A{hex}"),
        ]
    );
    assert_eq!((&peer.sent()[1].body[..], peer.sent()[1].header("content-length")), (&b"content"[..], None));
}

#[tokio::test]
async fn a_source_that_fails_leaves_what_came_before() {
    let peer = Peer::script([reply_at(202, "one", ""), reply(202, &[("range", "0-2")], "")]);
    let mut upload = start(&peer).await;
    let failure = Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&"the disk");
    let error = upload.append(data(vec![Ok("con"), Err(failure), Ok("tent")])).await.unwrap_err();
    assert_eq!(error.to_string(), "get blob the disk: UNAVAILABLE");
    assert_eq!(upload.offset(), 3);
    assert_eq!((&peer.sent()[1].body[..], peer.sent()[1].broken), (&b"con"[..], false));
}

#[tokio::test]
async fn a_registry_that_holds_something_else_is_believed_about_it() {
    let peer = Peer::script([
        reply_at(202, "one", ""),
        reply(202, &[("range", "0-4")], ""),
        reply_at(204, "two", "0-4"),
        reply_at(202, "two", "0-6"),
    ]);
    let mut upload = start(&peer).await;
    let error = upload.append(data(vec![Ok("content")])).await.unwrap_err();
    assert_eq!(fault(&error), Fault::UploadRange);
    assert_eq!(upload.offset(), 5, "asked for again");
    assert_eq!(upload.append(data(vec![Ok("nt")])).await.unwrap(), 7);
    assert_eq!(peer.lines()[3], format!("PATCH {URL}two"));
}

#[tokio::test]
async fn a_request_that_was_dropped_is_asked_about_first() {
    let peer = Peer::script([reply_at(202, "one", ""), reply_at(204, "one", "0-3"), reply(201, &[], "")]);
    let mut upload = start(&peer).await;
    {
        let stuck: ByteStream = Box::pin(stream::pending());
        let mut append = upload.append(stuck);
        for _ in 0..10 {
            let _ = append.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        }
    }
    assert_eq!(upload.commit(&digest("cont")).await.unwrap().size, 4);
    assert_eq!(peer.lines()[1], format!("GET {URL}one"));
}

/// What the registry has of a request that broke off, and what it is sent after that.
#[tokio::test]
async fn an_append_goes_on_from_where_the_registry_stands() {
    for (range, again) in
        [("0-3", Some("ent")), ("0-6", None), ("bytes=0-7", None), ("0-1", Some("ntent")), ("0--1", Some("content"))]
    {
        let mut replies = vec![reply_at(202, "one", ""), reply(503, &[], ""), reply_at(204, "two", range)];
        replies.extend(again.map(|_| reply(202, &[("range", "0-6")], "")));
        replies.push(reply(201, &[], ""));
        let peer = Peer::script(replies);
        let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::hasty());
        let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
        assert_eq!(upload.append(data(vec![Ok("con"), Ok("tent")])).await.unwrap(), 7, "{range}");
        if let Some(again) = again {
            assert_eq!(
                (peer.sent()[3].line(), &peer.sent()[3].body[..]),
                (format!("PATCH {URL}two"), again.as_bytes())
            );
        }
        assert_eq!(upload.commit(&digest("content")).await.unwrap().size, 7);
    }
}

/// The registry can then compute the digest on the way. A blob that is pushed opens its session like that, too.
#[tokio::test]
async fn an_algorithm_that_nobody_would_assume_is_told_to_the_registry() {
    let peer = Peer::script([
        reply_at(202, "/v2/team/app/blobs/uploads/one", ""),
        reply_at(202, "/v2/team/app/blobs/uploads/one", ""),
        reply_at(202, "/v2/team/app/blobs/uploads/two", ""),
        reply(201, &[], ""),
    ]);
    let (client, digest) = (peer.client(), wharf_testkit::fixture::sha512(b"content"));
    client.start_upload(&repository(), Algorithm::SHA512).await.unwrap();
    client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), 7);
    client.put_blob(&repository(), Blob::new(blob, data(vec![Ok("content")]))).await.unwrap();
    let lines = peer.lines();
    assert_eq!(lines[0], format!("POST {URL}?digest-algorithm=sha512"));
    assert_eq!(lines[1], format!("POST {URL}"));
    assert_eq!(lines[2], format!("POST {URL}?digest-algorithm=sha512"));
    assert!(lines[3].starts_with(&format!("PUT {URL}two?digest=sha512%3A")), "{}", lines[3]);

    let unknown = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    let refused = client.start_upload(&repository(), unknown.algorithm()).await.err().unwrap();
    assert_eq!((refused.code(), peer.sent().len()), (&ErrorCode::DIGEST_INVALID, 4), "nobody was asked");
}

/// What is not at hand any more is not made up, and the caller is told where the session stands.
#[tokio::test]
async fn an_append_of_which_too_much_is_gone_is_the_callers_to_go_on_with() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply_at(202, "one", ""),
        "PATCH" => reply(503, &[], ""),
        _ => reply_at(204, "one", "0-99"),
    });
    let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::hasty());
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    let mib = Bytes::from(vec![7; 1 << 20]);
    let large: ByteStream = Box::pin(stream::iter((0..6).map(move |_| Ok(mib.clone()))));
    let error = upload.append(large).await.unwrap_err();
    assert_eq!((crate::peer::wire(&error).status().unwrap().as_u16(), upload.offset()), (503, 100));
    assert_eq!(peer.lines().iter().filter(|line| line.starts_with("PATCH")).count(), 1);
}

/// A source that fails after the connection did is what the caller is told, and what came before it is stored.
#[tokio::test]
async fn a_source_that_fails_is_told_after_what_came_before_it_was_sent_again() {
    let peer = Peer::script([
        reply_at(202, "one", ""),
        reply(503, &[], ""),
        reply_at(204, "one", "0-0"),
        reply(416, &[], ""),
        reply(202, &[("range", "0-2")], ""),
    ]);
    let client = peer.client().with_retry(Retry::default()).with_clock(FakeClock::hasty());
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    let failure = Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&"the disk");
    let error = upload.append(data(vec![Ok("con"), Err(failure)])).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), upload.offset()), ("get blob the disk: UNAVAILABLE", 3));
    let bodies: Vec<_> = peer.sent().iter().map(|sent| sent.body.clone()).collect();
    assert_eq!(bodies[3..], ["c", "on"], "the first byte is there already");
}

#[tokio::test]
async fn a_session_is_resumed_by_its_name() {
    let id = UploadId::parse("one").unwrap();
    for (range, offset) in [("0-6", 7), ("0-0", 0), ("", 0), ("bytes=0--1", 0), ("5-9", 0)] {
        let peer = Peer::script([reply_at(204, "/v2/team/app/blobs/uploads/one?_state=3", range), reply(204, &[], "")]);
        let upload = peer.client().resume_upload(&repository(), &id).await.unwrap();
        assert_eq!((upload.id(), upload.offset()), (&id, offset), "{range}");
        upload.cancel().await.unwrap();
        assert_eq!(peer.lines(), [format!("GET {URL}one"), format!("DELETE {URL}one?_state=3")]);
    }
    let peer = Peer::script([reply(404, &[], "")]);
    let error = peer.client().resume_upload(&repository(), &id).await.err().unwrap();
    assert_eq!(*error.code(), ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

/// A registry that says `0-0` of one byte and of none, and what it holds after the whole blob was sent once more.
#[tokio::test]
async fn a_session_of_one_byte_is_told_from_an_empty_one() {
    let id = UploadId::parse("one").unwrap();
    let range = |length: usize| format!("0-{}", length.saturating_sub(1));
    for begun in ["", "c"] {
        let held = std::sync::Mutex::new(begun.to_owned());
        let peer = Peer::new(move |sent| {
            let mut held = held.lock().unwrap();
            let status = match (sent.method.as_str(), sent.header("content-range")) {
                ("GET", _) => 204,
                ("PATCH", Some(range)) if !range.starts_with(&format!("{}-", held.len())) => 416,
                ("PATCH", _) => {
                    held.push_str(std::str::from_utf8(&sent.body).unwrap());
                    202
                }
                _ => {
                    return reply(
                        if sent.url.contains(&digest(&held).encoded().to_string()) { 201 } else { 400 },
                        &[],
                        "",
                    );
                }
            };
            let said = if status == 416 { String::new() } else { range(held.len()) };
            reply_at(status, "/v2/team/app/blobs/uploads/one", &said)
        });
        let resume = || async { peer.client().resume_upload(&repository(), &id).await.unwrap() };
        let mut upload = resume().await;
        assert_eq!(upload.offset(), 0);
        assert_eq!(upload.append(data(vec![Ok(""), Ok("con"), Ok("tent")])).await.unwrap(), 7, "{begun}");
        assert_eq!(upload.commit(&digest("content")).await.unwrap().size, 7);
    }
    for (content, size) in [("", 0), ("c", 1)] {
        let peer = Peer::script([reply_at(204, "/v2/team/app/blobs/uploads/one", "0-0"), reply(201, &[], "")]);
        let upload = peer.client().resume_upload(&repository(), &id).await.unwrap();
        assert_eq!(upload.commit(&digest(content)).await.unwrap().size, size);
    }
}

/// A registry that says beside `0-0` how many bytes that is leaves nothing to be found out.
#[tokio::test]
async fn a_session_that_says_what_it_holds_is_not_asked_by_a_byte() {
    let id = UploadId::parse("one").unwrap();
    let table =
        [("0", 0, &["content"][..]), ("1", 1, &["content"]), ("7", 0, &["c", "ontent"]), ("x", 0, &["c", "ontent"])];
    for (said, offset, sent) in table {
        let headers = [("location", "/v2/team/app/blobs/uploads/one"), ("range", "0-0"), ("upload-offset", said)];
        let status = reply(204, &headers, "");
        let peer = Peer::script([status, reply(202, &[], ""), reply(202, &[], "")]);
        let mut upload = peer.client().resume_upload(&repository(), &id).await.unwrap();
        assert_eq!(upload.offset(), offset, "{said}");
        upload.append(data(vec![Ok("con"), Ok("tent")])).await.unwrap();
        let bodies: Vec<_> = peer.sent().iter().skip(1).map(|sent| sent.body.clone()).collect();
        assert_eq!(bodies, sent, "{said}");
    }
}

#[tokio::test]
async fn a_byte_that_is_known_to_have_arrived_is_believed() {
    let peer = Peer::script([
        reply_at(202, "one", "0-0"),
        reply(202, &[("range", "0-0")], ""),
        reply(500, &[], ""),
        reply_at(204, "one", "0-0"),
        reply(202, &[("range", "0-1")], ""),
    ]);
    let mut upload = start(&peer).await;
    assert_eq!(upload.append(data(vec![Ok("a")])).await.unwrap(), 1);
    upload.append(data(vec![Ok("b")])).await.unwrap_err();
    assert_eq!(upload.offset(), 1);
    assert_eq!(upload.append(data(vec![Ok("b")])).await.unwrap(), 2);
    assert_eq!(peer.sent()[4].header("content-range"), None);
}

/// A registry that pays no heed to where a chunk belongs has the byte twice, which it is not believed to have once.
#[tokio::test]
async fn a_byte_that_was_stored_twice_is_noticed() {
    let id = UploadId::parse("one").unwrap();
    let status = || reply_at(204, "/v2/team/app/blobs/uploads/one", "0-0");
    let peer = Peer::script([status(), reply(202, &[("range", "0-1")], "")]);
    let mut upload = peer.client().resume_upload(&repository(), &id).await.unwrap();
    assert_eq!(fault(&upload.append(data(vec![Ok("c")])).await.unwrap_err()), Fault::UploadRange);
}

#[tokio::test]
async fn a_session_has_a_name_whatever_its_address() {
    let table = [
        ("/v2/team/app/blobs/uploads/one", Some("two"), "two"),
        ("/v2/team/app/blobs/uploads/one", Some("not a name"), "one"),
        ("/artifacts-uploads/namespaces/x/uploads/AF2F_9-?digest=", None, "AF2F_9-"),
    ];
    for (location, uuid, name) in table {
        let mut headers = vec![("location", location)];
        headers.extend(uuid.map(|uuid| ("docker-upload-uuid", uuid)));
        let peer = Peer::script([reply(202, &headers, "")]);
        assert_eq!(start(&peer).await.id().as_str(), name);
    }
    let peer = Peer::script([reply(202, &[("location", "/uploads/a%2Fb=")], "")]);
    assert_eq!(start(&peer).await.id().as_str().len(), 64, "a name that nobody else knows");
}

#[tokio::test]
async fn a_session_that_moves_elsewhere_loses_its_authorization_for_good() {
    let peer = Peer::new(|sent| match (sent.method.as_str(), sent.header("authorization")) {
        ("POST", None) => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
        ("POST", Some(_)) => reply_at(202, "https://store.example.net/u", ""),
        ("PATCH", _) => reply_at(202, &format!("{URL}one"), ""),
        _ => reply(201, &[], ""),
    });
    let client = peer.client().with_credentials(wharf_client::Credential::basic("u", wharf_client::Secret::new("p")));
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    upload.append(data(vec![Ok("x")])).await.unwrap();
    upload.commit(&digest("x")).await.unwrap();
    let authorized: Vec<_> = peer.sent().iter().map(|sent| sent.header("authorization").is_some()).collect();
    assert_eq!(authorized, [false, true, false, false]);
}

#[tokio::test]
async fn a_session_that_moves_to_nowhere_is_an_error() {
    let peer =
        Peer::script([reply_at(202, "one", ""), reply_at(202, "http://evil.example.net/", ""), reply(404, &[], "")]);
    let mut upload = start(&peer).await;
    let error = upload.append(data(vec![Ok("x")])).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Location(UrlFault::Insecure));
}

/// A stranger to whom the registry redirected cannot send the session back home to a place of its choice, with the
/// registry's authorization.
#[tokio::test]
async fn a_stranger_does_not_move_a_session() {
    let peer = Peer::new(|sent| match (sent.header("authorization"), sent.method.as_str()) {
        _ if sent.url.contains("evil") => {
            let home = "https://registry.example.com/v2/victim/blobs/uploads/zzz";
            reply(204, &[("location", home), ("range", "0-0")], "")
        }
        (None, _) => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
        (_, "POST") => reply(202, &[("location", "/v2/team/app/blobs/uploads/abc")], ""),
        (_, "GET") => reply(307, &[("location", "https://evil.example.net/")], ""),
        _ => reply(500, &[], ""),
    });
    let client = peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    for _ in 0..2 {
        let hello: ByteStream = Box::pin(futures_util::stream::once(std::future::ready(Ok("hello".into()))));
        let _ = upload.append(hello).await;
    }
    let victims: Vec<_> = peer.sent().into_iter().filter(|sent| sent.url.contains("victim")).collect();
    assert!(victims.iter().all(|sent| sent.header("authorization").is_none()), "{victims:?}");
    assert!(peer.sent().iter().any(|sent| sent.url.contains("evil")), "the stranger was asked");
}
