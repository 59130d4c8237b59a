//! A server of a client of a server answers as that server does: the same requests, sent to a registry and to proxies
//! before another one like it, have the same answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod stack;

use stack::{Answer, Ask, Stack, digests};
use wharf::registry::Digest;

const BLOB: &str = "0123456789abcdef";

/// Everything that is asked must be answered alike by the registry itself, by a proxy, and by a proxy of a proxy.
async fn alike(asks: &[Ask]) -> Vec<Answer> {
    let said = Stack::proxies(0).all(asks).await;
    for depth in [1, 2] {
        let proxied = Stack::proxies(depth).all(asks).await;
        for ((ask, direct), proxied) in asks.iter().zip(&said).zip(&proxied) {
            assert_eq!(proxied, direct, "{depth} proxies: {ask:?}");
        }
    }
    said
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[tokio::test]
async fn blobs() {
    for digest in digests(BLOB) {
        let (blob, upload) = (format!("/v2/a/blobs/{digest}"), format!("/v2/a/blobs/uploads/?digest={digest}"));
        let mounted = format!("/v2/b/blobs/uploads/?mount={digest}&from=a");
        let range = |range| Ask::new("GET", &blob).with("range", range);
        let said = alike(&[
            Ask::new("HEAD", &blob),
            Ask::new("GET", &blob),
            Ask::new("DELETE", &blob),
            Ask::new("POST", &upload).body("something else"),
            Ask::new("POST", &upload).body(BLOB),
            Ask::new("POST", &upload).body(BLOB),
            Ask::new("HEAD", &blob),
            Ask::new("GET", &blob),
            Ask::new("GET", &blob).with("if-none-match", &format!("\"{digest}\"")),
            range("bytes=2-5"),
            range("bytes=4-"),
            range("bytes=-3"),
            range("bytes=8-99"),
            range("bytes=99-"),
            range("bytes=5-0"),
            Ask::new("POST", &mounted),
            Ask::new("GET", &format!("/v2/b/blobs/{digest}")),
            Ask::new("POST", "/v2/b/blobs/uploads/?from=a&mount=sha256:short"),
            Ask::new("DELETE", &blob),
            Ask::new("GET", &blob),
            Ask::new("GET", &format!("/v2/b/blobs/{digest}")),
        ])
        .await;
        let expected =
            [404, 404, 404, 400, 201, 201, 200, 200, 304, 206, 206, 206, 206, 416, 416, 201, 200, 400, 202, 404, 200];
        assert_eq!(statuses(&said), expected, "{digest}");
        assert_eq!(said[3].code, "DIGEST_INVALID");
    }
}

/// A mount of what is not there opens a session, which can be used.
#[tokio::test]
async fn a_mount_that_cannot_be_done() {
    let digest = Digest::of(BLOB.as_bytes());
    let said = alike(&[
        Ask::new("POST", &format!("/v2/b/blobs/uploads/?mount={digest}&from=a")),
        Ask::session("PUT", &format!("?digest={digest}")).body(BLOB),
        Ask::new("POST", &format!("/v2/b/blobs/uploads/?mount={digest}")),
    ])
    .await;
    assert_eq!(statuses(&said), [202, 201, 202]);
}

/// Wherever a blob is cut, also after its first byte, which many registries do not tell from none.
#[tokio::test]
async fn parts_of_every_length() {
    for digest in digests(BLOB) {
        for cut in [0, 1, 2, 15, 16] {
            let (first, rest) = BLOB.split_at(cut);
            for placed in [false, true] {
                let part = |from: usize, part: &'static str| {
                    let ask = Ask::session("PATCH", "").body(part);
                    let range = format!("{from}-{}", (from + part.len()).saturating_sub(1));
                    if placed && !part.is_empty() { ask.with("content-range", &range) } else { ask.chunked() }
                };
                let said = alike(&[
                    Ask::new("POST", "/v2/a/blobs/uploads/").with("content-length", "0"),
                    Ask::session("GET", ""),
                    part(0, first),
                    Ask::session("GET", ""),
                    part(cut, rest),
                    Ask::session("GET", ""),
                    Ask::session("PUT", &format!("?digest={digest}")),
                    Ask::new("GET", &format!("/v2/a/blobs/{digest}")),
                    Ask::session("GET", ""),
                ])
                .await;
                let at = format!("{digest} cut at {cut}, placed: {placed}");
                assert_eq!(statuses(&said), [202, 204, 202, 204, 202, 204, 201, 200, 404], "{at}");
                assert_eq!(said[3].header("upload-offset"), cut.to_string(), "{at}");
            }
        }
    }
}

