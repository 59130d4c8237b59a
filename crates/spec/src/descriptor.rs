use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use wharf_digest::{Digest, Verifier};

use crate::json::{Reader, Result as Read, members};
use crate::{MediaType, Platform, VerifyError};

/// Annotations, in the order in which they are written. A type of its own would say nothing that the map does not.
///
/// Keys are unique and may have any characters; values are texts, with anything in them, and may be empty.
/// Sorted by their keys, they come out the same in every run, which keeps the digest of what is authored. The order in a
/// document that was received is in its bytes. Null in the place of the whole is read as none; a null value is refused.
///
/// ```
/// use wharf_spec::{Annotations, Document, Index, annotation};
///
/// let mut index = Index::new(Vec::new());
/// index.annotations = Annotations::from([
///     (annotation::VERSION.into(), "1.4.0".into()),
///     (annotation::REVISION.into(), "f0a1c3b".into()),
/// ]);
/// let document = Document::author(index).unwrap();
/// let sorted = r#"{"org.opencontainers.image.revision":"f0a1c3b","org.opencontainers.image.version":"1.4.0"}"#;
/// assert!(std::str::from_utf8(document.bytes()).unwrap().contains(sorted));
/// ```
pub type Annotations = BTreeMap<String, String>;

/// What content there is: its kind, identity and size (image-spec, "Content Descriptors").
///
/// It is how every document points at something: three required members that say what to expect, and others that help to
/// choose. Whoever fetches reads no more than `size` bytes and believes nothing until [`Self::describes`] agrees. Two
/// descriptors can be equal in digest and differ in all else; the digest is the identity.
///
/// Within a document, descriptors are read with the document's strictness. Through serde, one is read with serde's, to be a
/// part of your own files.
///
/// ```
/// use wharf_spec::{Descriptor, Digest, MediaType};
///
/// let descriptor = Descriptor::new(MediaType::EMPTY, Digest::of(b"{}"), 2);
/// assert_eq!(descriptor.size, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Descriptor {
    /// The kind of the content, which the one who wrote the descriptor says. A document that says another one itself, or is
    /// sent under another one, is refused.
    pub media_type: MediaType,
    /// The identity of the content. Algorithms that are not known here are carried, and cannot be verified.
    pub digest: Digest,
    /// The size of the content in bytes, as it travels: before it is unpacked. At most 2⁶³ - 1, since others have signed
    /// integers. It is the peer's number: a limit to what is read, and nothing to allocate.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// Where else the content may be had. Never followed without being asked to: an image that chooses which address is
    /// fetched, and sees whether credentials come along, has been an attack more than once. Docker's foreign layers are why
    /// it exists.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Free-form remarks, under the keys of [`crate::annotation`] or others. Those of a layer may be a file's name, those
    /// of an entry a tag's: words from outside, in any case.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// What is embedded as the content, base64 in the document. Nobody has compared it with digest and size yet: take
    /// [`Self::content`]. ORAS and those who follow it embed the empty config, `e30=`. Text that is not base64 with its
    /// padding is refused with the document.
    #[serde(
        default,
        deserialize_with = "from_base64",
        serialize_with = "to_base64",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<Bytes>,
    /// The kind of artifact that a manifest describes, repeated from it, so that a list of referrers can be filtered by
    /// it without a fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The platform that a manifest is for: what an index's entry is chosen by. `unknown/unknown` on attestations; absent
    /// in most layouts. Names that the document lacks are empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl Descriptor {
    /// A descriptor with nothing but what every descriptor has.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, MediaType};
    /// let layer = Descriptor::new(MediaType::LAYER, Digest::of(b"layer"), 5);
    /// assert!(layer.annotations.is_empty());
    /// ```
    #[must_use]
    pub const fn new(media_type: MediaType, digest: Digest, size: u64) -> Self {
        Self {
            media_type,
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            data: None,
            artifact_type: None,
            platform: None,
        }
    }

    /// The descriptor of content that is at hand, under its SHA-256 digest. Content that is streamed goes through a
    /// [`Hasher`](crate::Hasher), and its digest and size to [`Self::new`].
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, MediaType};
    /// assert_eq!(Descriptor::of(MediaType::LAYER, b"layer").size, 5);
    /// ```
    #[must_use]
    pub fn of(media_type: MediaType, content: &[u8]) -> Self {
        Self::new(media_type, Digest::of(content), content.len() as u64)
    }

    /// A descriptor that brings its content along: for what is so small that a fetch of its own costs more than the third
    /// that base64 adds. How much may be embedded,
    /// [`Limits::data_bytes`](crate::Limits::data_bytes) says.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, MediaType};
    /// let note = Descriptor::embedding(MediaType::parse("text/plain").unwrap(), "hello");
    /// assert_eq!(note.content().unwrap().unwrap(), "hello");
    /// ```
    #[must_use]
    pub fn embedding(media_type: MediaType, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        Self { data: Some(content.clone()), ..Self::of(media_type, &content) }
    }

    /// The descriptor of the empty JSON object, which is embedded (image-spec, "Guidance for an Empty Descriptor").
    ///
    /// ```
    /// # use wharf_spec::Descriptor;
    /// assert_eq!(Descriptor::empty().content().unwrap().unwrap(), "{}");
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self::embedding(MediaType::EMPTY, "{}")
    }

    /// The embedded content, if there is any, compared with digest and size at each call: both are for everyone to change.
    ///
    /// # Errors
    /// [`VerifyError`] when the content is not what the descriptor describes, or its digest cannot be computed.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, MediaType};
    /// let mut note = Descriptor::embedding(MediaType::parse("text/plain").unwrap(), "hello");
    /// note.size = 4;
    /// assert!(note.content().is_err());
    /// ```
    pub fn content(&self) -> Result<Option<Bytes>, VerifyError> {
        let Some(data) = &self.data else { return Ok(None) };
        self.describes(data).map(|()| Some(data.clone()))
    }

    /// Whether some content has the size and the digest that this says. It takes as long as the digest takes to compute.
    ///
    /// # Errors
    /// [`VerifyError`] with what was expected and what is.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, MediaType};
    /// let layer = Descriptor::of(MediaType::LAYER, b"layer");
    /// assert!(layer.describes(b"layer").is_ok());
    /// assert!(layer.describes(b"other").is_err());
    /// ```
    pub fn describes(&self, content: &[u8]) -> Result<(), VerifyError> {
        let mut verifier = Verifier::new(&self.digest, self.size)?;
        verifier.update(content)?;
        Ok(verifier.finish()?)
    }

    /// The same with a platform: an entry of an index.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, MediaType, Platform};
    /// let arm = Platform::new("linux", "arm64");
    /// assert!(Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}").with_platform(arm).platform.is_some());
    /// ```
    #[must_use]
    pub fn with_platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// The same with one more annotation; one of the same key is replaced.
    ///
    /// ```
    /// # use wharf_spec::{annotation, Descriptor};
    /// assert_eq!(Descriptor::empty().with_annotation(annotation::TITLE, "file.txt").annotations.len(), 1);
    /// ```
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }
}

