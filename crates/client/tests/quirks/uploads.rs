//! Blobs on their way to a registry: where sessions are, what they take and what they say that they hold.

use futures_util::stream;
use wharf_client::{ErrorKind, Fault, Party, TransportErrorKind};
use wharf_registry::{Algorithm, Blob, ByteStream, Descriptor, ErrorCode, Hasher, MediaType, Read, Repository, Write};
use wharf_testkit::emulate::registries;
use wharf_testkit::emulate::{About, Emulated, Network, Quirk, Step, answer};
use wharf_testkit::fixture;

use crate::every::Emulate;
use crate::support::{at, client, digest, over, printed, registry, repository, wire, with};

fn bytes(text: &'static str) -> ByteStream {
    Box::pin(stream::iter([Ok(text.into())]))
}

/// Amazon answers 201 for a part, the state of CNCF distribution changes with every answer, Quay has its own way to say
/// how much there is, and what GitHub takes of a part is limited when its place is named.
#[tokio::test]
async fn a_blob_in_parts_of_unknown_length_is_taken_by_every_registry_that_takes_parts() {
    let all: [Emulate; 6] = [
        registries::ecr,
        registries::distribution,
        registries::quay,
        registries::github,
        registries::gitlab,
        registries::artifactory,
    ];
    for emulate in all {
        let emulation = emulate(crate::every::ours());
        let client = client(&emulation);
        let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
        for (part, held) in [("con", 3), ("te", 5), ("nt", 7)] {
            let now = upload.append(bytes(part)).await.unwrap_or_else(|error| panic!("{}: {error:?}", emulation.host));
            assert_eq!(now, held, "{}", emulation.host);
        }
        upload.commit(&digest(b"content")).await.unwrap();
        assert_eq!(client.stat_blob(&repository(), &digest(b"content")).await.unwrap().size, 7, "{}", emulation.host);
    }
}

/// GitHub takes parts of 4 MiB whose place is named, Google takes none: a blob goes in one request, however large.
#[tokio::test]
async fn a_large_blob_is_one_request_where_parts_are_limited_or_not_taken() {
    let large = fixture::bytes(1, 5 << 20);
    for emulation in [registries::github(registry()), registries::google(registry()), registries::ecr(registry())] {
        client(&emulation).put_blob(&repository(), Blob::from_bytes(large.clone())).await.unwrap();
        let sent = emulation.network.sent();
        let bodies: Vec<_> = sent.iter().filter(|sent| !sent.body.is_empty()).collect();
        assert_eq!(bodies.len(), 1, "{}", emulation.host);
        assert_eq!((bodies[0].method.as_str(), bodies[0].body.len()), ("PUT", large.len()));
    }
}

/// Google's sessions are at paths of their own, and take the token there.
#[tokio::test]
async fn a_session_outside_of_the_registry_s_own_paths_is_used_where_it_is() {
    let emulation = registries::google(registry());
    client(&emulation).put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
    let last = emulation.network.sent().pop().unwrap();
    let there = "https://us-docker.pkg.dev/artifacts-uploads/namespaces/team/app/uploads/";
    assert!(last.url.starts_with(there), "{}", last.url);
    assert!(last.header("authorization").is_some());
}

/// The state in the address is the registry's, whatever is in it, and is in no error.
#[tokio::test]
async fn the_state_of_a_session_is_kept_byte_for_byte_and_told_to_nobody() {
    let emulation = registries::distribution(registry());
    client(&emulation).put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
    let last = emulation.network.sent().pop().unwrap();
    assert!(last.url.contains("?_state=a%2Fb%3D1&digest=sha256%3A"), "{}", last.url);

    let state = "/v2/team/app/blobs/uploads/1?_state=canary-5eecret";
    let (_network, client) = with([
        Quirk::saying(About::Start, "location", state),
        Quirk::refusing(
            About::Session,
            400,
            r#"{"errors":[{"code":"BLOB_UPLOAD_INVALID","message":"blob upload invalid"}]}"#,
        ),
    ]);
    let error = client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap_err();
    assert_eq!(error.code().as_str(), "BLOB_UPLOAD_INVALID");
    assert!(!printed(&error).contains("canary"));
}

/// ECR closes the connection when the repository is not there. A session that may be open is not opened again, and what
/// it means is not guessed.
#[tokio::test]
async fn a_connection_that_ecr_closes_on_a_missing_repository_is_told_as_that() {
    let emulation = registries::ecr(registry());
    let client = client(&emulation);
    client.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap();
    drop(emulation.network.take_lines());
    let missing = Repository::from_static("missing/app");
    let error = client.put_blob(&missing, Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Transport(TransportErrorKind::Closed));
    assert_eq!(wire(&error).path(), "/v2/missing/app/blobs/uploads/");
    assert_eq!(emulation.network.take_lines(), ["POST /v2/missing/app/blobs/uploads/ -"]);
}

