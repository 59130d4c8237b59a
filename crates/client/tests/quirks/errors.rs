//! What registries say when they say no, and web servers that say yes to everything.

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::Request;
use wharf_client::{ErrorKind, Fault, Party};
use wharf_registry::{
    Algorithm, Blob, Delete, Document, ErrorCode, Limits, List, MediaType, Precondition, Read, Repository, Tag, Write,
};
use wharf_testkit::emulate::registries;
use wharf_testkit::emulate::{Peer, answer};

use crate::support::{anonymous, client, digest, latest, over, registry, repository, wire};

const REALM: &str = r#"Bearer realm="https://registry.example.com/token",service="r""#;

/// A registry that says this of a manifest to whoever has a token, and one of its token service.
fn saying(token: (u16, &'static str), manifest: (u16, &'static str)) -> impl Peer + 'static {
    move |request: &Request<Bytes>| match request.uri().path() {
        "/token" => answer(token.0, &[], token.1),
        _ if request.headers().contains_key("authorization") => answer(manifest.0, &[], manifest.1),
        _ => answer(401, &[("www-authenticate", REALM)], ""),
    }
}

/// A repository that is not there, or not for everybody, as each registry says it: the code, who said it, and whether it
/// may be either.
#[tokio::test]
async fn a_missing_repository_is_told_with_who_said_so() {
    const TOKEN: (u16, &str) = (200, r#"{"token":"t"}"#);
    let hub = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[{"Type":"repository","Class":"","Name":"library/x","Action":"pull"}]}]}"#;
    let table = [
        ("Docker Hub", TOKEN, (401, hub), "UNAUTHORIZED", Party::Registry, true),
        (
            "GitHub",
            (403, r#"{"errors":[{"code":"DENIED","message":"denied"}]}"#),
            (200, ""),
            "UNAUTHORIZED",
            Party::TokenService,
            true,
        ),
        (
            "GitLab",
            (403, r#"{"errors":[{"code":"DENIED","message":"access forbidden"}]}"#),
            (200, ""),
            "UNAUTHORIZED",
            Party::TokenService,
            true,
        ),
        ("Upbound", (404, ""), (200, ""), "UNAUTHORIZED", Party::TokenService, false),
        (
            "Artifactory",
            TOKEN,
            (403, r#"{"errors":[{"status":403,"message":"Forbidden"}]}"#),
            "DENIED",
            Party::Registry,
            true,
        ),
        (
            "Harbor",
            TOKEN,
            (404, r#"{"errors":[{"code":"NOT_FOUND","message":"repository p/r not found"}]}"#),
            "MANIFEST_UNKNOWN",
            Party::Registry,
            true,
        ),
        (
            "ECR",
            TOKEN,
            (
                404,
                r#"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'x' does not exist in the registry"}]}"#,
            ),
            "NAME_UNKNOWN",
            Party::Registry,
            true,
        ),
        (
            "Red Hat",
            TOKEN,
            (404, r#"{"errors":[{"code":"404","message":"Not Found"}]}"#),
            "MANIFEST_UNKNOWN",
            Party::Registry,
            false,
        ),
        (
            "Microsoft",
            TOKEN,
            (404, r#"<?xml version="1.0"?><Error><Code>BlobNotFound</Code></Error>"#),
            "MANIFEST_UNKNOWN",
            Party::Registry,
            false,
        ),
        (
            "Quay, nested",
            TOKEN,
            (400, r#"{"errors":[{"code":"NAME_INVALID","message":"Nested repositories are not supported"}]}"#),
            "NAME_INVALID",
            Party::Registry,
            false,
        ),
        (
            "Quay, expired",
            TOKEN,
            (404, r#"{"errors":[{"code":"TAG_EXPIRED","message":"Tag x was deleted or has expired"}]}"#),
            "MANIFEST_UNKNOWN",
            Party::Registry,
            false,
        ),
    ];
    for (name, token, manifest, code, party, either) in table {
        let (_network, client) = over(saying(token, manifest), []);
        let error = client.manifest(&repository(), &latest()).await.unwrap_err();
        assert_eq!((error.code().as_str(), wire(&error).party()), (code, party), "{name}");
        assert_eq!(wire(&error).is_denied_or_missing(), either, "{name}");
    }
}

/// GitHub refuses the token, and what the service says to it is not passed on but its code.
#[tokio::test]
async fn a_private_repository_at_github_is_refused_by_its_token_service() {
    let emulation = registries::github(registry());
    let private = Repository::from_static("private/app");
    let error = anonymous(&emulation).manifest(&private, &latest()).await.unwrap_err();
    assert_eq!((error.code(), wire(&error).party()), (&ErrorCode::UNAUTHORIZED, Party::TokenService));
    assert_eq!(wire(&error).body().to_string(), "DENIED");
    assert_eq!(emulation.network.sent().len(), 2);
}

/// Harbor blocks what its policy does not let out, with words of its own, which are told.
#[tokio::test]
async fn a_code_that_is_in_no_specification_is_told_as_it_is() {
    let table = [
        (412, "PROJECTPOLICYVIOLATION"),
        (409, "TAG_IMMUTABLE"),
        (413, "TOO_MANY_TAGS_REQUESTS"),
        (400, "TAG_INVALID"),
        (400, "INVALID_REQUEST"),
    ];
    for (status, code) in table {
        let peer = move |_: &Request<Bytes>| {
            answer(status, &[], format!(r#"{{"errors":[{{"code":"{code}","message":"no"}}]}}"#))
        };
        let (_network, client) = over(peer, []);
        let error = client.manifest(&repository(), &latest()).await.unwrap_err();
        assert_eq!(error.code().as_str(), code);
    }
}

/// A portal that answers everything with a page, or a web server that was never a registry.
#[tokio::test]
async fn a_web_server_that_says_yes_to_everything_has_nothing() {
    let page = "<html><body>Welcome to this network</body></html>";
    let peer = move |request: &Request<Bytes>| {
        let body = if request.method() == "HEAD" { "" } else { page };
        let mut yes = answer(200, &[("content-type", "text/html; charset=utf-8")], body);
        yes.headers_mut().insert("content-length", page.len().into());
        yes
    };
    let (_network, client) = over(peer, []);
    let fault = |error: &wharf_registry::Error| wire(error).kind();
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::MediaType));
    let error = client.resolve(&repository(), &latest()).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::MediaType));
    let error = client.stat_blob(&repository(), &digest(b"x")).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::MediaType));
    let blob = client.blob(&repository(), &digest(b"x")).await.unwrap();
    assert_eq!(*blob.into_bytes(&Limits::default()).await.unwrap_err().code(), ErrorCode::DIGEST_INVALID);
    let error = client.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::Status));
    let error = client.start_upload(&repository(), Algorithm::SHA256).await.err().unwrap();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::Status));
    let error = client.mount(&repository(), &digest(b"x"), &Repository::from_static("b")).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::Status));
    let error = client.tags(&repository(), None).try_collect::<Vec<Tag>>().await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::List));
    client.referrers(&repository(), &digest(b"x"), None).try_collect::<Vec<_>>().await.unwrap_err();
    let document = Document::new(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[]}"#);
    let error = client.put_manifest(&repository(), &document, &[Tag::LATEST], &Precondition::Always).await.unwrap_err();
    assert_eq!(fault(&error), ErrorKind::Peer(Fault::Status));
    assert_eq!(
        fault(&client.delete_tag(&repository(), &Tag::LATEST).await.unwrap_err()),
        ErrorKind::Peer(Fault::Status)
    );
    client.delete_blob(&repository(), &digest(b"x")).await.unwrap_err();
}

/// A tag that is not deleted is not deleted by way of its manifest, which others may have tags on.
#[tokio::test]
async fn what_harbor_does_not_delete_by_its_tag_stays() {
    let emulation = registries::harbor(registry());
    let client = client(&emulation);
    let image = wharf_testkit::fixture::image(1, 0, 0);
    wharf_testkit::fixture::push(&client, &repository(), &image, &Tag::LATEST).await;
    let error = client.delete_tag(&repository(), &Tag::LATEST).await.unwrap_err();
    assert!(error.is_unsupported());
    let deletions = emulation.network.sent().into_iter().filter(|sent| sent.method == "DELETE");
    assert!(deletions.clone().count() > 0 && deletions.map(|sent| sent.url).all(|url| url.ends_with("/latest")));
    client.manifest(&repository(), &latest()).await.unwrap();
}
