//! What cannot be seen from outside: whether a media type was allocated.

use std::borrow::Cow;

use super::MediaType;

#[test]
fn known_ones_are_not_allocated() {
    for known in MediaType::KNOWN {
        let text = known.to_string();
        let read: MediaType = serde_json::from_str(&format!("{text:?}")).unwrap();
        let header = MediaType::from_content_type(&format!(" {text} ; charset=utf-8")).unwrap();
        for media_type in [MediaType::parse(&text).unwrap(), read, header] {
            assert_eq!(&media_type, known);
            assert!(matches!(media_type.0, Cow::Borrowed(_)), "{text}");
        }
    }
}

#[test]
fn constants_are_media_types_and_none_is_there_twice() {
    for (at, known) in MediaType::KNOWN.iter().enumerate() {
        assert_eq!(super::grammar::check(known.as_str().as_bytes()), Ok(()), "{known}");
        assert_eq!(MediaType::KNOWN.iter().position(|other| other == known), Some(at), "{known}");
    }
}

#[test]
fn every_constant_is_in_the_table() {
    let table = include_str!("../../../../testdata/documents/media-types.tsv");
    for known in MediaType::KNOWN {
        let starts = |line: &str| line.split('\t').next() == Some(known.as_str());
        assert!(table.lines().any(starts), "{known}");
    }
}
