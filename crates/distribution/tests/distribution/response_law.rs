//! What holds for all answers.

use http::header::{CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_distribution::header::{ContentRange, DOCKER_CONTENT_DIGEST};
use wharf_distribution::response::{Content, Listed, Session, Stored, Success};
use wharf_distribution::{Endpoint, EntityTag, Held, Location};
use wharf_spec::Digest;

use crate::endpoint_law::{digests, endpoints, media_types, tags, unknown_digests, uploads};
use crate::field::headers;

fn any_digests() -> impl Strategy<Value = Digest> {
    prop_oneof![digests(), unknown_digests()]
}

fn contents() -> impl Strategy<Value = Content> {
    let entity_tag = "(W/)?\"[!#-~]{0,9}\"".prop_map(|text| EntityTag::parse(&text).unwrap());
    let parts =
        (option::of(media_types()), option::of(any_digests()), option::of(any::<u64>()), option::of(entity_tag));
    parts.prop_map(|(media_type, digest, length, entity_tag)| {
        let mut content = Content::default();
        (content.media_type, content.digest) = (media_type, digest);
        (content.length, content.entity_tag) = (length, entity_tag);
        content
    })
}

fn places() -> impl Strategy<Value = ContentRange> {
    (0..u64::MAX / 2, 0..9_u64, option::of(0..9_u64)).prop_map(|(first, more, after)| {
        let last = first + more;
        ContentRange { first, last, size: after.map(|after| last + 1 + after) }
    })
}

fn locations() -> impl Strategy<Value = Location> {
    "[!#-;=?-\\[\\]-~]{1,60}".prop_map(|text| Location::parse(&text).unwrap())
}

fn sessions() -> impl Strategy<Value = Session> {
    let held = "0-(-1|0|[1-9][0-9]{0,18})".prop_map(|text| Held::parse(&text).unwrap());
    let number = || option::of(any::<u64>());
    (locations(), option::of(held), number(), option::of(uploads()), number()).prop_map(
        |(location, held, offset, id, chunk_min_length)| {
            let mut session = Session::default();
            (session.location, session.held, session.offset) = (Some(location), held, offset);
            (session.id, session.chunk_min_length) = (id, chunk_min_length);
            session
        },
    )
}

fn stored() -> impl Strategy<Value = Stored> {
    (option::of(locations()), option::of(any_digests()), option::of(any_digests()), vec(tags(), 0..65)).prop_map(
        |(location, digest, subject, tags)| {
            let mut stored = Stored::default().with_tags(tags);
            (stored.location, stored.digest, stored.subject) = (location, digest, subject);
            stored
        },
    )
}

fn pages() -> impl Strategy<Value = Listed> {
    (option::of(locations()), any::<bool>()).prop_map(|(next, filtered)| {
        let mut page = Listed::default();
        (page.next, page.filtered) = (next, filtered);
        page
    })
}

/// All answers that a request of that kind may have.
fn answers(
    endpoint: &Endpoint,
    (content, place): (Content, ContentRange),
    stored: Stored,
    session: Session,
    page: Listed,
) -> Vec<Success> {
    match endpoint {
        Endpoint::Base => vec![Success::Base],
        Endpoint::GetBlob { .. } => {
            vec![Success::Content(content.clone()), Success::Unchanged(content.clone()), Success::Part(content, place)]
        }
        Endpoint::HeadBlob { .. } | Endpoint::GetManifest { .. } | Endpoint::HeadManifest { .. } => {
            vec![Success::Content(content.clone()), Success::Unchanged(content)]
        }
        Endpoint::PutManifest { .. } | Endpoint::FinishUpload { .. } => vec![Success::Stored(stored)],
        Endpoint::PostBlob { .. } | Endpoint::MountBlob { .. } => {
            vec![Success::Stored(stored), Success::Opened(session)]
        }
        Endpoint::StartUpload { .. } | Endpoint::AppendUpload { .. } => vec![Success::Opened(session)],
        Endpoint::UploadStatus { .. } => vec![Success::Status(session)],
        Endpoint::DeleteManifest { .. } | Endpoint::DeleteBlob { .. } => vec![Success::Deleted],
        Endpoint::CancelUpload { .. } => vec![Success::Cancelled],
        _ => vec![Success::Listed(page)],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn are_read_as_they_were_written(
        endpoints in endpoints(),
        content in (contents(), places()),
        stored in stored(),
        session in sessions(),
        page in pages(),
    ) {
        for endpoint in endpoints {
            for answer in answers(&endpoint, content.clone(), stored.clone(), session.clone(), page.clone()) {
                let (status, headers) = answer.encode();
                prop_assert_eq!(Success::decode(&endpoint, status, &headers), Ok(Some(answer)), "{:?}", endpoint);
            }
        }
    }

    /// Headers of any kind: what is read of them reads the same when it is written anew, for every request and status.
    #[test]
    fn that_can_be_read_at_all_are_written(endpoints in endpoints(), all in vec(fields(), 0..8), status in 200..305_u16) {
        let headers: HeaderMap = all.iter().cloned().collect();
        let status = http::StatusCode::from_u16(status).unwrap();
        for endpoint in endpoints {
            if let Ok(Some(answer)) = Success::decode(&endpoint, status, &headers) {
                let (status, headers) = answer.encode();
                prop_assert_eq!(Success::decode(&endpoint, status, &headers), Ok(Some(answer)));
            }
        }
    }

    /// No two values of what says where, how long or what something is are ever chosen from.
    #[test]
    fn never_contradict_themselves(place in locations(), other in locations(), length in any::<u64>(), digest in any_digests()) {
        let two = |name, [one, other]: [String; 2]| headers(&name, &[one.as_bytes(), other.as_bytes()]);
        let lengths = two(CONTENT_LENGTH, [length.to_string(), length.wrapping_add(1).to_string()]);
        prop_assert!(Content::read(&lengths).is_err());
        let digests = two(DOCKER_CONTENT_DIGEST, [digest.to_string(), Digest::of(b"other").to_string()]);
        prop_assert!(Content::read(&digests).is_err() && Stored::read(&digests).is_err());
        let same = place == other;
        prop_assert_eq!(Session::read(&two(LOCATION, [place.to_string(), other.to_string()])).is_ok(), same);
    }
}

/// A header that means something, with a value that may.
fn fields() -> impl Strategy<Value = (HeaderName, HeaderValue)> {
    let name = "(content-(type|length|range)|etag|location|range|link|docker-(content-digest|upload-uuid)|oci-(subject|tag|chunk-min-length|filters-applied))";
    let value = prop_oneof![
        "[ -~]{0,20}",
        "(/v2/a|https://h/u\\?a=b|[0-9]{1,20}|0-[0-9]{0,3}|0--1|bytes=0-9|bytes 0-9/(10|\\*)|text/html; a=b|W?/?\"[a-c]\")",
        "(<[a-z/]{0,5}>; rel=\"?(next|prev)\"?,? ?){0,3}",
        "(artifactType|v1, ?v2|sha256:[0-9a-f]{64}|a:b)",
    ];
    (name, value).prop_map(|(name, value)| (name.parse().unwrap(), HeaderValue::try_from(value).unwrap()))
}
