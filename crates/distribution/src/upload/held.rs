//! How much a session says that it holds.

use http::header::RANGE;

use super::answer::Answer;
use super::fault::Fault;
use crate::Held;
use crate::header::number;

/// What an answer about a session says that was asked how much it has. One registry writes a unit there, and counts the
/// bytes instead of naming the last one.
pub(super) fn of_status(answer: &Answer<'_>) -> Result<Option<Held>, Fault> {
    let text = answer.text(&RANGE)?;
    let counted = text.and_then(|text| text.strip_prefix("bytes=0-")).and_then(number);
    Ok(match counted {
        Some(0) => Some(Held::NOTHING),
        Some(count) => Some(Held::of(count)),
        None => text.and_then(Held::parse),
    })
}

/// What an answer says, if it says something that can be read. One that says two things at once is not believed.
pub(super) fn read(answer: &Answer<'_>) -> Result<Option<Held>, Fault> {
    Ok(answer.text(&RANGE)?.and_then(Held::parse))
}