/// Behind a proxy that speaks TLS, a registry that was asked over http may answer with an address over https. It is
/// another origin, and the token stays where it was.
#[tokio::test]
async fn a_session_that_moves_to_another_scheme_gets_no_authorization_there() {
    let network = Network::default();
    let wanting = || {
        Quirk::before(About::Any, |request| match request.headers().contains_key("authorization") {
            true => Step::On,
            false => Step::Answer(answer(401, &[("www-authenticate", "Basic realm=x")], "")),
        })
    };
    let moved = Quirk::saying(About::Start, "location", "https://registry.example.com/v2/team/app/blobs/uploads/1");
    network.put("http://registry.example.com", Emulated::new(registry()).with(wanting()).with(moved));
    network.put("https://registry.example.com", Emulated::new(registry()).with(wanting()));
    let robot = wharf_client::Credential::basic("robot", wharf_client::Secret::new(crate::support::SECRET));
    let client = at("registry.example.com", &network, &wharf_testkit::emulate::Clock::default()).plain_http();
    let error = client.with_credentials(robot).put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!((error.code(), wire(&error).party()), (&ErrorCode::UNAUTHORIZED, Party::Elsewhere));
    let there: Vec<_> = network.sent().into_iter().filter(|sent| sent.url.starts_with("https:")).collect();
    assert!(!there.is_empty() && there.iter().all(|sent| sent.header("authorization").is_none()));
}

/// A registry at a port may leave it out, or name the one that goes without saying.
#[tokio::test]
async fn a_default_port_in_an_address_is_the_same_place() {
    for location in [
        "https://registry.example.com:443/v2/team/app/blobs/uploads/1",
        "https://registry.example.com/v2/team/app/blobs/uploads/1",
    ] {
        let peer = move |request: &http::Request<bytes::Bytes>| match request.method().as_str() {
            _ if !request.headers().contains_key("authorization") => {
                answer(401, &[("www-authenticate", "Basic realm=x")], "")
            }
            "POST" => answer(202, &[("location", location)], ""),
            _ => answer(201, &[], ""),
        };
        let (_network, client) = over(peer, []);
        let robot = wharf_client::Credential::basic("robot", wharf_client::Secret::new(crate::support::SECRET));
        client.with_credentials(robot).put_blob(&repository(), Blob::from_bytes("x")).await.unwrap();
    }
}

/// CNCF distribution keeps what came as sha512 under its sha256, and says so.
#[tokio::test]
async fn a_digest_of_another_algorithm_in_an_answer_says_nothing_of_what_was_stored() {
    let mut hasher = Hasher::new(Algorithm::SHA512).unwrap();
    hasher.update(b"content");
    let blob = || {
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, hasher.clone().finish(), 7);
        Blob::new(descriptor, bytes("content"))
    };
    let other = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
    let (_network, client) = with([Quirk::saying(About::Session, "docker-content-digest", other)]);
    client.put_blob(&repository(), blob()).await.unwrap();

    let refusal = r#"{"errors":[{"code":"DIGEST_INVALID","message":"invalid checksum digest format"}]}"#;
    let (_network, client) = with([Quirk::refusing(About::Session.by("PUT"), 400, refusal)]);
    let error = client.put_blob(&repository(), blob()).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);

    let wrong = "sha512:00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
    let (_network, client) = with([Quirk::saying(About::Session, "docker-content-digest", wrong)]);
    let error = client.put_blob(&repository(), blob()).await.unwrap_err();
    assert_eq!(wire(&error).kind(), ErrorKind::Peer(Fault::WrongDigest));
}

/// Artifactory opens a session in place of a mount, and others refuse: the blob has to be stored, and nothing is left
/// open.
#[tokio::test]
async fn a_session_in_place_of_a_mount_is_cancelled() {
    let emulation = registries::artifactory(registry());
    let client = client(&emulation);
    client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
    drop(emulation.network.take_lines());
    let other = Repository::from_static("team/other");
    assert!(!client.mount(&other, &digest(b"content"), &repository()).await.unwrap());
    let last = emulation.network.take_lines().pop().unwrap();
    assert!(last.starts_with("DELETE /v2/team/other/blobs/uploads/"), "{last}");
}

/// Quay tells how much a session has with a unit and one too many, and not where it is.
#[tokio::test]
async fn a_session_of_quay_is_gone_on_with_where_it_stands() {
    let emulation = registries::quay(registry());
    let client = client(&emulation);
    let mut upload = client.start_upload(&repository(), Algorithm::SHA256).await.unwrap();
    upload.append(bytes("con")).await.unwrap();
    let id = upload.id().clone();
    drop(upload);
    let mut upload = client.resume_upload(&repository(), &id).await.unwrap();
    assert_eq!(upload.offset(), 3);
    assert_eq!(upload.append(bytes("tent")).await.unwrap(), 7);
    upload.commit(&digest(b"content")).await.unwrap();
}
