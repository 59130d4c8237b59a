use serde::{Deserialize, Serialize};

use crate::DecodeError;

/// The `oci-layout` file, which marks a directory as an OCI image layout (image-spec, "Image Layout").
///
/// ```
/// use wharf_spec::LayoutHeader;
///
/// let header = LayoutHeader::decode(LayoutHeader::V1.as_bytes()).unwrap();
/// assert_eq!(header.image_layout_version, "1.0.0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LayoutHeader {
    /// The version of the layout: `1.0.0` is the only one that there is.
    pub image_layout_version: String,
}

impl LayoutHeader {
    /// The file's name.
    pub const FILE: &str = "oci-layout";
    /// The file's content for version 1.0.0.
    pub const V1: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

    /// Reads the file's content, whatever version it names.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not such an object.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        serde_json::from_slice(bytes).map_err(|error| DecodeError::json(&error, bytes))
    }
}
