//! Requests that two programs could read in two ways, and other malformed HTTP, byte by byte.
//!
//! Behind each of these is an attack: what one program takes for a body is another's next request. Whatever is refused is
//! refused with the connection, so that nothing that follows can be taken for a request.

use wharf_server::Server;

use crate::harness::{ask, put_index, start};
use crate::net::Running;

/// What must not be carried out: it follows in each case, and would be a request of its own for one who reads otherwise.
const SMUGGLED: &str = "DELETE /v2/a/manifests/latest HTTP/1.1\r\nHost: x\r\n\r\n";

/// Everything that is answered to these bytes, and whether what is smuggled in was done.
async fn answers(bytes: &str) -> (Vec<String>, bool) {
    let running = Running::new(Server::default());
    put_index(&running.service, "a", "latest");
    let location = start(&running.service, "a");
    let mut peer = running.connect().await;
    peer.send(&bytes.replace("{session}", &location)).await;
    let rest = peer.rest().await;
    let statuses = rest.split("HTTP/1.").skip(1).map(|answer| answer[2..5].to_owned()).collect();
    (statuses, ask(&running.service, "HEAD", "/v2/a/manifests/latest", &[], "").status == 404)
}

#[tokio::test(start_paused = true)]
async fn requests_that_could_be_read_in_two_ways_are_refused() {
    let rows = [
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 4\r\nContent-Length: 04x\r\n\r\nabcd",
        "Content-Length: 3, 4\r\n\r\nabcd",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: -4\r\n\r\nabcd",
        "Content-Length: 0x4\r\n\r\nabcd",
        "Content-Length: 4 4\r\n\r\nabcd",
        "Content-Length: 4;\r\n\r\nabcd",
        "Content-Length:\r\n\r\nabcd",
        "Content-Length: 99999999999999999999\r\n\r\nabcd",
        "Content-Length : 4\r\n\r\nabcd",
        "Content-Length\r\n: 4\r\n\r\nabcd",
        "Transfer-Encoding: chunked, identity\r\n\r\nabcd",
        "Transfer-Encoding: xchunked\r\n\r\nabcd",
        "Transfer-Encoding: chunked x\r\n\r\nabcd",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "X-Folded: a\r\n b\r\nContent-Length: 4\r\n\r\nabcd",
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "X Space: a\r\nContent-Length: 4\r\n\r\nabcd",
        "X-Return: a\rContent-Length: 4\r\n\r\nabcd",
        "X-Zero: a\0b\r\nContent-Length: 4\r\n\r\nabcd",
        ": nameless\r\nContent-Length: 4\r\n\r\nabcd",
    ];
    for headers in rows {
        let request = format!("PATCH {{session}} HTTP/1.1\r\nHost: x\r\n{headers}{SMUGGLED}");
        let (statuses, done) = answers(&request).await;
        assert_eq!((statuses, done), (vec!["400".to_owned()], false), "{headers:?}");
    }
}

/// RFC 9112, section 6.1: a body that has both is what the encoding says, and nothing may follow on the connection.
#[tokio::test(start_paused = true)]
async fn a_length_beside_an_encoding_leads_nowhere() {
    for length in [4, 0, 400] {
        for both in [
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        ] {
            let request = format!("PATCH {{session}} HTTP/1.1\r\nHost: x\r\n{both}\r\n\r\n0\r\n\r\n{SMUGGLED}");
            let (statuses, done) = answers(&request).await;
            assert!(!done && statuses.len() <= 1, "{both:?}: {statuses:?}");
        }
    }
}

/// HTTP/1.0 knows no encodings (RFC 9112, section 6.1).
#[tokio::test(start_paused = true)]
async fn an_encoding_is_nothing_to_http_1_0() {
    let request = format!("PATCH {{session}} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}");
    assert_eq!(answers(&request).await, (vec!["400".to_owned()], false));
}

#[tokio::test(start_paused = true)]
async fn chunks_are_read_by_the_letter() {
    let rows = [
        "4\nabcd\r\n0\r\n\r\n",
        "+4\r\nabcd\r\n0\r\n\r\n",
        "0x4\r\nabcd\r\n0\r\n\r\n",
        "4 4\r\nabcd\r\n0\r\n\r\n",
        "-1\r\nabcd\r\n0\r\n\r\n",
        "4\r\nabcdef\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\nabcd\r\n0\r\n\r\n",
        "\r\nabcd\r\n0\r\n\r\n",
        "4;a\nb\r\nabcd\r\n0\r\n\r\n",
    ];
    for chunks in rows {
        let head = "PATCH {session} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (statuses, done) = answers(&format!("{head}{chunks}{SMUGGLED}")).await;
        assert_eq!((statuses, done), (vec!["400".to_owned()], false), "{chunks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_refused() {
    let rows = [
        ("GET  /v2/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("GET /v2/ HTTP/1.1 \r\nHost: x\r\n\r\n", "400"),
        ("GET /v2/ HTTP/3.0\r\nHost: x\r\n\r\n", "400"),
        ("GET /v2/ http/1.1\r\nHost: x\r\n\r\n", "400"),
        ("GET /v2/\0 HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("G@T /v2/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        (" GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("GET /v2/\r\n\r\n", "400"),
        ("GET /v2/a b HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("BREW /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
    ];
    for (request, status) in rows {
        let (statuses, done) = answers(&format!("{request}{SMUGGLED}")).await;
        assert_eq!((statuses, done), (vec![status.to_owned()], false), "{request:?}");
    }
}

/// A target that names a host is one of its path, whoever it names (RFC 9112, section 3.2.2).
#[tokio::test(start_paused = true)]
async fn no_host_that_a_request_names_comes_back() {
    let running = Running::new(Server::default());
    let rows = [
        "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: evil.example\r\n",
        "POST http://evil.example/v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n",
        "POST https://user:pw@evil.example:1/v2/a/blobs/uploads/ HTTP/1.1\r\nHost: evil.example\r\n",
        "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: evil\r\n",
        "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nForwarded: host=evil.example;proto=evil\r\n",
        "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nX-Original-URL: //evil.example/\r\n",
        "POST /v2/a/blobs/uploads/ HTTP/1.0\r\nHost: evil.example\r\nConnection: keep-alive\r\n",
    ];
    for request in rows {
        let mut peer = running.connect().await;
        peer.send(&format!("{request}Content-Length: 0\r\n\r\n")).await;
        let (head, body) = peer.response().await;
        assert!(head.split(' ').nth(1) == Some("202") && head.contains("location: /v2/a/"), "{request:?}: {head}");
        assert!(!head.contains("evil") && !body.contains("evil"), "{request:?}: {head}{body}");
    }
}
