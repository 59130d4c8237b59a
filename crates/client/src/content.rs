//! The body of an answer as the content of a blob.
//!
//! Nothing is held but the piece that is passed on. Errors of the transport get the name of the blob, so that a stream
//! that breaks off hours after the call still tells what it was.

use futures_util::{TryStreamExt, stream};
use wharf_registry::{ByteStream, Digest, Error as RegistryError, Operation, Repository};

use crate::answer::Answer;
use crate::pace::Paced;
use crate::{Error, ErrorKind, Fault, Limits};

/// All that comes; whoever reads it verifies it.
pub(crate) fn whole(answer: Answer, repository: &Repository, digest: &Digest, limits: &Limits) -> ByteStream {
    let (repository, digest, request) = (repository.clone(), digest.clone(), answer.request);
    let body = Paced::new(answer.body, answer.clock, limits.slowest_blob, answer.permit);
    Box::pin(body.map_err(move |error| {
        Error::transport(error, request.clone()).during(Operation::GetBlob).about(&repository, &digest)
    }))
}

/// `length` bytes, and an error if fewer or more of them come.
pub(crate) fn part(
    answer: Answer,
    repository: &Repository,
    digest: &Digest,
    length: u64,
    limits: &Limits,
) -> ByteStream {
    let wrong = Error::new(ErrorKind::Peer(Fault::WrongLength), answer.request.clone())
        .during(Operation::GetBlob)
        .about(repository, digest);
    let part = Part { stream: whole(answer, repository, digest, limits), left: length, wrong: Some(wrong) };
    Box::pin(stream::try_unfold(part, |mut part| async move {
        let piece = part.stream.try_next().await?;
        let fits = match &piece {
            Some(piece) => part.left.checked_sub(piece.len() as u64),
            None => Some(0).filter(|_| part.left == 0),
        };
        match (fits, piece) {
            (Some(left), Some(piece)) => {
                part.left = left;
                Ok(Some((piece, part)))
            }
            (Some(_), None) => Ok(None),
            (None, _) => part.wrong.take().map_or(Ok(None), Err),
        }
    }))
}

struct Part {
    stream: ByteStream,
    left: u64,
    wrong: Option<RegistryError>,
}
