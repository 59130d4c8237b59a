use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// The kind of some content: `type "/" subtype`, without parameters (RFC 6838), at most 255 bytes.
///
/// The set is open; the constants are the ones that this workspace knows something about.
///
/// ```
/// use wharf_spec::MediaType;
///
/// let chart = MediaType::parse("application/vnd.cncf.helm.config.v1+json").unwrap();
/// assert!(!chart.is_manifest());
/// assert!(MediaType::DOCKER_MANIFEST.is_manifest());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaType(Cow<'static, str>);

macro_rules! types {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        impl MediaType {
            $($(#[doc = $doc])* pub const $name: Self = Self(Cow::Borrowed($text));)*
        }
    };
}

types! {
    /// An OCI image manifest.
    IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    /// An OCI image index.
    IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
    /// An OCI image configuration.
    IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
    /// A tar layer.
    LAYER = "application/vnd.oci.image.layer.v1.tar";
    /// A tar layer, compressed with gzip.
    LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A tar layer, compressed with zstd.
    LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// The empty JSON object, where a field is required and there is nothing to say.
    EMPTY = "application/vnd.oci.empty.v1+json";
    /// A Docker schema 2 manifest.
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    /// A Docker manifest list.
    DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// A Docker image configuration.
    DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    /// Docker's schema 1 manifest: recognised, never read.
    DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json";
    /// Docker's signed schema 1 manifest: recognised, never read.
    DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    /// Bytes.
    OCTET_STREAM = "application/octet-stream";
}

impl MediaType {
    /// The documents that a client can use, in the order in which to prefer them.
    pub const MANIFESTS: [Self; 4] =
        [Self::IMAGE_INDEX, Self::IMAGE_MANIFEST, Self::DOCKER_MANIFEST_LIST, Self::DOCKER_MANIFEST];

    /// Reads a media type.
    ///
    /// # Errors
    /// [`InvalidMediaType`] when it has parameters, is longer than 255 bytes or breaks the grammar.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::parse("text/plain").is_ok());
    /// assert!(MediaType::parse("text/plain; charset=utf-8").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidMediaType> {
        match text.split_once('/') {
            Some((kind, subtype)) if text.len() <= 255 && is_name(kind) && is_name(subtype) => {
                Ok(Self(Cow::Owned(text.into())))
            }
            _ => Err(InvalidMediaType),
        }
    }

    /// Reads the value of a `Content-Type` header and drops its parameters.
    ///
    /// # Errors
    /// [`InvalidMediaType`] when what is left is none.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// let value = "application/vnd.oci.image.index.v1+json; charset=utf-8";
    /// assert_eq!(MediaType::from_content_type(value).unwrap(), MediaType::IMAGE_INDEX);
    /// ```
    pub fn from_content_type(value: &str) -> Result<Self, InvalidMediaType> {
        Self::parse(value.split(';').next().unwrap_or_default().trim_ascii())
    }

    /// The media type as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An image manifest, OCI's or Docker's.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        *self == Self::IMAGE_MANIFEST || *self == Self::DOCKER_MANIFEST
    }

    /// An index of manifests, OCI's or Docker's.
    #[must_use]
    pub fn is_index(&self) -> bool {
        *self == Self::IMAGE_INDEX || *self == Self::DOCKER_MANIFEST_LIST
    }

    /// Docker's schema 1, with or without a signature.
    #[must_use]
    pub fn is_schema1(&self) -> bool {
        *self == Self::DOCKER_SCHEMA1 || *self == Self::DOCKER_SCHEMA1_SIGNED
    }

    /// A layer that may not be redistributed, and that registries therefore need not have.
    #[must_use]
    pub fn is_non_distributable(&self) -> bool {
        self.0.starts_with("application/vnd.oci.image.layer.nondistributable.")
            || self.0.starts_with("application/vnd.docker.image.rootfs.foreign.")
    }
}

/// RFC 6838, section 4.2: a restricted name, of at most 127 characters.
fn is_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    (1..=127).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(rest)
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A text that is not a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidMediaType;

impl fmt::Display for InvalidMediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a media type")
    }
}

impl Error for InvalidMediaType {}
