//! How much a session says that it holds.

use http::header::RANGE;

use super::answer::Answer;
use super::fault::Fault;
use crate::Held;
use crate::header::{UPLOAD_OFFSET, number};

/// What an answer about a session says that was asked how much it has. One registry writes a unit there, and counts the
/// bytes instead of naming the last one.
pub(super) fn of_status(answer: &Answer<'_>) -> Result<Option<Held>, Fault> {
    let text = answer.text(&RANGE)?;
    let counted = text.and_then(|text| text.strip_prefix("bytes=0-")).and_then(number);
    Ok(match counted {
        Some(0) => Some(Held::NOTHING),
        Some(count) => Some(Held::of(count)),
        None => read(answer)?,
    })
}

/// What an answer says, if it says something that can be read. One that says two things at once is not believed; what
/// is said beside it, in a header that few know, only settles a doubt.
pub(super) fn read(answer: &Answer<'_>) -> Result<Option<Held>, Fault> {
    let offset = answer.text(&UPLOAD_OFFSET).ok().flatten().and_then(number);
    let held = answer.text(&RANGE)?.and_then(Held::parse);
    Ok(held.map(|held| offset.map_or(held, |offset| held.beside(offset))))
}
