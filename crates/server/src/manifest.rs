//! Manifests: `/v2/<name>/manifests/<reference>`.
//!
//! Bytes are stored as they came, under the media type that they came with or name themselves, because their digest is
//! that of the exact bytes. Whether they are a manifest, and whether what they need is there, is judged by the registry
//! and not here.

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, IF_NONE_MATCH, WARNING};
use http::{HeaderMap, HeaderValue, StatusCode};
use wharf_distribution::response::{Content, Stored, Success};
use wharf_registry::{Digest, Document, ErrorCode, MediaType, Precondition, Referrer, Repository, Tag, TagOrDigest};

use crate::Body;
use crate::call::{Answer, Call};
use crate::condition;
use crate::failure::Failure;
use crate::payload::Payload;
use crate::reply::Reply;

/// How many `tag` parameters one request may have; the specification asks for ten.
const MAX_TAGS: usize = 16;

/// `GET`: the manifest's bytes, or 304 when the client names the digest that it has. A tag is resolved for that first,
/// so that nothing is read in vain.
pub(crate) async fn get(call: &Call<'_>, repository: &Repository, which: &TagOrDigest) -> Answer {
    if call.headers.contains_key(IF_NONE_MATCH) {
        let current = call.registry.resolve(repository, which).await?;
        if condition::is_known(call.headers, &current.digest) {
            return Ok(not_modified(&current.digest));
        }
    }
    let document = call.registry.manifest(repository, which).await?;
    Ok(described(document.media_type(), document.digest()).body(Body::whole(document.bytes().clone())))
}

/// `HEAD`: digest, size and media type, without the manifest being read if the registry knows them.
pub(crate) async fn head(call: &Call<'_>, repository: &Repository, which: &TagOrDigest) -> Answer {
    let found = call.registry.resolve(repository, which).await?;
    match condition::is_known(call.headers, &found.digest) {
        true => Ok(not_modified(&found.digest)),
        false => Ok(described(&found.media_type, &found.digest).length(found.size)),
    }
}

/// `PUT` by tag or by digest, with more tags as parameters. All of them are moved together or not at all, as far as the
/// registry can do that, and only under the conditions of the request.
pub(crate) async fn put(
    call: &Call<'_>,
    repository: &Repository,
    which: TagOrDigest,
    more_tags: &[Tag],
    payload: &mut Payload,
) -> Answer {
    if more_tags.len() > MAX_TAGS {
        return Err(Failure::new(StatusCode::URI_TOO_LONG, ErrorCode::UNSUPPORTED, "too many tags at once"));
    }
    let when = condition::precondition(call.headers).ok_or_else(precondition_failed)?;
    let bytes = payload.read(call.settings.limits.document_bytes, call.budget).await?;
    let (document, tag) = match which {
        TagOrDigest::Tag(tag) => (document(call.headers, bytes, None)?, Some(tag)),
        TagOrDigest::Digest(digest) => (document(call.headers, bytes, Some(&digest))?, None),
    };
    let tags: Vec<Tag> = tag.into_iter().chain(more_tags.iter().cloned()).collect();
    match call.registry.put_manifest(repository, &document, &tags, &when).await {
        Ok(()) => {
            let subject = subject(call, repository, &document).await;
            Ok(created(call, repository, &document, more_tags, subject))
        }
        Err(error) if when != Precondition::Always && *error.code() == ErrorCode::DENIED => Err(precondition_failed()),
        Err(error) => Err(error.into()),
    }
}

/// `DELETE`: of a tag alone, or of a manifest with every tag that points to it.
pub(crate) async fn delete(call: &Call<'_>, repository: &Repository, which: &TagOrDigest) -> Answer {
    match which {
        TagOrDigest::Tag(tag) => call.registry.delete_tag(repository, tag).await?,
        TagOrDigest::Digest(digest) => call.registry.delete_manifest(repository, digest).await?,
    }
    Ok(Reply::of(&Success::Deleted).length(0))
}

/// The body of a request under the media type it came with or says itself, and under the digest in the path if any.
fn document(headers: &HeaderMap, bytes: Bytes, digest: Option<&Digest>) -> Result<Document, Failure> {
    let invalid = |message: String| Failure::new(StatusCode::BAD_REQUEST, ErrorCode::MANIFEST_INVALID, message);
    let media_type = match headers.get(CONTENT_TYPE) {
        Some(value) => value.to_str().ok().and_then(|value| MediaType::from_content_type(value).ok()),
        None => {
            let inferred = Document::inferred(bytes.clone()).map_err(|error| invalid(error.to_string()))?;
            Some(inferred.media_type().clone())
        }
    };
    let media_type = media_type.ok_or_else(|| invalid("the content type is not a media type".into()))?;
    match digest {
        None => Ok(Document::new(media_type, bytes)),
        Some(digest) => Document::verified(media_type, bytes, digest)
            .map_err(|error| Failure::new(StatusCode::BAD_REQUEST, ErrorCode::DIGEST_INVALID, error.to_string())),
    }
}

/// The subject of a manifest that was stored, if the registry lists referrers. That is asked and not assumed: a client
/// that is told so keeps no list itself, and without a list what refers to an image cannot be found. It is asked for those
/// of the manifest itself, which are few: a subject can have thousands, and each of them would be read for an answer.
async fn subject(call: &Call<'_>, repository: &Repository, document: &Document) -> Option<Digest> {
    let subject = Referrer::of(document)?.subject;
    let first = call.registry.referrers(repository, document.digest(), None).next().await;
    first.is_none_or(|first| first.is_ok()).then_some(subject)
}

/// 201, with the digest under which the manifest is to be had, the tags beside the one in the path, the manifest among
/// whose referrers it is, and a warning of each rule that the manifest breaks and the registry did not mind.
fn created(
    call: &Call<'_>,
    repository: &Repository,
    document: &Document,
    tags: &[Tag],
    subject: Option<Digest>,
) -> http::Response<Body> {
    let stored = Stored::manifest(repository, document.digest()).with_tags(tags.to_vec());
    let stored = subject.into_iter().fold(stored, Stored::with_subject);
    let warnings = call.warnings.of(document, &call.settings.limits);
    let reply = Reply::of(&Success::Stored(stored));
    warnings.into_iter().fold(reply, |reply, warning| reply.header(WARNING, warning)).length(0)
}

/// A manifest's headers. Whoever stored it chose its media type: what is not JSON could be a page with a script in it,
/// which a browser is told not to run.
fn described(media_type: &MediaType, digest: &Digest) -> Reply {
    let reply = Reply::of(&Success::Content(Content::of(media_type.clone(), digest.clone())));
    match media_type.as_str().ends_with("json") {
        true => reply,
        false => reply.header(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")),
    }
}

fn not_modified(digest: &Digest) -> http::Response<Body> {
    Reply::of(&Success::Unchanged(Content::unchanged(digest.clone()))).bare()
}

fn precondition_failed() -> Failure {
    Failure::new(StatusCode::PRECONDITION_FAILED, ErrorCode::DENIED, "the tags are not as the request requires")
}
