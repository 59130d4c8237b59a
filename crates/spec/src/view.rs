use crate::error::Parties;
use crate::json::Notes;
use crate::rules::Judged;
use crate::{DecodeError, DecodeErrorKind, DocumentKind, Limits, Links, MediaType};

/// What can be read from a document's bytes: [`Content`](crate::Content) for a document of whatever kind, and a type for each kind.
///
/// Only the types of this crate are views, since what they promise is held by its one reader: no member twice, nothing that
/// was given as something else, every limit kept. They have no `Deserialize` for the same reason. Members that a view does
/// not have are in the document's bytes.
///
/// ```
/// use wharf_spec::{DecodeErrorKind, Document, Index, Manifest};
///
/// let index = Document::author(Index::new(Vec::new())).unwrap().into_raw();
/// assert!(index.clone().decode::<Index>().is_ok());
/// assert_eq!(index.decode::<Manifest>().unwrap_err().kind(), DecodeErrorKind::MediaType);
/// ```
#[expect(private_bounds, reason = "it is not for others to implement")]
pub trait View: Parts {}

/// What a view does for its document.
pub(crate) trait Parts: Sized + Judged {
    /// The kind that the document must have been given as.
    const KIND: Option<DocumentKind>;

    /// Reads `bytes`, which were given as `given`.
    fn read(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self>;

    fn links(&self) -> Links<'_>;

    /// Whether a null that there may be in the document would be a violation.
    fn null_matters(&self) -> bool {
        true
    }
}

/// What was read, and what was noted if that was asked for.
pub(crate) type Decoded<T> = Result<(T, Option<Notes>), DecodeError>;

impl<T: Parts> View for T {}

/// Reads a document that was given as a media type, if it was given as what is asked for.
pub(crate) fn decode<T: Parts>(given: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<T> {
    let parties = || Parties { given: Some(given.clone()), said: None, found: None };
    match (DocumentKind::of(given), T::KIND) {
        (DocumentKind::Schema1, _) => Err(DecodeError::between(DecodeErrorKind::Obsolete, 0, parties())),
        (kind, Some(asked)) if kind != asked => Err(DecodeError::between(DecodeErrorKind::MediaType, 0, parties())),
        _ => T::read(given, bytes, limits, notes),
    }
}
