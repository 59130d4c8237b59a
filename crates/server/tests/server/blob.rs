//! Blobs: whole, in part, and gone.

use wharf_registry::{Descriptor, Digest, MediaType};
use wharf_server::Service;

use crate::backend::Small;
use crate::harness::ask;

#[test]
fn a_registry_without_ranges_gives_the_whole() {
    let service = Service::new(Small { pieces: vec!["con", "tent"], ..Small::default() });
    let target = format!("/v2/a/blobs/{}", Digest::of(b"content"));
    let got = ask(&service, "GET", &target, &[("range", "bytes=1-2")], "");
    assert_eq!((got.status, got.text()), (200, "content"));
}

/// The server cannot take back a status that it has sent; it can cut the body off.
#[test]
fn content_gone_bad_never_ends_cleanly() {
    use futures_util::FutureExt;
    use http_body_util::{BodyExt, Empty};
    use tower_service::Service as _;

    let said = |size| Some(Descriptor::new(MediaType::OCTET_STREAM, Digest::of(b"content"), size));
    let rows = [
        (vec!["con", "tent"], said(7), true, true),
        (vec!["con", "tint"], said(7), false, true),
        (vec!["con"], said(7), false, false),
        (vec!["con", "tent", "s"], said(7), false, false),
    ];
    for (pieces, said, verified, unverified) in rows {
        let service = Service::new(Small { pieces: pieces.clone(), said, ..Small::default() });
        for (mut service, clean) in [(service.clone(), verified), (service.unverified(), unverified)] {
            let target = format!("/v2/a/blobs/{}", Digest::of(b"content"));
            let request = http::Request::get(target).body(Empty::<bytes::Bytes>::new()).unwrap();
            let response = service.call(request).now_or_never().unwrap().unwrap();
            assert_eq!(response.headers()["content-length"], "7");
            let body = response.into_body().collect().now_or_never().unwrap();
            assert_eq!(body.is_ok(), clean, "{pieces:?}");
        }
    }
}
