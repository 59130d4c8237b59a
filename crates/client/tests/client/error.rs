//! What an error tells of who was asked, and of what its answer leaves open.

use futures_util::TryStreamExt;
use http::Response;
use wharf_client::{Body, Client, Host};
use wharf_registry::{Error, List, Read};

use crate::peer::{Peer, bearer, digest, host, latest, reply, repository, wire};

const HINT: &str = "(the repository is missing, or not for this caller)";

fn said(status: u16, code: &str) -> Response<Body> {
    reply(status, &[], format!("{{\"errors\":[{{\"code\":\"{code}\"}}]}}"))
}

/// The same whether the predicate or the text is asked.
fn leaves_open(error: &Error) -> bool {
    let error = wire(error);
    assert_eq!(error.is_denied_or_missing(), error.to_string().ends_with(HINT), "{error}");
    error.is_denied_or_missing()
}

#[tokio::test]
async fn denied_and_missing_are_not_told_apart_where_registries_do_not() {
    let table = [
        // Docker Hub, of a repository that does not exist.
        (401, "UNAUTHORIZED", true),
        // Artifactory, and the registry of GitHub once a token was got.
        (403, "DENIED", true),
        (403, "", true),
        // Harbor, of one that exists.
        (404, "NOT_FOUND", true),
        (404, "NAME_UNKNOWN", true),
        // The repository is there, and can be seen.
        (404, "MANIFEST_UNKNOWN", false),
        (404, "BLOB_UNKNOWN", false),
        (404, "", false),
        (400, "NAME_INVALID", false),
        (500, "UNKNOWN", false),
    ];
    for (status, code, open) in table {
        let peer = Peer::new(move |_| said(status, code));
        let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
        assert_eq!(leaves_open(&error), open, "{status} {code}");
    }
}

#[tokio::test]
async fn a_token_service_that_says_no_leaves_it_open_as_well() {
    for status in [401, 403] {
        let peer = Peer::script([bearer("https://registry.example.com/token"), said(status, "DENIED")]);
        let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
        assert!(leaves_open(&error));
        assert!(
            wire(&error).to_string().starts_with("asking registry.example.com for a token: "),
            "{:?}",
            wire(&error)
        );
    }
}

#[tokio::test]
async fn what_another_host_or_the_whole_registry_refuses_is_about_no_repository() {
    let peer = Peer::new(|_| said(403, "DENIED"));
    let client = peer.client();
    let repositories = client.repositories(None).try_collect::<Vec<_>>().await;
    assert!(!leaves_open(&repositories.unwrap_err()));

    let away = reply(307, &[("location", "https://cdn.example.net:8443/x?sig=1")], "");
    let peer = Peer::script([away, said(403, "DENIED")]);
    assert!(!leaves_open(&peer.client().blob(&repository(), &digest("x")).await.unwrap_err()));
}

/// The host that an error names, and its text up to its kind.
async fn named(client: &Client) -> (Option<Host>, String) {
    let error = client.blob(&repository(), &digest("x")).await.unwrap_err();
    let text = wire(&error).to_string();
    (wire(&error).host().cloned(), text.split(": ").next().unwrap().to_owned())
}

#[tokio::test]
async fn an_error_names_the_host_that_was_asked() {
    let path = format!("/v2/team/app/blobs/{}", digest("x"));
    let home = Some(host("registry.example.com"));
    let peer = Peer::new(|_| reply(500, &[], ""));
    assert_eq!(named(&peer.client()).await, (home, format!("GET registry.example.com{path}")));

    let away = reply(307, &[("location", "https://cdn.example.net:8443/x?sig=1")], "");
    let peer = Peer::script([away, reply(403, &[], "")]);
    let cdn = Some(host("cdn.example.net:8443"));
    assert_eq!(named(&peer.client()).await, (cdn, format!("GET {path} at cdn.example.net:8443")));

    let peer = Peer::script([bearer("https://auth.example.com/token"), reply(400, &[], "")]);
    let service = Some(host("auth.example.com"));
    assert_eq!(named(&peer.client()).await, (service, "asking auth.example.com for a token".into()));
}

#[tokio::test]
async fn the_address_of_docker_hub_is_told_as_it_is() {
    let peer = Peer::new(|_| reply(500, &[], ""));
    let client = Client::new(peer, Host::DOCKER_HUB).unwrap().with_retry(wharf_client::Retry::none());
    assert_eq!(named(&client).await.0, Some(host("registry-1.docker.io")));
}
