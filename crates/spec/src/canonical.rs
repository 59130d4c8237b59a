//! The one writer, for documents that are authored here: fields in a fixed order, annotations sorted, nothing escaped
//! that need not be, the same bytes every time.

use bytes::Bytes;
use serde::Serialize;

/// The bytes of a document. None of the types written here can fail to be JSON: their maps have text for keys.
pub(crate) fn encode(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).map(Bytes::from).unwrap_or_default()
}
