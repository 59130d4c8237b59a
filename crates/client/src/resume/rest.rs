//! Whether an answer is the rest of a blob, and where in it that begins.
//!
//! A part (206) must begin at the byte that was asked for, be one of a blob of the same size, and come under the same
//! strong entity tag. It may end early; then it is followed by another. The whole blob (200) is what a proxy sends that
//! drops `Range`, and a registry that has none: of it the bytes that came already are read and dropped. That is sound,
//! since the digest is computed over what was handed out and will not fit if the two differ. It is not for a part of a
//! blob that the caller asked for, which no digest is about.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use wharf_distribution::EntityTag;
use wharf_registry::{ByteRange, Digest};

use super::span::Span;
use crate::answer::Answer;
use crate::{Error, Fault};

/// What a body must have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// Bytes at its beginning that came already.
    pub(super) skip: u64,
    /// Bytes behind them.
    pub(super) left: u64,
}

impl Rest {
    /// The rest that an answer with 206 or 200 has of `span` of a blob. `etag` is what the bytes before came under.
    pub(super) fn of(answer: &Answer, blob: &Digest, span: &Span, etag: Option<&EntityTag>) -> Result<Self, Error> {
        answer.require_content(blob)?;
        let now = answer.strong_tag();
        if etag.zip(now.as_ref()).is_some_and(|(before, now)| before != now) {
            return Err(answer.fault(Fault::Changed));
        }
        match answer.status {
            StatusCode::PARTIAL_CONTENT => part(answer, span),
            _ => from_the_start(answer, span),
        }
    }
}

fn part(answer: &Answer, span: &Span) -> Result<Rest, Error> {
    if answer.header(&CONTENT_TYPE)?.is_some_and(is_multipart) {
        return Err(answer.fault(Fault::Multipart));
    }
    let wrong = || answer.fault(Fault::ContentRange);
    let said = answer.content_range()?.ok_or_else(wrong)?;
    if said.size.ok_or_else(wrong)? != span.size {
        return Err(answer.fault(Fault::Changed));
    }
    if said.first != span.at || said.last >= span.end {
        return Err(wrong());
    }
    let left = said.last - said.first + 1;
    match answer.can_have(left)? {
        true => Ok(Rest { skip: 0, left }),
        false => Err(answer.fault(Fault::WrongLength)),
    }
}

fn from_the_start(answer: &Answer, span: &Span) -> Result<Rest, Error> {
    if !span.is_whole {
        return Err(answer.fault(Fault::ContentRange));
    }
    match answer.can_have(span.size)? {
        true => Ok(Rest { skip: span.at, left: span.left() }),
        false => Err(answer.fault(Fault::Changed)),
    }
}

/// Which bytes an answer with 206 has of a blob of some size, when it has to be all of the range that was asked for:
/// their offset, their number, and the size.
pub(crate) fn exact(answer: &Answer, blob: &Digest, range: ByteRange) -> Result<(u64, u64, u64), Error> {
    answer.require_content(blob)?;
    let wrong = || answer.fault(Fault::ContentRange);
    let said = answer.content_range()?.ok_or_else(wrong)?;
    let size = said.size.ok_or_else(wrong)?;
    let (offset, length) = range.resolve(size).ok_or_else(wrong)?;
    if (said.first, said.last) != (offset, offset + (length - 1)) {
        return Err(wrong());
    }
    match answer.can_have(length)? {
        true => Ok((offset, length, size)),
        false => Err(answer.fault(Fault::WrongLength)),
    }
}

fn is_multipart(content_type: &str) -> bool {
    content_type.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

const PREFIX: &str = "multipart/";
