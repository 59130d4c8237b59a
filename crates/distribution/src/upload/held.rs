//! How much a session says that it holds.

use http::header::RANGE;

use super::answer::Answer;
use super::fault::Fault;
use crate::Held;

/// What an answer says, if it says something that can be read. One that says two things at once is not believed.
pub(super) fn read(answer: &Answer<'_>) -> Result<Option<Held>, Fault> {
    Ok(answer.text(&RANGE)?.and_then(Held::parse))
}
