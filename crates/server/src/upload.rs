//! Upload sessions: `/v2/<name>/blobs/uploads/<session>`.
//!
//! | request | what it does | success |
//! |---|---|---|
//! | `POST` | opens a session, `?digest-algorithm=` for another than `sha256` | 202 |
//! | `POST ?digest=` | stores a blob at once | 201 |
//! | `POST ?mount=&from=` | mounts a blob, or opens a session | 201 or 202 |
//! | `GET` | tells how much the session holds | 204 |
//! | `PATCH` | appends the body | 202 |
//! | `PUT ?digest=` | appends the body, then ends the session | 201 |
//! | `DELETE` | cancels the session | 204 |
//!
//! Sessions are the registry's. A request has its session for itself from beginning to end, and the next one waits for
//! it: it sees what the first has left. A part that names its place must begin where the session ends (416 otherwise),
//! because bytes are only ever appended.

use http::header::CONTENT_RANGE;
use http::{HeaderMap, StatusCode};
use wharf_distribution::header::{ContentRange, UploadRange};
use wharf_distribution::response::{Session, Stored, Success};
use wharf_registry::{
    Algorithm, Blob, Descriptor, Digest, Error, ErrorCode, MediaType, Mismatch, Operation, Repository, Upload, UploadId,
};

use crate::Body;
use crate::call::{Answer, Call};
use crate::failure::Failure;
use crate::payload::Payload;
use crate::reply::Reply;
use crate::session::{self, Held};

/// Opens a session.
pub(crate) async fn start(call: &Call<'_>, repository: &Repository, algorithm: Algorithm<'_>) -> Answer {
    let room = session::room(call).await?;
    let upload = call.registry.start_upload(repository, algorithm).await?;
    if let Some(room) = room {
        room.keep((repository.clone(), upload.id().clone()));
    }
    Ok(Reply::of(&Success::Opened(state(repository, &*upload))).length(0))
}

/// A blob in one request.
pub(crate) async fn post(call: &Call<'_>, repository: &Repository, digest: &Digest, payload: &mut Payload) -> Answer {
    fits(call, payload, 0)?;
    match payload.length() {
        Some(length) => {
            let blob = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), length);
            let stream = payload.take(call.settings.blob_bytes, Some(length));
            let blob = Blob::new(blob, stream).explain(not_what_was_said);
            call.registry.put_blob(repository, blob).await?;
        }
        None => {
            let _room = session::room(call).await?;
            let mut upload = call.registry.start_upload(repository, digest.algorithm()).await?;
            if let Err(error) = upload.append(payload.take(call.settings.blob_bytes, None)).await {
                // Nobody knows the session. If it cannot be removed either, the first error is the one to tell.
                let _ = upload.cancel().await;
                return Err(error.into());
            }
            upload.commit(digest).await?;
        }
    }
    Ok(created(repository, digest))
}

/// Content that is not what its digest says was sent so, whoever finds it out.
fn not_what_was_said(mismatch: Mismatch) -> Error {
    let code = match mismatch {
        Mismatch::Size { .. } => ErrorCode::SIZE_INVALID,
        _ => ErrorCode::DIGEST_INVALID,
    };
    Error::new(code, Operation::PutBlob).because(mismatch)
}

/// A mount that cannot be done is no error: the client is to upload the blob instead.
pub(crate) async fn mount(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
    from: Option<&Repository>,
) -> Answer {
    let mounted = match from {
        Some(from) => call.registry.mount(repository, digest, from).await?,
        None => false,
    };
    if mounted { Ok(created(repository, digest)) } else { start(call, repository, digest.algorithm()).await }
}

/// How much a session holds, for a client that does not know what has arrived.
pub(crate) async fn status(call: &Call<'_>, repository: &Repository, id: &UploadId) -> Answer {
    let held = session::resume(call, repository, id).await?;
    Ok(Reply::of(&Success::Status(state(repository, &*held.upload))).bare())
}

