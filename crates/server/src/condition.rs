//! Conditional requests (RFC 9110, section 13): every entity tag here is a digest in quotes.
//!
//! | header | of a read | of a manifest that is stored |
//! |---|---|---|
//! | `If-None-Match` | 304 when the client has it | `*`: no tag exists yet, [`Precondition::Unset`] |
//! | `If-Match` | ignored | one digest: every tag points to it, [`Precondition::PointsTo`] |
//! | `If-Range` | the range counts only for the same content | - |
//!
//! Dates are not offered, so conditions on dates are ignored. Anything else that is asked when a manifest is stored is
//! refused with 412 rather than ignored: a client that sets a condition would take a success for its fulfilment.

use http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName};
use wharf_distribution::header;
use wharf_registry::{ByteRange, Digest, Precondition};

/// Whether the client has this content already (`If-None-Match`).
pub(crate) fn is_known(headers: &HeaderMap, digest: &Digest) -> bool {
    entity_tags(headers, &IF_NONE_MATCH).any(|tag| tag == "*" || names(tag.trim_start_matches("W/"), digest))
}

/// The part of the content that is wanted, unless the client has begun with other content (`If-Range`). A header that
/// makes no sense, or that names several ranges, is ignored.
pub(crate) fn range(headers: &HeaderMap, digest: &Digest) -> Option<ByteRange> {
    let range = header::parse_range(headers.get(RANGE)?.to_str().ok()?)?;
    let same = headers.get(IF_RANGE).is_none_or(|tag| tag.to_str().is_ok_and(|tag| names(tag, digest)));
    same.then_some(range)
}

/// What must be true of a manifest's tags for it to be stored; nothing when that cannot be expressed.
pub(crate) fn precondition(headers: &HeaderMap) -> Option<Precondition> {
    match (headers.contains_key(IF_MATCH), headers.contains_key(IF_NONE_MATCH)) {
        (false, false) => Some(Precondition::Always),
        (false, true) => only(headers, &IF_NONE_MATCH).filter(|tag| *tag == "*").map(|_| Precondition::Unset),
        (true, false) => only(headers, &IF_MATCH).and_then(digest).map(Precondition::PointsTo),
        (true, true) => None,
    }
}

/// The entity tags of a header that may occur several times, each time as a list.
fn entity_tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim_ascii)
}

/// The one entity tag of a header, if there is just one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut tags = entity_tags(headers, name);
    tags.next().filter(|_| tags.next().is_none())
}

/// The digest in a strong entity tag. A weak one names nothing here: content is the same byte for byte or it is other
/// content.
fn digest(tag: &str) -> Option<Digest> {
    Digest::parse(tag.strip_prefix('"')?.strip_suffix('"')?).ok()
}

fn names(tag: &str, wanted: &Digest) -> bool {
    digest(tag).is_some_and(|digest| digest == *wanted)
}
