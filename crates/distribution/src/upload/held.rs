//! How much a session holds, in the dialects of those who say it.

use http::header::RANGE;

use super::answer::Answer;
use super::fault::Fault;
use crate::header::UploadRange;

/// How many bytes a session says that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Bytes(u64),
    /// `0-0`, which many registries say of a session that holds nothing, and all of one that holds one byte.
    OneOrNone,
}

impl Held {
    /// What an answer says, if it says something that can be read.
    pub(super) fn read(answer: &Answer<'_>) -> Result<Option<Self>, Fault> {
        let text = answer.text(&RANGE)?;
        Ok(text.and_then(|text| Self::parse(text.strip_prefix("bytes=").unwrap_or(text))))
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "0--1" {
            return Some(Self::Bytes(0));
        }
        let range = UploadRange::parse(text).filter(|range| range.first == 0)?;
        Some(if range.last == 0 { Self::OneOrNone } else { Self::Bytes(range.length()) })
    }

    /// Whether a session that holds `offset` bytes may say so.
    pub(super) const fn can_be(self, offset: u64) -> bool {
        match self {
            Self::Bytes(held) => held == offset,
            Self::OneOrNone => offset <= 1,
        }
    }

    /// Whether a session that holds `offset` bytes may say so, where the last byte's number is taken for the count.
    pub(super) const fn can_count(self, offset: u64) -> bool {
        match self {
            Self::Bytes(held) => held == offset.saturating_add(1),
            Self::OneOrNone => offset == 0,
        }
    }
}
