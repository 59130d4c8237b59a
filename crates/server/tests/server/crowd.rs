//! How many requests are carried out at a time.

use futures_util::FutureExt;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use tower_service::Service as _;
use wharf_server::{Body, Service};
use wharf_store::Store;

use crate::backend::Small;
use crate::doorkeeper::Doorkeeper;
use crate::harness::{Answer, ask, request};

const BLOB: &str = "/v2/a/blobs/sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

/// An answer of which nothing but the head was read.
fn head(service: &Service, name: Option<&str>, target: &str) -> http::Response<Body> {
    let headers: Vec<_> = name.map(|name| ("authorization", name)).into_iter().collect();
    let request = request("GET", target, &headers, Full::<bytes::Bytes>::default());
    service.clone().call(request).now_or_never().unwrap().unwrap()
}

fn small() -> Service {
    Service::new(Small { pieces: vec!["con", "tent"], ..Small::default() })
}

fn refused(answer: &Answer) {
    assert_eq!((answer.status, answer.code().as_str()), (429, "TOOMANYREQUESTS"));
    assert_eq!(answer.header("retry-after"), "5");
}

/// A request counts until its answer has come to its end, has failed or is dropped.
#[test]
fn a_request_counts_until_its_answer_has_ended() {
    let service = small().with_requests(1);
    let free = |service: &Service| ask(service, "HEAD", "/v2/", &[], "").status == 200;
    let answer = head(&service, None, BLOB);
    refused(&ask(&service, "GET", "/v2/", &[], ""));
    assert!(!free(&service.clone()), "clones share the limit");
    drop(answer);
    assert!(free(&service));

    let mut body = head(&service, None, BLOB).into_body();
    for _ in 0..2 {
        assert!(!free(&service));
        assert!(body.frame().now_or_never().unwrap().unwrap().is_ok());
    }
    assert!(!free(&service), "the end has not been seen");
    assert!(body.frame().now_or_never().unwrap().is_none() && body.is_end_stream());
    assert!(free(&service), "although the body is still there");

    let mut broken = head(&service, None, &BLOB.replace("ed7002", "000000")).into_body();
    while broken.frame().now_or_never().unwrap().is_some_and(|frame| frame.is_ok()) {}
    assert!(free(&service), "a body that failed has ended");

    let base = head(&service, None, "/v2/");
    assert!(!free(&service), "an answer in one piece is sent as well");
    drop(base);
    let refusal = head(&service, None, "/nowhere");
    assert!(free(&service), "a refusal holds nothing");
    drop(refusal);
}

#[test]
fn each_identity_has_a_limit_of_its_own() {
    let service = small().with_authorize(Doorkeeper).with_requests_per_identity(2).with_requests(5);
    let first = [head(&service, Some("reader"), BLOB), head(&service, Some("reader"), BLOB)];
    let of = |name| ask(&service, "GET", "/v2/", &[("authorization", name)], "");
    refused(&of("reader"));
    assert_eq!(of("writer").status, 200);
    let second = [head(&service, Some("writer"), BLOB), head(&service, Some("writer"), BLOB)];
    refused(&of("writer"));
    let keeper = head(&service, Some("keeper"), BLOB);
    refused(&of("nobody"));
    refused(&ask(&service, "GET", "/v2/", &[], ""));
    drop(keeper);
    assert_eq!((of("nobody").status, ask(&service, "GET", "/v2/", &[], "").status), (200, 401));
    drop(first);
    assert_eq!(of("reader").status, 200);
    refused(&of("writer"));
    drop(second);
}

/// Those without a name are one, who cannot take the place of those who have one.
#[test]
fn who_says_no_name_shares_a_limit() {
    let service = Service::new(Store::memory()).with_requests_per_identity(1);
    let first = head(&service, None, "/v2/");
    refused(&ask(&service, "GET", "/v2/", &[], ""));
    drop(first);
    assert_eq!(ask(&service, "GET", "/v2/", &[], "").status, 200);
}

/// One too many is refused before anybody is asked about it.
#[test]
fn no_room_at_all_is_possible() {
    let none = [small().with_requests(0), small().with_requests_per_identity(0)];
    for service in &none {
        refused(&ask(service, "GET", "/v2/", &[], ""));
    }
    assert_eq!(ask(&small().with_requests(usize::MAX), "GET", "/v2/", &[], "").status, 200);
}
