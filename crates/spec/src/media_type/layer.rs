//! What the media type of a layer says about its bytes.

use super::MediaType;

/// What the names of OCI's layers begin with.
const OCI: [&str; 2] =
    ["application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.nondistributable.v1.tar"];

/// What the names of Docker's layers begin with.
const DOCKER: [&str; 2] =
    ["application/vnd.docker.image.rootfs.diff.tar", "application/vnd.docker.image.rootfs.foreign.diff.tar"];

/// What a media type says about a layer: see [`MediaType::layer`].
///
/// ```
/// use wharf_spec::{Compression, MediaType};
///
/// let layer = MediaType::DOCKER_FOREIGN_LAYER_GZIP.layer().unwrap();
/// assert_eq!(layer.compression(), Compression::Gzip);
/// assert!(!layer.is_distributable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layer {
    compression: Compression,
    distributable: bool,
}

/// How the tar archive of a layer is packed, by what the media type says. The bytes may be packed in another way: whoever
/// unpacks them looks at them, and the digest in the configuration tells whether what came out is the layer.
///
/// ```
/// use wharf_spec::{Compression, MediaType};
///
/// let name = |text: &str| MediaType::parse(text).unwrap().layer().map(|layer| layer.compression());
/// assert_eq!(name("application/vnd.oci.image.layer.v1.tar+zstd"), Some(Compression::Zstd));
/// assert_eq!(name("application/vnd.docker.image.rootfs.diff.tar.gzip"), Some(Compression::Gzip));
/// assert_eq!(name("application/vnd.oci.image.layer.v1.tar+xz"), Some(Compression::Unknown));
/// assert_eq!(name("application/vnd.docker.image.rootfs.diff.targz"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all. Layers lie like this in engines; on the wire it is rare.
    None,
    /// With gzip. Formats that stay gzip for readers that do not know them, such as eStargz, are this too.
    Gzip,
    /// With zstd, also where the content is in chunks that can be read one by one. Docker's formats have no name for it, so
    /// an image with such a layer is OCI's.
    Zstd,
    /// In a way that is not known here, or encrypted: the bytes can be kept and copied, but not read.
    Unknown,
}

impl Layer {
    /// How the tar archive is packed.
    ///
    /// ```
    /// # use wharf_spec::{Compression, MediaType};
    /// let encrypted = MediaType::parse("application/vnd.oci.image.layer.v1.tar+gzip+encrypted").unwrap();
    /// assert_eq!(encrypted.layer().unwrap().compression(), Compression::Unknown);
    /// ```
    #[must_use]
    pub const fn compression(self) -> Compression {
        self.compression
    }

    /// Whether the layer may be redistributed; one that may not need not be in the registry.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::LAYER.layer().unwrap().is_distributable());
    /// assert!(!MediaType::LAYER_NONDISTRIBUTABLE.layer().unwrap().is_distributable());
    /// ```
    #[must_use]
    pub const fn is_distributable(self) -> bool {
        self.distributable
    }
}

impl MediaType {
    /// What is said about a layer of an image; nothing when this is something else. A chart or a web-assembly module is
    /// no layer, although an artifact has it where an image has layers.
    ///
    /// ```
    /// # use wharf_spec::{Compression, MediaType};
    /// assert_eq!(MediaType::LAYER.layer().unwrap().compression(), Compression::None);
    /// assert_eq!(MediaType::DOCKER_LAYER_GZIP.layer().unwrap().compression(), Compression::Gzip);
    /// assert_eq!(MediaType::HELM_CHART.layer(), None);
    /// ```
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        let suffix = |names: [&str; 2]| names.into_iter().find_map(|name| self.0.strip_prefix(name));
        let compression = suffix(OCI).map(oci).or_else(|| suffix(DOCKER).map(docker))??;
        Some(Layer { compression, distributable: !self.is_non_distributable() })
    }
}

/// OCI appends every encoding with a plus sign, so two of them are not one that is known.
fn oci(suffix: &str) -> Option<Compression> {
    match suffix {
        "" => Some(Compression::None),
        "+gzip" => Some(Compression::Gzip),
        "+zstd" => Some(Compression::Zstd),
        other => other.starts_with('+').then_some(Compression::Unknown),
    }
}

/// Docker names gzip alone. Zstd is met under both spellings, written by tools that carried OCI's name over.
fn docker(suffix: &str) -> Option<Compression> {
    match suffix {
        "" => Some(Compression::None),
        ".gzip" => Some(Compression::Gzip),
        ".zstd" | "+zstd" => Some(Compression::Zstd),
        other => other.starts_with(['.', '+']).then_some(Compression::Unknown),
    }
}
