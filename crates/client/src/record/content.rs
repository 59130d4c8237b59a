use bytes::{Bytes, BytesMut};
use wharf_registry::{Algorithm, Digest, Hasher};

use crate::TransportErrorKind;

/// A body as far as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// How many bytes passed.
    pub length: u64,
    /// The first of them, as many as are kept.
    pub bytes: Bytes,
    /// How it ended.
    pub end: End,
}

/// How a body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// As it should, with bytes of this digest.
    Whole(Digest),
    /// Too early.
    Failed(TransportErrorKind),
    /// Nobody read it to its end.
    Unread,
    /// It has, or may have, a secret in it; neither its bytes nor its length are kept.
    Secret,
}

impl Content {
    /// All of a body.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { length: bytes.len() as u64, end: End::Whole(Digest::of(&bytes)), bytes }
    }

    pub(super) const fn secret() -> Self {
        Self { length: 0, bytes: Bytes::new(), end: End::Secret }
    }

    /// Whether all of its bytes are here.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.end, End::Whole(_)) && self.length == self.bytes.len() as u64
    }

    /// Whether another body is the same, as far as can be told.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (&self.end, &other.end) {
            (End::Whole(own), End::Whole(other)) => own == other,
            _ => true,
        }
    }
}

/// A body that is passing.
pub(super) struct Passing {
    keep: usize,
    length: u64,
    bytes: BytesMut,
    hasher: Option<Hasher>,
    failure: Option<TransportErrorKind>,
    has_ended: bool,
}

/// How much of a body is looked at for secrets, at least: what a token service may say.
const LOOK: usize = 64 << 10;

impl Passing {
    pub(super) fn new(keep: usize) -> Self {
        let hasher = Hasher::new(Algorithm::SHA256).ok();
        Self { keep, length: 0, bytes: BytesMut::new(), hasher, failure: None, has_ended: false }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        self.length = self.length.saturating_add(piece.len() as u64);
        let room = self.keep.max(LOOK).saturating_sub(self.bytes.len()).min(piece.len());
        self.bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.hasher.iter_mut().for_each(|hasher| hasher.update(piece));
    }

    pub(super) const fn end(&mut self, failure: Option<TransportErrorKind>) {
        (self.failure, self.has_ended) = (failure, true);
    }

    /// The first bytes, of which there may be more than are to be kept.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What has passed so far, of which there may be more than is to be kept.
    pub(super) fn content(&self) -> Content {
        let end = match (self.failure, &self.hasher) {
            (Some(kind), _) => End::Failed(kind),
            (None, Some(hasher)) if self.has_ended => End::Whole(hasher.clone().finish()),
            _ => End::Unread,
        };
        Content { length: self.length, bytes: self.bytes.clone().freeze(), end }
    }
}
