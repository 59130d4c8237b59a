//! What requests are answered with.

use http::header::{CONTENT_RANGE, LOCATION};
use http::{HeaderMap, StatusCode};
use wharf_distribution::Endpoint;
use wharf_distribution::field::HeaderErrorKind;
use wharf_distribution::response::{Listed, Stored, Success};
use wharf_reference::Tag;

use crate::field::headers;
use crate::table::rows;

/// Every status in the order of the table's columns; the last one stands for all others.
const STATUSES: [u16; 13] = [200, 201, 202, 203, 204, 205, 206, 304, 307, 404, 416, 500, 100];

/// A registry may answer a request with the statuses of the table and with no other.
#[test]
fn have_the_statuses_of_the_table() {
    let mut all = headers(&LOCATION, &[b"/x"]);
    all.append(CONTENT_RANGE, "bytes 0-0/1".parse().unwrap());
    for [method, target, expected, origin] in rows("response-status.tsv", 18) {
        let endpoint = crate::route::read(&method, &target).unwrap();
        let told = STATUSES.iter().filter_map(|status| {
            let success = Success::decode(&endpoint, StatusCode::from_u16(*status).unwrap(), &all).unwrap()?;
            let debug = format!("{success:?}");
            Some(format!("{status}={}", debug.split(['(', ' ']).next().unwrap()))
        });
        assert_eq!(told.collect::<Vec<_>>().join(" "), expected, "{origin}: {method} {target}");
    }
}

/// What a session is opened at, and what a part is a part of, must be said.
#[test]
fn must_say_what_nobody_else_knows() {
    let missing = |method, target, status| {
        let endpoint = crate::route::read(method, target).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let error = Success::decode(&endpoint, status, &HeaderMap::new()).unwrap_err();
        assert_eq!(error.kind(), HeaderErrorKind::Missing);
        error.name().clone()
    };
    let blob = format!("/v2/a/blobs/sha256:{}", "f".repeat(64));
    assert_eq!(missing("GET", &blob, 206), CONTENT_RANGE);
    assert_eq!(missing("POST", "/v2/a/blobs/uploads/", 202), LOCATION);
    let mount = format!("/v2/a/blobs/uploads/?mount=sha256:{}", "f".repeat(64));
    assert_eq!(missing("POST", &mount, 202), LOCATION);
    for (method, target) in [("GET", "/v2/a/blobs/uploads/x"), ("PATCH", "/v2/a/blobs/uploads/x")] {
        let endpoint = crate::route::read(method, target).unwrap();
        assert!(Success::decode(&endpoint, StatusCode::NO_CONTENT, &HeaderMap::new()).unwrap().is_some());
    }
}

/// Where an address would be followed it is an error when it cannot be; where a manifest was stored it is only told.
#[test]
fn have_addresses_that_matter_or_do_not() {
    let start = Endpoint::parse(&http::Method::POST, "/v2/a/blobs/uploads/", None).unwrap();
    for (values, kind) in [
        (&[&b"/a b"[..]][..], HeaderErrorKind::Malformed),
        (&[b"/a", b"/b"], HeaderErrorKind::Contradiction),
        (&[b"/\xff"], HeaderErrorKind::NotText),
    ] {
        let headers = headers(&LOCATION, values);
        assert_eq!(Success::decode(&start, StatusCode::ACCEPTED, &headers).unwrap_err().kind(), kind);
        assert_eq!(Stored::read(&headers), Ok(Stored::default()));
    }
}

#[test]
fn have_tags_in_one_line_or_in_many() {
    let read = |values: &[&[u8]]| Stored::read(&headers(&"oci-tag".parse().unwrap(), values)).unwrap().tags;
    let tags = |names: &[&str]| names.iter().map(|name| Tag::parse(name).unwrap()).collect::<Vec<_>>();
    assert_eq!(read(&[b"a", b"b,c , d", b""]), tags(&["a", "b", "c", "d"]));
    assert_eq!(read(&[b"a,!,-b,c"]), tags(&["a", "c"]));
    assert_eq!(read(&[vec!["t"; 65].join(",").as_bytes()]).len(), 64);
}

#[test]
fn have_links_and_filters_in_one_line_or_in_many() {
    let mut all = headers(&http::header::LINK, &[b"</a>; rel=\"prev\", </b>; rel=\"next\"", b"</c>; rel=\"next\""]);
    all.append("oci-filters-applied", "other, artifactType".parse().unwrap());
    let page = Listed::read(&all).unwrap();
    assert_eq!((page.next.unwrap().as_str(), page.filtered), ("/b", true));
    let mut none = headers(&http::header::LINK, &[b"</a b>; rel=\"prev\""]);
    none.append("oci-filters-applied", "artifacttype".parse().unwrap());
    assert_eq!(Listed::read(&none), Ok(Listed::default()));
}

/// A list that goes on is never taken for one that has ended.
#[test]
fn have_links_that_can_be_followed() {
    let long = format!("<{}>; rel=\"next\"", "a".repeat(8_192));
    let many = vec![&b"</a>; rel=\"next\""[..]; 65];
    for (values, kind) in [
        (&[&b"</a b>; rel=\"next\""[..]][..], HeaderErrorKind::Malformed),
        (&[b"<>; rel=\"next\""], HeaderErrorKind::Malformed),
        (&[b"</\xff>; rel=\"next\""], HeaderErrorKind::NotText),
        (&[long.as_bytes()], HeaderErrorKind::TooLong),
        (&many, HeaderErrorKind::TooMany),
    ] {
        assert_eq!(Listed::read(&headers(&http::header::LINK, values)).unwrap_err().kind(), kind);
    }
}
