//! Manifests on their way here: what registries leave out, make up and convert.

use bytes::Bytes;
use http::Request;
use wharf_client::{ErrorKind, Fault};
use wharf_registry::{Document, ErrorCode, MediaType, Precondition, Read, TagOrDigest, Write};
use wharf_testkit::emulate::registries;
use wharf_testkit::emulate::{About, Network, Quirk, answer, converting_to_schema_1};
use wharf_testkit::fixture::{self, Image};

use crate::support::{client, digest, latest, registry, repository, wire, with};

/// A registry with some quirks that has an image under `latest`.
async fn stored(quirks: impl IntoIterator<Item = Quirk>) -> (Network, wharf_client::Client, Image) {
    let (network, client) = with(quirks);
    let image = fixture::image(1, 1, 100);
    fixture::push(&client, &repository(), &image, &wharf_registry::Tag::LATEST).await;
    drop(network.take_lines());
    (network, client, image)
}

fn by_digest(image: &Image) -> TagOrDigest {
    TagOrDigest::Digest(image.manifest.digest().clone())
}

/// ECR tells the digest of a tag to `HEAD` alone.
#[tokio::test]
async fn ecr_tells_the_digest_of_a_tag_to_head_and_not_to_get() {
    let emulation = registries::ecr(registry());
    let (client, image) = (client(&emulation), fixture::image(1, 1, 100));
    fixture::push(&client, &repository(), &image, &wharf_registry::Tag::LATEST).await;
    drop(emulation.network.take_lines());
    assert_eq!(client.resolve(&repository(), &latest()).await.unwrap(), image.manifest.descriptor());
    assert_eq!(emulation.network.take_lines(), ["HEAD /v2/team/app/manifests/latest 200"]);
    assert_eq!(client.manifest(&repository(), &latest()).await.unwrap().digest(), image.manifest.digest());
}

/// Red Hat's registry and static ones tell no digest at all, and proxies leave out lengths and types.
#[tokio::test]
async fn what_the_answer_to_head_leaves_out_is_found_out_by_get() {
    for header in ["docker-content-digest", "content-length", "content-type"] {
        let (network, client, image) = stored([Quirk::silent(About::Any, header)]).await;
        assert_eq!(client.resolve(&repository(), &latest()).await.unwrap(), image.manifest.descriptor(), "{header}");
        let path = "/v2/team/app/manifests/latest";
        assert_eq!(network.take_lines(), [format!("HEAD {path} 200"), format!("GET {path} 200")], "{header}");
        for which in [latest(), by_digest(&image)] {
            let found = client.manifest(&repository(), &which).await.unwrap();
            assert_eq!(found.descriptor(), image.manifest.descriptor(), "{header}");
        }
    }
}

/// Static registries and some gateways do not answer `HEAD`.
#[tokio::test]
async fn a_registry_that_cannot_be_asked_by_head_is_asked_by_get() {
    for status in [405, 501] {
        let (_network, client, image) = stored([Quirk::refusing(About::Any.by("HEAD"), status, "")]).await;
        assert_eq!(client.resolve(&repository(), &latest()).await.unwrap(), image.manifest.descriptor());
        let layer = digest(&image.layers[0]);
        assert_eq!(client.stat_blob(&repository(), &layer).await.unwrap().size, 100);
        client.resolve(&repository(), &TagOrDigest::Tag(fixture::tag("gone"))).await.unwrap_err();
        client.stat_blob(&repository(), &digest(b"gone")).await.unwrap_err();
    }
}

/// A 404 is believed, whatever `GET` would have said: to ask twice for all that is not there would be the common case.
#[tokio::test]
async fn a_head_that_says_that_there_is_nothing_is_believed() {
    let (network, client, _image) = stored([Quirk::refusing(About::Any.by("HEAD"), 404, "")]).await;
    let error = client.resolve(&repository(), &latest()).await.unwrap_err();
    assert_eq!((error.code(), network.sent().len()), (&ErrorCode::MANIFEST_UNKNOWN, 1));
    client.manifest(&repository(), &latest()).await.unwrap();
}

#[tokio::test]
async fn a_manifest_without_a_telling_type_is_what_it_says_itself() {
    for kind in ["application/json", "text/plain; charset=utf-8", "application/octet-stream", "text/html"] {
        let (_network, client, image) = stored([Quirk::saying(About::Manifest, "content-type", kind)]).await;
        let found = client.manifest(&repository(), &latest()).await.unwrap();
        assert_eq!(found.descriptor(), image.manifest.descriptor(), "{kind}");
    }
    let kind = "application/vnd.oci.image.manifest.v1+json; charset=utf-8";
    let missing = Quirk::silent(About::Manifest, "content-type");
    for quirk in [Quirk::saying(About::Manifest, "content-type", kind), missing] {
        let (_network, client, image) = stored([quirk]).await;
        assert_eq!(client.manifest(&repository(), &latest()).await.unwrap().descriptor(), image.manifest.descriptor());
    }
}

