//! Manifests in memory: how many at a time, and what becomes of those for which there is no room.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use http_body_util::Full;
use tower_service::Service as _;
use wharf_registry::ErrorCode;
use wharf_server::Service;

use crate::backend::{Failing, Stuck};
use crate::harness::{Answer, EMPTY_INDEX, INDEX, answer, ask, ask_chunked, request};

/// A registry that stores a manifest once it is told to, and room for so many manifests.
fn stuck(manifests: usize) -> (Arc<Stuck>, Service) {
    let stuck = Arc::new(Stuck::default());
    let service = Service::new(Arc::clone(&stuck)).with_manifest_memory(manifests * EMPTY_INDEX.len());
    (stuck, service)
}

async fn put(service: &Service) -> Answer {
    let body = Full::<Bytes>::from(EMPTY_INDEX);
    let request = request("PUT", "/v2/a/manifests/1", &[("content-type", INDEX)], body);
    answer("PUT", service.clone().call(request).await.unwrap())
}

#[test]
fn no_more_is_in_memory_than_there_is_room() {
    let (stuck, service) = stuck(2);
    let mut puts: Vec<_> = (0..5).map(|_| Box::pin(put(&service))).collect();
    assert!(puts.iter_mut().all(|put| put.now_or_never().is_none()));
    assert_eq!(stuck.count.load(Ordering::SeqCst), 2);
    assert_eq!(ask(&service, "GET", "/v2/", &[], "").status, 200, "what needs no room does not wait");
    for begun in [3, 4, 5] {
        stuck.go_on.notify_one();
        let done = puts.iter_mut().position(|put| put.now_or_never().is_some());
        drop(puts.remove(done.expect("one has come to its end")));
        assert!(puts.iter_mut().all(|put| put.now_or_never().is_none()));
        assert_eq!(stuck.count.load(Ordering::SeqCst), begun);
    }
}

#[test]
fn who_goes_away_leaves_the_room_to_others() {
    let (stuck, service) = stuck(1);
    for begun in 1..10 {
        let (mut first, mut second) = (Box::pin(put(&service)), Box::pin(put(&service)));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        assert_eq!(stuck.count.load(Ordering::SeqCst), begun);
        match begun % 2 {
            0 => drop((first, second)),
            _ => drop((second, first)),
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_not_joined() {
    let (_stuck, service) = stuck(1);
    let mut waiting = Box::pin(join_all((0..257).map(|_| put(&service))));
    assert!(waiting.as_mut().now_or_never().is_none());
    let refused = put(&service).now_or_never().expect("it does not wait");
    assert_eq!((refused.status, refused.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(refused.header("retry-after"), "5");
    drop(waiting);
    assert!(put(&service).now_or_never().is_none(), "there is room again, and the registry is what waits");
}

#[test]
fn what_is_refused_gives_its_room_back() {
    let service = Service::new(Failing(ErrorCode::DENIED)).with_manifest_memory(10);
    let target = "/v2/a/manifests/1";
    for _ in 0..3 {
        let broken = vec![Ok("{"), Err(std::io::ErrorKind::ConnectionReset.into())];
        assert_eq!(ask_chunked(&service, "PUT", target, &[("content-type", INDEX)], broken).status, 400);
        assert_eq!(ask_chunked(&service, "PUT", target, &[], vec![Ok("no JSON")]).status, 400);
        let large = "x".repeat(5 << 20);
        assert_eq!(ask(&service, "PUT", target, &[("content-type", INDEX)], large).status, 413);
    }
}
