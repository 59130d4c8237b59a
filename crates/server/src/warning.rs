//! What the user of a client is told beside the answer (distribution-spec, "Warnings").
//!
//! All warnings of one answer have 4,096 bytes together. The texts of the service have room first; those of a manifest have
//! what is left.

use http::header::WARNING;
use http::{HeaderMap, HeaderValue};
use wharf_registry::{Content, Document, Limits};

use crate::reply;

/// How many bytes the values of all warnings of one answer may have together.
const BYTES: usize = 4096;

/// The warnings of every answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Vec<HeaderValue>);

impl Warnings {
    /// One more, or as much of it as there is room for.
    pub(crate) fn add(&mut self, text: &str) {
        self.0.extend(fitting(text, self.room()));
    }

    /// Puts them into an answer, beside those that it has.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        for warning in &self.0 {
            headers.append(WARNING, warning.clone());
        }
    }

    /// Warnings of the rules that a manifest breaks, each once and at its first place, as far as there is room beside
    /// those of every answer. What cannot be read as a manifest breaks none.
    pub(crate) fn of(&self, document: &Document, limits: &Limits) -> Vec<HeaderValue> {
        let Ok(document) = document.clone().decode_within::<Content>(limits) else { return Vec::new() };
        let (mut room, mut rules, mut warnings) = (self.room(), Vec::new(), Vec::new());
        for violation in document.violations() {
            if rules.contains(&violation.rule()) {
                continue;
            }
            rules.push(violation.rule());
            let Some(warning) = fitting(&violation.to_string(), room) else { break };
            room = room.saturating_sub(warning.len());
            warnings.push(warning);
        }
        warnings
    }

    fn room(&self) -> usize {
        BYTES.saturating_sub(self.0.iter().map(HeaderValue::len).sum())
    }
}

/// A warning of at most `room` bytes, cut where that is needed; nothing when not even its first letter fits.
fn fitting(text: &str, room: usize) -> Option<HeaderValue> {
    let ends: Vec<usize> = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(room).collect();
    let warning = |end: &usize| wharf_distribution::warning(text.get(..*end).unwrap_or_default());
    let fit = ends.partition_point(|end| warning(end).len() <= room);
    let end = ends.get(fit.checked_sub(1)?)?;
    Some(reply::value(warning(end)))
}
