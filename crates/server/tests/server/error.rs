//! What is refused, and how it is said.

use wharf_registry::{ErrorCode, ReadOnly};
use wharf_server::Service;
use wharf_store::Store;

use crate::backend::{Failing, SECRET, Small};
use crate::harness::{EMPTY_INDEX, INDEX, ask, memory, put_blob, put_index};

const ABSENT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn codes_have_their_statuses() {
    let rows = [
        (ErrorCode::BLOB_UNKNOWN, 404, 404),
        (ErrorCode::BLOB_UPLOAD_INVALID, 400, 400),
        (ErrorCode::BLOB_UPLOAD_UNKNOWN, 404, 404),
        (ErrorCode::MANIFEST_BLOB_UNKNOWN, 400, 400),
        (ErrorCode::MANIFEST_UNKNOWN, 404, 404),
        (ErrorCode::NAME_INVALID, 400, 400),
        (ErrorCode::NAME_UNKNOWN, 404, 404),
        (ErrorCode::DENIED, 403, 403),
        (ErrorCode::UNAUTHORIZED, 403, 403),
        (ErrorCode::UNSUPPORTED, 405, 405),
        (ErrorCode::TOOMANYREQUESTS, 429, 429),
        (ErrorCode::UNAVAILABLE, 503, 503),
        (ErrorCode::UNKNOWN, 500, 500),
        (ErrorCode::parse("VENDOR_SPECIFIC").unwrap(), 500, 500),
        // Content that is wrong is the sender's fault, and not that of who asks for it.
        (ErrorCode::DIGEST_INVALID, 500, 400),
        (ErrorCode::SIZE_INVALID, 500, 400),
        (ErrorCode::MANIFEST_INVALID, 500, 400),
    ];
    for (code, read, write) in rows {
        let service = Service::new(Failing(code.clone()));
        let got = ask(&service, "GET", &format!("/v2/a/blobs/{ABSENT}"), &[], "");
        assert_eq!(got.status, read, "{code}");
        let put = ask(&service, "POST", &format!("/v2/a/blobs/uploads/?digest={ABSENT}"), &[], "x");
        assert_eq!(put.status, write, "{code}");
        let said = if code == ErrorCode::UNAUTHORIZED { ErrorCode::DENIED } else { code };
        assert_eq!((got.code(), put.code()), (said.to_string(), said.to_string()));
        assert_eq!(got.has("retry-after"), matches!(read, 429 | 503));
        assert!(!got.text().contains(SECRET) && got.text().contains("get blob app"), "{got:?}");
        assert!(!got.has("www-authenticate"), "there is nobody to authenticate to");
    }
}

