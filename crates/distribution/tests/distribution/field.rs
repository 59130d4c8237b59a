//! What is believed of a header.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};
use wharf_distribution::field::{self, HeaderErrorKind as Kind, MAX_VALUE, MAX_VALUES};
use wharf_distribution::header::{DOCKER_CONTENT_DIGEST, OCI_TAG};

/// Headers of one name with these values, each of any bytes.
pub(crate) fn headers(name: &HeaderName, values: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

/// Values of a header, and what is read of them.
type Row = (&'static [&'static [u8]], Result<Option<&'static str>, Kind>);

#[test]
fn one_value_is_one_or_the_same_again() {
    let table: [Row; 9] = [
        (&[], Ok(None)),
        (&[b""], Ok(Some(""))),
        (&[b"a"], Ok(Some("a"))),
        (&[b"a", b"a", b"a"], Ok(Some("a"))),
        (&[b"a", b"b"], Err(Kind::Contradiction)),
        (&[b"a", b"a", b"b"], Err(Kind::Contradiction)),
        (&[b"a", b"A"], Err(Kind::Contradiction)),
        (&[b"\xc3\xa9"], Err(Kind::NotText)),
        (&[b"a\xff"], Err(Kind::NotText)),
    ];
    for (values, expected) in table {
        let headers = headers(&LOCATION, values);
        assert_eq!(field::one(&headers, &LOCATION).map_err(|error| error.kind()), expected, "{values:?}");
    }
}

#[test]
fn values_have_a_length_and_a_number() {
    for (length, expected) in [(MAX_VALUE - 1, None), (MAX_VALUE, None), (MAX_VALUE + 1, Some(Kind::TooLong))] {
        let headers = headers(&LOCATION, &[&vec![b'a'; length]]);
        assert_eq!(field::one(&headers, &LOCATION).err().map(|error| error.kind()), expected, "{length}");
        assert_eq!(field::all(&headers, &LOCATION).err().map(|error| error.kind()), expected, "{length}");
    }
    for (count, expected) in [(MAX_VALUES - 1, None), (MAX_VALUES, None), (MAX_VALUES + 1, Some(Kind::TooMany))] {
        let headers = headers(&OCI_TAG, &vec![&b"a"[..]; count]);
        assert_eq!(field::all(&headers, &OCI_TAG).err().map(|error| error.kind()), expected, "{count}");
    }
    assert_eq!(field::all(&headers(&OCI_TAG, &[b"a", b"\xff"]), &OCI_TAG).unwrap_err().kind(), Kind::NotText);
}

/// How long and what the content is must be said in one way; what else a header says is heard when it can be.
#[test]
fn some_headers_are_believed_and_some_are_only_heard() {
    let kind = |error: field::HeaderError| error.kind();
    for text in ["+7", "-7", "7,7", "7 ", "0x7", "18446744073709551616", ""] {
        let length = field::length(&headers(&CONTENT_LENGTH, &[text.as_bytes()]));
        assert_eq!(length.map_err(kind), Err(Kind::Malformed), "{text}");
    }
    assert_eq!(field::length(&headers(&CONTENT_LENGTH, &[b"18446744073709551615"])), Ok(Some(u64::MAX)));
    assert_eq!(field::length(&headers(&CONTENT_LENGTH, &[b"7", b"8"])).map_err(kind), Err(Kind::Contradiction));
    let digest = |values: &[&[u8]]| field::digest(&headers(&DOCKER_CONTENT_DIGEST, values)).map_err(kind);
    assert_eq!(digest(&[b"sha256:short"]), Err(Kind::Malformed));
    assert!(digest(&[b"blake3:abc"]).unwrap().is_some());
    assert_eq!(digest(&[b"blake3:abc", b"blake3:abd"]), Err(Kind::Contradiction));
    assert_eq!(field::media_type(&headers(&CONTENT_TYPE, &[b"nonsense"])), Ok(None));
    let types = headers(&CONTENT_TYPE, &[b"text/html", b"text/plain"]);
    assert_eq!(field::media_type(&types).map_err(kind), Err(Kind::Contradiction));
    assert_eq!(field::entity_tag(&headers(&ETAG, &[b"\"a\"", b"\"b\""])), None);
    assert_eq!(field::entity_tag(&headers(&ETAG, &[b"unquoted"])), None);
    assert_eq!(field::held(&headers(&RANGE, &[b"0-1", b"0-2"])), None);
    assert_eq!(field::held(&headers(&RANGE, &[b"0-1", b"0-1"])).and_then(|held| held.bytes()), Some(2));
}

#[test]
fn errors_name_the_header_and_never_hold_the_value() {
    let error = field::length(&headers(&CONTENT_LENGTH, &[b"hunter2"])).unwrap_err();
    assert_eq!(error.to_string(), "the header content-length is malformed");
    assert_eq!((error.name(), error.kind()), (&CONTENT_LENGTH, Kind::Malformed));
    assert!(!format!("{error:?}").contains("hunter2"));
}
