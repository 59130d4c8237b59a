//! An upload over HTTP to a directory, through services that come and go.

use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use tower_service::Service as _;
use wharf_registry::Digest;
use wharf_server::Service;
use wharf_store::layout::Directory;
use wharf_testkit::fixture;

use crate::doorkeeper::Doorkeeper;
use crate::harness::{Answer, request};

/// The service as it is after a restart, or as a second one in front of the same directory.
fn started(directory: &Path) -> Service {
    Service::new(Directory::create(directory).unwrap()).with_authorize(Doorkeeper)
}

async fn ask(service: &Service, method: &str, target: &str, range: &str, body: Bytes) -> Answer {
    let mut headers = vec![("authorization", "writer")];
    headers.extend(Some(("content-range", range)).filter(|(_, range)| !range.is_empty()));
    let Ok(response) = service.clone().call(request(method, target, &headers, Full::new(body))).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let content = fixture::bytes(1, 300_000);
    let part = |range: std::ops::Range<usize>| content.slice(range);
    for digest in [Digest::of(&content), fixture::sha512(&content)] {
        let directory = tempfile::tempdir().unwrap();
        let service = started(directory.path());
        let location =
            ask(&service, "POST", "/v2/a/blobs/uploads/", "", Bytes::new()).await.header("location").to_owned();
        assert_eq!(ask(&service, "PATCH", &location, "0-99999", part(0..100_000)).await.status, 202);

        let service = started(directory.path());
        let status = ask(&service, "GET", &location, "", Bytes::new()).await;
        assert_eq!((status.status, status.header("range")), (204, "0-99999"));
        let wrong = ask(&service, "PATCH", &location, "200000-299999", part(200_000..300_000)).await;
        assert_eq!((wrong.status, wrong.header("range")), (416, "0-99999"));
        let next = ask(&service, "PATCH", &location, "100000-199999", part(100_000..200_000)).await;
        assert_eq!((next.status, next.header("range")), (202, "0-199999"));

        let service = started(directory.path());
        let end = format!("{location}?digest={digest}");
        assert_eq!(ask(&service, "PUT", &end, "200000-299999", part(200_000..300_000)).await.status, 201);
        let target = format!("/v2/a/blobs/{digest}");
        assert_eq!(ask(&started(directory.path()), "GET", &target, "", Bytes::new()).await.body, content);
        assert_eq!(ask(&service, "GET", &location, "", Bytes::new()).await.status, 404);
    }
}

#[tokio::test]
async fn two_services_in_front_of_one_directory_know_the_same_uploads() {
    let directory = tempfile::tempdir().unwrap();
    let services = [(); 2].map(|()| started(directory.path()));
    let location =
        ask(&services[0], "POST", "/v2/a/blobs/uploads/", "", Bytes::new()).await.header("location").to_owned();
    for number in 0..6 {
        let range = format!("{number}-{number}");
        assert_eq!(ask(&services[number % 2], "PATCH", &location, &range, Bytes::from("x")).await.status, 202);
    }
    let end = format!("{location}?digest={}", Digest::of(b"xxxxxx"));
    assert_eq!(ask(&services[0], "PUT", &end, "", Bytes::new()).await.status, 201);
    assert_eq!(ask(&services[1], "DELETE", &location, "", Bytes::new()).await.status, 404);
}