#[test]
fn what_is_not_in_the_specification_is_refused() {
    let blob = format!("/v2/a/blobs/{ABSENT}");
    let rows: &[(&str, &str, u16, &str)] = &[
        ("GET", "/", 404, "NAME_INVALID"),
        ("GET", "/v1/", 404, "NAME_INVALID"),
        ("GET", "/v2/a/unheard/of", 404, "NAME_INVALID"),
        ("GET", "/v2/A/manifests/latest", 400, "NAME_INVALID"),
        ("GET", "/v2/a%2Fb/manifests/latest", 400, "NAME_INVALID"),
        ("GET", "/v2/a/../b/manifests/latest", 400, "NAME_INVALID"),
        ("GET", "/v2/_ext/a/manifests/latest", 400, "NAME_INVALID"),
        ("GET", "/v2/a/manifests/.dot", 404, "MANIFEST_UNKNOWN"),
        ("PUT", "/v2/a/manifests/.dot", 400, "MANIFEST_INVALID"),
        ("GET", "/v2/a/manifests/sha256:baddigeststring", 400, "DIGEST_INVALID"),
        ("PUT", "/v2/a/manifests/sha256:baddigeststring", 400, "DIGEST_INVALID"),
        ("GET", "/v2/a/blobs/sha256:totallywrong", 400, "DIGEST_INVALID"),
        ("GET", "/v2/a/blobs/latest", 400, "DIGEST_INVALID"),
        ("GET", "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", 400, "DIGEST_INVALID"),
        ("GET", "/v2/a/referrers/sha256:bad", 400, "DIGEST_INVALID"),
        ("POST", "/v2/a/blobs/uploads/?digest=sha256:bad", 400, "DIGEST_INVALID"),
        ("POST", "/v2/a/blobs/uploads/?mount=sha256:bad&from=b", 400, "DIGEST_INVALID"),
        ("PATCH", "/v2/a/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("GET", "/v2/a/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("DELETE", "/v2/a/blobs/uploads/none", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("GET", "/v2/a/blobs/uploads/%2e%2e", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("PUT", "/v2/a/blobs/uploads/none", 400, "DIGEST_INVALID"),
        ("POST", "/v2/", 405, "UNSUPPORTED"),
        ("POST", &blob, 405, "UNSUPPORTED"),
        ("OPTIONS", "/v2/a/manifests/latest", 405, "UNSUPPORTED"),
        ("GET", "/v2/a/tags/list?n=-1", 400, "UNSUPPORTED"),
        ("GET", "/v2/a/tags/list?n=+1", 400, "UNSUPPORTED"),
        ("GET", "/v2/a/tags/list?n=NaN", 400, "UNSUPPORTED"),
        ("GET", "/v2/_catalog?n=99999999999999999999", 400, "UNSUPPORTED"),
    ];
    let service = memory();
    for (method, target, status, code) in rows {
        let target = target.replace('+', "%2B");
        let answer = ask(&service, method, &target, &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (*status, *code), "{method} {target}");
    }
}

#[test]
fn what_the_registry_cannot_do_is_unsupported() {
    let store = Store::memory();
    let digest = put_blob(&Service::new(store.clone()), "a", "x");
    put_index(&Service::new(store.clone()), "a", "latest");
    let blob = format!("/v2/a/blobs/{digest}");
    let once = format!("/v2/a/blobs/uploads/?digest={digest}");
    let mount = format!("/v2/a/blobs/uploads/?mount={digest}&from=b");
    let rows: &[(&str, &str, &str)] = &[
        ("PUT", "/v2/a/manifests/latest", EMPTY_INDEX),
        ("DELETE", "/v2/a/manifests/latest", ""),
        ("DELETE", &blob, ""),
        ("POST", "/v2/a/blobs/uploads/", ""),
        ("POST", &once, "x"),
        ("POST", &mount, ""),
    ];
    let services = [Service::new(ReadOnly::new(store)), Service::new(Small::default())];
    for (method, target, body) in rows {
        for service in &services {
            let answer = ask(service, method, target, &[("content-type", INDEX)], *body);
            assert_eq!((answer.status, answer.code().as_str()), (405, "UNSUPPORTED"), "{method} {target}");
            assert!(answer.has("allow"));
        }
    }
    assert_eq!(ask(&services[0], "GET", &blob, &[], "").text(), "x", "nothing was deleted");
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let service = memory();
    let index = put_index(&service, "a", "latest");
    let blob = put_blob(&service, "a", "content");
    let empty = put_blob(&service, "a", "");
    let targets = [
        "/v2/".into(),
        "/v2".into(),
        "/v2/_catalog".into(),
        "/v2/a/tags/list?n=1".into(),
        "/v2/a/manifests/latest".into(),
        format!("/v2/a/manifests/{index}"),
        format!("/v2/a/blobs/{blob}"),
        format!("/v2/a/blobs/{empty}"),
        "/v2/a/manifests/none".into(),
        "/v2/none/manifests/latest".into(),
        format!("/v2/a/blobs/{ABSENT}"),
        "/v2/a/manifests/sha256:bad".into(),
    ];
    for target in &targets {
        let (get, head) = (ask(&service, "GET", target, &[], ""), ask(&service, "HEAD", target, &[], ""));
        assert_eq!(get.status, head.status, "{target}");
        if get.status < 400 {
            assert_eq!(get.headers, head.headers, "{target}");
        } else {
            assert_eq!(head.header("content-type"), "application/json");
        }
    }
}
