use serde::Serialize;

use crate::json::{Notes, Reader, members};
use crate::view::{Decoded, Parts};
use crate::{DecodeError, DocumentKind, Limits, Links, MediaType};

/// The `oci-layout` file, which marks a directory as an OCI image layout (image-spec, "Image Layout").
///
/// Beside it lie `index.json`, which is an [`Index`](crate::Index), and the directory `blobs`, where each file has the name
/// of its digest. The file is a handful of bytes, with white space in some tools' layouts, so members that are not known
/// are no error; a version that is not known is the caller's to refuse, because a layout of another version may be laid
/// out in another way.
///
/// ```
/// use wharf_spec::LayoutHeader;
///
/// let header = LayoutHeader::decode(LayoutHeader::V1.as_bytes()).unwrap();
/// assert_eq!(header.image_layout_version, "1.0.0");
///
/// let later = LayoutHeader::decode(br#" {"imageLayoutVersion": "2.0.0", "x": 1} "#).unwrap();
/// assert_ne!(later, header, "a version whose rules nobody here knows");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LayoutHeader {
    /// The version of the layout: `1.0.0` is the only one that there is.
    pub image_layout_version: String,
}

impl LayoutHeader {
    /// The file's name, in the layout's own directory. Without it, a directory is not a layout.
    ///
    /// ```
    /// use std::path::Path;
    /// use wharf_spec::LayoutHeader;
    ///
    /// let layout = Path::new("images/harbour");
    /// assert_eq!(layout.join(LayoutHeader::FILE), Path::new("images/harbour/oci-layout"));
    /// ```
    pub const FILE: &str = "oci-layout";
    /// The file's content for version 1.0.0, which is all that a new layout needs of a header.
    ///
    /// ```
    /// use wharf_spec::{Document, LayoutHeader};
    ///
    /// let header = LayoutHeader::decode(LayoutHeader::V1.as_bytes()).unwrap();
    /// assert_eq!(Document::author(header).unwrap().bytes(), LayoutHeader::V1);
    /// ```
    pub const V1: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

    /// Reads the file's content, whatever version it names.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not such an object.
    ///
    /// ```
    /// # use wharf_spec::LayoutHeader;
    /// assert!(LayoutHeader::decode(br#"["1.0.0"]"#).is_err());
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read(&MediaType::LAYOUT_HEADER, bytes, &Limits::default(), None).map(|(header, _)| header)
    }
}

impl Parts for LayoutHeader {
    const KIND: Option<DocumentKind> = Some(DocumentKind::Layout);

    fn read(_: &MediaType, bytes: &[u8], limits: &Limits, notes: Option<Notes>) -> Decoded<Self> {
        let read = |reader: &mut Reader<'_>| {
            members! { at = reader; version: "imageLayoutVersion" => Reader::string, }
            Ok(Self { image_layout_version: version.required(reader, at)? })
        };
        Reader::document(bytes, limits, limits.text_bytes, notes, read)
            .map(|(read, notes)| (*read, notes))
            .map_err(DecodeError::from)
    }

    fn links(&self) -> Links<'_> {
        Links::none()
    }
}
