//! Blobs: `/v2/<name>/blobs/<digest>`.
//!
//! What is sent is told by its digest alone: the entity tag is the digest in quotes, the media type is always that of
//! bytes, and a part (RFC 9110, section 14) is one range. Blobs are streamed, and verified on their way unless the
//! service was told to leave that to its clients.

use http::HeaderValue;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, IF_NONE_MATCH};
use wharf_distribution::header::{ContentRange, Unsatisfied};
use wharf_distribution::response::{Content, Success};
use wharf_registry::{Blob, ByteRange, Digest, ErrorCode, MediaType, Range, Repository};

use crate::Body;
use crate::call::{Answer, Call};
use crate::condition;
use crate::failure::Failure;
use crate::reply::{self, Reply};

/// `GET`: all of the blob or the part that is asked for. A client that has it already is told so; the blob is looked
/// for all the same, because knowing a digest is not permission.
pub(crate) async fn get(call: &Call<'_>, repository: &Repository, digest: &Digest) -> Answer {
    if call.headers.contains_key(IF_NONE_MATCH) && condition::is_known(call.headers, digest) {
        call.registry.stat_blob(repository, digest).await?;
        return Ok(not_modified(digest));
    }
    match condition::range(call.headers, digest) {
        Some(range) => part(call, repository, digest, range).await,
        None => whole(call, repository, digest).await,
    }
}

/// `HEAD`: the headers that `GET` would have, the length among them. A range is ignored, as RFC 9110 has it.
pub(crate) async fn head(call: &Call<'_>, repository: &Repository, digest: &Digest) -> Answer {
    let blob = call.registry.stat_blob(repository, digest).await?;
    match condition::is_known(call.headers, digest) {
        true => Ok(not_modified(digest)),
        false => Ok(whole_head(digest).length(blob.size)),
    }
}

/// `DELETE`: 202, and the blob is gone from this repository and from no other.
pub(crate) async fn delete(call: &Call<'_>, repository: &Repository, digest: &Digest) -> Answer {
    call.registry.delete_blob(repository, digest).await?;
    Ok(Reply::of(&Success::Deleted).length(0))
}

async fn whole(call: &Call<'_>, repository: &Repository, digest: &Digest) -> Answer {
    let blob = call.registry.blob(repository, digest).await?;
    Ok(whole_head(digest).body(body(blob, call.settings.verify)))
}

fn body(blob: Blob, verify: bool) -> Body {
    let size = blob.descriptor().size;
    match verify {
        true => Body::stream(Box::pin(blob), size),
        false => Body::stream(blob.into_unverified().1, size),
    }
}

/// A registry that cannot read parts gives the whole, which is always right.
async fn part(call: &Call<'_>, repository: &Repository, digest: &Digest, range: ByteRange) -> Answer {
    match call.registry.blob_range(repository, digest, range).await {
        Ok(range) => Ok(partial(range, digest)),
        Err(error) if error.is_unsupported() => whole(call, repository, digest).await,
        Err(error) if *error.code() == ErrorCode::RANGE_INVALID => {
            let size = call.registry.stat_blob(repository, digest).await?.size;
            Err(Failure::from(error).with(CONTENT_RANGE, reply::value(Unsatisfied { size }.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// 206, with the place of the part in the whole. Its bytes are not verified: a digest says nothing about a part.
fn partial(range: Range, digest: &Digest) -> http::Response<Body> {
    let (first, length) = (range.offset(), range.length());
    let last = first.saturating_add(length).saturating_sub(1);
    let place = ContentRange { first, last, size: Some(range.blob().size) };
    described(&Success::Part(content(digest), place)).body(Body::stream(range.into_unverified(), length))
}

fn whole_head(digest: &Digest) -> Reply {
    described(&Success::Content(content(digest)))
}

fn described(success: &Success) -> Reply {
    Reply::of(success).header(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
}

/// Always of the same media type, whatever a blob is: nothing here can be mistaken for a page.
fn content(digest: &Digest) -> Content {
    Content::of(MediaType::OCTET_STREAM, digest.clone())
}

fn not_modified(digest: &Digest) -> http::Response<Body> {
    Reply::of(&Success::Unchanged(Content::unchanged(digest.clone()))).bare()
}
