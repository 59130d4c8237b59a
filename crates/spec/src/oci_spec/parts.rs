//! The parts of documents. Descriptors and platforms are carried in an index made for the journey, so the rules for them
//! are those of documents.

use ::oci_spec::image;
use serde::Serialize;

use super::{ConversionError, ConversionErrorKind, carry};
use crate::{Descriptor, Digest, Document, Index, LayoutHeader, MediaType, Platform};

/// Where a descriptor stands in the index that carries it.
const DESCRIPTOR: &str = "$.manifests[0]";
/// Where a platform stands in the index that carries it.
const PLATFORM: &str = "$.manifests[0].platform";

impl From<&MediaType> for image::MediaType {
    /// Every media type is carried: the ones that have a name there get it.
    fn from(media_type: &MediaType) -> Self {
        Self::from(media_type.as_str())
    }
}

impl TryFrom<&image::MediaType> for MediaType {
    type Error = ConversionError;

    /// # Errors
    /// [`ConversionErrorKind::Invalid`] when the text is not a media type: they are not checked there.
    fn try_from(media_type: &image::MediaType) -> Result<Self, ConversionError> {
        Self::parse(media_type.as_ref()).map_err(|error| ConversionError::invalid("$", error))
    }
}

impl TryFrom<&Descriptor> for image::Descriptor {
    type Error = ConversionError;

    fn try_from(descriptor: &Descriptor) -> Result<Self, ConversionError> {
        export(descriptor.clone()).map_err(|error| error.above(DESCRIPTOR))
    }
}

impl TryFrom<&image::Descriptor> for Descriptor {
    type Error = ConversionError;

    fn try_from(descriptor: &image::Descriptor) -> Result<Self, ConversionError> {
        import(descriptor).map_err(|error| error.above(DESCRIPTOR))
    }
}

impl TryFrom<&Platform> for image::Platform {
    type Error = ConversionError;

    fn try_from(platform: &Platform) -> Result<Self, ConversionError> {
        let bearer = Descriptor::new(MediaType::EMPTY, Digest::of(b"{}"), 2).with_platform(platform.clone());
        let descriptor = export(bearer).map_err(|error| error.above(PLATFORM))?;
        descriptor.platform().clone().ok_or_else(lost)
    }
}

impl TryFrom<&image::Platform> for Platform {
    type Error = ConversionError;

    fn try_from(platform: &image::Platform) -> Result<Self, ConversionError> {
        let bearer = Bearer { media_type: MediaType::EMPTY, digest: Digest::of(b"{}"), size: 2, platform };
        import(&bearer).map_err(|error| error.above(PLATFORM))?.platform.ok_or_else(lost)
    }
}

impl TryFrom<&LayoutHeader> for image::OciLayout {
    type Error = ConversionError;

    fn try_from(header: &LayoutHeader) -> Result<Self, ConversionError> {
        let builder = image::OciLayoutBuilder::default().image_layout_version(header.image_layout_version.clone());
        builder.build().map_err(|_| ConversionError::new(ConversionErrorKind::Unreadable, "$"))
    }
}

impl TryFrom<&image::OciLayout> for LayoutHeader {
    type Error = ConversionError;

    fn try_from(layout: &image::OciLayout) -> Result<Self, ConversionError> {
        let bytes = serde_json::to_vec(layout).map_err(|error| ConversionError::invalid("$", error))?;
        Self::decode(&bytes).map_err(|error| ConversionError::invalid("$", error))
    }
}

fn export(descriptor: Descriptor) -> Result<image::Descriptor, ConversionError> {
    let index: image::ImageIndex = carry::export(&carry::author(Index::new(vec![descriptor]))?)?;
    index.manifests().first().cloned().ok_or_else(lost)
}

fn import(entry: &impl Serialize) -> Result<Descriptor, ConversionError> {
    let index: Document<Index> =
        carry::import(&Entries { schema_version: 2, manifests: [entry] }, MediaType::IMAGE_INDEX)?;
    index.view().manifests.first().cloned().ok_or_else(lost)
}

/// An index for one entry.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entries<'a, T> {
    schema_version: u32,
    manifests: [&'a T; 1],
}

/// An entry for one platform.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bearer<'a> {
    media_type: MediaType,
    digest: Digest,
    size: u64,
    platform: &'a image::Platform,
}

fn lost() -> ConversionError {
    ConversionError::new(ConversionErrorKind::Lost, "$")
}
