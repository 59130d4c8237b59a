//! Writing: what is sent, and when it counts as stored.

use bytes::Bytes;
use futures_util::stream;
use wharf_client::{ErrorKind, Fault, UrlFault};
use wharf_registry::{
    Algorithm, Blob, Delete, Descriptor, Document, Error, ErrorCode, Hasher, MediaType, Operation, Precondition,
    Repository, Tag, Write,
};

use crate::peer::{Peer, Sent, digest, fault, reply, repository, wire};

const LOCATION: &str = "/v2/team/app/blobs/uploads/1";

fn accepted() -> http::Response<wharf_client::Body> {
    reply(202, &[("location", LOCATION)], "")
}

/// A blob that is said to be `said` and is `pieces`.
fn blob(said: &str, pieces: Vec<Result<&'static str, Error>>) -> Blob {
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest(said), said.len() as u64);
    Blob::new(descriptor, Box::pin(stream::iter(pieces.into_iter().map(|piece| piece.map(Bytes::from)))))
}

#[tokio::test]
async fn a_blob_is_sent_in_one_request() {
    let peer = Peer::script([accepted(), reply(201, &[], "")]);
    peer.client().put_blob(&repository(), blob("content", vec![Ok("con"), Ok("tent")])).await.unwrap();
    let sent = peer.sent();
    assert_eq!(sent[0].line(), "POST https://registry.example.com/v2/team/app/blobs/uploads/");
    assert_eq!((sent[0].header("content-length"), sent[0].body.len()), (Some("0"), 0));
    assert_eq!((sent[1].header("content-length"), &sent[1].body[..]), (Some("7"), &b"content"[..]));
    assert_eq!(sent[1].header("content-type"), Some("application/octet-stream"));
    assert!(!sent[1].broken);
}

#[tokio::test]
async fn a_blob_without_bytes_is_stored() {
    let peer = Peer::script([accepted(), reply(201, &[], "")]);
    peer.client().put_blob(&repository(), Blob::from_bytes("")).await.unwrap();
    assert_eq!(peer.sent()[1].header("content-length"), Some("0"));
    let peer = Peer::script([]);
    let error = peer.client().put_blob(&repository(), blob("", vec![Ok("x")])).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::SIZE_INVALID);
}

/// A source that fails or lies breaks the request off before its end, and its own error is what comes back.
#[tokio::test]
async fn a_registry_never_sees_the_end_of_wrong_content() {
    let failure = || Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob).named(&"the disk");
    let table = [
        (vec![Ok("con"), Err(failure())], "get blob the disk: UNAVAILABLE"),
        (vec![Ok("con"), Ok("TENT")], "DIGEST_INVALID"),
        (vec![Ok("con")], "SIZE_INVALID"),
        (vec![Ok("con"), Ok("tent!")], "SIZE_INVALID"),
    ];
    for (pieces, expected) in table {
        let peer = Peer::new(|sent| if sent.method == "POST" { accepted() } else { reply(204, &[], "") });
        let error = peer.client().put_blob(&repository(), blob("content", pieces)).await.unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
        let sent = peer.sent();
        assert!(sent[1].broken && sent[1].body == "con", "{:?}", sent[1]);
        assert_eq!(sent[2].line(), format!("DELETE https://registry.example.com{LOCATION}"), "the session is ended");
    }
}

#[tokio::test]
async fn a_blob_is_stored_when_the_registry_says_created() {
    let other = digest("other").to_string();
    let sha512 = "sha512:".to_owned() + &"a".repeat(128);
    let table = [
        (reply(201, &[], ""), None),
        (reply(204, &[], ""), None),
        (reply(201, &[("docker-content-digest", &sha512)], ""), None),
        (reply(201, &[("docker-content-digest", &other)], ""), Some(Fault::WrongDigest)),
        (reply(200, &[], "<html>Welcome</html>"), Some(Fault::Status)),
        (reply(202, &[], ""), Some(Fault::Status)),
    ];
    for (answer, expected) in table {
        let peer = Peer::script([accepted(), answer, reply(204, &[], "")]);
        let result = peer.client().put_blob(&repository(), Blob::from_bytes("content")).await;
        assert_eq!(result.map_err(|error| fault(&error)).err(), expected);
    }
}

#[tokio::test]
async fn a_refused_blob_is_cancelled_and_the_cancelling_does_not_matter() {
    let body = r#"{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}"#;
    for cancelled in [204, 401, 404, 500] {
        let peer = Peer::script([accepted(), reply(400, &[], body), reply(cancelled, &[], "")]);
        let error = peer.client().put_blob(&repository(), Blob::from_bytes("content")).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
        assert_eq!(wire(&error).path(), "/v2/team/app/blobs/uploads/");
        assert_eq!(peer.sent().len(), 3);
    }
}

#[tokio::test]
async fn a_session_without_a_location_is_an_error() {
    let peer = Peer::script([reply(202, &[], "")]);
    let error = peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Location(UrlFault::Missing));
    let peer = Peer::script([reply(202, &[("location", "/a"), ("location", "/b")], "")]);
    let error = peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::DuplicateHeader);
}