/// Quay converts, and CNCF distribution hides, what is not asked for by its type's own name; a star does not count.
#[tokio::test]
async fn what_is_asked_for_by_its_type_is_neither_converted_nor_hidden() {
    for emulation in [registries::quay(registry()), registries::distribution(registry())] {
        let (client, image) = (client(&emulation), fixture::image(1, 0, 0));
        fixture::push(&client, &repository(), &image, &wharf_registry::Tag::LATEST).await;
        assert_eq!(client.manifest(&repository(), &latest()).await.unwrap().bytes(), image.manifest.bytes());
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = emulation.network.sent().pop().unwrap().url.parse().unwrap();
        request.headers_mut().insert("accept", "*/*".parse().unwrap());
        let other = emulation.network.send(request).await.unwrap();
        assert_ne!(other.body(), image.manifest.bytes(), "{}", emulation.host);
    }
}

/// What was converted has another digest than what was asked for, and is no answer under a digest.
#[tokio::test]
async fn a_manifest_that_was_converted_is_refused_under_its_digest() {
    // The registry's own answer, as if nothing had been asked for.
    let ignores = Quirk::before(About::Manifest, |request| {
        request.headers_mut().remove("accept");
        wharf_testkit::emulate::Step::On
    });
    let converted = r#"{"schemaVersion":1,"name":"a","tag":"b"}"#;
    let always = Quirk::saying_body(About::Manifest.by("GET"), move |_| converted.to_owned());
    let (_network, client, image) = stored([ignores, always]).await;
    let error = client.manifest(&repository(), &by_digest(&image)).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Peer(Fault::WrongDigest));

    let (_network, client, _image) = stored([converting_to_schema_1()]).await;
    let found = client.manifest(&repository(), &latest()).await.unwrap();
    assert_ne!(found.media_type().as_str(), "application/vnd.docker.distribution.manifest.v1+prettyjws");
}

/// What ECR says to a manifest that does not name its own type. Documents that are written here always do.
#[tokio::test]
async fn ecr_refuses_a_manifest_that_does_not_say_its_type() {
    let emulation = registries::ecr(registry());
    let client = client(&emulation);
    let silent = Document::new(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[]}"#);
    let put = client.put_manifest(&repository(), &silent, &[], &Precondition::Always).await;
    let error = put.unwrap_err();
    assert!(error.is_unsupported());
    assert!(wire(&error).body().to_string().contains("Invalid JSON syntax"), "{}", wire(&error));
    let written = fixture::multi_platform(1, 0, 0);
    fixture::push_index(&client, &repository(), &written, &wharf_registry::Tag::LATEST).await;
}

/// ECR says nothing of what it has stored, Quay only `OK` and where, and some answer with another status.
#[tokio::test]
async fn a_manifest_is_stored_whatever_the_registry_says_of_it() {
    let put = || About::Manifest.by("PUT");
    let table: [Vec<Quirk>; 5] = [
        vec![Quirk::silent(put(), "location"), Quirk::silent(put(), "docker-content-digest")],
        vec![Quirk::saying_body(put(), |_| "OK".into()), Quirk::saying(put(), "location", "/v2/team/app/manifests/x")],
        vec![Quirk::saying(put(), "location", "http://internal:5000/v2/team/app/manifests/x")],
        vec![Quirk::succeeding(put(), 202)],
        vec![Quirk::succeeding(put(), 204)],
    ];
    for quirks in table {
        let (_network, client, image) = stored(quirks).await;
        assert_eq!(client.manifest(&repository(), &latest()).await.unwrap().bytes(), image.manifest.bytes());
    }
    let other = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let (_network, client) = with([Quirk::saying(put(), "docker-content-digest", other)]);
    let image = fixture::image(1, 0, 0);
    fixture::push_blobs(&client, &repository(), &image).await;
    let error = client.put_manifest(&repository(), &image.document(), &[], &Precondition::Always).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Peer(Fault::WrongDigest));
}

/// Azure's replicas and Artifactory may not have yet what was pushed a moment ago. How long that may take is for the
/// caller to know; a 404 is an answer.
#[tokio::test]
async fn what_is_not_there_yet_is_not_waited_for() {
    let (network, client, _image) = stored([]).await;
    network.put("https://registry.example.com", |_: &Request<Bytes>| answer(404, &[], ""));
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!((error.code(), network.sent().len()), (&ErrorCode::MANIFEST_UNKNOWN, 1));
}
