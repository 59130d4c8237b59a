use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt};

use crate::Error;

/// Bytes in pieces, as they come.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// A list that is fetched while it is read.
pub type Items<'a, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'a>>;

/// All of a stream in one piece, which the caller expects to be short.
///
/// # Errors
/// The stream's; or `too_long` as soon as more than `limit` bytes have come. Nothing is allocated that has not come.
pub async fn collect<S>(mut stream: S, limit: usize, too_long: impl FnOnce() -> Error) -> Result<Bytes, Error>
where
    S: Stream<Item = Result<Bytes, Error>> + Unpin,
{
    let Some(first) = stream.try_next().await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(too_long());
    }
    let Some(second) = stream.try_next().await? else { return Ok(first) };
    let mut all = BytesMut::from(first);
    all.extend_from_slice(&second);
    while all.len() <= limit {
        match stream.try_next().await? {
            Some(piece) => all.extend_from_slice(&piece),
            None => return Ok(all.freeze()),
        }
    }
    Err(too_long())
}