#[tokio::test]
async fn parts_out_of_order() {
    let digest = Digest::of(BLOB.as_bytes());
    let part = |range: &str, part: &'static str| Ask::session("PATCH", "").with("content-range", range).body(part);
    let said = alike(&[
        Ask::new("POST", "/v2/a/blobs/uploads/"),
        part("4-7", "4567"),
        part("0-3", "0123"),
        part("0-3", "0123"),
        part("4-7", "456"),
        part("x", "4567"),
        Ask::session("GET", ""),
        Ask::session("PUT", &format!("?digest={digest}")).with("content-range", "8-15").body("89abcdef"),
        Ask::session("PUT", "").body("456789abcdef"),
        Ask::session("PUT", &format!("?digest={digest}")).with("content-range", "4-15").body("456789abcdef"),
    ])
    .await;
    assert_eq!(statuses(&said), [202, 416, 202, 416, 400, 400, 204, 416, 400, 201]);
}

#[tokio::test]
async fn sessions_that_end_in_nothing() {
    let wrong = Digest::of(b"something else");
    let said = alike(&[
        Ask::new("POST", "/v2/a/blobs/uploads/"),
        Ask::session("PATCH", "").body("some").chunked(),
        Ask::session("DELETE", ""),
        Ask::session("DELETE", ""),
        Ask::session("GET", ""),
        Ask::session("PATCH", "").body("thing").chunked(),
        Ask::new("POST", "/v2/a/blobs/uploads/"),
        Ask::session("PUT", &format!("?digest={wrong}")).body(BLOB),
        Ask::new("HEAD", &format!("/v2/a/blobs/{wrong}")),
        Ask::new("GET", "/v2/a/blobs/uploads/nobody-knows-it"),
    ])
    .await;
    assert_eq!(statuses(&said), [202, 202, 204, 404, 404, 404, 202, 400, 404, 404]);
    assert_eq!((said[7].code.as_str(), said[9].code.as_str()), ("DIGEST_INVALID", "BLOB_UPLOAD_UNKNOWN"));
}

#[tokio::test]
async fn manifests() {
    let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let put = |which: &str| {
        Ask::new("PUT", &format!("/v2/a/manifests/{which}"))
            .with("content-type", "application/vnd.oci.image.index.v1+json")
            .body(index)
    };
    for digest in digests(index) {
        let [by_digest, tagged] = [digest.clone(), format!("{digest}?tag=x&tag=y")];
        let get = |which: &str| Ask::new("GET", &format!("/v2/a/manifests/{which}"));
        let head = |which: &str| Ask::new("HEAD", &format!("/v2/a/manifests/{which}"));
        let delete = |which: &str| Ask::new("DELETE", &format!("/v2/a/manifests/{which}"));
        let said = alike(&[
            get("x"),
            head(&by_digest),
            put(&by_digest),
            put(&tagged),
            put("z"),
            get(&by_digest),
            head(&by_digest),
            get("y"),
            head("y"),
            head("y").with("if-none-match", &format!("\"{digest}\"")),
            Ask::new("GET", "/v2/a/tags/list"),
            Ask::new("GET", "/v2/a/tags/list?n=1"),
            Ask::new("GET", "/v2/a/tags/list?n=1&last=x"),
            Ask::new("GET", "/v2/a/tags/list?n=0"),
            Ask::new("GET", "/v2/_catalog"),
            delete("x"),
            get("x"),
            delete("x"),
            get("y"),
            delete(&by_digest),
            get("y"),
            get(&by_digest),
            put(&format!("sha256:{}", "0".repeat(64))),
            put(".bad"),
            get(".bad"),
            Ask::new("PUT", "/v2/a/manifests/x").body("no manifest"),
            Ask::new("GET", "/v2/never/tags/list"),
        ])
        .await;
        let [there, gone] = [statuses(&said[2..20]), statuses(&said[20..])];
        let expected = [201, 201, 201, 200, 200, 200, 200, 304, 200, 200, 200, 200, 200, 202, 404, 404, 200, 202];
        assert_eq!((statuses(&said[..2]), there), (vec![404, 404], expected.to_vec()), "{digest}");
        assert_eq!(gone[..2], [404, 404], "{digest}");
        assert_eq!(gone[2..6], [400, 400, 404, 400], "{digest}");
        assert_eq!(said[3].header("oci-tag"), "x, y");
    }
}