#[tokio::test]
async fn a_mount_that_does_not_happen_means_that_the_blob_must_be_stored() {
    let table: [(u16, Result<bool, &str>); 9] = [
        (201, Ok(true)),
        (202, Ok(false)),
        (400, Ok(false)),
        (401, Ok(false)),
        (403, Ok(false)),
        (404, Ok(false)),
        (405, Ok(false)),
        (429, Err("TOOMANYREQUESTS")),
        (503, Err("UNAVAILABLE")),
    ];
    for (status, expected) in table {
        let peer = Peer::new(move |sent: &Sent| match sent.method.as_str() {
            "POST" => reply(status, &[("location", LOCATION)], ""),
            _ => reply(204, &[], ""),
        });
        let from = Repository::from_static("base");
        let result = peer.client().mount(&repository(), &digest("x"), &from).await;
        assert_eq!(result.map_err(|error| error.code().to_string()), expected.map_err(Into::into), "{status}");
        let hex = digest("x").encoded().to_string();
        let url = "https://registry.example.com/v2/team/app/blobs/uploads/";
        let mut lines = vec![format!("POST {url}?mount=sha256%3A{hex}&from=base")];
        if status == 202 {
            lines.push(format!("DELETE {url}1"));
        }
        assert_eq!(peer.lines(), lines);
    }
}

/// A blob that is asked for wherever the registry has it, and what comes of that.
#[tokio::test]
async fn a_blob_that_is_anywhere_is_not_sent() {
    for (status, methods) in [(201, "POST"), (202, "POST PUT"), (400, "POST POST PUT"), (500, "POST POST PUT")] {
        let peer = Peer::new(move |sent: &Sent| match sent.method.as_str() {
            "POST" if sent.url.contains("mount=") => reply(status, &[("location", LOCATION)], ""),
            "POST" => accepted(),
            _ => reply(201, &[], ""),
        });
        peer.client().mount_anywhere().put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let sent: Vec<_> = peer.sent().iter().map(|sent| sent.method.to_string()).collect();
        assert_eq!(sent.join(" "), methods, "{status}");
        let hex = digest("content").encoded().to_string();
        assert!(peer.lines()[0].ends_with(&format!("/v2/team/app/blobs/uploads/?mount=sha256%3A{hex}")));
    }
}

fn index() -> Document {
    Document::new(MediaType::IMAGE_INDEX, crate::peer::MANIFEST)
}

fn tags(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| Tag::parse(name).unwrap()).collect()
}

#[tokio::test]
async fn a_manifest_is_put_under_each_of_its_tags_or_its_digest() {
    let peer = Peer::new(|_| reply(201, &[], ""));
    let client = peer.client();
    let document = index();
    client.put_manifest(&repository(), &document, &tags(&["a", "b"]), &Precondition::Always).await.unwrap();
    client.put_manifest(&repository(), &document, &[], &Precondition::Always).await.unwrap();
    let url = "PUT https://registry.example.com/v2/team/app/manifests/";
    assert_eq!(peer.lines(), [format!("{url}a"), format!("{url}b"), format!("{url}{}", document.digest())]);
    for sent in peer.sent() {
        assert_eq!(sent.header("content-type"), Some(MediaType::IMAGE_INDEX.as_str()));
        assert_eq!((sent.body.as_ref(), sent.header("content-length")), (document.bytes().as_ref(), Some("34")));
    }
}

#[tokio::test]
async fn a_manifest_that_was_stored_as_something_else_is_an_error() {
    let other = digest("other").to_string();
    let peer = Peer::script([reply(201, &[("docker-content-digest", &other)], "")]);
    let error =
        peer.client().put_manifest(&repository(), &index(), &tags(&["a"]), &Precondition::Always).await.unwrap_err();
    assert_eq!(fault(&error), Fault::WrongDigest);
}

#[tokio::test]
async fn preconditions_are_not_pretended() {
    for when in [Precondition::Unset, Precondition::PointsTo(digest("x"))] {
        let peer = Peer::script([]);
        let error = peer.client().put_manifest(&repository(), &index(), &[], &when).await.unwrap_err();
        assert!(error.is_unsupported());
    }
}

#[tokio::test]
async fn tags_of_another_algorithm_must_be_confirmed() {
    let mut hasher = Hasher::new(Algorithm::SHA512).unwrap();
    hasher.update(crate::peer::MANIFEST.as_bytes());
    let digest = hasher.finish();
    let document = Document::verified(MediaType::IMAGE_INDEX, crate::peer::MANIFEST, &digest).unwrap();
    for (confirmed, stored) in [(&["a", "b"][..], true), (&["a, b"], true), (&["a"], false), (&[], false)] {
        let headers: Vec<_> = confirmed.iter().map(|tag| ("oci-tag", *tag)).collect();
        let peer = Peer::script([reply(201, &headers, "")]);
        let put = peer.client();
        let result = put.put_manifest(&repository(), &document, &tags(&["a", "b"]), &Precondition::Always).await;
        assert_eq!(result.is_ok(), stored);
        assert!(result.err().is_none_or(|error| error.is_unsupported()));
        assert!(peer.sent()[0].url.ends_with(&format!("{digest}?tag=a&tag=b")));
    }
}

#[tokio::test]
async fn what_is_deleted_is_named_as_it_was_asked() {
    let peer = Peer::new(|_| reply(202, &[], ""));
    let client = peer.client();
    client.delete_tag(&repository(), &Tag::LATEST).await.unwrap();
    client.delete_manifest(&repository(), &digest("x")).await.unwrap();
    client.delete_blob(&repository(), &digest("x")).await.unwrap();
    let url = "DELETE https://registry.example.com/v2/team/app/";
    let x = digest("x");
    assert_eq!(
        peer.lines(),
        [
            format!("{url}manifests/latest"),
            format!("GET https://registry.example.com/v2/team/app/manifests/{x}"),
            format!("{url}manifests/{x}"),
            format!("{url}blobs/{x}")
        ]
    );
    let peer = Peer::script([reply(405, &[], r#"{"errors":[{"code":"UNSUPPORTED"}]}"#)]);
    let error = peer.client().delete_tag(&repository(), &Tag::LATEST).await.unwrap_err();
    assert!(error.is_unsupported());
    assert!(matches!(wire(&error).kind(), ErrorKind::Refused(status) if status == 405));
}
