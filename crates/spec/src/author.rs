//! The one writer, for documents that are made here: fields in a fixed order, annotations sorted, nothing escaped that need
//! not be, the same bytes every time.
//!
//! It writes through serde and reads what it wrote with the crate's own reader, so there is one judge of what a document is
//! and no check is written twice. The price is a second pass over a few kilobytes, once for each image that is made.

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::view::{self, View};
use crate::{DecodeError, Document, ImageConfig, Index, LayoutHeader, Level, Limits, Manifest, MediaType, Violation};

/// A document that can be made here, rather than only received: a manifest, an index, a configuration or the header of a
/// layout. The withdrawn artifact manifest is none. Like [`View`], it is not for others to implement.
///
/// ```
/// use wharf_spec::{Authored, Document, ImageConfig, MediaType};
///
/// fn descriptor_of(view: impl Authored) -> wharf_spec::Descriptor {
///     Document::author(view).unwrap().descriptor()
/// }
/// let config = ImageConfig::new("linux/amd64".parse().unwrap());
/// assert_eq!(descriptor_of(config).media_type, MediaType::IMAGE_CONFIG);
/// ```
pub trait Authored: View + Serialize {
    /// The media type that it is written under: the one that it says itself, else OCI's. Configurations and headers have no
    /// member for it. A manifest can be made as Docker's by saying so:
    ///
    /// ```
    /// use wharf_spec::{Authored, Index, MediaType};
    ///
    /// let mut index = Index::new(Vec::new());
    /// assert_eq!(index.media_type(), MediaType::IMAGE_INDEX);
    /// index.media_type = Some(MediaType::DOCKER_MANIFEST_LIST);
    /// assert_eq!(index.media_type(), MediaType::DOCKER_MANIFEST_LIST);
    /// ```
    fn media_type(&self) -> MediaType;
}

impl Authored for Manifest {
    fn media_type(&self) -> MediaType {
        self.media_type.clone().unwrap_or(MediaType::IMAGE_MANIFEST)
    }
}

impl Authored for Index {
    fn media_type(&self) -> MediaType {
        self.media_type.clone().unwrap_or(MediaType::IMAGE_INDEX)
    }
}

impl Authored for ImageConfig {
    fn media_type(&self) -> MediaType {
        MediaType::IMAGE_CONFIG
    }
}

impl Authored for LayoutHeader {
    fn media_type(&self) -> MediaType {
        MediaType::LAYOUT_HEADER
    }
}

impl<T: Authored> Document<T> {
    /// Writes a document that you made, in canonical form, and reads it again: what is not valid does not become a
    /// document. What breaks a should becomes one; [`Self::violations`] tells of it.
    ///
    /// # Errors
    /// [`AuthorError`] when it could not be read again within the default limits, or breaks a rule of the image-spec that
    /// is a must.
    ///
    /// ```
    /// use wharf_spec::{AuthorError, Descriptor, Document, Manifest, MediaType};
    ///
    /// let mut config = Descriptor::embedding(MediaType::IMAGE_CONFIG, "a config");
    /// config.size += 1;
    /// let error = Document::author(Manifest::new(config, Vec::new())).unwrap_err();
    /// assert!(matches!(error, AuthorError::Violations(_)));
    /// ```
    pub fn author(view: T) -> Result<Self, AuthorError> {
        let document = Self::assemble(view).map_err(AuthorError::Decode)?;
        let mut violations = document.violations();
        violations.retain(|violation| violation.rule().level() == Level::Must);
        match violations.is_empty() {
            true => Ok(document),
            false => Err(AuthorError::Violations(violations)),
        }
    }

    /// Writes a document in canonical form from parts that others made, such as a list of referrers: it can be read, and
    /// the rules are for those who made the parts to keep.
    ///
    /// # Errors
    /// [`DecodeError`] when it could not be read again within the default limits.
    ///
    /// ```
    /// use wharf_spec::{Descriptor, Document, Index, MediaType};
    ///
    /// let mut received = Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}");
    /// received.urls.push("not a URL".into());
    /// assert!(Document::author(Index::new(vec![received.clone()])).is_err());
    /// assert!(Document::assemble(Index::new(vec![received])).is_ok());
    /// ```
    pub fn assemble(view: T) -> Result<Self, DecodeError> {
        // None of these types can fail to be JSON: their maps have texts for keys.
        let bytes = serde_json::to_vec(&view).unwrap_or_default();
        let media_type = view.media_type();
        view::decode::<T>(&media_type, &bytes, &Limits::default(), None)?;
        Ok(Self::from_parts(bytes.into(), media_type, view))
    }
}

/// Why something did not become a document.
///
/// ```
/// use wharf_spec::{AuthorError, Document, Index};
///
/// let mut index = Index::new(Vec::new());
/// index.schema_version = 1;
/// assert!(matches!(Document::author(index), Err(AuthorError::Decode(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorError {
    /// It could not be read again: a `schema_version` that is not 2, a media type of another kind, more than the limits.
    Decode(DecodeError),
    /// It breaks rules that are a must, all of which are listed; those that are a should are not among them.
    Violations(Vec<Violation>),
}

impl fmt::Display for AuthorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(_) => f.write_str("what was made could not be read again"),
            Self::Violations(violations) => {
                write!(f, "what was made breaks {} rules", violations.len())?;
                violations.first().map_or(Ok(()), |first| write!(f, ", the first in {first}"))
            }
        }
    }
}

impl Error for AuthorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            Self::Violations(_) => None,
        }
    }
}