pub(crate) fn read(reader: &mut Reader<'_>) -> Read<Descriptor> {
    reader.counts_descriptor()?;
    members! { at = reader;
        media_type: "mediaType" => Reader::media_type,
        digest: "digest" => Reader::digest,
        size: "size" => Reader::size,
        urls: "urls" => Reader::urls,
        annotations: "annotations" => Reader::annotations,
        data: "data" => Reader::data,
        artifact_type: "artifactType" => Reader::media_type,
        platform: "platform" => read_platform,
    }
    Ok(Descriptor {
        media_type: media_type.required(reader, at)?,
        digest: digest.required(reader, at)?,
        size: size.required(reader, at)?,
        urls: urls.or_default(),
        annotations: annotations.or_default(),
        data: data.optional(),
        artifact_type: artifact_type.optional(),
        platform: platform.optional(),
    })
}

pub(crate) fn read_all(reader: &mut Reader<'_>) -> Read<Vec<Descriptor>> {
    let mut descriptors = Vec::new();
    reader.array(|reader, _| {
        descriptors.push(read(reader)?);
        Ok(())
    })?;
    Ok(descriptors)
}

/// The names are required, but builders leave them out or empty for what runs nowhere; that is a violation.
fn read_platform(reader: &mut Reader<'_>) -> Read<Platform> {
    members! { _at = reader;
        architecture: "architecture" => Reader::string,
        os: "os" => Reader::string,
        os_version: "os.version" => Reader::string,
        os_features: "os.features" => Reader::strings,
        variant: "variant" => Reader::string,
    }
    Ok(Platform {
        architecture: architecture.or_default(),
        os: os.or_default(),
        os_version: os_version.optional(),
        os_features: os_features.or_default(),
        variant: variant.optional(),
    })
}

/// A size that every implementation can hold: the specification's integers are signed.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let size = u64::deserialize(deserializer)?;
    if i64::try_from(size).is_ok() { Ok(size) } else { Err(D::Error::custom("size out of range")) }
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    STANDARD.decode(text).map(|data| Some(data.into())).map_err(|_| D::Error::custom("data is not base64"))
}

fn to_base64<S: Serializer>(data: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(data.as_deref().unwrap_or_default()))
}

/// Reads null as what stands for absence.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
