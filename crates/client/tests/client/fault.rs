//! What other clients have been seen to do wrong, by name. Each of these would fail if this one did it, too.

use futures_util::future::join_all;
use wharf_client::{Credential, Fault, Secret};
use wharf_registry::{
    Blob, Digest, Document, ErrorCode, Index, MediaType, Precondition, Read, Repository, TagOrDigest, Write,
};

use crate::peer::{
    MANIFEST, Peer, SECRET, assert_confined, bearer, digest, fault, latest, manifest_reply, reply, repository, token,
};

const REALM: &str = "https://registry.example.com/token";

#[tokio::test]
async fn a_relative_upload_location_does_not_panic() {
    let peer = Peer::script([reply(202, &[("location", "session")], ""), reply(201, &[], "")]);
    peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap();
    assert_eq!(peer.count("/v2/team/app/blobs/uploads/session?digest="), 1);
}

#[tokio::test]
async fn a_manifest_pushed_by_digest_needs_no_location_in_the_answer() {
    let peer = Peer::script([reply(201, &[], "")]);
    let document = Document::new(MediaType::IMAGE_INDEX, MANIFEST);
    peer.client().put_manifest(&repository(), &document, &[], &Precondition::Always).await.unwrap();
}

#[tokio::test]
async fn a_control_character_in_a_token_does_not_panic() {
    let peer = Peer::script([bearer(REALM), reply(200, &[], "{\"token\":\"a\\u0000\\nb\"}")]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Token);
}

#[tokio::test]
async fn a_password_is_not_sent_to_any_realm_nor_any_location() {
    let peer = Peer::new(|sent| match (sent.method.as_str(), sent.header("authorization")) {
        _ if sent.url.contains("scope=") => token("t"),
        ("POST", Some("Bearer t")) => reply(202, &[("location", "https://evil.example.net/u")], ""),
        ("POST", _) => bearer("https://evil.example.net/token"),
        _ => reply(201, &[], ""),
    });
    let client = peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    client.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap();
    assert_confined(&peer, &["https://registry.example.com"]);
    assert_eq!(peer.count("evil.example.net"), 2);
}

#[tokio::test]
async fn a_cold_start_makes_one_token_call_and_an_open_registry_none() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        _ if sent.url.starts_with(REALM) => token("t"),
        Some("Bearer t") => manifest_reply(),
        _ => bearer(REALM),
    });
    let client = peer.client();
    for document in join_all((0..16).map(|_| async { client.manifest(&repository(), &latest()).await })).await {
        document.unwrap();
    }
    assert_eq!(peer.count("/token"), 1);

    let open = Peer::new(|_| manifest_reply());
    open.client().manifest(&repository(), &latest()).await.unwrap();
    assert_eq!(open.lines(), ["GET https://registry.example.com/v2/team/app/manifests/latest"]);
}

#[tokio::test]
async fn a_refusal_is_not_an_empty_answer() {
    let peer = Peer::new(|_| reply(403, &[], r#"{"errors":[{"code":"DENIED"}]}"#));
    let error = peer.client().resolve(&repository(), &latest()).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DENIED);
}

#[tokio::test]
async fn a_digest_cannot_lead_to_another_endpoint() {
    // There is no way to such a value: what is no digest is refused where it is parsed.
    for text in ["sha256:../../../x", "sha256:..%2f..", "sha256:a?x", "sha256:a#x"] {
        assert!(Digest::parse(text).is_err() && TagOrDigest::parse(text).is_err());
    }
    for text in ["..", "a?ns=x", "a#b", "a/b"] {
        assert!(TagOrDigest::parse(text).is_err());
    }
    for text in ["a/../b", "a//b", "a%2fb", "a\\b"] {
        assert!(Repository::parse(text).is_err());
    }
}

#[tokio::test]
async fn endless_bodies_are_left() {
    let peer = Peer::new(|_| {
        let piece = bytes::Bytes::from(vec![b'x'; 64 << 10]);
        let endless = futures_util::stream::repeat_with(move || Ok(piece.clone()));
        let mut response = reply(200, &[("content-type", "application/vnd.oci.image.index.v1+json")], "");
        *response.body_mut() = wharf_client::Body::stream(endless, None);
        response
    });
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!((fault(&error), error.code()), (Fault::TooLarge, &ErrorCode::MANIFEST_INVALID));
    let list: Vec<_> = {
        let client = peer.client();
        let repository = repository();
        let items = wharf_registry::List::tags(&client, &repository, None);
        futures_util::StreamExt::collect(items).await
    };
    assert_eq!(list.len(), 1);
    assert_eq!(fault(list[0].as_ref().unwrap_err()), Fault::TooLarge);
}

#[tokio::test]
async fn an_index_without_a_media_type_is_pushed_as_an_index() {
    let peer = Peer::script([reply(201, &[], "")]);
    let document = Document::<Index>::author(Index::new(Vec::new())).unwrap().into_raw();
    peer.client().put_manifest(&repository(), &document, &[], &Precondition::Always).await.unwrap();
    assert_eq!(peer.sent()[0].header("content-type"), Some("application/vnd.oci.image.index.v1+json"));
    assert_eq!(peer.sent()[0].body, document.bytes());
}

#[tokio::test]
async fn accepted_instead_of_mounted_is_no_error() {
    let peer = Peer::new(|sent| match sent.method.as_str() {
        "POST" => reply(202, &[("location", "session")], ""),
        _ => reply(204, &[], ""),
    });
    let from = Repository::from_static("base");
    assert!(!peer.client().mount(&repository(), &digest("x"), &from).await.unwrap());
}

#[tokio::test]
async fn a_wrong_size_is_noticed_although_the_digest_was_not_reached() {
    let peer = Peer::script([reply(200, &[("content-length", "3")], "content")]);
    let blob = peer.client().blob(&repository(), &digest("content")).await.unwrap();
    let error = blob.into_bytes(&wharf_registry::Limits::default()).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::SIZE_INVALID);
}