pub(crate) async fn append(call: &Call<'_>, repository: &Repository, id: &UploadId, payload: &mut Payload) -> Answer {
    let held = extend(call, repository, id, payload).await?;
    Ok(Reply::of(&Success::Opened(state(repository, &*held.upload))).length(0))
}

/// The last part, if there is one, and the end of the session: the registry verifies the digest.
pub(crate) async fn finish(
    call: &Call<'_>,
    repository: &Repository,
    id: &UploadId,
    digest: &Digest,
    payload: &mut Payload,
) -> Answer {
    let held = extend(call, repository, id, payload).await?;
    let committed = held.upload.commit(digest).await;
    if committed.as_ref().map_or_else(|error| *error.code() == ErrorCode::DIGEST_INVALID, |_| true) {
        session::forget(call, &(repository.clone(), id.clone()));
    }
    committed?;
    Ok(created(repository, digest))
}

/// Ends a session without a blob.
pub(crate) async fn cancel(call: &Call<'_>, repository: &Repository, id: &UploadId) -> Answer {
    let held = session::resume(call, repository, id).await?;
    held.upload.cancel().await?;
    session::forget(call, &(repository.clone(), id.clone()));
    Ok(Reply::of(&Success::Cancelled).bare())
}

/// Appends the request's body to a session. Whatever is refused before that leaves the session as it was.
async fn extend<'a>(
    call: &Call<'a>,
    repository: &Repository,
    id: &UploadId,
    payload: &mut Payload,
) -> Result<Held<'a>, Failure> {
    let range = chunk(call.headers, payload)?;
    let mut held = session::resume(call, repository, id).await?;
    let offset = held.upload.offset();
    if range.is_some_and(|range| range.first != offset) {
        return Err(out_of_order(repository, &*held.upload));
    }
    fits(call, payload, offset)?;
    if payload.length() != Some(0) {
        let room = call.settings.blob_bytes.saturating_sub(offset);
        let exact = range.map(UploadRange::length).or(payload.length());
        held.upload.append(payload.take(room, exact)).await?;
    }
    Ok(held)
}

/// Which part of the blob the request says that it holds. The dialect has neither a unit nor a total, and some clients
/// send both.
fn chunk(headers: &HeaderMap, payload: &Payload) -> Result<Option<UploadRange>, Failure> {
    let Some(value) = headers.get(CONTENT_RANGE) else { return Ok(None) };
    let range = value.to_str().ok().and_then(|value| {
        let standard = || ContentRange::parse(value).map(|range| UploadRange { first: range.first, last: range.last });
        UploadRange::parse(value).or_else(standard)
    });
    let invalid = |code, message: &str| Failure::new(StatusCode::BAD_REQUEST, code, message);
    let range = range.ok_or_else(|| invalid(ErrorCode::BLOB_UPLOAD_INVALID, "the content range is malformed"))?;
    match payload.length() {
        Some(length) if length != range.length() => {
            Err(invalid(ErrorCode::SIZE_INVALID, "the content range has another length than the body"))
        }
        _ => Ok(Some(range)),
    }
}

/// Refuses a body that says itself that it is too long for a blob of which `offset` bytes are there.
fn fits(call: &Call<'_>, payload: &Payload, offset: u64) -> Result<(), Failure> {
    let end = offset.saturating_add(payload.length().unwrap_or(0));
    match end > call.settings.blob_bytes {
        true => Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::SIZE_INVALID, "the blob is too large")),
        false => Ok(()),
    }
}

fn out_of_order(repository: &Repository, upload: &dyn Upload) -> Failure {
    let message = "the chunk does not begin where the upload ends";
    Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, ErrorCode::RANGE_INVALID, message).at(&state(repository, upload))
}

/// Where a session is and how much it holds.
fn state(repository: &Repository, upload: &dyn Upload) -> Session {
    Session::new(repository, upload.id(), upload.offset())
}

/// 201, with where the blob is to be had.
fn created(repository: &Repository, digest: &Digest) -> http::Response<Body> {
    Reply::of(&Success::Stored(Stored::blob(repository, digest))).length(0)
}
