use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

mod equivalent;
mod grammar;
mod kind;
mod known;
mod layer;
#[cfg(test)]
mod tests;

pub use grammar::{InvalidMediaType, InvalidMediaTypeKind};
pub use layer::{Compression, Layer};

/// The kind of some content: `type "/" subtype`, without parameters (RFC 6838), at most 255 bytes.
///
/// The set is open; the constants are the ones that this workspace knows something about. Reading one of those allocates
/// nothing.
///
/// Two media types are equal when their bytes are. RFC 6838 has them compared without regard to case, but registries and
/// clients compare bytes, and a document that one reader takes for a manifest and another does not is dangerous: so
/// `Application/…` is a media type, and none that is known here. [`Self::eq_ignore_ascii_case`] tells such twins.
///
/// ```
/// use wharf_spec::{Compression, MediaType};
///
/// let chart = MediaType::parse("application/vnd.cncf.helm.config.v1+json").unwrap();
/// assert!(!chart.is_manifest());
/// assert!(MediaType::DOCKER_MANIFEST.is_manifest());
/// assert_eq!(MediaType::LAYER_ZSTD.layer().unwrap().compression(), Compression::Zstd);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaType(Cow<'static, str>);

impl MediaType {
    /// The documents that a client can use, in the order in which to prefer them: what to send as `Accept`. A registry that
    /// is not told may convert, or answer that there is nothing.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// let accept = MediaType::MANIFESTS.map(|media_type| media_type.to_string()).join(", ");
    /// assert!(accept.starts_with("application/vnd.oci.image.index.v1+json, "));
    /// assert!(MediaType::MANIFESTS.iter().all(|media_type| media_type.is_index() || media_type.is_manifest()));
    /// ```
    pub const MANIFESTS: [Self; 4] =
        [Self::IMAGE_INDEX, Self::IMAGE_MANIFEST, Self::DOCKER_MANIFEST_LIST, Self::DOCKER_MANIFEST];

    /// Reads a media type; one that has a constant here is not allocated. Nothing around it is taken off: a blank or the
    /// end of a line before a media type is how one header becomes two.
    ///
    /// # Errors
    /// [`InvalidMediaType`] when it has parameters, when a half of it is longer than 127 bytes, or when it breaks the
    /// grammar in another way.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::parse("text/plain").is_ok());
    /// assert!(MediaType::parse("text/plain; charset=utf-8").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidMediaType> {
        if let Some(known) = Self::known(text) {
            return Ok(known);
        }
        grammar::check(text.as_bytes())?;
        Ok(Self(Cow::Owned(text.into())))
    }

    /// The media type that a literal says.
    ///
    /// # Panics
    /// When it is none; in a constant, that is an error of compilation.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// const SBOM: MediaType = MediaType::from_static("application/spdx+json");
    /// assert_eq!(SBOM, MediaType::parse("application/spdx+json").unwrap());
    /// ```
    #[must_use]
    #[allow(clippy::panic, reason = "documented, and meant for constants, where it happens at compile time")]
    pub const fn from_static(text: &'static str) -> Self {
        match grammar::check(text.as_bytes()) {
            Ok(()) => Self(Cow::Borrowed(text)),
            Err(_) => panic!("not a media type"),
        }
    }

    /// Reads the value of a `Content-Type` header and drops its parameters, whatever they are.
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
        let value = value.split(';').next().unwrap_or_default().trim_end_matches(BLANK);
        let text = value.trim_start_matches(BLANK);
        Self::parse(text).map_err(|error| error.after(value.len() - text.len()))
    }

    /// The media type as text.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert_eq!(MediaType::OCTET_STREAM.as_str(), "application/octet-stream");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the two are one to those who do not tell upper case from lower, as RFC 6838 has it.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// let loud = MediaType::parse("APPLICATION/vnd.oci.image.index.v1+json").unwrap();
    /// assert!(loud != MediaType::IMAGE_INDEX && !loud.is_index());
    /// assert!(loud.eq_ignore_ascii_case(&MediaType::IMAGE_INDEX));
    /// ```
    #[must_use]
    pub fn eq_ignore_ascii_case(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// What may stand around a header's value (RFC 9110, section 5.6.3).
const BLANK: [char; 2] = [' ', '\t'];

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MediaType {
    type Err = InvalidMediaType;

    /// The same as [`MediaType::parse`].
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// let types: Result<Vec<MediaType>, _> = "text/plain text/html".split(' ').map(str::parse).collect();
    /// assert_eq!(types.unwrap().len(), 2);
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidMediaType> {
        Self::parse(text)
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

/// Reads a text where it lies: serde's own `Cow` would copy it first.
struct Text;

impl Visitor<'_> for Text {
    type Value = MediaType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a media type")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MediaType, E> {
        MediaType::parse(text).map_err(E::custom)
    }
}
