//! What is worth telling of a document that is read, besides what it says.
//!
//! Notes are places in the bytes and no copies; paths and texts are made from them for whoever asks.

use std::ops::Range;

/// What was seen. It is collected only for those who ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Where a known member is null.
    pub(crate) nulls: Vec<usize>,
    /// Whether a file system says nothing of its layers, which reads as if it had none.
    pub(crate) no_diff_ids: bool,
    /// The members that are not known.
    pub(crate) unknown: Vec<Unknown>,
}

/// A member that is not known.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    pub(crate) name_at: usize,
    pub(crate) value: Range<usize>,
}
