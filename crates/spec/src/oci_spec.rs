//! To and from the types of the crate `oci-spec` 0.10, without losing anything on the way (feature `oci-spec`).
//!
//! A program that holds `oci_spec::image` types can move to this crate one call at a time: `TryFrom` converts between
//! references to both. A conversion carries everything or is an error: [`ConversionError`] names the kind of the fault
//! and the JSON path of the first thing that would be lost.
//!
//! | here | there |
//! |---|---|
//! | [`Document<Manifest>`](Manifest) | [`ImageManifest`] |
//! | [`Document<Index>`](Index) | [`ImageIndex`] |
//! | [`Document<ImageConfig>`](ImageConfig) | [`ImageConfiguration`] |
//! | [`Descriptor`](crate::Descriptor), [`Platform`](crate::Platform), [`LayoutHeader`](crate::LayoutHeader) | [`Descriptor`](::oci_spec::image::Descriptor), [`Platform`](::oci_spec::image::Platform), [`OciLayout`](::oci_spec::image::OciLayout) |
//! | [`MediaType`], which always converts to there | [`MediaType`](::oci_spec::image::MediaType) |
//!
//! Digests are text on both sides: `Digest::parse(theirs.as_ref())` and `ours.to_string().parse()`.
//!
//! # A first step
//!
//! The bytes come through this crate, and old code goes on with the type that it knows:
//!
//! ```
//! use oci_spec::image::ImageManifest;
//! use wharf_spec::{Document, Manifest, MediaType};
//!
//! fn old_code(manifest: &ImageManifest) -> usize {
//!     manifest.layers().len()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let received = r#"{"schemaVersion": 2, "layers": [], "config": {
//!     "mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
//!     "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}"#;
//! let document = Document::new(MediaType::IMAGE_MANIFEST, received).decode::<Manifest>()?;
//! assert_eq!(old_code(&ImageManifest::try_from(&document)?), 0);
//!
//! // What is sent on is the document: its bytes and digest are still those that were received.
//! assert_eq!(document.bytes(), received);
//! # Ok(())
//! # }
//! ```
//!
//! # What is lost there
//!
//! A value is converted to `oci-spec` only if that crate, asked to write it, says what the document says. Null is the
//! same as absent. So these are errors:
//!
//! * `os.version` and `os.features` of a platform, which `oci-spec` does not read, and writes under other names:
//!   `$.manifests[0].platform['os.version']`
//! * every member that it does not know, such as a config's `Healthcheck`: `$.config.Healthcheck`
//! * the processor `armbe`, which it reads as `arm64be`
//! * what it cannot read: a config without `rootfs`, or a `sha384` digest of another length, which is an unknown
//!   algorithm here and a known one there
//! * the media type of a Docker manifest or list that does not say it itself: `$`
//!
//! The media type under which a config was given is no part of a config on either side; it stays in its descriptor.
//! Exact bytes, and with them the digest, are what no value can hold: keep the [`Document`] and send that. Annotations
//! over there have no order, and `oci-spec` writes them in another one each time.
//!
//! # What is refused here
//!
//! A value from `oci-spec` is read as strictly as if it came from the network: it takes `schemaVersion` 99 and media
//! types that are none, and they are errors here. What then has to be written is written in canonical form. A platform's
//! `os_version` and `os_features` become what they stand for. Empty texts, lists and maps, and false, are the same as
//! absent where the document's kind makes no difference between them. Lost is what `oci-spec` knows and this crate
//! does not, such as a platform's `features`.

use ::oci_spec::image::{ImageConfiguration, ImageIndex, ImageManifest};

use crate::{Document, ImageConfig, Index, Manifest, MediaType};

mod carry;
mod compare;
mod error;
mod parts;
mod path;

pub use error::{ConversionError, ConversionErrorKind};

impl TryFrom<&Document<Manifest>> for ImageManifest {
    type Error = ConversionError;

    fn try_from(document: &Document<Manifest>) -> Result<Self, ConversionError> {
        says_its_media_type(document)?;
        carry::export(document)
    }
}

impl TryFrom<&ImageManifest> for Document<Manifest> {
    type Error = ConversionError;

    fn try_from(manifest: &ImageManifest) -> Result<Self, ConversionError> {
        carry::import(manifest, said(manifest.media_type().as_ref(), MediaType::IMAGE_MANIFEST)?)
    }
}

impl TryFrom<&Document<Index>> for ImageIndex {
    type Error = ConversionError;

    fn try_from(document: &Document<Index>) -> Result<Self, ConversionError> {
        says_its_media_type(document)?;
        carry::export(document)
    }
}

impl TryFrom<&ImageIndex> for Document<Index> {
    type Error = ConversionError;

    fn try_from(index: &ImageIndex) -> Result<Self, ConversionError> {
        carry::import(index, said(index.media_type().as_ref(), MediaType::IMAGE_INDEX)?)
    }
}

impl TryFrom<&Document<ImageConfig>> for ImageConfiguration {
    type Error = ConversionError;

    fn try_from(document: &Document<ImageConfig>) -> Result<Self, ConversionError> {
        carry::export(document)
    }
}

impl TryFrom<&ImageConfiguration> for Document<ImageConfig> {
    type Error = ConversionError;

    fn try_from(config: &ImageConfiguration) -> Result<Self, ConversionError> {
        carry::import(config, MediaType::IMAGE_CONFIG)
    }
}

/// The media type that a document was given as is lost unless the document says it, or would be taken for it anyway.
fn says_its_media_type<T: crate::Authored>(document: &Document<T>) -> Result<(), ConversionError> {
    match document.view().media_type() == *document.media_type() {
        true => Ok(()),
        false => Err(ConversionError::new(ConversionErrorKind::Lost, "$")),
    }
}

fn said(media_type: Option<&::oci_spec::image::MediaType>, otherwise: MediaType) -> Result<MediaType, ConversionError> {
    match media_type {
        Some(media_type) => MediaType::try_from(media_type).map_err(|error| error.below("$.mediaType")),
        None => Ok(otherwise),
    }
}
