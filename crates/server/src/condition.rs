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
use wharf_distribution::{EntityTag, EntityTags, field, header};
use wharf_registry::{ByteRange, Digest, Precondition};

/// Whether the client has this content already (`If-None-Match`).
pub(crate) fn is_known(headers: &HeaderMap, digest: &Digest) -> bool {
    match condition(headers, &IF_NONE_MATCH) {
        Some(EntityTags::Any) => true,
        Some(EntityTags::Listed(tags)) => tags.iter().any(|tag| tag.is_like(&EntityTag::of(digest))),
        None => false,
    }
}

/// The part of the content that is wanted, unless the client has begun with other content (`If-Range`). A header that
/// makes no sense, or that names several ranges, is ignored.
pub(crate) fn range(headers: &HeaderMap, digest: &Digest) -> Option<ByteRange> {
    let range = header::parse_range(headers.get(RANGE)?.to_str().ok()?)?;
    let names = |tag: &str| EntityTag::parse(tag).is_some_and(|tag| tag.digest().as_ref() == Some(digest));
    let same = headers.get(IF_RANGE).is_none_or(|tag| tag.to_str().is_ok_and(names));
    same.then_some(range)
}

/// What must be true of a manifest's tags for it to be stored; nothing when that cannot be expressed.
pub(crate) fn precondition(headers: &HeaderMap) -> Option<Precondition> {
    match (headers.contains_key(IF_MATCH), headers.contains_key(IF_NONE_MATCH)) {
        (false, false) => Some(Precondition::Always),
        (false, true) => {
            condition(headers, &IF_NONE_MATCH).filter(|tags| *tags == EntityTags::Any).map(|_| Precondition::Unset)
        }
        (true, false) => condition(headers, &IF_MATCH).as_ref().and_then(digest).map(Precondition::PointsTo),
        (true, true) => None,
    }
}

/// A condition that may occur several times, each time as a list, if it can be read.
fn condition(headers: &HeaderMap, name: &HeaderName) -> Option<EntityTags> {
    EntityTags::parse(&field::all(headers, name).ok()?.join(", "))
}

/// The digest in the one strong entity tag of a condition. A weak one names nothing here: content is the same byte for
/// byte or it is other content.
fn digest(tags: &EntityTags) -> Option<Digest> {
    match tags {
        EntityTags::Listed(tags) => tags.first().filter(|_| tags.len() == 1)?.digest(),
        EntityTags::Any => None,
    }
}
